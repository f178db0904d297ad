"""Which processes have sockets open: by the links of their open files (proc_pid_fd(5))."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from nsview.kernel.procfs import GONE, Procfs


def find(
    proc: Procfs,
    pids: Iterable[int],
    inodes: Iterable[int],
    seconds: float,
    given_up: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """`owners`: (inode, process) for each socket and process that has it open; `refused`: how often which
    error; `complete` is false where the time was too short."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    owners: list[tuple[int, int]] = []
    refused: dict[int, int] = {}
    deadline = time.monotonic() + seconds if wanted else 0.0
    for pid in pids if wanted else ():
        if time.monotonic() > deadline or given_up():
            return {"owners": owners, "refused": list(refused.items()), "complete": False}
        try:
            links = {link for _, link in proc.descriptors(pid)}
        except OSError as error:
            if error.errno not in GONE:
                number = error.errno or 0
                refused[number] = refused.get(number, 0) + 1
            continue
        owners += [(wanted[link], pid) for link in links & wanted.keys()]
    return {"owners": owners, "refused": list(refused.items()), "complete": True}
