"""Who is in which namespace: brought up to date, from scan to scan, by what differs."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from nsview.discovery.findings import Findings, Found
from nsview.discovery.source import Context
from nsview.model.difference import difference
from nsview.model.kind import KINDS, Kind, Links
from nsview.model.process import Task

FEW = 64
"""Members that are put into their places one by one; more are sorted anew."""


class Members:
    """Keeps what was found of the namespaces that have members; all others are found anew at every scan.

    A namespace whose members are the same as before is left as it is. One that a task has entered or left is
    asked again who it is, because its number may have been given away meanwhile.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._processes: dict[int, Task] = {}
        self._threads: dict[int, Task] = {}
        self._groups: dict[Links, set[int]] = {}
        self._elsewhere: dict[tuple[Kind, int], list[Task]] = {}
        self._away: dict[tuple[Kind, int], int] = {}
        """How many threads of a namespace's members are elsewhere."""
        self._namespaces: dict[int, Found] = {}
        self._doubtful = False
        """Some task was read before a number was given away and some after that."""

    def collect(self, context: Context) -> None:
        """Put every task into its namespaces."""
        findings = context.findings
        if self._doubtful:
            self._forget()
        touched = findings.touched
        for found in self._namespaces.values():
            if found.pins or found.inferred:
                found.pins, found.inferred = [], []
                touched.add(found.inode)
        if self._place_processes(findings) or findings.threads is not self._threads:
            self._place_threads(findings)
        for inode in touched:
            known = self._namespaces.get(inode)
            if known is not None and not known.processes and not known.threads:
                del self._namespaces[inode]
        findings.groups = self._groups
        findings.namespaces = self._namespaces.copy()

    # ---- processes

    def _place_processes(self, findings: Findings) -> bool:
        """Whether any has moved."""
        old, new = self._processes, findings.processes
        gone, come, changed = difference(old, new)
        self._processes = new
        # By sets of links, of which there are few, however many tasks.
        left: dict[Links, list[Task]] = {}
        entered: dict[Links, list[Task]] = {}
        for task in gone:
            left.setdefault(task.links, []).append(task)
        for task in come:
            entered.setdefault(task.links, []).append(task)
        for was, task in changed:
            # Equal links that are not the same object may lead to another namespace that has the number now.
            if was.links is not task.links or was.threads != task.threads:
                left.setdefault(was.links, []).append(was)
                entered.setdefault(task.links, []).append(task)
        moves: dict[tuple[Kind, int], _Move] = {}
        for links, tasks in left.items():
            self._leave(links, tasks, moves)
        for links, tasks in entered.items():
            self._enter(links, tasks, moves)
        for (kind, inode), move in moves.items():
            found = self._found(findings, kind, inode, new=bool(move.entered))
            if found is not None:
                move.apply(found, new)
        return bool(moves)

    def _leave(self, links: Links, tasks: list[Task], moves: "dict[tuple[Kind, int], _Move]") -> None:
        pids = [task.pid for task in tasks]
        group = self._groups[links]
        group.difference_update(pids)
        if not group:
            del self._groups[links]
        threads = sum([task.threads for task in tasks])
        for place in _places(links):
            move = moves.setdefault(place, _Move())
            move.left += pids
            move.threads -= threads

    def _enter(self, links: Links, tasks: list[Task], moves: "dict[tuple[Kind, int], _Move]") -> None:
        pids = [task.pid for task in tasks]
        self._groups.setdefault(links, set()).update(pids)
        oldest = min((task.starttime, task.pid) for task in tasks)
        threads = sum([task.threads for task in tasks])
        for place in _places(links):
            move = moves.setdefault(place, _Move())
            move.entered += pids
            move.threads += threads
            move.oldest = oldest if move.oldest is None else min(move.oldest, oldest)

    def _found(self, findings: Findings, kind: Kind, inode: int, new: bool) -> Found | None:
        """The namespace, to be asked anew; None where it is not known and need not be."""
        found = self._namespaces.get(inode)
        if found is None or found.kind is not kind:
            if not new:
                return None
            self._doubtful |= found is not None and bool(found.processes or found.threads)
            found = self._namespaces[inode] = Found(kind, inode)
        findings.touched.add(inode)
        found.forget()
        return found

    # ---- threads

    def _place_threads(self, findings: Findings) -> None:
        """Those that are elsewhere than their process."""
        elsewhere: dict[tuple[Kind, int], list[Task]] = {}
        away: dict[tuple[Kind, int], int] = {}
        for thread in findings.threads.values():
            leader = findings.processes[thread.tgid]
            for kind, here, home in zip(KINDS, thread.links, leader.links, strict=False):
                if here > 0 and here != home:
                    elsewhere.setdefault((kind, here), []).append(thread)
                    if home > 0:
                        away[kind, home] = away.get((kind, home), 0) + 1
        for place in self._elsewhere.keys() | elsewhere.keys():
            before, now = self._elsewhere.get(place, []), elsewhere.get(place, [])
            if not same(before, now):
                found = self._found(findings, *place, new=bool(now))
                if found is not None:
                    found.threads = tuple(sorted((task.tgid, task.pid) for task in now))
                    found.tasks += len(now) - len(before)
        for kind, inode in self._away.keys() | away.keys():
            fewer = away.get((kind, inode), 0) - self._away.get((kind, inode), 0)
            found = self._namespaces.get(inode)
            if fewer and found is not None and found.kind is kind:
                found.tasks -= fewer
                findings.touched.add(inode)
        self._threads, self._elsewhere, self._away = findings.threads, elsewhere, away


class _Move:
    """Who has left a namespace and who has entered it; whose threads have changed has done both."""

    __slots__ = ("entered", "left", "oldest", "threads")

    def __init__(self) -> None:
        self.left: list[int] = []
        self.entered: list[int] = []
        self.threads = 0
        self.oldest: tuple[int, int] | None = None
        """(starttime, pid) of the first of those that entered."""

    def apply(self, found: Found, processes: dict[int, Task]) -> None:
        found.processes = moved(found.processes, self.left, self.entered)
        found.tasks += self.threads
        if found.oldest is not None and found.oldest[1] in self.left:
            found.oldest = min(((processes[pid].starttime, pid) for pid in found.processes), default=None)
        elif self.oldest is not None:
            found.oldest = self.oldest if found.oldest is None else min(found.oldest, self.oldest)


def moved(pids: tuple[int, ...], left: list[int], entered: list[int]) -> tuple[int, ...]:
    """Ascending numbers without some and with others."""
    if len(left) + len(entered) > FEW:
        leaving = frozenset(left)
        places = [pid for pid in pids if pid not in leaving] if leaving else list(pids)
        places += entered
        places.sort()
        return tuple(places)
    places = list(pids)
    for pid in left:
        place = bisect_left(places, pid)
        if places[place : place + 1] == [pid]:
            del places[place]
    for pid in entered:
        insort(places, pid)
    return tuple(places)


def same(before: list[Task], now: list[Task]) -> bool:
    return len(before) == len(now) and all(was is task for was, task in zip(before, now, strict=True))


def _places(links: Links) -> Iterator[tuple[Kind, int]]:
    for kind, inode in zip(KINDS, links, strict=False):
        if inode > 0:
            yield kind, inode


def shown(findings: Findings) -> set[int]:
    """The processes that a table of namespaces names: first and oldest members, and holders."""
    wanted: set[int] = set()
    for ns in findings.namespaces.values():
        wanted.update((ns.processes or tuple(ns.inferred))[:1])
        if ns.oldest is not None:
            wanted.add(ns.oldest[1])
        wanted.update(tgid for tgid, _ in ns.threads)
        wanted.update(pin.pid for pin in ns.pins if pin.pid is not None)
    for pids in findings.inferred.values():
        wanted.update(pids[:1])
    return wanted
