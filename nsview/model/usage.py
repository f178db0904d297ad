"""What processes and namespaces use: from what two snapshots counted, and the time between them."""

from collections.abc import Iterable, Mapping
from mmap import PAGESIZE
from typing import NamedTuple

from nsview.model.kind import POSITION, Links
from nsview.model.namespace import Namespace, NamespaceId
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

    __slots__ = ("_by_links", "_cpu", "_inferred", "_page_size", "_snapshot")

    def __init__(self, snapshot: Snapshot, cpu: Mapping[int, float], page_size: int = PAGESIZE) -> None:
        self._snapshot = snapshot
        self._cpu = cpu
        self._page_size = page_size
        self._by_links: dict[Links, tuple[float, int]] | None = None
        self._inferred: dict[NamespaceId, Use] = {}

    def process(self, pid: int) -> Use:
        used = self._snapshot.usage.get(pid)
        if used is None:
            return UNKNOWN
        return Use(self._cpu.get(pid), used.rss_pages * self._page_size)

    def of(self, pids: Iterable[int]) -> Use:
        """Of several processes together; unknown only where it is unknown of all."""
        usage, cpu = self._snapshot.usage, self._cpu
        known = [pid for pid in pids if pid in usage]
        if not known:
            return UNKNOWN
        shares = [cpu[pid] for pid in known if pid in cpu]
        pages = sum(usage[pid].rss_pages for pid in known)
        return Use(sum(shares) if shares else None, pages * self._page_size)

    def namespace(self, ns: Namespace) -> Use:
        """Of its member processes together. A thread that is there without its process is not counted."""
        if not self._snapshot.usage:
            return UNKNOWN
        if len(ns.processes) < _FEW or ns.inferred or not ns.inode:
            return self.of((*ns.processes, *ns.inferred))
        if self._by_links is None:
            self._by_links = self._sums()
        place = POSITION[ns.kind]
        cpu, pages = 0.0, 0
        for links, (part, more) in self._by_links.items():
            if links[place] == ns.inode:
                cpu += part
                pages += more
        return Use(cpu if self._cpu else None, pages * self._page_size)

    def _sums(self) -> dict[Links, tuple[float, int]]:
        """By sets of links, of which there are few, however many processes."""
        usage, share = self._snapshot.usage, self._cpu.get
        cpu: dict[Links, float] = {}
        pages: dict[Links, int] = {}
        for pid, task in self._snapshot.processes.items():
            used = usage.get(pid)
            if used is not None:
                links = task.links
                cpu[links] = cpu.get(links, 0.0) + share(pid, 0.0)
                pages[links] = pages.get(links, 0) + used.rss_pages
        return {links: (part, pages[links]) for links, part in cpu.items()}


_FEW = 64
"""Members that are summed one by one as fast as by sets of links."""


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
