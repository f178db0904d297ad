"""Where processes are whose links may not be read: by what any user may read of any process.

/proc/PID/net/dev has one inode number per network namespace, and no mount id of /proc/PID/mountinfo occurs in
two mount namespaces. Neither needs ptrace rights.
"""

from collections.abc import Callable, Iterable, Iterator

from nsview.discovery.findings import Findings, Found
from nsview.discovery.source import Context
from nsview.kernel.procfs import Procfs
from nsview.model.kind import UNREADABLE_LINKS, Kind

SLICE = 10
"""What gives a process away is read again at every tenth scan."""
_WITNESSES = 4
"""Members of a namespace to ask: one may have ended, or sit in a chroot and see a part of the mounts only."""


class _Marks:
    """What gives one process away; None where it tells nothing."""

    __slots__ = ("mnt", "net", "starttime")

    def __init__(self, starttime: int, net: int | None, mnt: int | None) -> None:
        self.starttime = starttime
        self.net = net
        self.mnt = mnt


class Inference:
    """Adds the processes that cannot be read to the namespaces they must be in, or to groups of their own."""

    def __init__(self) -> None:
        self._known: dict[int, _Marks] = {}
        self._scans = 0

    def collect(self, context: Context) -> None:
        marks = self._known = dict(self._read(context))
        self._scans += 1
        if not marks:
            return
        for kind, mark_of, marks_of in ((Kind.NET, _net_mark, _net_marks), (Kind.MNT, _mnt_mark, _mnt_marks)):
            if kind in context.kinds:
                given_away = {pid: mark for pid, of in marks.items() if (mark := mark_of(of)) is not None}
                _place(context, kind, given_away, marks_of)

    def _read(self, context: Context) -> Iterator[tuple[int, _Marks]]:
        proc = context.proc
        for pid in sorted(context.findings.groups.get(UNREADABLE_LINKS, ())):
            task = context.findings.processes[pid]
            known = self._known.get(pid)
            if known is None or known.starttime != task.starttime or not (pid + self._scans) % SLICE:
                net = next(iter(_net_marks(proc, pid)), None)
                known = _Marks(task.starttime, net, _first_mount(proc, pid))
            yield pid, known


def _net_mark(marks: _Marks) -> int | None:
    return marks.net


def _mnt_mark(marks: _Marks) -> int | None:
    return marks.mnt


def _net_marks(proc: Procfs, pid: int) -> list[int]:
    """One number per network namespace."""
    try:
        return [proc.stat(pid, "net/dev").st_ino]
    except OSError:
        return []


def _first_mount(proc: Procfs, pid: int) -> int | None:
    """The id of the first mount that a process sees; None if it sees none, or has ended."""
    try:
        return int(proc.read_record(pid, "mountinfo", 32).split(b" ", 1)[0])
    except (OSError, ValueError):
        return None


def _mnt_marks(proc: Procfs, pid: int) -> list[int]:
    """The ids of all mounts that a process sees."""
    try:
        return [int(line.split(b" ", 1)[0]) for line in proc.read(pid, "mountinfo").splitlines()]
    except (OSError, ValueError):
        return []


def _place(
    context: Context, kind: Kind, given_away: dict[int, int], marks_of: Callable[[Procfs, int], list[int]]
) -> None:
    """Find the namespace of each mark: a known one of which a member has it, else a group that shares it."""
    findings, proc = context.findings, context.proc
    waiting = set(given_away.values())
    place: dict[int, Found] = {}
    for ns in _largest_first(findings, kind):
        if not waiting:
            break
        for pid in ns.processes[:_WITNESSES]:
            for mark in marks_of(proc, pid):
                place.setdefault(mark, ns)
                waiting.discard(mark)
    groups: dict[int, int] = {}
    for pid, mark in sorted(given_away.items()):
        found = place.get(mark)
        if found is not None:
            found.inferred.append(pid)
            findings.touched.add(found.inode)
            continue
        if mark not in groups:
            _join(groups, [mark, *marks_of(proc, pid)])
        findings.inferred.setdefault((kind, groups[mark]), []).append(pid)


def _largest_first(findings: Findings, kind: Kind) -> Iterable[Found]:
    """Most who cannot be read are where most others are: the first asked mostly answers for all."""
    found = [ns for ns in findings.namespaces.values() if ns.kind is kind and ns.processes]
    return sorted(found, key=lambda ns: -len(ns.processes))


def _join(groups: dict[int, int], marks: list[int]) -> None:
    """Give marks that belong together the number of the group that one of them is in, or the first's."""
    group = next((groups[mark] for mark in marks if mark in groups), marks[0])
    for mark in marks:
        groups.setdefault(mark, group)
