"""What processes and namespaces use: from what two snapshots counted, and the time between them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import fsum
from mmap import PAGESIZE
from typing import NamedTuple

from nsview.model.difference import Difference, difference
from nsview.model.kind import KINDS, Links
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot


class Use(NamedTuple):
    """What a process uses, or several together; None where it is not known."""

    cpu: float | None
    """Percent of one processor."""
    memory: int | None
    """Bytes resident (RSS); pages that processes share count once for each."""


UNKNOWN = Use(None, None)


class Uses:
    """What is used at one snapshot. Sums are made when they are first asked for."""

    __slots__ = ("_busy", "_page_size", "_pages", "_shares", "_snapshot", "_unknown")

    def __init__(
        self,
        snapshot: Snapshot,
        busy: Mapping[int, float],
        unknown: Collection[int] | None = (),
        page_size: int = PAGESIZE,
        pages: dict[int, int] | None = None,
    ) -> None:
        """`busy`: percent of one processor, of the processes that have used any. `unknown`: those of which
        it is not known; None: it is known of nobody. `pages`: resident ones by the inode of a namespace, if
        they have been counted."""
        self._snapshot = snapshot
        self._busy = busy
        self._unknown = unknown
        self._page_size = page_size
        self._pages = pages
        self._shares: dict[int, float] | None = None

    def cpu(self, pid: int) -> float | None:
        """Percent of one processor that a process uses."""
        share = self._busy.get(pid)
        return 0.0 if share is None and self._is_known(pid) else share

    def _is_known(self, pid: int) -> bool:
        return self._unknown is not None and pid in self._snapshot.usage and pid not in self._unknown

    def memory(self, pid: int) -> int | None:
        """Bytes that a process has resident."""
        used = self._snapshot.usage.get(pid)
        return None if used is None else used.rss_pages * self._page_size

    def process(self, pid: int) -> Use:
        return Use(self.cpu(pid), self.memory(pid))

    def of(self, pids: Sequence[int]) -> Use:
        """Of several processes together; unknown only where it is unknown of all."""
        usage, busy = self._snapshot.usage, self._busy
        pages = [usage[pid].rss_pages for pid in pids if pid in usage]
        cpu = None
        if any(map(self._is_known, pids)):
            cpu = fsum([busy[pid] for pid in pids if pid in busy])
        return Use(cpu, sum(pages) * self._page_size if pages else None)

    def namespace(self, ns: Namespace) -> Use:
        """Of its member processes together. A thread that is there without its process is not counted."""
        if ns.inferred or not ns.inode:
            return self.of((*ns.processes, *ns.inferred))
        if not self._snapshot.usage or not ns.processes:
            return UNKNOWN
        if self._shares is None:
            self._shares = self._by_inode()
        if self._pages is None:
            self._pages = self._pages_by_inode()
        cpu = None if self._unknown is None else self._shares.get(ns.inode, 0.0)
        return Use(cpu, self._pages.get(ns.inode, 0) * self._page_size)

    def _by_inode(self) -> dict[int, float]:
        """By way of sets of links, of which there are few, however many processes."""
        processes = self._snapshot.processes
        groups: defaultdict[Links, list[float]] = defaultdict(list)
        for pid, share in self._busy.items():
            groups[processes[pid].links].append(share)
        sums: dict[int, float] = {}
        for links, shares in groups.items():
            cpu = fsum(shares)
            for inode in links[: len(KINDS)]:
                sums[inode] = sums.get(inode, 0.0) + cpu
        return sums

    def _pages_by_inode(self) -> dict[int, int]:
        usage = self._snapshot.usage
        groups: defaultdict[Links, int] = defaultdict(int)
        for pid, task in self._snapshot.processes.items():
            if pid in usage:
                groups[task.links] += usage[pid].rss_pages
        sums: dict[int, int] = {}
        for links, pages in groups.items():
            _count(sums, links, pages)
        return sums

    def pages_after(self, new: Snapshot, differing: Iterable[int]) -> dict[int, int] | None:
        """The pages by inode in the next snapshot, in which only some processes differ; None where they have
        not been counted."""
        if self._pages is None:
            return None
        sums = self._pages.copy()
        for snapshot, sign in ((self._snapshot, -1), (new, 1)):
            for pid in differing:
                task, used = snapshot.processes.get(pid), snapshot.usage.get(pid)
                if task is not None and used is not None:
                    _count(sums, task.links, sign * used.rss_pages)
        return sums


def _count(sums: dict[int, int], links: Links, pages: int) -> None:
    for inode in links[: len(KINDS)]:
        sums[inode] = sums.get(inode, 0) + pages
        if not sums[inode]:
            del sums[inode]


def between(
    old: Snapshot | None,
    new: Snapshot,
    page_size: int = PAGESIZE,
    before: Uses | None = None,
    tasks: Difference | None = None,
) -> Uses:
    """What was used from one snapshot to the next; without an old one only memory is known.

    A process of which nothing new is told has used nothing. `before` is what was used at the old one: what it
    has added up need not be added up again. `tasks` is the difference of the processes, if it is known.
    """
    if old is None:
        return Uses(new, {}, None, page_size)
    elapsed = new.uptime - old.uptime or new.time - old.time
    differing = (
        []
        if old.usage is new.usage
        else [
            pid
            for pid, was, used in zip(
                new.usage, map(old.usage.get, new.usage), new.usage.values(), strict=True
            )
            if was is not used
        ]
    )
    pages = None
    if before is not None:
        tasks = difference(old.processes, new.processes) if tasks is None else tasks
        moved = {now.pid for was, now in tasks.changed if was.links is not now.links}
        others = {task.pid for task in (*tasks.gone, *tasks.come)} | old.usage.keys() - new.usage.keys()
        pages = before.pages_after(new, moved | others | set(differing))
    if elapsed <= 0:
        return Uses(new, {}, None, page_size, pages)
    busy: dict[int, float] = {}
    unknown: set[int] = set()
    for pid in differing:
        share = _share(old, new, pid, elapsed)
        if share is None:
            unknown.add(pid)
        elif share:
            busy[pid] = share
    return Uses(new, busy, unknown, page_size, pages)


def _share(old: Snapshot, new: Snapshot, pid: int, elapsed: float) -> float | None:
    """Percent of one processor that a process has used since it was last read."""
    task, used = new.processes.get(pid), new.usage[pid]
    was, earlier = old.processes.get(pid), old.usage.get(pid)
    if task is None:
        return None
    if was is None or was.starttime != task.starttime:
        ticks = used.cpu_ticks  # all of it since then
    elif earlier is None:
        return None
    else:
        ticks = max(0, used.cpu_ticks - earlier.cpu_ticks)
        if earlier.at and used.at > earlier.at:
            elapsed = used.at - earlier.at
    return ticks * (100.0 / (elapsed * new.ticks_per_second))


def of_task(uses: Uses, task: Task) -> Use:
    """Of a process; of a thread nothing is known."""
    return UNKNOWN if task.is_thread else uses.process(task.pid)
