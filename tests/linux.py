"""The system calls with which tests build what nsview must find. Errors come as OSError with the call's name.

Deliberately not nsview's own: what is tested must not also be what builds the test.
"""

import ctypes
import os
from pathlib import Path

CLONE_NEWTIME = 0x0000_0080
CLONE_NEWNS = 0x0002_0000
CLONE_NEWCGROUP = 0x0200_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

FLAGS = {
    "time": CLONE_NEWTIME,
    "mnt": CLONE_NEWNS,
    "cgroup": CLONE_NEWCGROUP,
    "uts": CLONE_NEWUTS,
    "ipc": CLONE_NEWIPC,
    "user": CLONE_NEWUSER,
    "pid": CLONE_NEWPID,
    "net": CLONE_NEWNET,
}

MS_BIND = 0x1000
MS_MOVE = 0x2000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
)
_libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def unshare(flags: int) -> None:
    """Leave the namespaces of the kinds in `flags` for new ones (unshare(2))."""
    _check(_libc.unshare(flags), f"unshare {flags:#x}")


def setns(fd: int, flags: int = 0) -> None:
    """Enter the namespace that `fd` is open on (setns(2))."""
    _check(_libc.setns(fd, flags), "setns")


def join(pid: int, kind: str) -> None:
    """Enter the namespace that one of a process's links leads to: `net`, `pid_for_children`."""
    fd = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        setns(fd)
    finally:
        os.close(fd)


def mount(
    source: str | bytes, target: str | bytes | Path, fstype: str = "", flags: int = 0, data: str = ""
) -> None:
    """mount(2)."""
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target), fstype.encode(), flags, data.encode() if data else None
    )
    _check(result, f"mount {target!r}")


def umount(target: str | bytes | Path, flags: int = MNT_DETACH) -> None:
    """umount2(2); lazily unless told otherwise."""
    _check(_libc.umount2(os.fsencode(target), flags), f"umount {target!r}")


def bind(source: str | bytes | Path, target: str | bytes | Path) -> None:
    """Show a file or directory at a second place; of a `/proc/PID/ns/*` link, this keeps the namespace."""
    mount(os.fspath(source), target, flags=MS_BIND)


_HOME = os.stat("/proc/self/ns/mnt").st_ino
"""The mount namespace that the tests run in; children inherit the number."""


def private_mounts() -> None:
    """Cut this (new) mount namespace off: what is mounted from here on is seen nowhere else."""
    assert inode("self", "mnt") != _HOME, "this would change the machine's own mounts: unshare first"
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def private_tmpfs(target: str | bytes | Path) -> None:
    """A fresh file system at `target` that nobody outside this (new) mount namespace sees."""
    private_mounts()
    mount("tmpfs", target, "tmpfs", data="mode=0755")


def die_with_parent(signal: int = 9) -> None:
    """End when the parent does (prctl(2), PR_SET_PDEATHSIG). A change of user undoes it, so call it after."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), "prctl PR_SET_PDEATHSIG")


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    _check(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl PR_SET_CHILD_SUBREAPER")


def set_dumpable() -> None:
    """Let /proc/self belong to our user, as after an exec (prctl(2), PR_SET_DUMPABLE)."""
    _check(_libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl PR_SET_DUMPABLE")


def set_name(comm: bytes) -> None:
    """Call this thread `comm`, of which the kernel keeps 15 bytes."""
    buffer = ctypes.create_string_buffer(comm)
    _check(_libc.prctl(PR_SET_NAME, ctypes.addressof(buffer), 0, 0, 0), "prctl PR_SET_NAME")


def map_to_root(uid: int, gid: int) -> None:
    """In a new user namespace: be its root, as whoever we were outside (user_namespaces(7))."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def inode(pid: int | str, kind: str) -> int:
    """The inode number of the namespace of one kind that a process is in."""
    return os.stat(f"/proc/{pid}/ns/{kind}").st_ino
