"""/proc/PID/mountinfo: the mounts that a process can see (proc_pid_mountinfo(5))."""

import os
import re
from collections.abc import Iterable
from typing import NamedTuple


class Mount(NamedTuple):
    """One mount. Strings have the kernel's octal escapes undone; what is not text is surrogate-escaped."""

    id: int
    parent: int
    """Id of the mount that this one is on; not in the list, or the mount itself, for the root."""
    device: str
    """major:minor of st_dev below the mount."""
    root: str
    """What of its file system is mounted; `net:[4026531840]` for a namespace."""
    point: str
    """Where, seen from the process's root; ends in `//deleted` if the place has been unlinked."""
    options: str
    propagation: tuple[str, ...]
    """`shared:N`, `master:N`, `propagate_from:N`, `unbindable`; () is private."""
    fs_type: str
    source: str
    super_options: str


def parse_mountinfo(data: bytes) -> list[Mount]:
    """All mounts in the order of the file; lines that are none are left out."""
    mounts = []
    for line in data.split(b"\n"):
        mount = _parse_line(line)
        if mount is not None:
            mounts.append(mount)
    return mounts


def nsfs_mounts(data: bytes) -> list[Mount]:
    """Only the bind mounts of namespaces, without parsing the rest: most files have none."""
    mounts = []
    place = data.find(b" - nsfs ")
    while place >= 0:
        start = data.rfind(b"\n", 0, place) + 1
        end = data.find(b"\n", place)
        if end < 0:
            end = len(data)
        mount = _parse_line(data[start:end])
        # The text may also stand in the super block options of another file system, where it proves nothing.
        if mount is not None and mount.fs_type == "nsfs":
            mounts.append(mount)
        place = data.find(b" - nsfs ", end)
    return mounts


def _parse_line(line: bytes) -> Mount | None:
    # The kernel escapes spaces in every name before the separator, so the first " - " is the separator. It
    # may print an empty source, so fields are cut at each single space.
    left, _, right = line.partition(b" - ")
    fields = left.split(b" ")
    if len(fields) < 6:
        return None
    what = right.split(b" ", 2)
    try:
        return Mount(
            int(fields[0]),
            int(fields[1]),
            _text(fields[2]),
            _text(fields[3]),
            _text(fields[4]),
            _text(fields[5]),
            tuple(map(_text, fields[6:])),
            _text(what[0]),
            _text(what[1]),
            _text(what[2]),
        )
    except (ValueError, IndexError):
        return None


_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")


def _text(field: bytes) -> str:
    if b"\\" in field:
        field = _OCTAL.sub(lambda escape: bytes((int(escape[1], 8),)), field)
    return os.fsdecode(field)


def hidden(mounts: Iterable[Mount]) -> frozenset[int]:
    """Ids of the mounts to which their own path does not lead, because other mounts cover it.

    Needs all mounts of one mountinfo. Follows path_resolution(7): a path begins at the process's root, and
    at each name goes on in the mount that is there on the mount come from, and in those stacked on it.
    Nothing is followed at the root itself: a mount made over `/` after the process took its root is not
    reached by `/`.
    """
    listed = list(mounts)
    on: dict[tuple[int, str], int] = {}
    for mount in listed:
        if mount.parent != mount.id:
            on[mount.parent, mount.point] = mount.id
    root = _root(listed)
    reached = {"": root, "/": root}
    covered = []
    for mount in listed:
        if mount.point.endswith("//deleted") or _resolve(mount.point, reached, on) != mount.id:
            covered.append(mount.id)
    return frozenset(covered)


def _root(mounts: list[Mount]) -> int | None:
    """The mount that the process's root directory is in.

    After a chroot into the middle of a mount, that mount is not listed (its own root cannot be seen), and is
    only known as the parent of others.
    """
    for mount in mounts:
        if mount.parent == mount.id:
            return mount.id  # the first of the whole namespace
    ids = {mount.id for mount in mounts}
    orphans = [mount for mount in mounts if mount.parent not in ids]
    parents = {mount.parent for mount in orphans}
    if len(orphans) > 1 and len(parents) == 1:
        return parents.pop()
    for mount in orphans:
        if mount.point == "/":
            return mount.id
    return parents.pop() if parents else None


def _resolve(path: str, reached: dict[str, int | None], on: dict[tuple[int, str], int]) -> int | None:
    """The mount at the end of `path`; `reached` remembers each way that was gone."""
    end = len(path)
    while path[:end] not in reached:
        end = path.rfind("/", 0, end)
        if end < 0:
            return None
    here = reached[path[:end]]
    while end < len(path):
        end = path.find("/", end + 1)
        if end < 0:
            end = len(path)
        prefix = path[:end]
        for _ in range(len(on)):
            above = on.get((here, prefix)) if here is not None else None
            if above is None:
                break
            here = above
        reached[prefix] = here
    return here
