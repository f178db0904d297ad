"""The processes and threads of a row, sorted when they are first looked at."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, overload

from nsview.model.process import ProcessId, Task
from nsview.model.views.moment import Moment
from nsview.model.views.subject import TaskSubject

Item: TypeAlias = tuple[int, int] | tuple[int, int, int]
"""The last part of a task's key: (pid, starttime), and for a thread its tid too."""


def item_of(task: Task) -> Item:
    return (task.pid, task.starttime)


def subject_of(item: Item) -> TaskSubject:
    return TaskSubject(ProcessId(item[0], item[1]), item[2] if len(item) == 3 else None)


def living(moment: Moment, item: Item) -> tuple[int, ...]:
    """The number of a task's process, unless it has ended and the number is nobody's or another's."""
    return () if moment.ended(ProcessId(item[0], item[1])) else (item[0],)


class Members(Sequence[Item]):
    """Tasks in the order of their numbers, threads last, unless `arrange` puts them into another order.

    Nothing is made of `pids`, which ascend, until it is looked at: a namespace of ten thousand members that
    nobody unfolds costs nothing. `others` are threads and processes that have ended.
    """

    __slots__ = ("_arrange", "_items", "_processes", "others", "pids")

    def __init__(
        self,
        processes: Mapping[int, Task],
        pids: Sequence[int],
        others: Sequence[Item] = (),
        arrange: Callable[[list[Item]], list[Item]] | None = None,
    ) -> None:
        self._processes = processes
        self.pids = pids
        self.others = others
        self._arrange = arrange
        self._items: list[Item] | None = None

    def __len__(self) -> int:
        return len(self.pids) + len(self.others)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        if self._arrange is not None or self.others:
            return self._arranged()[index]
        if isinstance(index, slice):
            return [self._item(pid) for pid in self.pids[index]]
        return self._item(self.pids[index])

    def _item(self, pid: int) -> Item:
        return (pid, self._processes[pid].starttime)

    def _arranged(self) -> list[Item]:
        # Two threads may both do this work; they come to the same list.
        if self._items is None:
            items = [self._item(pid) for pid in self.pids]
            items += self.others
            items.sort(key=lambda item: (len(item), item))
            self._items = items if self._arrange is None else self._arrange(items)
        return self._items

    def __contains__(self, item: object) -> bool:
        if not isinstance(item, tuple) or len(item) not in (2, 3):
            return False
        return self._place(item) is not None or item in self.others

    def _place(self, item: Item) -> int | None:
        """Where a living process stands in `pids`."""
        place = bisect_left(self.pids, item[0])
        if len(item) == 2 and place < len(self.pids) and self.pids[place] == item[0]:
            return place if self._processes[item[0]].starttime == item[1] else None
        return None

    def index(self, value: object, start: int = 0, stop: int | None = None) -> int:
        if self._arrange is not None or self.others:
            items = self._arranged()
            return items.index(value, start, len(items) if stop is None else stop)  # type: ignore[arg-type]
        place = self._place(value) if isinstance(value, tuple) else None
        if place is None or place < start or (stop is not None and place >= stop):
            raise ValueError(f"{value!r} is no member")
        return place
