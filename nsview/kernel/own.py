"""Where we are ourselves, and what we may do in which user namespace (user_namespaces(7), "Capabilities")."""

import os
from typing import NamedTuple

from nsview.kernel import nsfs
from nsview.kernel.idmap import IdRange, parse_id_map
from nsview.kernel.status import parse_status
from nsview.model.kind import KINDS, Kind

CAP_SETGID, CAP_SETUID, CAP_NET_ADMIN, CAP_SYS_CHROOT, CAP_SYS_ADMIN, CAP_SYS_TIME = 6, 7, 12, 18, 21, 25
PROC = "/proc"
"""Where programs look for the proc file system."""
_DEEPEST = 40
"""Namespaces nest 32 deep at most."""


class Own(NamedTuple):
    """Our own rights and place."""

    uid: int
    gid: int
    effective: int
    """Our effective capabilities, in our own user namespace."""
    seccomp: int
    inodes: dict[Kind, int]
    """Our namespaces, of the kinds that this kernel has."""
    uid_map: tuple[IdRange, ...]
    gid_map: tuple[IdRange, ...]

    def has(self, capability: int) -> bool:
        return bool(self.effective >> capability & 1)


def own() -> Own:
    with open("/proc/self/status", "rb") as file:
        status = parse_status(file.read())
    maps = []
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/self/{name}", "rb") as file:
            maps.append(parse_id_map(file.read()))
    inodes = {}
    for kind in KINDS:
        try:
            inodes[kind] = os.stat(f"/proc/self/ns/{kind}").st_ino
        except FileNotFoundError:
            continue
    effective, seccomp = status.cap_effective or 0, status.seccomp or 0
    return Own(os.geteuid(), os.getegid(), effective, seccomp, inodes, maps[0], maps[1])


def sees_all() -> bool:
    """Whether the kernel shows us all of its namespaces: by list, and by number.

    It does with CAP_SYS_ADMIN in the initial pid and user namespaces; the first kernels with a list are less
    strict, but show others than these only a part of it, too. OSError without procfs.
    """
    us = own()
    at_home = all(us.inodes.get(kind) == kind.initial_inode for kind in (Kind.PID, Kind.USER))
    return at_home and us.has(CAP_SYS_ADMIN)


def has_capability(us: Own, user_ns: int, capability: int) -> bool | None:
    """Whether we have a capability in the user namespace behind the descriptor; None: not to be told.

    In our own it is our effective set; in one below, all if we made the topmost one on the way there, else
    our effective set again; anywhere else none.
    """
    home = us.inodes[Kind.USER]
    opened: list[int] = []
    fd = user_ns
    try:
        if os.fstat(fd).st_ino == home:
            return us.has(capability)
        for _ in range(_DEEPEST):
            try:
                parent = nsfs.open_owner(fd)
            except PermissionError:
                return False  # the way up passes us by: it is above us, or beside us
            opened.append(parent)
            if os.fstat(parent).st_ino == home:
                return nsfs.owner_uid(fd) == us.uid or us.has(capability)
            fd = parent
        return None
    except OSError:
        return None
    finally:
        for each in opened:
            os.close(each)


def is_at_or_below(fd: int, above: int) -> bool | None:
    """Whether a pid or user namespace is that of inode `above`, or below it; None: not to be told."""
    opened: list[int] = []
    try:
        for _ in range(_DEEPEST):
            if os.fstat(fd).st_ino == above:
                return True
            try:
                fd = nsfs.open_parent(fd)
            except PermissionError:
                return False
            opened.append(fd)
        return None
    except OSError:
        return None
    finally:
        for each in opened:
            os.close(each)


_NS_GET_PID_FROM_PIDNS = 0x8004B706


def has_init(pid_ns: int) -> bool | None:
    """Whether a pid namespace has a process number 1; None where we may not know.

    Without one it was never entered, or its init has ended: then it takes no process any more.
    """
    import errno
    import fcntl

    try:
        fcntl.ioctl(pid_ns, _NS_GET_PID_FROM_PIDNS, 1)
    except OSError as error:
        return False if error.errno == errno.ESRCH else _has_member(pid_ns)
    return True


def _has_member(pid_ns: int) -> bool | None:
    """As before Linux 6.11, which can be asked: no process outlives its namespace's init."""
    wanted = f"pid:[{os.fstat(pid_ns).st_ino}]"
    all_told = True
    for name in os.listdir(PROC):
        if name.isdecimal():
            try:
                found = os.readlink(f"{PROC}/{name}/ns/pid")
            except (FileNotFoundError, ProcessLookupError):
                continue
            except OSError:
                found = ""
            if found == wanted:
                return True
            all_told = all_told and (found != "" or not _is_nested(name))
    return False if all_told else None


def _is_nested(pid: str) -> bool:
    """Whether a process is in another pid namespace than /proc's, which anyone may know."""
    try:
        with open(f"{PROC}/{pid}/status", "rb") as file:
            status = parse_status(file.read())
    except OSError:
        return False  # it has just ended
    return len(status.ns_pid) > 1


def sysctl(name: str) -> str | None:
    """A setting of the kernel (sysctl(8) with slashes); None where there is no such, or we may not know."""
    try:
        with open(f"/proc/sys/{name}") as file:
            return file.read().strip()
    except OSError:
        return None
