"""What a suite may leave on the machine, and how to see it.

Other suites and people use the machine too, so only what is certainly ours counts: our descendants,
our open files, and names that begin with `OURS`.
"""

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

OURS = f"nsvt{os.getpid()}"
"""Begin every name that outlives a process (in /run/netns, of an interface, a cgroup, a file in /tmp)
with this, so that the check finds it. At most eleven characters; an interface may have fifteen."""


def reap() -> None:
    """Collect descendants that have ended and were left to us as orphans."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def children(seconds: float = 5.0) -> list[str]:
    """Our children that do not end within `seconds`: those killed a moment ago are given that time."""
    deadline = time.monotonic() + seconds
    while True:
        reap()
        left = _children()
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


def _children() -> list[str]:
    us = str(os.getpid())
    left = []
    for directory in os.listdir("/proc"):
        if not directory.isdigit():
            continue
        try:
            # The name in parentheses may hold anything, so what follows is found from the right.
            stat = Path(f"/proc/{directory}/stat").read_text(errors="replace").rpartition(")")
            if stat[2].split()[1] == us:
                command = Path(f"/proc/{directory}/cmdline").read_bytes().replace(b"\0", b" ")
                left.append(f"{stat[0]}) {command!r}")
        except (OSError, IndexError):
            continue
    return left


def open_files() -> Counter[str]:
    """What our file descriptors are open on, and how often."""
    found: Counter[str] = Counter()
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except FileNotFoundError:
            continue  # the one that listed the directory
        # Pipes and sockets have a new number each time; which one it was does not matter.
        found[target.partition(":[")[0]] += 1
    return found


def mounts(directory: str) -> list[str]:
    """Mount points below `directory`, and those with our name."""
    lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    points = [os.fsdecode(line.split(b" ")[4]) for line in lines]
    return [point for point in points if OURS in point or point.startswith(directory)]


def names() -> list[str]:
    """Named network namespaces, interfaces and temporary files of ours."""
    places = (Path("/run/netns"), Path("/sys/class/net"), Path(tempfile.gettempdir()))
    return [str(path) for place in places for path in place.glob(f"{OURS}*")]


def namespaces() -> dict[str, int]:
    """The namespaces that we are in ourselves, by link."""
    links = os.listdir("/proc/self/ns")
    return {link: os.stat(f"/proc/self/ns/{link}").st_ino for link in links}
