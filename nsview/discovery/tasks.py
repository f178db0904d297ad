"""Tasks and where they are, from /proc: processes, and threads that are elsewhere than their process."""

from nsview.discovery.source import Context
from nsview.kernel.procfs import GONE
from nsview.kernel.stat import Stat, parse_stat
from nsview.model.kind import UNREADABLE_LINKS, Links
from nsview.model.process import Task, Usage

YOUNG = 5
"""Scans during which a process is read afresh: it may still exec, rename itself, drop rights."""
SLICE = 10
"""Afterwards its stat is read again at every tenth scan, its links at every one."""
_PF_KTHREAD = 0x00200000
_DEAD = ("Z", "X", "x")


class _Known:
    """What was read of a process, under which identity, and in how many scans it was seen."""

    __slots__ = ("key", "scans", "task")

    def __init__(self, key: tuple[int, int, int], task: Task, scans: int) -> None:
        self.key = key
        self.task = task
        self.scans = scans


class _Settled:
    """The threads of a process that are where it is, and in how many scans they were."""

    __slots__ = ("links", "scans", "starttime")

    def __init__(self, starttime: int, links: Links, scans: dict[int, int]) -> None:
        self.starttime = starttime
        self.links = links
        self.scans = scans


class ProcfsTasks:
    """The task source that every kernel has.

    Between scans it keeps what it read of /proc/PID/stat, the dearest file, as long as the kernel shows the
    same inode for the same process.
    """

    name = "procfs"
    exact = False

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._settled: dict[int, _Settled] = {}

    def read(self, context: Context, usage: bool = False) -> None:
        proc, findings = context.proc, context.findings
        known, self._known = self._known, {}
        multi_threaded: list[Task] = []
        for pid in sorted(proc.pids()):
            try:
                task = self._process(context, pid, known.get(pid), usage)
            except OSError as error:
                findings.vanished += error.errno in GONE
                if error.errno not in GONE:
                    findings.malformed += 1
                    findings.problems.add("tasks", proc.path(pid), error)
                continue
            if task is None:
                findings.malformed += 1
                findings.problems.add("tasks", proc.path(pid, "stat"), "malformed")
                continue
            findings.processes[pid] = task
            if task.links is UNREADABLE_LINKS:
                findings.unreadable += 1
                findings.problems.add("tasks", proc.path(pid, "ns"), "EACCES")
            if task.threads > 1:
                multi_threaded.append(task)
        settled, self._settled = self._settled, {}
        for leader in multi_threaded:
            before = settled.get(leader.pid)
            stayed = before and (before.starttime, before.links) == (leader.starttime, leader.links)
            scans = _threads(context, leader, before.scans if before and stayed else {})
            self._settled[leader.pid] = _Settled(leader.starttime, leader.links, scans)

    def _process(self, context: Context, pid: int, known: _Known | None, usage: bool) -> Task | None:
        """One process; None when its stat is no stat."""
        proc = context.proc
        key = proc.identity(pid)
        if known is not None and known.key == key and not usage:
            scans = known.scans + 1
            if scans > YOUNG and (scans + pid) % SLICE:
                links = proc.links(pid)
                task = known.task
                threads = proc.threads(pid)
                if links == task.links:
                    if threads != task.threads:
                        task = task._replace(threads=threads)
                    self._known[pid] = _Known(key, task, scans)
                    return task
        else:
            scans = 0 if known is None or known.key != key else known.scans + 1
        stat = parse_stat(proc.read_record(pid, "stat"))
        links = proc.links(pid)
        if stat is not None and not links.mnt and stat.state not in _DEAD:
            stat = parse_stat(proc.read_record(pid, "stat"))  # it died between the two
        if stat is None:
            return None
        task = task_from(stat, pid, key[2], links)
        if usage:
            context.findings.usage[pid] = Usage(stat.utime + stat.stime, stat.rss)
        self._known[pid] = _Known(key, task, scans)
        return task


def task_from(stat: Stat, tgid: int, uid: int, links: Links) -> Task:
    """A task as /proc tells of it: its stat, its process's number, its effective user, its links."""
    return Task(
        pid=stat.pid,
        tgid=tgid,
        ppid=stat.ppid,
        starttime=stat.starttime,
        state=stat.state,
        threads=stat.threads,
        uid=uid,
        comm=stat.comm,
        links=links,
        kernel=bool(stat.flags & _PF_KTHREAD),
    )


def _threads(context: Context, leader: Task, settled: dict[int, int]) -> dict[int, int]:
    """Threads that are not where their leader is; of a dead leader all of them, as its own links are gone.

    `settled` are those that were, and in how many scans: they are looked at in turn only, since a program may
    have thousands. Returns the same for the next scan.
    """
    proc, findings = context.proc, context.findings
    still: dict[int, int] = {}
    if leader.links is UNREADABLE_LINKS:
        return still
    try:
        tids = proc.tids(leader.pid)
    except OSError as error:
        _note(context, proc.path(leader.pid, "task"), error)
        return still
    for tid in tids:
        if tid == leader.pid:
            continue
        scans = settled.get(tid, 0) + 1
        if scans > YOUNG and (scans + tid) % SLICE:
            still[tid] = scans
            continue
        try:
            links = proc.links(leader.pid, f"task/{tid}/")
            if links == leader.links:
                still[tid] = scans
                continue
            stat = parse_stat(proc.read_record(leader.pid, f"task/{tid}/stat"))
        except OSError as error:
            _note(context, proc.path(leader.pid, f"task/{tid}"), error)
            continue
        if stat is not None:
            findings.threads[tid] = task_from(stat, leader.pid, leader.uid, links)
    return still


def _note(context: Context, path: str, error: OSError) -> None:
    """Threads come and go all the time: one that has ended is nothing to tell of."""
    if error.errno not in GONE:
        context.findings.problems.add("threads", path, error)
