"""What a file descriptor on a namespace tells (ioctl_ns(2), ioctl_nsfs(2)).

Every function raises OSError as the kernel said it. ENOTTY (and EINVAL of some older kernels): this kernel
does not know the question. File descriptors that are returned are the caller's to close.
"""

import errno
import fcntl
import os
import stat
import sys

from nsview.model.kind import BY_FLAG, Kind

MAGIC = 0x6E736673
"""f_type of nsfs (statfs(2))."""


def _ioc(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | 0xB7 << 8 | number


NS_GET_USERNS = _ioc(0, 1, 0)
NS_GET_PARENT = _ioc(0, 2, 0)
NS_GET_NSTYPE = _ioc(0, 3, 0)
NS_GET_OWNER_UID = _ioc(0, 4, 0)
NS_GET_MNTNS_ID = _ioc(2, 5, 8)
NS_MNT_GET_NEXT = _ioc(2, 11, 16)
NS_MNT_GET_PREV = _ioc(2, 12, 16)
NS_GET_ID = _ioc(2, 13, 8)
_SIOCGSKNS = 0x894C

FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


def open_owner(fd: int) -> int:
    """The user namespace that owns this one (Linux 4.9). EPERM: above the caller's own, or out of reach."""
    return fcntl.ioctl(fd, NS_GET_USERNS)


def open_parent(fd: int) -> int:
    """The parent of a pid or user namespace (Linux 4.9); EINVAL for the other kinds, EPERM as above."""
    return fcntl.ioctl(fd, NS_GET_PARENT)


def kind_of(fd: int) -> Kind:
    """The kind of the namespace (Linux 4.11); ENOTTY when the fd is on no namespace."""
    flag = fcntl.ioctl(fd, NS_GET_NSTYPE)
    return BY_FLAG[flag]


def owner_uid(fd: int) -> int:
    """The effective user who made this user namespace, as a number of ours (Linux 4.11)."""
    data = fcntl.ioctl(fd, NS_GET_OWNER_UID, bytes(4))
    return int.from_bytes(data, sys.byteorder)


def kernel_id(fd: int, of: Kind) -> int:
    """The 64-bit number that is never used again (Linux 6.18; for mount namespaces 6.11)."""
    try:
        data = fcntl.ioctl(fd, NS_GET_ID, bytes(8))
    except OSError:
        if of is not Kind.MNT:
            raise
        data = fcntl.ioctl(fd, NS_GET_MNTNS_ID, bytes(8))
    return int.from_bytes(data, sys.byteorder)


def gives_ids() -> bool:
    """Whether this kernel has such a number for every kind."""
    try:
        fd = open_own(Kind.UTS)
    except OSError:
        return False
    try:
        kernel_id(fd, Kind.UTS)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def open_next_mount_namespace(fd: int) -> int:
    """The mount namespace that was made next after this one (Linux 6.12).

    ENOENT past the last; EPERM outside the initial pid namespace or without CAP_SYS_ADMIN.
    """
    return _answer_and_fd(fd, NS_MNT_GET_NEXT)


def open_previous_mount_namespace(fd: int) -> int:
    """As open_next_mount_namespace, the other way."""
    return _answer_and_fd(fd, NS_MNT_GET_PREV)


def _answer_and_fd(fd: int, question: int) -> int:
    """The argument is a struct mnt_ns_info, which begins with its own size.

    For an immutable argument ioctl() would give the answer's bytes and lose the fd.
    """
    argument = bytearray((16).to_bytes(4, sys.byteorder) + bytes(12))
    return int(fcntl.ioctl(fd, question, argument, True))


def open_of_socket(fd: int) -> int:
    """The network namespace of a socket (Linux 4.10); EPERM without CAP_NET_ADMIN in its owner."""
    return fcntl.ioctl(fd, _SIOCGSKNS)


def open_path(path: str, dir_fd: int | None = None) -> int:
    """Open a namespace by another process's fd, by a bind mount, by whatever path a person names.

    The path may lie in a place that others control, so it is opened as a mere location first: no device,
    FIFO or foreign file is ever really opened. OSError with ENOTTY when it is no namespace.
    """
    place = os.open(path, os.O_PATH | os.O_CLOEXEC, dir_fd=dir_fd)
    try:
        return reopen(place)
    except OSError as error:
        # Some 5.10 kernels follow a link that may not be read to the directory that it is in.
        in_ns = os.path.basename(os.path.dirname(path)) == "ns"
        if error.errno == errno.ENOTTY and in_ns and stat.S_ISDIR(os.fstat(place).st_mode):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path) from None
        raise
    finally:
        os.close(place)


def open_link(path: str) -> int:
    """Open a namespace by a link of /proc/PID/ns, which leads nowhere else: half the calls of open_path."""
    return os.open(path, FLAGS)


def is_initial(kind: Kind) -> bool:
    """Whether we are in the first namespace of this kind; False where that is not known by its number."""
    try:
        return os.stat(f"/proc/self/ns/{kind}").st_ino == kind.initial_inode
    except OSError:
        return False


def open_own(kind: Kind) -> int:
    """The namespace of this kind that we are in ourselves."""
    return os.open(f"/proc/self/ns/{kind}", FLAGS)


def duplicate(fd: int) -> int:
    """A second fd on the same namespace, not inherited over exec."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 0)


def reopen(place: int) -> int:
    """A readable fd on the namespace that an O_PATH fd stands for; ENOTTY when it is on no namespace."""
    if not is_namespace(place):
        raise OSError(errno.ENOTTY, "not a namespace")
    return os.open(f"/proc/self/fd/{place}", FLAGS)


def is_namespace(fd: int) -> bool:
    """Whether an fd, O_PATH or not, is on nsfs: its device is the one that our own links are on."""
    return os.fstat(fd).st_dev == device()


_device: int | None = None


def device() -> int:
    """st_dev of nsfs: one file system for the whole kernel (asked once)."""
    global _device
    if _device is None:
        _device = os.stat("/proc/self/ns/mnt").st_dev
    return _device
