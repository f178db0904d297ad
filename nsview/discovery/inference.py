"""Where processes are whose links may not be read: by what any user may read of any process.

/proc/PID/net/dev has one inode number per network namespace, and no mount id of /proc/PID/mountinfo occurs in
two mount namespaces. Neither needs ptrace rights.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable

from nsview.discovery.findings import Findings, Found
from nsview.discovery.source import Context
from nsview.discovery.turns import Turns
from nsview.kernel.procfs import Procfs
from nsview.model.kind import UNREADABLE_LINKS, Kind

SLICE = 30
"""In a live view what gives a process away is read again in every thirtieth scan; so is where it leads."""
_WITNESSES = 4
"""Members of a namespace to ask: one may have ended, or sit in a chroot and see a part of the mounts only."""


class Inference:
    """Adds the processes that cannot be read to the namespaces they must be in, or to groups of their own."""

    def __init__(self) -> None:
        self._starts: dict[int, int] = {}
        """Process → when it started, of those that are known."""
        self._turns = Turns(SLICE)
        self._scans = 0
        self._places = (
            _Places(Kind.NET, _net_mark, _net_marks),
            _Places(Kind.MNT, _first_mount, _mnt_marks),
        )

    def collect(self, context: Context) -> None:
        findings = context.findings
        starts = {pid: findings.processes[pid].starttime for pid in findings.groups.get(UNREADABLE_LINKS, ())}
        wanted = {pid for pid, _ in starts.items() - self._starts.items()}
        wanted |= starts.keys() if context.thorough else self._turns.next(starts) & starts.keys()
        gone = self._starts.keys() - starts.keys()
        self._starts = starts
        anew = context.thorough or not self._scans % SLICE
        self._scans += 1
        for places in self._places:
            if places.kind in context.kinds:
                places.update(context, gone, wanted, anew)


class _Places:
    """Where the marks of one kind lead, and who bears them. A mark is a number that gives a process away."""

    def __init__(
        self,
        kind: Kind,
        mark_of: Callable[[Procfs, int], int | None],
        marks_of: Callable[[Procfs, int], list[int]],
    ) -> None:
        self.kind = kind
        self._mark_of = mark_of
        self._marks_of = marks_of
        self._marks: dict[int, int] = {}
        """Process → mark."""
        self._inodes: dict[int, int] = {}
        """Mark → inode of the namespace that it leads to."""
        self._groups: dict[int, int] = {}
        """Mark → number of the group of marks that lead to one namespace, but to none that is known."""
        self._in_namespaces: dict[int, list[int]] = {}
        self._in_groups: dict[int, list[int]] = {}

    def update(self, context: Context, gone: Iterable[int], wanted: Iterable[int], anew: bool) -> None:
        """Bring it up to date by those that are gone and those that are to be read, and tell it all."""
        findings = context.findings
        for pid in gone:
            self._mark(pid, None)
        for pid in wanted:
            anew |= not self._mark(pid, self._mark_of(context.proc, pid))
        if anew or not all(
            findings.has_members(inode) for inode, pids in self._in_namespaces.items() if pids
        ):
            self._find(context)
        for inode, pids in self._in_namespaces.items():
            if pids:
                findings.namespaces[inode].inferred = pids.copy()
                findings.touched.add(inode)
        for group, pids in self._in_groups.items():
            if pids:
                findings.inferred[self.kind, group] = pids.copy()

    def _mark(self, pid: int, mark: int | None) -> bool:
        """Note what gives a process away; whether it is known where that leads."""
        before = self._marks.get(pid)
        if mark == before:
            return True
        if before is not None:
            del self._marks[pid]
            pids = self._with(before)
            if pids is not None:
                del pids[bisect_left(pids, pid)]
        if mark is None:
            return True
        self._marks[pid] = mark
        pids = self._with(mark)
        if pids is not None:
            insort(pids, pid)
        return pids is not None

    def _with(self, mark: int) -> list[int] | None:
        """The processes that are where this mark leads; None where that is not known."""
        if mark in self._inodes:
            return self._in_namespaces.setdefault(self._inodes[mark], [])
        return self._in_groups.setdefault(self._groups[mark], []) if mark in self._groups else None

    def _find(self, context: Context) -> None:
        """The namespace of each mark: a known one of which a member has it, else a group that shares it."""
        proc = context.proc
        self._inodes, self._groups = {}, {}
        self._in_namespaces, self._in_groups = {}, {}
        waiting = set(self._marks.values())
        for ns in _largest_first(context.findings, self.kind):
            if not waiting:
                break
            for pid in ns.processes[:_WITNESSES]:
                for mark in self._marks_of(proc, pid):
                    self._inodes.setdefault(mark, ns.inode)
                    waiting.discard(mark)
        for pid, mark in sorted(self._marks.items()):
            if mark not in self._inodes and mark not in self._groups:
                _join(self._groups, [mark, *self._marks_of(proc, pid)])
            pids = self._with(mark)
            assert pids is not None
            pids.append(pid)


def _net_mark(proc: Procfs, pid: int) -> int | None:
    return next(iter(_net_marks(proc, pid)), None)


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


def _largest_first(findings: Findings, kind: Kind) -> Iterable[Found]:
    """Most who cannot be read are where most others are: the first asked mostly answers for all."""
    found = [ns for ns in findings.namespaces.values() if ns.kind is kind and ns.processes]
    return sorted(found, key=lambda ns: -len(ns.processes))


def _join(groups: dict[int, int], marks: list[int]) -> None:
    """Give marks that belong together the number of the group that one of them is in, or the first's."""
    group = next((groups[mark] for mark in marks if mark in groups), marks[0])
    for mark in marks:
        groups.setdefault(mark, group)
