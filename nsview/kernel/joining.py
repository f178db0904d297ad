"""What a process does to itself on its way into namespaces: the calls that os and signal do not have.

Imported by the launcher, which starts afresh for every command: nothing dear is loaded here but ctypes.
Errors are OSError with the name of the call as file name.
"""

import ctypes
import errno
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)
# Keeps the interpreter's lock over the call: the child of clone3 must not have to take it again.
_held = ctypes.PyDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_held.syscall.restype = ctypes.c_long

# One numbering for all architectures since 424; older calls differ.
_CLONE3 = 435
_CLOSE_RANGE = 436
_OPENAT2 = 437
_PIDFD_GETFD = 438
_MACHINE = os.uname().machine
_KEYCTL = {"x86_64": 250, "aarch64": 219, "riscv64": 219, "ppc64le": 271, "s390x": 280, "armv7l": 311}
_CAPSET = {"x86_64": 126, "aarch64": 91, "riscv64": 91, "ppc64le": 184, "s390x": 185, "armv7l": 185}
_CAPGET = {"x86_64": 125, "aarch64": 90, "riscv64": 90, "ppc64le": 183, "s390x": 184, "armv7l": 184}

_CLONE_PARENT = 0x00008000
_CLOSE_RANGE_CLOEXEC = 4
_CAPABILITY_VERSION_3 = 0x20080522

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_KEYCTL_JOIN_SESSION_KEYRING = 1

RESOLVE_NO_MAGICLINKS = 0x02
RESOLVE_NO_SYMLINKS = 0x04
RESOLVE_IN_ROOT = 0x10

_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_AF_INET, _SOCK_DGRAM, _SOCK_CLOEXEC = 2, 2, 0o2000000


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def _long(value: int) -> ctypes.c_long:
    return ctypes.c_long(value)


def setns(fd: int, flag: int) -> None:
    """Join the namespace behind `fd` (setns(2)); `flag` is the kind it must be of.

    A pid namespace is joined by the next child only. EPERM: no CAP_SYS_ADMIN in the namespace's owner or in
    our own user namespace. EINVAL: our own user namespace, or a pid namespace that is not below ours.
    """
    _check(_libc.setns(ctypes.c_int(fd), ctypes.c_int(flag)), "setns")


def unshare(flags: int) -> None:
    """Move into new namespaces (unshare(2)); new pid and time namespaces are the next child's."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def fork_sibling() -> int:
    """Fork a child of our parent (clone3(2) with CLONE_PARENT, Linux 5.3): nobody has to wait in between.

    Only for a single-threaded process that execs or exits soon after. ENOMEM: the pid namespace for
    children has no init any more.
    """
    arguments = struct.pack("8Q", _CLONE_PARENT, 0, 0, 0, 0, 0, 0, 0)
    return _check(_held.syscall(_long(_CLONE3), arguments, _long(len(arguments))), "clone3")


def close_on_exec_from(first: int) -> None:
    """No file descriptor from `first` on survives exec (close_range(2), CLOSE_RANGE_CLOEXEC since Linux
    5.11)."""
    try:
        last = ctypes.c_uint(0xFFFFFFFF)
        call = _long(_CLOSE_RANGE)
        _check(_libc.syscall(call, ctypes.c_uint(first), last, _long(_CLOSE_RANGE_CLOEXEC)), "close_range")
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EINVAL, errno.EPERM):
            raise
        _close_on_exec_one_by_one(first)


def _close_on_exec_one_by_one(first: int) -> None:
    """The way of older kernels: all possible numbers, because /proc may be missing or another one by now."""
    for fd in range(first, min(os.sysconf("SC_OPEN_MAX"), 1 << 16)):
        try:
            os.set_inheritable(fd, False)
        except OSError:
            pass


def _prctl(option: int, *arguments: int) -> None:
    padded = (*arguments, 0, 0, 0, 0)[:4]
    _check(_libc.prctl(ctypes.c_int(option), *[ctypes.c_ulong(value) for value in padded]), "prctl")


def set_dumpable(dumpable: bool) -> None:
    """Whether processes of the same user, and those with rights in a user namespace below, may trace us or
    look into our /proc directory (PR_SET_DUMPABLE). exec makes it true again."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


def die_with_parent(signal: int) -> None:
    """Get a signal when the parent ends (PR_SET_PDEATHSIG). A change of credentials undoes it."""
    _prctl(_PR_SET_PDEATHSIG, signal)


def keep_capabilities_over_setuid() -> None:
    """The permitted set survives a change from user 0 to another (PR_SET_KEEPCAPS); exec ends this."""
    _prctl(_PR_SET_KEEPCAPS, 1)


def keep_capabilities_over_exec() -> None:
    """Make all permitted capabilities effective, inheritable and ambient (capabilities(7), Linux 4.3)."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = ctypes.create_string_buffer(24)
    _check(_libc.syscall(_long(_number(_CAPGET, "capget")), header, data), "capget")
    _, low, _, _, high, _ = struct.unpack("=6I", data.raw)
    sets = struct.pack("=6I", low, low, low, high, high, high)
    _check(_libc.syscall(_long(_number(_CAPSET, "capset")), header, sets), "capset")
    for capability in range(64):
        if (low | high << 32) >> capability & 1:
            _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def leave_session_keyring() -> None:
    """Join a new, empty session keyring: the keys of the old one are not for programs of another root."""
    call = _long(_number(_KEYCTL, "keyctl"))
    _check(_libc.syscall(call, _long(_KEYCTL_JOIN_SESSION_KEYRING), ctypes.c_void_p(None)), "keyctl")


def _number(table: dict[str, int], what: str) -> int:
    try:
        return table[_MACHINE]
    except KeyError:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), what) from None


def open_below(
    root: int, path: str, flags: int, resolve: int = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
) -> int:
    """Open a path as if the directory `root` were `/`, symbolic links too (openat2(2), Linux 5.6)."""
    how = struct.pack("3Q", flags | os.O_CLOEXEC, 0, resolve)
    call = _long(_OPENAT2)
    return _check(_libc.syscall(call, _long(root), os.fsencode(path), how, _long(len(how))), path)


def pidfd_getfd(pidfd: int, fd: int) -> int:
    """A copy of another process's file descriptor (pidfd_getfd(2), Linux 5.6; needs the right to trace
    it)."""
    return _check(_libc.syscall(_long(_PIDFD_GETFD), _long(pidfd), _long(fd), _long(0)), "pidfd_getfd")


def set_hostname(name: str) -> None:
    raw = os.fsencode(name)
    _check(_libc.sethostname(raw, ctypes.c_size_t(len(raw))), "sethostname")


def set_domainname(name: str) -> None:
    raw = os.fsencode(name)
    _check(_libc.setdomainname(raw, ctypes.c_size_t(len(raw))), "setdomainname")


def set_interface_up(name: str = "lo") -> None:
    """Set a network interface up in our network namespace (netdevice(7)); needs CAP_NET_ADMIN there."""
    import fcntl

    fd = _check(_libc.socket(_AF_INET, _SOCK_DGRAM | _SOCK_CLOEXEC, 0), "socket")
    try:
        request = struct.pack("16sH22x", name.encode(), 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(fd, _SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(fd, _SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), flags | _IFF_UP))
    finally:
        os.close(fd)
