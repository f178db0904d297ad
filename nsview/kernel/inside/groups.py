"""The control group that is the root of a cgroup namespace (cgroup_namespaces(7)), in every hierarchy.

The kernel's own file systems, opened inside without a mount point, begin at just that group.
"""

import errno
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from nsview.kernel.cgroup import CgroupPath, parse_cgroup
from nsview.kernel.filesystem import open_filesystem, open_kernfs, own_mount_namespace
from nsview.kernel.mountinfo import parse_mountinfo
from nsview.kernel.procfs import read_file


class _Place(NamedTuple):
    """Where a hierarchy is mounted as we see it."""

    fd: int
    point: str
    root: str


_FILES = {
    2: (
        *("cgroup.controllers", "cgroup.subtree_control", "cgroup.type", "cgroup.freeze", "cgroup.events"),
        *("cgroup.stat", "cgroup.max.descendants", "memory.current", "memory.peak", "memory.max"),
        *("memory.high", "memory.low", "memory.swap.current", "memory.swap.max", "memory.events"),
        *("cpu.max", "cpu.weight", "cpu.stat", "cpuset.cpus.effective", "pids.current", "pids.max"),
        *("io.max", "io.stat"),
    ),
    1: (
        *("memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.limit_in_bytes"),
        *("memory.memsw.usage_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control"),
        *("cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares", "cpu.stat", "cpuacct.usage"),
        *("cpuset.effective_cpus", "pids.current", "pids.max", "freezer.state"),
        *("blkio.throttle.io_service_bytes", "blkio.throttle.read_bps_device"),
        "blkio.throttle.write_bps_device",
    ),
}


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    hierarchies = parse_cgroup(read_file("/proc/self/cgroup"))
    places = {path.hierarchy: _place(path) for path in hierarchies}
    joins = bool(arguments["joins"])
    return lambda: _read(hierarchies, places, joins)


def _place(path: CgroupPath) -> _Place | None:
    for mount in parse_mountinfo(read_file("/proc/self/mountinfo")):
        options = mount.super_options.split(",")
        if path.hierarchy == 0:
            fits = mount.fs_type == "cgroup2"
        else:
            fits = mount.fs_type == "cgroup" and all(name in options for name in path.controllers)
        if fits:
            try:
                fd = os.open(mount.point, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError:
                continue
            return _Place(fd, mount.point, mount.root)
    return None


def _read(
    hierarchies: tuple[CgroupPath, ...], places: dict[int, _Place | None], joins: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {"groups": [], "unread": []}
    for path in hierarchies:
        place = places[path.hierarchy]
        version = 1 if path.hierarchy else 2
        name = ",".join(path.controllers) or "unified"
        try:
            root = place.fd if place is not None and not joins else _open(path)
        except OSError as error:
            found["unread"].append((name, error.strerror or str(error)))
            continue
        number = os.fstat(root).st_ino
        group: dict[str, Any] = {"hierarchy": name, "version": version, "inode": number}
        group["path"] = _path(place, number) if joins else (place.root if place is not None else None)
        group["files"] = _files(root, _FILES[version], name, found["unread"])
        found["groups"].append(group)
    return found


def _open(path: CgroupPath) -> int:
    """The root of the namespace in one hierarchy."""
    try:
        return _mount(path)
    except PermissionError:
        own_mount_namespace()
        return _mount(path)


def _mount(path: CgroupPath) -> int:
    if path.hierarchy == 0:
        return open_filesystem("cgroup2")
    names = [name.partition("=") for name in path.controllers]
    named = tuple((key, value) for key, sign, value in names if sign)
    flags = tuple(key for key, sign, _ in names if not sign) or ("none",)
    return open_filesystem("cgroup", flags, named)


def _path(place: _Place | None, number: int) -> str | None:
    """The group's path from the root that we see; None where it cannot be told."""
    if place is None:
        return None
    try:
        fd = open_kernfs(place.fd, number)
        try:
            path = os.readlink(f"/proc/self/fd/{fd}")
        finally:
            os.close(fd)
    except OSError:
        return None
    if path == place.point or path.startswith(place.point + "/"):
        below = path[len(place.point) :]
        return (place.root.rstrip("/") + below) or "/"
    return None


def _files(root: int, names: tuple[str, ...], group: str, unread: list[tuple[str, str]]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=root)
            try:
                found[name] = os.fsdecode(os.read(fd, 1 << 16)).strip()
            finally:
                os.close(fd)
        except OSError as error:
            # ENOENT: the controller is not here, or this is the root of all, which has no limits.
            # EOPNOTSUPP: it is not counted.
            if error.errno not in (errno.ENOENT, errno.EOPNOTSUPP):
                unread.append((f"{group}: {name}", error.strerror or str(error)))
    return found
