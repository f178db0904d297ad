"""System calls that Python's os module lacks, with errors as OSError.

Importing this loads ctypes; modules that need a call only sometimes import it where they call.
"""

import ctypes
import os
import sys

_MACHINE = os.uname().machine

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

# Since number 424 all architectures share one numbering; kcmp and bpf are older.
PIDFD_OPEN = 434
PIDFD_GETFD = 438
STATMOUNT = 457
LISTMOUNT = 458
LISTNS = 470
_KCMP = {"x86_64": 312, "aarch64": 272, "riscv64": 272, "ppc64le": 354, "s390x": 343}
_ALPHA_OFFSET = 110  # alpha alone numbers the shared calls 110 higher

KCMP_FILES = 2
PIDFD_THREAD = os.O_EXCL
"""pidfd_open: the number is a thread's (Linux 6.9)."""


def check(result: int, what: str) -> int:
    """The result of a call, or its error as OSError with the call's name."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def syscall(
    number: int, what: str, *args: "int | bytes | ctypes.Array[ctypes.c_uint64] | ctypes.Array[ctypes.c_char]"
) -> int:
    if _MACHINE == "alpha":
        number += _ALPHA_OFFSET
    raw = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    return check(_libc.syscall(ctypes.c_long(number), *raw), what)


def pidfd_open(pid: int, flags: int = 0) -> int:
    """A file descriptor bound to a process, whoever gets its number later (pidfd_open(2), Linux 5.3)."""
    return syscall(PIDFD_OPEN, "pidfd_open", pid, flags)


def pidfd_getfd(pidfd: int, fd: int) -> int:
    """A copy of another process's file descriptor (pidfd_getfd(2), Linux 5.6; needs ptrace attach rights)."""
    return syscall(PIDFD_GETFD, "pidfd_getfd", pidfd, fd, 0)


def same_files(tid: int, other: int) -> bool:
    """Whether two tasks share one table of file descriptors (kcmp(2)).

    Raises OSError: ENOSYS without CONFIG_KCMP, EPERM without ptrace rights, ESRCH when one has ended.
    """
    number = _KCMP.get(_MACHINE)
    # A program of 32 bits has other numbers on the same machine.
    if number is None or sys.maxsize < 1 << 32:
        raise OSError(38, "Function not implemented", "kcmp")
    return syscall(number, "kcmp", tid, other, KCMP_FILES, 0, 0) == 0


def unshare(flags: int) -> None:
    """unshare(2)."""
    check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(fd: int, flags: int) -> None:
    """setns(2)."""
    check(_libc.setns(ctypes.c_int(fd), ctypes.c_int(flags)), "setns")


def open_by_handle(place: int, handle: bytes, flags: int) -> int:
    """open_by_handle_at(2) with a struct file_handle."""
    return check(
        _libc.open_by_handle_at(ctypes.c_int(place), handle, ctypes.c_int(flags)), "open_by_handle_at"
    )
