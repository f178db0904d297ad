"""Which namespaces and tasks an arrangement shows, and why."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from nsview.model.kind import KINDS
from nsview.model.namespace import Namespace
from nsview.model.process import ProcessId, Task
from nsview.model.query import Query, Record
from nsview.model.query_terms import EVERYTHING, Term
from nsview.model.record import NamespaceRecord
from nsview.model.task_record import Places, TaskRecord
from nsview.model.views.lingering import EndedTask
from nsview.model.views.members import Item
from nsview.model.views.moment import Moment
from nsview.model.views.narrowing import NOTHING, Narrowing, OfGroups
from nsview.model.views.view import Arrangement


class Shown(NamedTuple):
    """A namespace that is shown, and what of its members."""

    pids: Sequence[int]
    others: tuple[Item, ...]
    """Threads, and processes that have ended."""
    itself: bool
    """It is meant itself, and not only kept for its members' sake."""


class Selection:
    """Answers for one view. A process is asked once, in however many places it is shown."""

    def __init__(self, moment: Moment, arrangement: Arrangement) -> None:
        self.moment = moment
        self.arrangement = arrangement
        query = arrangement.filter if arrangement.filter else None
        self._narrowing = Narrowing(query.root) if query else None
        self._of_groups = OfGroups(query.root) if query else None
        self._inside: dict[Term, Inside] = {}
        self._by_links: Places = {}
        root = query.root if query else EVERYTHING
        self._whole = _Judge(moment, arrangement.user, root, self._by_links)
        self._judges: dict[Term, _Judge] = {self._whole.term: self._whole}
        self.narrows = query is not None or arrangement.user is not None
        """Whether members of a namespace may be left out."""
        self._kinds = frozenset(arrangement.kinds or KINDS)
        self._places = self._of_process()
        self._ended: dict[object, list[EndedTask]] = {}
        for ended in moment.lingering.processes.values():
            for place in ended.places:
                self._ended.setdefault(place, []).append(ended)

    def _of_process(self) -> frozenset[object] | None:
        pid = self.arrangement.pid
        if pid is None:
            return None
        task = self.moment.snapshot.processes.get(pid)
        if task is None:
            return frozenset()
        return frozenset(ns.id for ns in TaskRecord(self.moment.snapshot, task).namespaces())

    def task(self, task: Task) -> bool:
        """Whether a task matches by itself."""
        if self.arrangement.hide_host:
            record = TaskRecord(self.moment.snapshot, task, places=self._by_links)
            if record.is_host():
                return False
        return self._whole.task(task)

    def inside(self, record: Record) -> "Inside":
        """How the filter goes on for what is in a group, once the group has answered its part."""
        rest = EVERYTHING if self._of_groups is None else self._of_groups.rest(record)
        found = self._inside.get(rest)
        if found is None:
            found = self._inside[rest] = Inside(self, rest, self._judge(rest))
        return found

    def ended_task(self, ended: EndedTask) -> bool:
        return self._whole.ended(ended)

    def admits(self, ns: Namespace) -> bool:
        """Whether a namespace may be shown at all, whatever the filter says."""
        if ns.kind not in self._kinds or (ns.host and self.arrangement.hide_host):
            return False
        return self._places is None or ns.id in self._places

    def namespace(self, ns: Namespace) -> Shown | None:
        """Whether and how a namespace is shown."""
        if not self.admits(ns):
            return None
        alive = ns.id in self.moment.snapshot.namespaces
        ended = self._ended.get(ns.id, ())
        if not self.narrows:
            return _shown(_pids(ns) if alive else (), ns.threads if alive else (), ended, True, self.moment)
        rest = EVERYTHING
        if self._narrowing is not None:
            rest = self._narrowing.rest(_own(self.moment, ns))
        if rest == NOTHING:
            return None
        judge = self._judge(rest)
        if not alive or not (ns.nprocs or ns.threads):
            bare = ns._replace(processes=(), inferred=(), threads=())
            left = [one for one in ended if judge.ended(one)]
            itself = judge.namespace(bare)
            return _shown((), (), left, itself, self.moment) if itself or left else None
        if rest == EVERYTHING and self.arrangement.user is None:
            return _shown(_pids(ns), ns.threads, ended, True, self.moment)
        pids = judge.among(_pids(ns))
        threads = [place for place in ns.threads if judge.thread(place[1])]
        if not pids and not threads:
            return None
        return _shown(
            pids, threads, [one for one in ended if judge.ended(one)], rest == EVERYTHING, self.moment
        )

    def _judge(self, rest: Term) -> "_Judge":
        judge = self._judges.get(rest)
        if judge is None:
            judge = self._judges[rest] = _Judge(self.moment, self.arrangement.user, rest, self._by_links)
        return judge


class Inside:
    """What is shown of the members and namespaces of a group."""

    def __init__(self, selection: Selection, rest: Term, judge: "_Judge") -> None:
        self._selection = selection
        self._judge = judge
        self._narrowing = Narrowing(rest)
        self.whole = rest == EVERYTHING and selection.arrangement.user is None
        """The group matches by itself, and nothing of it is left out."""
        self.nothing = rest == NOTHING

    def among(self, pids: Sequence[int]) -> Sequence[int]:
        return pids if self.whole else self._judge.among(pids)

    def ended(self, items: Sequence[Item]) -> Sequence[Item]:
        if self.whole:
            return items
        ended = self._selection.moment.lingering.processes
        return [item for item in items if self._judge.ended(ended[ProcessId(item[0], item[1])])]

    def namespace(self, ns: Namespace) -> bool:
        """Whether a namespace is meant by itself, not for its members' sake."""
        selection = self._selection
        if not selection.admits(ns):
            return False
        if selection.arrangement.user is not None and selection.namespace(ns) is None:
            return False  # none of the user's is in it
        return self.whole or self._narrowing.rest(_own(selection.moment, ns)) == EVERYTHING


_MANY = 500
"""Members of which it pays to ask all processes at once: another namespace of another kind has as many."""


class _Judge:
    """What a filter's term and a user say of tasks; each process is asked once."""

    def __init__(self, moment: Moment, user: int | None, term: Term, places: Places) -> None:
        self.term = term
        self._moment = moment
        self._user = user
        self._matches: Callable[[TaskRecord | NamespaceRecord], bool] | None = (
            None if term == EVERYTHING else Query(term).matches
        )
        self._known: dict[int, bool] = {}
        self._all: frozenset[int] | None = None
        self._places = places

    def process(self, pid: int) -> bool:
        known = self._known.get(pid)
        if known is None:
            known = self._known[pid] = self.task(self._moment.snapshot.processes[pid])
        return known

    def among(self, pids: Sequence[int]) -> list[int]:
        """Those of the processes that match."""
        if len(pids) < _MANY:
            return [pid for pid in pids if self.process(pid)]
        if self._all is None:
            self._all = frozenset(filter(self.process, self._moment.snapshot.processes))
        matching = self._all
        return [pid for pid in pids if pid in matching]

    def thread(self, tid: int) -> bool:
        return self.task(self._moment.snapshot.threads[tid])

    def task(self, task: Task) -> bool:
        if self._user is not None and task.uid != self._user:
            return False
        if self._matches is None:
            return True
        return self._matches(TaskRecord(self._moment.snapshot, task, self._moment.uses, None, self._places))

    def ended(self, ended: EndedTask) -> bool:
        if self._user is not None and ended.task.uid != self._user:
            return False
        if self._matches is None:
            return True
        record = TaskRecord(self._moment.snapshot, ended.task, None, ended.details, name=ended.name)
        return self._matches(record)

    def namespace(self, bare: Namespace) -> bool:
        """Of a namespace without members."""
        if self._user is not None and bare.creator_uid != self._user:
            return False
        if self._matches is None:
            return True
        return self._matches(NamespaceRecord(self._moment.snapshot, bare, self._moment.names(bare.id)))


class _Own(NamespaceRecord):
    """A namespace whose words are its own, without its members'."""

    def words(self) -> Iterator[str]:
        bare = self.ns._replace(processes=(), inferred=(), threads=())
        return NamespaceRecord(self.snapshot, bare, self.names()).words()


def _own(moment: Moment, ns: Namespace) -> _Own:
    return _Own(moment.snapshot, ns, moment.names(ns.id))


def _pids(ns: Namespace) -> Sequence[int]:
    if not ns.inferred:
        return ns.processes
    return sorted((*ns.processes, *ns.inferred)) if ns.processes else ns.inferred


def _shown(
    pids: Sequence[int],
    threads: Sequence[tuple[int, int]],
    ended: Sequence[EndedTask],
    itself: bool,
    moment: Moment,
) -> Shown:
    if not threads and not ended:
        return Shown(pids, (), itself)
    processes = moment.snapshot.processes
    return Shown(
        pids,
        (
            *((tgid, processes[tgid].starttime, tid) for tgid, tid in threads),
            *((one.task.pid, one.task.starttime) for one in ended),
        ),
        itself,
    )
