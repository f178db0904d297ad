"""Namespaces behind open files, fds and sockets from elsewhere: from one pass of the kernel."""

from collections.abc import Iterator
from typing import NamedTuple

from nsview.discovery import sockets
from nsview.discovery.bpf_tasks import BpfTasks
from nsview.discovery.descriptors import Descriptors, table
from nsview.discovery.findings import Findings, Pin
from nsview.discovery.source import Context
from nsview.kernel.bpf import files, loader
from nsview.kernel.bpf.btf import Btf
from nsview.model.holder import Holder, How
from nsview.model.kind import BY_FLAG, Kind
from nsview.model.process import Task

_SIZE = files.RECORD.size


class _File(NamedTuple):
    """A record of the kernel's."""

    pid: int
    tgid: int
    fd: int
    type: int
    namespace: int
    socket: int
    table: int


class BpfFiles:
    """One pass serves two sources, as the walk of Descriptors does; one file descriptor stays open.

    The kernel holds each file while it tells of it, so its numbers need no confirmation.
    """

    def __init__(self, btf: Btf, tasks: BpfTasks) -> None:
        """NoBpf when the kernel refuses."""
        self._iterator = loader.Iterator(files.write(btf))
        self._tasks = tasks
        self._descriptors = Descriptors()
        """For the processes that the iterators leave out."""
        self._known: dict[bytes, Pin] = {}
        """Record → pin, of the last pass."""
        self._sockets: list[Pin] = []

    def close(self) -> None:
        self._iterator.close()

    def fds(self, context: Context) -> Iterator[Pin]:
        """OSError when the iterator cannot be read; then nothing has been found."""
        dump = self._iterator.dump()
        known, self._known = self._known, {}
        self._sockets = []
        tables: dict[tuple[int, int], int] = {}
        for place in range(0, len(dump), _SIZE):
            record = dump[place : place + _SIZE]
            file = _File._make(files.RECORD.struct.unpack(record))
            task = context.findings.processes.get(file.tgid)
            # Threads of a dead leader share a table of which it has no part: the first one's it is then.
            if task is None or tables.setdefault((file.tgid, file.table), file.pid) != file.pid:
                continue
            pin = known.get(record)
            if pin is None or pin.holder.starttime != task.starttime:
                pin = _pin(context, task, file)
            self._known[record] = pin
            if pin.holder.how is How.FD:
                yield pin
            elif pin.inode != context.findings.threads.get(file.pid, task).links.net:
                self._sockets.append(pin)
        yield from self._descriptors.collect(self._hidden(context))

    def sockets(self, context: Context) -> Iterator[Pin]:
        """Those that the pass for `fds` has met."""
        yield from self._sockets
        yield from sockets.collect(self._hidden(context), self._descriptors.sockets)

    def _hidden(self, context: Context) -> Context:
        """As if there were only the processes that the iterators leave out."""
        findings = Findings()
        for pid in self._tasks.hidden:
            task = context.findings.processes.get(pid)
            if task is not None:
                findings.processes[pid] = task
        findings.threads = context.findings.threads
        findings.problems, findings.left_out = context.findings.problems, context.findings.left_out
        return context._replace(findings=findings)


def _pin(context: Context, task: Task, file: _File) -> Pin:
    tid = None if file.pid == file.tgid else file.pid
    path = context.proc.path(file.tgid, f"{table(file.tgid, file.pid)}/{file.fd}")
    if not file.type:
        holder = Holder(How.SOCKET, file.tgid, task.starttime, tid=tid, fd=file.fd)
        return Pin(Kind.NET, file.namespace, holder, path, f"socket:[{file.socket}]")
    kind = BY_FLAG[file.type]
    holder = Holder(How.FD, file.tgid, task.starttime, tid=tid, fd=file.fd, path=path)
    return Pin(kind, file.namespace, holder, path, f"{kind}:[{file.namespace}]")
