"""What several tests of discovery build, in a child, and how they look at what was found."""

import ctypes
import errno
import os
import platform
import struct
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

# A child in another mount namespace, or another user, could not load these when a scan needs them.
import nsview.discovery.details
import nsview.discovery.net_ids
import nsview.kernel.mountinfo
import nsview.kernel.mounts
import nsview.kernel.remote
import nsview.kernel.visit
from nsview.discovery.scanner import Scanner, Scope
from nsview.model.holder import Holder, How
from nsview.model.namespace import Namespace
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.processes import start

__all__ = ["nsview"]

_libc = ctypes.CDLL(None, use_errno=True)


def scan(scope: Scope | None = None) -> Snapshot:
    """One scan by a scanner that remembers nothing."""
    return Scanner().scan(scope or Scope())


def namespace(snapshot: Snapshot, inode: int) -> Namespace:
    """The namespace with this inode number; fails when it was not found."""
    found = snapshot.by_inode(inode)
    assert found is not None, f"{inode} was not found"
    return found


def holders(snapshot: Snapshot, inode: int, how: How | None = None) -> list[Holder]:
    """What keeps it, or what keeps it in one way."""
    return [
        holder for holder in snapshot.holders(namespace(snapshot, inode)) if how is None or holder.how is how
    ]


def leave_behind(kind: str, keep: Callable[[], object]) -> int:
    """Make a namespace in this process, let `keep` do what keeps it, leave it again; its inode number."""
    home = os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    linux.unshare(linux.FLAGS[kind])
    inode = linux.inode("thread-self", kind)
    keep()
    linux.setns(home)
    os.close(home)
    return inode


def bind_new(kind: str, place: Path | bytes) -> int:
    """A namespace that only a bind mount at `place` keeps; its inode number. Of a new mnt one: see below."""
    with open(place, "xb"):
        pass
    return leave_behind(kind, lambda: linux.bind(f"/proc/thread-self/ns/{kind}", place))


def bind_mnt(place: Path, inside: Callable[[], object] | None = None) -> tuple[int, object]:
    """A mount namespace that only a bind mount at `place` keeps, once `inside` has run there."""
    place.touch()

    def private() -> object:
        linux.private_mounts()
        return inside() if inside else None

    # The kernel lets a mount namespace be bound only in one with a lower number, and since Linux 6.18 every
    # processor numbers for itself: one of them gives higher numbers than that of ours.
    processors = os.sched_getaffinity(0)
    refusal: OSError | None = None
    for processor in processors:
        os.sched_setaffinity(0, {processor})
        maker = start(private, unshare=linux.CLONE_NEWNS)
        try:
            linux.bind(f"/proc/{maker.pid}/ns/mnt", place)
            return maker.inode("mnt"), maker.value
        except OSError as error:
            refusal = error
        finally:
            maker.end()
            os.sched_setaffinity(0, processors)
    raise AssertionError(f"cannot be bound: {refusal}")


def in_thread(function: Callable[[], object]) -> int:
    """Run `function` in a new thread that then stays until the process ends; its tid."""
    done = threading.Event()
    result: list[int | BaseException] = []

    def run() -> None:
        try:
            function()
            result.append(threading.get_native_id())
        except BaseException as error:
            result.append(error)
        done.set()
        threading.Event().wait()

    threading.Thread(target=run, daemon=True).start()
    assert done.wait(10)
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]


def unreaped(flags: int) -> int:
    """A zombie that has left some namespaces for new ones; its number."""
    pid = os.fork()
    if pid == 0:
        linux.unshare(flags)
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid


def exit_thread() -> None:
    """End the calling thread only, also if it is the first (exit(2), the system call)."""
    number = {"x86_64": 60}.get(platform.machine(), 93)
    _libc.syscall(ctypes.c_long(number), ctypes.c_long(0))


def enter(path: str | Path) -> None:
    """Join the namespace bound at a place."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    linux.setns(fd)
    os.close(fd)


def give_up_new_privileges() -> None:
    """prctl(2), PR_SET_NO_NEW_PRIVS."""
    assert _libc.prctl(38, *map(ctypes.c_ulong, (1, 0, 0, 0))) == 0


def deny(numbers: Iterable[int], error: int, ioctls: Iterable[int] = ()) -> None:
    """From here on these system calls fail with `error`, and these ioctls are unknown (seccomp(2)).

    As under a container's filter, or on a kernel that is too old to have them.
    """
    load, equal, answer = 0x20, 0x15, 0x06
    fail, allow = 0x00050000, 0x7FFF0000
    requests = [(load, 0, 0, 24)]
    for request in ioctls:
        requests += [(equal, 0, 1, request), (answer, 0, 0, fail | errno.ENOTTY)]
    program = [(load, 0, 0, 0)]
    for number in numbers:
        program += [(equal, 0, 1, number), (answer, 0, 0, fail | error)]
    program += [(equal, 0, len(requests), IOCTL), *requests, (answer, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    give_up_new_privileges()
    filtered = _libc.prctl(22, ctypes.c_ulong(2), header, ctypes.c_ulong(0), ctypes.c_ulong(0))
    assert filtered == 0, os.strerror(ctypes.get_errno())


KCMP, IOCTL = {"x86_64": (312, 16)}.get(platform.machine(), (272, 29))
CLONE = {"x86_64": (56, 435)}.get(platform.machine(), (220, 435))
PIDFD_GETFD = 438
STATMOUNT, LISTMOUNT, LISTNS = 457, 458, 470
OPEN_BY_HANDLE_AT = {"x86_64": 304}.get(platform.machine(), 265)
CLONE_FILES = 0x400


def be_linux_5_4() -> None:
    """From here on this process meets none of what kernels have learnt since Linux 5.4."""
    namespaces = [0x8008B705, *(0x8010B700 | number for number in (10, 11, 12)), 0x8008B70D]
    deny([KCMP, PIDFD_GETFD, STATMOUNT, LISTMOUNT, LISTNS], errno.ENOSYS, namespaces)
    deny([OPEN_BY_HANDLE_AT], errno.EBADF)


def alive(kind: str, inode: int, kernel_id: int) -> bool:
    """Whether the kernel still has this namespace, whoever keeps it: by its file handle (Linux 6.18).

    NotImplementedError where the kernel has no such handles.
    """
    handle = struct.pack("=IiQII", 16, 0xF1, kernel_id, linux.FLAGS[kind], inode)
    fd = _libc.open_by_handle_at(-10003, handle, os.O_RDONLY | os.O_CLOEXEC)
    if fd >= 0:
        os.close(fd)
        return True
    error = ctypes.get_errno()
    if os.strerror(error) == "Stale file handle":
        return False
    raise NotImplementedError(os.strerror(error))


def has_list() -> bool:
    """Whether the kernel lists its namespaces (listns(2), Linux 6.19)."""
    ctypes.set_errno(0)
    request = struct.pack("=IIQIIQ", 32, 0, 0, 0, 0, 0)
    buffer = ctypes.create_string_buffer(8)
    return bool(
        _libc.syscall(ctypes.c_long(LISTNS), request, buffer, ctypes.c_long(1), ctypes.c_long(0)) == 1
    )


def has_handles() -> bool:
    """Whether the kernel opens namespaces by file handle (Linux 6.18)."""
    fd = os.open("/proc/self/ns/uts", os.O_RDONLY)
    handle = ctypes.create_string_buffer(struct.pack("=Ii128x", 128, 0))
    try:
        if _libc.name_to_handle_at(fd, b"", handle, ctypes.byref(ctypes.c_int()), 0x1000):
            return False
        opened = _libc.open_by_handle_at(-10003, handle, os.O_RDONLY | os.O_CLOEXEC)
        if opened >= 0:
            os.close(opened)
        return bool(opened >= 0)
    finally:
        os.close(fd)
