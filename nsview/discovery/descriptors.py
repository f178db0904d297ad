"""Namespaces and sockets behind open file descriptors, of every task that may have a table of its own."""

from collections.abc import Iterator
from typing import NamedTuple

from nsview.discovery.findings import Pin
from nsview.discovery.source import Context
from nsview.kernel.procfs import DENIED
from nsview.model.holder import Holder, How
from nsview.model.kind import BY_NAME, UNREADABLE_LINKS
from nsview.model.process import Task


class OpenSocket(NamedTuple):
    """A socket that a task has open."""

    inode: int
    pid: int
    starttime: int
    tid: int
    fd: int


def table(pid: int, tid: int) -> str:
    """Where below /proc/PID a task's open files are."""
    return "fd" if tid == pid else f"task/{tid}/fd"


class Descriptors:
    """One walk over /proc/PID/fd serves two sources: namespace fds here, sockets in sockets.py."""

    def __init__(self) -> None:
        self.sockets: list[OpenSocket] = []

    def collect(self, context: Context) -> Iterator[Pin]:
        self.sockets = []
        for task in context.findings.processes.values():
            if task.kernel or task.links is UNREADABLE_LINKS:
                continue
            if not task.zombie:
                yield from self._table(context, task, task.pid)
            if task.threads > 1:
                for tid in _own_tables(context, task):
                    yield from self._table(context, task, tid)

    def _table(self, context: Context, task: Task, tid: int) -> Iterator[Pin]:
        proc = context.proc
        place = table(task.pid, tid)
        try:
            links = proc.descriptors(task.pid, place)
        except OSError as error:
            if error.errno in DENIED:
                context.findings.problems.add("fds", proc.path(task.pid, place), error)
            return
        for fd, link in links:
            prefix, _, rest = link.partition(":[")
            if prefix == "socket":
                self.sockets.append(OpenSocket(int(rest[:-1]), task.pid, task.starttime, tid, fd))
                continue
            kind = BY_NAME.get(prefix)
            if kind is not None:
                path = proc.path(task.pid, f"{place}/{fd}")
                own = None if tid == task.pid else tid
                holder = Holder(How.FD, task.pid, task.starttime, tid=own, fd=fd, path=path)
                yield Pin(kind, int(rest[:-1]), holder, path, link)


def _own_tables(context: Context, leader: Task) -> Iterator[int]:
    """The threads that do not share their file descriptors with the leader (unshare(CLONE_FILES)).

    Where the kernel does not compare (no kcmp(2), or procfs of another pid namespace) every thread is taken:
    the same holder may then be told twice, none is missed. A dead leader's own table is gone.
    """
    from nsview.kernel.syscalls import same_files

    proc = context.proc
    try:
        tids = [tid for tid in proc.tids(leader.pid) if tid != leader.pid]
    except OSError:
        return
    known = [] if leader.zombie else [leader.pid]
    for tid in tids:
        try:
            if proc.is_ours and any(same_files(tid, other) for other in known):
                continue
        except OSError:
            pass
        known.append(tid)
        yield tid
