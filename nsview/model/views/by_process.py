"""The tree of processes, each below its parent; threads that are elsewhere below their process."""

from collections.abc import Mapping, Sequence

from nsview.model.process import ProcessId, Task
from nsview.model.task_record import TaskRecord
from nsview.model.views import marking
from nsview.model.views.members import Item
from nsview.model.views.moment import Moment
from nsview.model.views.order import Order
from nsview.model.views.selection import Selection
from nsview.model.views.subject import Subject, TaskSubject
from nsview.model.views.tree import Key
from nsview.model.views.view import Arrangement

KTHREADD = 2


class ByProcess:
    """Keys: ("task", pid, starttime), ("task", pid, starttime, tid)."""

    def __init__(self, moment: Moment, arrangement: Arrangement) -> None:
        self.moment = moment
        self.arrangement = arrangement
        self.roots: list[Key] = []
        self.kids: dict[Key, Sequence[Key]] = {}
        self._selection = Selection(moment, arrangement)
        self._narrowed = self._selection.narrows or arrangement.hide_host or arrangement.pid is not None
        self._processes = moment.snapshot.processes
        self._ended = {ended.task.pid: ended.task for ended in moment.lingering.processes.values()}
        shown = self._shown() if self._narrowed else None
        self._matching: frozenset[Item] = shown[1] if shown else frozenset()
        self._build(shown[0] if shown else self._everything(), Order(moment, arrangement))

    # ---- which

    def _everything(self) -> dict[Item, Task]:
        found: dict[Item, Task] = {
            (pid, task.starttime): task for pid, task in self.moment.snapshot.processes.items()
        }
        for ended in self.moment.lingering.processes.values():
            found[ended.task.id] = ended.task
        return found

    def _shown(self) -> tuple[dict[Item, Task], frozenset[Item]]:
        """What is to be shown with its ancestors, and what of it matches by itself."""
        selection, snapshot = self._selection, self.moment.snapshot
        matching: dict[Item, Task] = {
            (pid, task.starttime): task for pid, task in snapshot.processes.items() if selection.task(task)
        }
        for ended in self.moment.lingering.processes.values():
            if selection.ended_task(ended):
                matching[ended.task.id] = ended.task
        for tid, thread in snapshot.threads.items():
            leader = snapshot.processes.get(thread.tgid)
            if leader is not None and selection.task(thread):
                matching[leader.pid, leader.starttime, tid] = leader
        if self.arrangement.pid is not None:
            known: dict[Item, bool] = {}
            matching = {item: task for item, task in matching.items() if self._is_below(task, known)}
        shown: dict[Item, Task] = {(item[0], item[1]): task for item, task in matching.items()}
        for task in matching.values():
            above = self._above(task)
            while above is not None and above.id not in shown:
                shown[above.id] = above
                above = self._above(above)
        return shown, frozenset(matching)

    def _is_below(self, task: Task, known: dict[Item, bool]) -> bool:
        """Whether it is the process that is asked for or a descendant. `known` keeps a chain of forks, which
        may be as long as there are processes, from being climbed more than once."""
        path: list[Item] = []
        found = False
        above: Task | None = task
        while above is not None:
            item = (above.pid, above.starttime)
            if above.pid == self.arrangement.pid or item in known:
                found = known.get(item, True)
                break
            path.append(item)
            above = self._above(above)
        known.update(dict.fromkeys(path, found))
        return found

    def _above(self, task: Task) -> Task | None:
        """The parent. It started earlier: so no two processes are each other's ancestors, even if a number
        was given away again while the processes were read."""
        parent = self._processes.get(task.ppid)
        if parent is not None and _is_earlier(parent, task):
            return parent
        parent = self._ended.get(task.ppid)
        return parent if parent is not None and _is_earlier(parent, task) else None

    # ---- where

    def _build(self, shown: Mapping[Item, Task], order: Order) -> None:
        items = sorted(shown)
        if not order.by_number:
            items = order.items(items)
        self._tasks = shown
        below: dict[Item, list[Key]] = {}
        processes = self._processes
        for item in items:
            task = shown[item]
            above = processes.get(task.ppid)
            if above is None or above.starttime >= task.starttime:
                above = self._above(task)
            if above is None:
                self.roots.append(("task", *item))
                continue
            parent = (above.pid, above.starttime)
            siblings = below.get(parent)
            if siblings is None:
                siblings = below[parent] = []
            siblings.append(("task", *item))
        for thread in self._threads():
            below.setdefault(thread[:2], []).append(("task", *thread))
        for item, kids in below.items():
            self.kids["task", *item] = kids

    def _threads(self) -> list[Item]:
        found: list[Item] = []
        for tid, thread in self.moment.snapshot.threads.items():
            leader = self.moment.snapshot.processes.get(thread.tgid)
            if leader is not None:
                item = (leader.pid, leader.starttime, tid)
                if not self._narrowed or item in self._matching:
                    found.append(item)
        return found

    # ---- the view

    def __contains__(self, key: object, /) -> bool:
        match key:
            case ("task", pid, starttime):
                return (pid, starttime) in self._tasks
            case ("task", pid, starttime, _):
                return key in self.kids.get(("task", pid, starttime), ())
        return False

    def parent(self, key: Key) -> Key | None:
        match key:
            case ("task", int() as pid, int() as starttime):
                task = self._tasks.get((pid, starttime))
                above = None if task is None else self._above(task)
                return None if above is None else ("task", above.pid, above.starttime)
            case ("task", pid, starttime, _):
                return ("task", pid, starttime)
        return None

    def starts_open(self, key: Key) -> bool:
        """All but the kernel's threads, which are many and never differ."""
        match key:
            case ("task", int() as pid, int() as starttime):
                return self._narrowed or pid != KTHREADD or not self._tasks[pid, starttime].kernel
        return False

    def marks(self, key: Key) -> tuple[str, ...]:
        subject = self.subject(key)
        task = self.moment.task(subject.process, subject.tid)
        assert isinstance(key, tuple)
        if self._narrowed:
            dim = key[1:] not in self._matching
        else:
            dim = task is not None and TaskRecord(self.moment.snapshot, task).is_host()
        inferred = subject.process.pid in self.moment.snapshot.inferred
        return marking.of_process(self.moment, subject.process, dim=dim, inferred=inferred)

    def subject(self, key: Key) -> TaskSubject:
        match key:
            case ("task", int() as pid, int() as starttime):
                return TaskSubject(ProcessId(pid, starttime))
            case ("task", int() as pid, int() as starttime, int() as tid):
                return TaskSubject(ProcessId(pid, starttime), tid)
        raise KeyError(key)

    def find(self, subject: Subject) -> Key | None:
        if not isinstance(subject, TaskSubject):
            return None
        key: Key = ("task", *subject.process)
        if subject.tid is not None:
            key = ("task", *subject.process, subject.tid)
        return key if key in self else None

    def pids(self, key: Key) -> Sequence[int]:
        subject = self.subject(key)
        return () if self.moment.ended(subject.process) else (subject.process.pid,)


def _is_earlier(parent: Task, task: Task) -> bool:
    earlier = parent.starttime - task.starttime
    return earlier < 0 or (earlier == 0 and parent.pid < task.pid)
