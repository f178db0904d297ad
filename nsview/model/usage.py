"""What processes and namespaces use: from what two snapshots counted, and the time between them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import fsum
from mmap import PAGESIZE
from typing import NamedTuple

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

    __slots__ = ("_cpu", "_page_size", "_snapshot", "_sums", "cpu")

    cpu: Callable[[int], float | None]
    """Percent of one processor that a process uses."""

    def __init__(self, snapshot: Snapshot, cpu: Mapping[int, float], page_size: int = PAGESIZE) -> None:
        self._snapshot = snapshot
        self._cpu = cpu
        self.cpu = cpu.get
        self._page_size = page_size
        self._sums: dict[int, tuple[float, int]] | None = None

    def memory(self, pid: int) -> int | None:
        """Bytes that a process has resident."""
        used = self._snapshot.usage.get(pid)
        return None if used is None else used.rss_pages * self._page_size

    def process(self, pid: int) -> Use:
        return Use(self.cpu(pid), self.memory(pid))

    def of(self, pids: Sequence[int]) -> Use:
        """Of several processes together; unknown only where it is unknown of all."""
        usage, cpu = self._snapshot.usage, self._cpu
        shares = [cpu[pid] for pid in pids if pid in cpu]
        pages = [usage[pid].rss_pages for pid in pids if pid in usage]
        return Use(fsum(shares) if shares else None, sum(pages) * self._page_size if pages else None)

    def namespace(self, ns: Namespace) -> Use:
        """Of its member processes together. A thread that is there without its process is not counted."""
        if ns.inferred or not ns.inode:
            return self.of((*ns.processes, *ns.inferred))
        if not self._snapshot.usage or not ns.processes:
            return UNKNOWN
        if self._sums is None:
            self._sums = self._by_inode()
        cpu, pages = self._sums.get(ns.inode, (0.0, 0))
        return Use(cpu if self._cpu else None, pages * self._page_size)

    def _by_inode(self) -> dict[int, tuple[float, int]]:
        """By way of sets of links, of which there are few, however many processes."""
        usage, share = self._snapshot.usage, self._cpu.get
        groups: defaultdict[Links, list[int]] = defaultdict(list)
        for pid, task in self._snapshot.processes.items():
            if pid in usage:
                groups[task.links].append(pid)
        sums: dict[int, tuple[float, int]] = {}
        for links, pids in groups.items():
            cpu = fsum([share(pid, 0.0) for pid in pids])
            pages = sum([usage[pid].rss_pages for pid in pids])
            for inode in links[: len(KINDS)]:
                before, more = sums.get(inode, (0.0, 0))
                sums[inode] = (before + cpu, more + pages)
        return sums


def between(old: Snapshot | None, new: Snapshot, page_size: int = PAGESIZE) -> Uses:
    """What was used from one snapshot to the next; without an old one only memory is known."""
    if old is None:
        return Uses(new, {}, page_size)
    elapsed = new.uptime - old.uptime or new.time - old.time
    if elapsed <= 0:
        return Uses(new, {}, page_size)
    percent = 100.0 / (elapsed * new.ticks_per_second)
    before, was, now = old.usage, old.processes, new.processes
    cpu: dict[int, float] = {}
    for pid, used in new.usage.items():
        task, earlier = now.get(pid), was.get(pid)
        if task is None:
            continue
        if earlier is None or earlier.starttime != task.starttime:
            cpu[pid] = used.cpu_ticks * percent  # all of it since then
        elif pid in before:
            cpu[pid] = max(0, used.cpu_ticks - before[pid].cpu_ticks) * percent
    return Uses(new, cpu, page_size)


def of_task(uses: Uses, task: Task) -> Use:
    """Of a process; of a thread nothing is known."""
    return UNKNOWN if task.is_thread else uses.process(task.pid)
