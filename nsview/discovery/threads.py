"""Threads that are elsewhere than their process, and what makes a task of what /proc tells."""

from collections.abc import Iterable, KeysView

from nsview.discovery.source import Context
from nsview.kernel.procfs import GONE
from nsview.kernel.stat import Stat, parse_stat
from nsview.model.kind import UNREADABLE_LINKS, Links
from nsview.model.process import Task

YOUNG = 5
"""Looks at a process at which a new thread of it is read."""
SLICE = 10
"""Afterwards it is read at every tenth, for a program may have thousands."""
_PF_KTHREAD = 0x00200000


class _Leader:
    """What is known of the threads of one process."""

    __slots__ = ("elsewhere", "links", "settled", "starttime")

    def __init__(self, leader: Task, settled: dict[int, int], elsewhere: dict[int, Task]) -> None:
        self.starttime = leader.starttime
        self.links = leader.links
        self.settled = settled
        """Threads that are where it is, and in how many looks they were."""
        self.elsewhere = elsewhere


class Threads:
    """Remembers the threads of the processes that have several."""

    def __init__(self) -> None:
        self._leaders: dict[int, _Leader] = {}
        self._elsewhere: dict[int, Task] = {}
        self._differs = False

    def leaders(self) -> KeysView[int]:
        """The processes whose threads are remembered."""
        return self._leaders.keys()

    def scattered(self) -> list[int]:
        """The processes with threads elsewhere."""
        return [pid for pid, leader in self._leaders.items() if leader.elsewhere]

    def elsewhere(self) -> dict[int, Task]:
        """By tid; the same object as long as nothing differs."""
        if self._differs:
            self._differs = False
            self._elsewhere = {
                tid: task
                for _, leader in sorted(self._leaders.items())
                for tid, task in leader.elsewhere.items()
            }
        return self._elsewhere

    def forget(self, pids: Iterable[int]) -> None:
        for pid in pids:
            known = self._leaders.pop(pid, None)
            self._differs |= known is not None and bool(known.elsewhere)

    def look(self, context: Context, leader: Task, every: bool) -> None:
        """At the threads of a process: those that are not where it is; of a dead leader all of them, as its
        own links are gone. `every`: also at those that were where it is all the time."""
        proc = context.proc
        before = self._leaders.get(leader.pid)
        if leader.links is UNREADABLE_LINKS:
            return self.forget([leader.pid])
        try:
            tids = proc.tids(leader.pid)
        except OSError as error:
            _note(context, proc.path(leader.pid, "task"), error)
            return self.forget([leader.pid])
        same = before is not None and (before.starttime, before.links) == (leader.starttime, leader.links)
        settled = before.settled if before is not None and same else {}
        known = before.elsewhere if before is not None else {}
        still: dict[int, int] = {}
        elsewhere: dict[int, Task] = {}
        for tid in sorted(tids):
            if tid == leader.pid:
                continue
            looks = settled.get(tid, 0) + 1
            if not every and looks > YOUNG and (looks + tid) % SLICE:
                still[tid] = looks
                continue
            try:
                links = proc.links(leader.pid, f"task/{tid}/")
                if links == leader.links:
                    still[tid] = looks
                    continue
                stat = parse_stat(proc.read_record(leader.pid, f"task/{tid}/stat"))
            except OSError as error:
                _note(context, proc.path(leader.pid, f"task/{tid}"), error)
                continue
            if stat is not None:
                task = task_from(stat, leader.pid, leader.uid, links)
                elsewhere[tid] = known[tid] if known.get(tid) == task else task
        self._differs |= elsewhere != known
        self._leaders[leader.pid] = _Leader(leader, still, elsewhere)


def task_from(stat: Stat, tgid: int, uid: int, links: Links) -> Task:
    """A task as /proc tells of it: its stat, its process's number, its effective user, its links."""
    number, comm, state, ppid, flags, _, _, threads, starttime, _ = stat
    kernel = bool(flags & _PF_KTHREAD)
    return Task(number, tgid, ppid, starttime, state, threads, uid, comm, links, kernel)


def _note(context: Context, path: str, error: OSError) -> None:
    """Threads come and go all the time: one that has ended is nothing to tell of."""
    if error.errno not in GONE:
        context.findings.problems.add("threads", path, error)
