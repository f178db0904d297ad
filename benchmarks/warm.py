"""Scans within a process that has everything loaded, against loops that only read the same links.

A program of its own, so that what it has in memory is not counted for others: prints milliseconds of the
processor as JSON. With an argument only what a live view does, by each source of tasks, and the short loop.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial

from nsview.discovery.bpf import Bpf
from nsview.discovery.choice import Choice, Refused, choose
from nsview.discovery.findings import Findings
from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.discovery.source import Context
from nsview.discovery.tasks import YOUNG, ProcfsTasks
from nsview.kernel.procfs import Procfs

ROUNDS = 3
TICKS = 30
"""Ticks of a live view that are measured: each reads others of the settled processes."""
BARE = Scope(details=Wanted.NONE)
TICK = BARE._replace(sources=frozenset({"for_children", "fds", "sockets"}))
"""What the kernel's iterators tell at every tick; mounts have a cadence of their own."""
PROCFS_TICK = BARE._replace(sources=frozenset({"for_children"}))


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


def least(function: Callable[[], object], rounds: int = ROUNDS) -> float:
    return min(milliseconds(function) for _ in range(rounds))


def median(function: Callable[[], object]) -> float:
    return sorted(milliseconds(function) for _ in range(TICKS))[TICKS // 2]


def figures() -> dict[str, float]:
    """The best of several rounds, in which all take turns: what slows one down slows the others too."""
    found: dict[str, float] = {}
    for _ in range(ROUNDS):
        for dear, name in ((False, "fast"), (True, "full")):
            for what, function in (
                ("links", partial(read_links, dear)),
                ("scan", partial(Scanner().scan, Scope(dear=dear))),
            ):
                taken = milliseconds(function)
                found[f"{name} {what}"] = min(taken, found.get(f"{name} {what}", taken))
    return found | live()


def live() -> dict[str, float]:
    """What each tick of a live view costs."""
    return {"links": least(partial(read_links, False), 2)} | _procfs() | _bpf()


def _procfs() -> dict[str, float]:
    """All processes are settled: nobody is young any more."""
    tasks = ProcfsTasks()
    scanner = Scanner(tasks=tasks)
    for _ in range(YOUNG + 2):
        scanner.scan(PROCFS_TICK)

    def look() -> None:
        tasks.read(Context(scanner.proc, scanner.proc.kinds(), Findings(), thorough=False), True)

    look()
    return {"procfs tasks": median(look), "procfs tick": median(partial(scanner.scan, PROCFS_TICK))}


def _bpf() -> dict[str, float]:
    """Nothing where the kernel refuses."""
    started = time.process_time()
    try:
        chosen = choose("bpf")
    except Refused as refused:
        print(f"bpf: {refused}", file=sys.stderr)
        return {}
    found = {"bpf setup": 1e3 * (time.process_time() - started)}
    assert isinstance(chosen.tasks, Bpf)
    scanner = Scanner(tasks=chosen.tasks, holders=chosen.holders)
    found["bpf first"] = milliseconds(partial(scanner.scan, BARE))
    for name, function in (
        ("bpf tasks and files", partial(_sources, chosen, scanner.proc)),
        ("bpf tick", partial(scanner.scan, TICK)),
        ("bpf tick with use", partial(scanner.scan, TICK._replace(usage=True))),
        ("bpf with mounts", partial(scanner.scan, BARE)),
    ):
        function()
        found[name] = least(function, 9)
    chosen.close()
    return found


def _sources(chosen: Choice, proc: Procfs) -> None:
    """Of one scan that which takes the place of the loop."""
    context = Context(proc, proc.kinds(), Findings())
    chosen.tasks.read(context, False)
    for source in chosen.holders:
        for pin in source.collect(context):
            context.findings.add_pin(pin)


if __name__ == "__main__":
    json.dump(live() if sys.argv[1:] else figures(), sys.stdout)
