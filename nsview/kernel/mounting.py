"""Changing the mounts of our own mount namespace (mount(2), umount(2), open_tree(2), move_mount(2)).

Errors are OSError with the path, or the name of the call, as file name.
"""

import ctypes
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

_OPEN_TREE = 428
_MOVE_MOUNT = 429
_MOUNT_SETATTR = 442

NOSUID, NODEV, NOEXEC = 2, 4, 8
BIND = 4096
RECURSIVE = 16384
PROPAGATION = {"private": 1 << 18, "slave": 1 << 19, "shared": 1 << 20}
_MNT_DETACH = 2
_UMOUNT_NOFOLLOW = 8

_OPEN_TREE_CLONE = 1
_AT_EMPTY_PATH = 0x1000
_AT_RECURSIVE = 0x8000
_AT_FDCWD = -100
_MOVE_MOUNT_F_EMPTY_PATH = 4
_MOUNT_ATTR_NOSUID = 2


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def mount(source: str | None, point: str, fs_type: str | None = None, flags: int = 0) -> None:
    """mount(2). EPERM for a proc file system in a user namespace that only sees a covered one."""
    _check(
        _libc.mount(
            None if source is None else os.fsencode(source),
            os.fsencode(point),
            None if fs_type is None else fs_type.encode(),
            ctypes.c_ulong(flags),
            None,
        ),
        point,
    )


def set_propagation(point: str, propagation: str, recursive: bool = True) -> None:
    """How mounts and unmounts spread from and to a mount (mount_namespaces(7)): private, slave, shared."""
    mount(None, point, None, PROPAGATION[propagation] | (RECURSIVE if recursive else 0))


def mount_proc(point: str) -> None:
    """A proc file system of our own pid namespace; EPERM where ours may show more than the one we see now."""
    mount("proc", point, "proc", NOSUID | NODEV | NOEXEC)


def bind(source: str, point: str) -> None:
    """Show `source` at `point` too. EINVAL for a namespace on a shared mount, or a mount namespace older than
    our own."""
    mount(source, point, None, BIND)


def unmount(point: str) -> None:
    """Take a mount away, now or when its last user has left it. EINVAL: no mount is there."""
    _check(_libc.umount2(os.fsencode(point), _MNT_DETACH | _UMOUNT_NOFOLLOW), point)


def clone_tree(place: int) -> int:
    """An fd on a detached copy of the mounts at and below the directory `place` (Linux 5.2).

    EINVAL for a mount of another mount namespace than our own.
    """
    flags = _OPEN_TREE_CLONE | _AT_RECURSIVE | _AT_EMPTY_PATH | os.O_CLOEXEC
    call = ctypes.c_long(_OPEN_TREE)
    return int(_check(_libc.syscall(call, ctypes.c_long(place), b"", ctypes.c_long(flags)), "open_tree"))


def attach_tree(tree: int, point: str) -> None:
    """Mount a detached tree (Linux 5.2)."""
    call, empty, here = ctypes.c_long(_MOVE_MOUNT), b"", ctypes.c_long(_AT_FDCWD)
    flags = ctypes.c_long(_MOVE_MOUNT_F_EMPTY_PATH)
    _check(_libc.syscall(call, ctypes.c_long(tree), empty, here, os.fsencode(point), flags), point)


move = attach_tree
"""The same call moves a mount that is attached: an O_PATH fd on its root, and the new place."""


def restrain_tree(tree: int, propagation: str) -> None:
    """No set-user-ID programs from a tree, and its propagation (mount_setattr(2), Linux 5.12)."""
    attributes = struct.pack("4Q", _MOUNT_ATTR_NOSUID, 0, PROPAGATION[propagation], 0)
    call, flags = ctypes.c_long(_MOUNT_SETATTR), ctypes.c_uint(_AT_EMPTY_PATH | _AT_RECURSIVE)
    size = ctypes.c_long(len(attributes))
    _check(_libc.syscall(call, ctypes.c_long(tree), b"", flags, attributes, size), "mount_setattr")
