"""The details of every process, of which each scan reads only those that may have changed."""

import os
import time
from collections.abc import Callable, Iterable

from nsview.discovery.turns import Turns
from nsview.model.difference import difference
from nsview.model.process import Details, Task

YOUNG = 2.0
"""Seconds during which a process is read afresh: it may still exec or be moved to its control group."""
SLICE = 30
"""Afterwards it is read again in every thirtieth scan."""


class DetailsInTurn:
    """Reads new and young processes at once, and those that have another name or user; all others in turn."""

    def __init__(self) -> None:
        self._processes: dict[int, Task] = {}
        self._details: dict[int, Details] = {}
        self._young: set[int] = set()
        self._in_full: set[int] = set()
        self._turns = Turns(SLICE)

    def read(
        self,
        processes: dict[int, Task],
        read: Callable[[Task, bool], Details],
        in_full: frozenset[int],
        everything: bool,
    ) -> dict[int, Details]:
        """The details of all these. `read` is told whether to read a process in full: those of `in_full` are
        at every scan, or all where `everything` is wanted. What was handed out before stays as it is."""
        gone, come, changed = difference(self._processes, processes)
        self._processes = processes
        known = self._details.copy()
        for task in gone:
            known.pop(task.pid, None)
        self._in_full.intersection_update(known)
        wanted = {task.pid for task in come}
        wanted |= {now.pid for was, now in changed if (was.comm, was.uid) != (now.comm, now.uid)}
        wanted |= in_full
        wanted |= self._still_young(come)
        wanted |= self._turns.next(processes)
        if everything:
            wanted |= processes.keys() - self._in_full
        differs = bool(gone)
        for pid in sorted(wanted & processes.keys()):
            fully = everything or pid in in_full
            details = read(processes[pid], fully)
            (self._in_full.add if fully else self._in_full.discard)(pid)
            if details != known.get(pid):
                known[pid] = details
                differs = True
        if differs:
            self._details = known
        return self._details

    def _still_young(self, come: Iterable[Task]) -> set[int]:
        limit = (time.clock_gettime(time.CLOCK_BOOTTIME) - YOUNG) * os.sysconf("SC_CLK_TCK")
        self._young.update(task.pid for task in come)
        young = {
            pid for pid in self._young if pid in self._processes and self._processes[pid].starttime >= limit
        }
        self._young = young
        return young
