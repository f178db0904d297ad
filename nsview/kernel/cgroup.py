"""/proc/PID/cgroup: the control groups that a process is in (cgroups(7))."""

import os
from typing import NamedTuple


class CgroupPath(NamedTuple):
    """The process's place in one hierarchy."""

    hierarchy: int
    """0 is the unified hierarchy, version 2."""
    controllers: tuple[str, ...]
    """Version 1's controllers, or `name=systemd`; () for version 2."""
    path: str
    """From the root of the reader's cgroup namespace: `/..` leads out of it. Ends in ` (deleted)` if the
    group was removed while a zombie was in it."""


def parse_cgroup(data: bytes) -> tuple[CgroupPath, ...]:
    """The lines in the order of the file; lines that are none are left out. No path can hold a newline."""
    paths = []
    for line in data.split(b"\n"):
        number, _, rest = line.partition(b":")
        controllers, colon, path = rest.partition(b":")
        if not colon:
            continue
        try:
            hierarchy = int(number)
        except ValueError:
            continue
        names = tuple(os.fsdecode(controllers).split(",")) if controllers else ()
        paths.append(CgroupPath(hierarchy, names, os.fsdecode(path)))
    return tuple(paths)


def main_path(paths: tuple[CgroupPath, ...]) -> str:
    """The one path that a person means by "its cgroup"; "" if there is none.

    Version 2's if it says something; else systemd's of version 1; else the deepest of version 1.
    """
    for path in paths:
        if path.hierarchy == 0 and path.path != "/":
            return path.path
    for path in paths:
        if "name=systemd" in path.controllers and path.path != "/":
            return path.path
    return max(
        (path.path for path in paths),
        key=lambda path: (path.rstrip("/").count("/"), len(path)),
        default="",
    )
