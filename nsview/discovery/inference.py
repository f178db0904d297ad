"""Where processes are whose links may not be read: by what any user may read of any process.

/proc/PID/net/dev has one inode number per network namespace, and no mount id of /proc/PID/mountinfo occurs in
two mount namespaces. Neither needs ptrace rights.
"""

from collections.abc import Callable, Iterable

from nsview.discovery.findings import Findings
from nsview.discovery.source import Context
from nsview.kernel.procfs import Procfs
from nsview.model.kind import UNREADABLE_LINKS, Kind

_WITNESSES = 8
"""Members to ask at each end of the list: enough that one of them has not just ended."""


def collect(context: Context) -> None:
    """Add the processes that cannot be read to the namespaces they must be in, or to groups of their own."""
    findings = context.findings
    unreadable = [pid for pid, task in findings.processes.items() if task.links is UNREADABLE_LINKS]
    if not unreadable:
        return
    for kind, marks in ((Kind.NET, _Network(context.proc)), (Kind.MNT, _Mounts(context.proc))):
        if kind in context.kinds:
            _place(findings, kind, unreadable, marks)


def _place(
    findings: Findings, kind: Kind, unreadable: Iterable[int], mark: Callable[[int], int | None]
) -> None:
    known: dict[int, int] = {}
    for ns in findings.namespaces.values():
        if ns.kind is kind:
            for pid in {*ns.processes[:_WITNESSES], *ns.processes[-_WITNESSES:]}:
                found = mark(pid)
                if found is not None:
                    known[found] = ns.inode
    for pid in unreadable:
        found = mark(pid)
        if found is None:
            continue  # it has ended, or sees no mounts
        inode = known.get(found)
        if inode is not None:
            findings.namespaces[inode].inferred.append(pid)
        else:
            findings.inferred.setdefault((kind, found), []).append(pid)


class _Network:
    """One number per network namespace."""

    def __init__(self, proc: Procfs) -> None:
        self._proc = proc

    def __call__(self, pid: int) -> int | None:
        try:
            return self._proc.stat(pid, "net/dev").st_ino
        except OSError:
            return None


class _Mounts:
    """One number per mount namespace: the id of a mount in it, the same for all who see some of its mounts.

    A process in a chroot sees a part only, and not the first. So all ids are read wherever the first is new,
    and a list that shares an id with an earlier one is of the same namespace.
    """

    def __init__(self, proc: Procfs) -> None:
        self._proc = proc
        self._group: dict[int, int] = {}
        """Mount id → the number that stands for its namespace."""

    def __call__(self, pid: int) -> int | None:
        try:
            first = int(self._proc.read_record(pid, "mountinfo", 32).split(b" ", 1)[0])
            group = self._group.get(first)
            return self._learn(pid, first) if group is None else group
        except (OSError, ValueError):
            return None

    def _learn(self, pid: int, first: int) -> int:
        lines = self._proc.read(pid, "mountinfo").splitlines()
        ids = {int(line.split(b" ", 1)[0]) for line in lines}
        groups = sorted({self._group[number] for number in ids if number in self._group})
        group = groups[0] if groups else first
        for number in (first, *ids):
            self._group.setdefault(number, group)
        return group
