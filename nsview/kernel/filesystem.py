"""A file system without a mount point (fsopen(2), fsconfig(2), fsmount(2); Linux 5.2).

What it shows is that of the namespaces of whoever makes it, and it goes away with its descriptor.
"""

import ctypes
import os

from nsview.kernel.syscalls import syscall

_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432
_CLOEXEC = 1
_SET_FLAG, _SET_STRING, _CREATE = 0, 1, 6
_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_NULL = 0


def open_filesystem(
    fs_type: str, flags: tuple[str, ...] = (), options: tuple[tuple[str, str], ...] = ()
) -> int:
    """A descriptor on the root of a new, detached mount.

    OSError: EPERM without CAP_SYS_ADMIN in the owner of our mount namespace, ENODEV where the kernel does not
    have this type, EBUSY or EINVAL for options that no mounted one has, ENOSYS before Linux 5.2.
    """
    context = syscall(_FSOPEN, "fsopen", fs_type.encode() + b"\0", _CLOEXEC)
    try:
        for flag in flags:
            syscall(_FSCONFIG, f"fsconfig {flag}", context, _SET_FLAG, flag.encode() + b"\0", _NULL, 0)
        for key, value in options:
            name, text = key.encode() + b"\0", value.encode() + b"\0"
            syscall(_FSCONFIG, f"fsconfig {key}", context, _SET_STRING, name, text, 0)
        syscall(_FSCONFIG, f"mount {fs_type}", context, _CREATE, _NULL, _NULL, 0)
        place = syscall(_FSMOUNT, "fsmount", context, _CLOEXEC, _NOSUID | _NODEV | _NOEXEC)
    finally:
        os.close(context)
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place)
    finally:
        os.close(place)


def own_mount_namespace() -> None:
    """Be in a mount namespace that belongs to our own user namespace: there a file system may be opened.

    For a process that has joined a user namespace and will soon end.
    """
    from nsview.kernel.syscalls import unshare

    unshare(0x00020000)


_FILEID_KERNFS = 0xFE


def open_kernfs(mount: int, number: int) -> int:
    """An O_PATH fd on the file of this inode number in a kernfs, such as a cgroup file system
    (open_by_handle_at(2), Linux 5.5).

    EPERM without CAP_DAC_READ_SEARCH in the initial user namespace; ESTALE: it is gone.
    """
    import struct

    libc = ctypes.CDLL(None, use_errno=True)
    handle = struct.pack("=IiQ", 8, _FILEID_KERNFS, number)
    fd = libc.open_by_handle_at(ctypes.c_int(mount), handle, ctypes.c_int(os.O_PATH | os.O_CLOEXEC))
    if fd < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "open_by_handle_at")
    return int(fd)
