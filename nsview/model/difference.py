"""In which tasks two scans differ: a scan that has seen nothing new of a task gives the same object again."""

from collections.abc import Mapping
from typing import NamedTuple

from nsview.model.process import Task


class Difference(NamedTuple):
    gone: list[Task]
    """As they were last seen."""
    come: list[Task]
    changed: list[tuple[Task, Task]]
    """Before and now, of the same task."""


NONE = Difference([], [], [])


def difference(old: Mapping[int, Task], new: Mapping[int, Task]) -> Difference:
    """Tasks by their number. One whose number was given away again is both gone and come."""
    if old is new:
        return NONE
    differing = [
        (was, task) for was, task in zip(map(old.get, new), new.values(), strict=True) if was is not task
    ]
    come = [task for was, task in differing if was is None]
    gone: list[Task] = []
    if len(old) != len(new) - len(come):
        gone = [old[pid] for pid in sorted(old.keys() - new.keys())]
    changed = []
    for was, task in differing:
        if was is None:
            continue
        if was.starttime == task.starttime:
            changed.append((was, task))
        else:
            gone.append(was)
            come.append(task)
    return Difference(gone, come, changed)
