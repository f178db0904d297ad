"""Opening a namespace by what holds it: a member, fd, socket, bind mount, child, or a namespace it owns.

Where nothing that holds it can be followed it is opened by its number, if that is known (Linux 6.18).
"""

import errno
import os
from collections.abc import Iterable
from typing import Protocol

from nsview.kernel import nsfs
from nsview.kernel.procfs import Procfs
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind


class Holdings(Protocol):
    """Who knows what holds a namespace: a snapshot, or a scan that is under way."""

    def holders_of(self, inode: int) -> Iterable[Holder]:
        """Members first; nothing for an unknown namespace."""
        ...

    def kernel_id_of(self, inode: int) -> int | None:
        """Its 64-bit id, where that is known."""
        ...


_ATTEMPTS = 32
"""Holders to try before giving up: with thousands of members the first that has not just ended will do."""


def open_namespace(proc: Procfs, holdings: Holdings, kind: Kind, inode: int) -> int:
    """An fd on the namespace with this inode number, verified; the caller closes it.

    OSError: that of the last way that was tried; ENOENT when nothing is known to hold it, ESTALE when a
    holder leads to another namespace by now.
    """
    return _open(proc, holdings, kind, inode, set())


def _open(proc: Procfs, holdings: Holdings, kind: Kind, inode: int, tried: set[int]) -> int:
    tried.add(inode)
    failure = OSError(errno.ENOENT, "nothing is known that leads to it", str(inode))
    for attempt, holder in enumerate(holdings.holders_of(inode)):
        if attempt >= _ATTEMPTS:
            break
        try:
            fd = _follow(proc, holdings, kind, holder, tried)
        except OSError as error:
            failure = error
            continue
        if os.fstat(fd).st_ino == inode:
            return fd
        os.close(fd)
        failure = OSError(errno.ESTALE, "it leads to another namespace now", str(holder.path or holder.pid))
    number = holdings.kernel_id_of(inode)
    if number is not None:
        from nsview.kernel.handles import open_by_id

        try:
            return open_by_id(number, kind, inode)
        except OSError:
            pass  # what holds it tells more of why not
    raise failure


def _follow(proc: Procfs, holdings: Holdings, kind: Kind, holder: Holder, tried: set[int]) -> int:
    match holder.how:
        case How.PROCESS:
            return nsfs.open_link(proc.path(holder.pid or 0, f"ns/{kind}"))
        case How.THREAD:
            return nsfs.open_link(proc.path(holder.pid or 0, f"task/{holder.tid}/ns/{kind}"))
        case How.FOR_CHILDREN | How.FD:
            return nsfs.open_path(holder.path or "")
        case How.SOCKET:
            return open_of_socket(holder.pid or 0, holder.tid, holder.fd or 0)
        case How.MOUNT:
            return _open_mount(proc, holdings, holder, tried)
        case How.CHILD | How.OWNED:
            return _open_relative(proc, holdings, holder, kind, tried)


def open_of_socket(pid: int, tid: int | None, fd: int, inode: int | None = None) -> int:
    """The network namespace of a socket that another task has open (pidfd_getfd(2), Linux 5.6).

    `inode` is the socket's own number, if known: EBADF when the fd is on something else by now.
    """
    from nsview.kernel import syscalls

    pidfd = syscalls.pidfd_open(tid or pid, syscalls.PIDFD_THREAD if tid else 0)
    try:
        copy = syscalls.pidfd_getfd(pidfd, fd)
    finally:
        os.close(pidfd)
    try:
        if inode is not None and os.fstat(copy).st_ino != inode:
            raise OSError(errno.EBADF, "another file has the number now", str(fd))
        return nsfs.open_of_socket(copy)
    finally:
        os.close(copy)


def _open_mount(proc: Procfs, holdings: Holdings, holder: Holder, tried: set[int]) -> int:
    """Through the root of a member of the mount namespace, else by looking into it from a thread of ours."""
    if holder.hidden or holder.path is None or holder.mnt_ns is None:
        raise OSError(errno.ENOTDIR, "another mount lies over it", holder.path)
    if holder.remote:
        raise OSError(errno.EREMOTE, "its path crosses a file system that may not answer", holder.path)
    member = unconfined_member(proc, holdings.holders_of(holder.mnt_ns))
    if member is not None:
        return nsfs.open_path(proc.path(member, "root") + holder.path)
    if holder.mnt_ns in tried:
        raise OSError(errno.ELOOP, "it is only reachable through itself", holder.path)
    from nsview.kernel import visit

    namespace = _open(proc, holdings, Kind.MNT, holder.mnt_ns, tried)
    try:
        with visit.mount_namespace(namespace) as inside:
            return nsfs.open_path(f"{inside}/root{holder.path}")
    finally:
        os.close(namespace)


def unconfined_member(proc: Procfs, members: Iterable[Holder]) -> str | None:
    """PID, or PID/task/TID, of a member whose root is that of its mount namespace; None if there is none.

    A chrooted process sees a part of the mounts, under other paths.
    """
    for attempt, member in enumerate(members):
        if attempt >= _ATTEMPTS or member.how not in (How.PROCESS, How.THREAD):
            return None
        place = f"{member.pid}/task/{member.tid}" if member.tid else str(member.pid)
        try:
            if proc.readlink(place, "root") == "/":
                return place
        except OSError:
            continue
    return None


def _open_relative(proc: Procfs, holdings: Holdings, holder: Holder, kind: Kind, tried: set[int]) -> int:
    """Up from a child or an owned namespace, which must be reachable itself."""
    below = holder.ns or 0
    if below in tried or holder.ns_kind is None:
        raise OSError(errno.ELOOP, "it is only reachable through itself", str(below))
    fd = _open(proc, holdings, holder.ns_kind, below, tried)
    try:
        return nsfs.open_parent(fd) if holder.how is How.CHILD else nsfs.open_owner(fd)
    finally:
        os.close(fd)
