"""A scan within a process that has everything loaded, against a loop that only reads the same links.

A program of its own, so that what it has in memory is not counted for others: prints milliseconds of the
processor as JSON.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial

from nsview.discovery.scanner import Scanner, Scope
from nsview.discovery.tasks import YOUNG

ROUNDS = 3


def read_links(descriptors: bool) -> None:
    """The tightest loop in Python: ten links of /proc/PID/ns, and those of /proc/PID/fd if wanted."""
    readlink, listdir = os.readlink, os.listdir
    for pid in listdir("/proc"):
        if not pid.isdecimal():
            continue
        base = f"/proc/{pid}/ns/"
        try:
            readlink(base + "cgroup")
            readlink(base + "ipc")
            readlink(base + "mnt")
            readlink(base + "net")
            readlink(base + "pid")
            readlink(base + "time")
            readlink(base + "user")
            readlink(base + "uts")
            readlink(base + "pid_for_children")
            readlink(base + "time_for_children")
            if descriptors:
                base = f"/proc/{pid}/fd/"
                for fd in listdir(base):
                    readlink(base + fd)
        except OSError:
            continue


def milliseconds(function: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    start = time.process_time()
    function()
    taken = time.process_time() - start
    gc.enable()
    return 1e3 * taken


def figures() -> dict[str, float]:
    """The best of several rounds, in which all take turns: what slows one down slows the others too.

    A "scan" reads everything; a "rescan" is one of a live view, whose scanner knows most processes already.
    """
    lasting = Scanner()
    for _ in range(YOUNG):
        lasting.scan(Scope(dear=False))
    found: dict[str, float] = {}
    for _ in range(ROUNDS):
        for dear, name in ((False, "fast"), (True, "full")):
            scope = Scope(dear=dear)
            for what, function in (
                ("links", partial(read_links, dear)),
                ("scan", partial(Scanner().scan, scope)),
                ("rescan", partial(lasting.scan, scope)),
            ):
                taken = milliseconds(function)
                found[f"{name} {what}"] = min(taken, found.get(f"{name} {what}", taken))
    return found


if __name__ == "__main__":
    json.dump(figures(), sys.stdout)
