"""Namespaces and sockets behind open file descriptors, of every task that may have a table of its own."""

from collections.abc import Iterator

from nsview.discovery.findings import Pin
from nsview.discovery.source import Context
from nsview.kernel.procfs import GONE
from nsview.model.holder import Holder, How
from nsview.model.kind import BY_NAME, UNREADABLE_LINKS
from nsview.model.process import Task


class OpenSocket:
    """A socket that a task has open."""

    __slots__ = ("fd", "inode", "pid", "starttime", "tid")

    def __init__(self, inode: int, pid: int, starttime: int, tid: int, fd: int) -> None:
        self.inode = inode
        self.pid = pid
        self.starttime = starttime
        self.tid = tid
        self.fd = fd


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
            shared = [] if task.zombie else _read(context, task, task.pid)
            yield from self._tell(context, task, task.pid, shared)
            if task.threads > 1:
                for tid, certain in _own_tables(context, task):
                    own = _read(context, task, tid)
                    if certain or own != shared:
                        yield from self._tell(context, task, tid, own)

    def _tell(self, context: Context, task: Task, tid: int, links: list[tuple[int, str]]) -> Iterator[Pin]:
        place = table(task.pid, tid)
        for fd, link in links:
            prefix, _, rest = link.partition(":[")
            if prefix == "socket":
                self.sockets.append(OpenSocket(int(rest[:-1]), task.pid, task.starttime, tid, fd))
                continue
            kind = BY_NAME.get(prefix)
            if kind is not None:
                path = context.proc.path(task.pid, f"{place}/{fd}")
                own = None if tid == task.pid else tid
                holder = Holder(How.FD, task.pid, task.starttime, tid=own, fd=fd, path=path)
                yield Pin(kind, int(rest[:-1]), holder, path, link)


def _read(context: Context, task: Task, tid: int) -> list[tuple[int, str]]:
    """Numbers and links of one table; empty when the task has ended or may not be asked."""
    place = table(task.pid, tid)
    try:
        return context.proc.descriptors(task.pid, place)
    except OSError as error:
        if error.errno not in GONE:
            context.findings.problems.add("fds", context.proc.path(task.pid, place), error)
        return []


def _own_tables(context: Context, leader: Task) -> Iterator[tuple[int, bool]]:
    """The threads that do not share their file descriptors with the leader (unshare(CLONE_FILES)).

    Where the kernel does not compare (no kcmp(2), no right to it, or procfs of another pid namespace) every
    thread may have a table of its own, and it is not certain. A dead leader's own table is gone.
    """
    from nsview.kernel.syscalls import same_files

    proc = context.proc
    try:
        tids = [tid for tid in proc.tids(leader.pid) if tid != leader.pid]
    except OSError:
        return
    known = [] if leader.zombie else [leader.pid]
    for tid in tids:
        certain = proc.is_ours
        try:
            if certain and any(same_files(tid, other) for other in known):
                continue
        except OSError:
            certain = False
        if certain:
            known.append(tid)
        yield tid, certain
