"""The order of siblings: by any column, host namespaces first where it is by name; equals as they were."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from nsview.model.kind import NO_LINKS
from nsview.model.namespace import Namespace
from nsview.model.process import NO_DETAILS, Task
from nsview.model.record import command
from nsview.model.views.members import Item, subject_of
from nsview.model.views.moment import Moment
from nsview.model.views.view import Arrangement, SortBy

_Sortable = int | float | str


class Order:
    """Sorts the rows of one view. What has no value of the column counts as less than any number."""

    def __init__(self, moment: Moment, arrangement: Arrangement) -> None:
        self.moment = moment
        self.by = arrangement.sort
        self.down = arrangement.sort.descends != arrangement.reverse
        self._user = cache(lambda uid: _text(moment.snapshot.user_name(uid)))

    @property
    def by_number(self) -> bool:
        """Whether tasks simply stand in the order of their numbers."""
        return self.by not in _OF_TASKS and not self._backwards

    @property
    def _backwards(self) -> bool:
        return self.down and self.by in (SortBy.NAME, SortBy.PID)

    # ---- tasks

    def arrange(self) -> Callable[[list[Item]], list[Item]] | None:
        """What puts members into order; None where they are already."""
        return None if self.by_number else self.items

    def items(self, items: list[Item]) -> list[Item]:
        """Members, given in the order of their numbers."""
        values_of = _OF_TASKS.get(self.by)
        if values_of is None:
            return items[::-1] if self._backwards else items
        values = values_of(self, self._tasks(items))
        places = sorted(range(len(items)), key=values.__getitem__, reverse=self.down)
        return [items[place] for place in places]

    def _tasks(self, items: Iterable[Item]) -> list[Task]:
        processes = self.moment.snapshot.processes
        if not (self.moment.lingering.processes or self.moment.snapshot.threads):
            return [processes[item[0]] for item in items]
        tasks: list[Task] = []
        for item in items:
            task = processes.get(item[0])
            if task is None or task.starttime != item[1] or len(item) == 3:
                subject = subject_of(item)
                task = self.moment.task(subject.process, subject.tid) or _NOBODY
            tasks.append(task)
        return tasks

    # ---- namespaces

    def namespaces(self, namespaces: Iterable[Namespace]) -> list[Namespace]:
        by_name = sorted(namespaces, key=_by_name)
        value = _OF_NAMESPACES.get(self.by)
        if value is None:
            return by_name[::-1] if self.down else by_name
        return sorted(by_name, key=lambda ns: value(self, ns), reverse=self.down)

    # ---- groups of processes

    def group_value(self, pids: Sequence[int]) -> _Sortable:
        """What a group is sorted by other than its name."""
        processes = self.moment.snapshot.processes
        if self.by is SortBy.NPROCS:
            return len(pids)
        if self.by in (SortBy.CPU, SortBy.MEM):
            return _number(self.moment.uses.of(pids)[self.by is SortBy.MEM])
        if self.by is SortBy.THREADS:
            return sum(processes[pid].threads for pid in pids)
        if self.by is SortBy.AGE:
            return max((self.moment.age(processes[pid]) for pid in pids), default=_LEAST)
        if self.by in (SortBy.USER, SortBy.COMMAND):
            return _OF_TASKS[self.by](self, [processes[pids[0]]])[0] if pids else _LAST
        return pids[0] if pids else _LEAST


_LEAST = -1
_LAST = "\U0010ffff"
"""Stands for no text: nothing comes after everything."""


def _number(value: float | None) -> float:
    return _LEAST if value is None else value


def _numbers(values: Iterable[float | None]) -> list[_Sortable]:
    return [_LEAST if value is None else value for value in values]


def _text(text: str) -> str:
    return text.casefold() or _LAST


def _by_name(ns: Namespace) -> tuple[bool, bool, int, int]:
    return (not ns.host, not ns.inode, ns.inode, ns.id.serial)


def _first(order: Order, ns: Namespace) -> Task | None:
    pid = ns.first
    if pid is None and ns.threads:
        pid = ns.threads[0][0]
    return None if pid is None else order.moment.snapshot.processes.get(pid)


def _user(order: Order, ns: Namespace) -> _Sortable:
    task = _first(order, ns)
    uid = ns.creator_uid if task is None else task.uid
    return _LAST if uid is None else order._user(uid)


def _oldest(order: Order, ns: Namespace) -> _Sortable:
    task = None if ns.oldest is None else order.moment.snapshot.processes.get(ns.oldest)
    return _LEAST if task is None else order.moment.age(task)


def _command(order: Order, ns: Namespace) -> _Sortable:
    task = _first(order, ns)
    return _LAST if task is None else _commands(order, [task])[0]


def _commands(order: Order, tasks: list[Task]) -> list[_Sortable]:
    details, ended = order.moment.snapshot.details, order.moment.lingering.processes
    lines = [command(task, details.get(task.tgid, NO_DETAILS)) for task in tasks]
    if ended:
        for place, task in enumerate(tasks):
            if task.id in ended:
                lines[place] = command(task, ended[task.id].details)
    return [line.casefold() or _LAST for line in lines]


_NOBODY = Task(0, 0, 0, 0, "", 0, 0, "", NO_LINKS)
"""Stands in for a thread that has ended while its row is kept."""

_OF_TASKS: dict[SortBy, Callable[[Order, list[Task]], Sequence[_Sortable]]] = {
    SortBy.USER: lambda order, tasks: [order._user(task.uid) for task in tasks],
    SortBy.CPU: lambda order, tasks: _numbers(map(order.moment.uses.cpu, [task.tgid for task in tasks])),
    SortBy.MEM: lambda order, tasks: _numbers(map(order.moment.uses.memory, [task.tgid for task in tasks])),
    SortBy.THREADS: lambda order, tasks: [task.threads for task in tasks],
    SortBy.AGE: lambda order, tasks: [-task.starttime for task in tasks],
    SortBy.COMMAND: _commands,
}
"""By the others tasks stand in the order of their numbers."""

_OF_NAMESPACES: dict[SortBy, Callable[[Order, Namespace], _Sortable]] = {
    SortBy.NPROCS: lambda order, ns: ns.nprocs,
    SortBy.PID: lambda order, ns: _number(ns.first),
    SortBy.USER: _user,
    SortBy.CPU: lambda order, ns: _number(order.moment.uses.namespace(ns).cpu),
    SortBy.MEM: lambda order, ns: _number(order.moment.uses.namespace(ns).memory),
    SortBy.THREADS: lambda order, ns: ns.tasks,
    SortBy.HELD: lambda order, ns: sum(order.moment.snapshot.holder_counts(ns).values()),
    SortBy.AGE: _oldest,
    SortBy.COMMAND: _command,
}
