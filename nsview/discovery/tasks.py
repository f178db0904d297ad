"""Tasks and where they are, from /proc: processes, and threads that are elsewhere than their process."""

import time
from typing import TYPE_CHECKING

from nsview.debug_log import note
from nsview.discovery.findings import Findings
from nsview.discovery.source import Context
from nsview.discovery.threads import Threads, task_from
from nsview.discovery.turns import Turns
from nsview.kernel.procfs import GONE, Procfs
from nsview.kernel.stat import Stat, parse_stat
from nsview.model.kind import UNREADABLE_LINKS
from nsview.model.process import Task, Usage

if TYPE_CHECKING:  # only who looks again and again listens
    from nsview.kernel.process_events import ProcessEvents

YOUNG = 5
"""Scans in which a new process is read: it may still exec, drop rights, move."""
SLICE = 15
"""Afterwards it is read in every fifteenth scan, unless there is more to say of it."""
_DEAD = ("Z", "X", "x")


class ProcfsTasks:
    """The task source that every kernel has.

    A thorough scan reads every process. Between those, in a live view, most of them are taken to be as they
    were, and only these are read:

    - those that are new. /proc lists an inode number with each process, which the kernel binds to the process
      and not to its number: the same inode, the same process; another inode, perhaps another process. (A
      number that is given away in the very moment of the listing is seen in the next one.)
    - those that are young, those that have used the processor when they were last read, those with threads
      elsewhere, and those that somebody looks at closely
    - those of which the kernel says that they have started another program, changed their user or name, made
      or lost a thread, or ended; where it says nothing, these wait as the others do
    - all others in turn

    So it may take SLICE scans until it is seen that an old process has moved, of which the kernel never says
    anything: setns(2) and unshare(2) leave no trace but the links themselves.
    """

    name = "procfs"
    exact = False

    def __init__(self, listens: bool = False) -> None:
        """`listens`: to what the kernel says by itself; then a socket stays open."""
        self._inodes: dict[int, int] = {}
        self._processes: dict[int, Task] = {}
        self._usage: dict[int, Usage] = {}
        self._unreadable: set[int] = set()
        self._young: dict[int, int] = {}
        """In how many scans a new process was read."""
        self._busy: set[int] = set()
        self._threads = Threads()
        self._turns = Turns(SLICE)
        self._listens = listens
        self._events: ProcessEvents | None = None

    def read(self, context: Context, usage: bool = False) -> None:
        findings = context.findings
        listed = context.proc.listing()
        gone = self._processes.keys() - listed.keys()
        every = listed.keys() if context.thorough else self._turns.next(self._processes.keys())
        wanted = every if context.thorough else every | self._not_settled(context, listed, usage)
        changed: dict[int, Task] = {}
        used: dict[int, Usage] = {}
        several: list[Task] = []
        wanted = wanted & listed.keys()
        for pid in sorted(wanted):
            task = self._read_one(context, pid, used if usage else None)
            if task is None:
                gone.add(pid)
                continue
            before = self._processes.get(pid)
            if task == before:
                task = before
            else:
                changed[pid] = task
            if before is None or before.starttime != task.starttime:
                self._young[pid] = 0
            if task.threads > 1:
                several.append(task)
        self._keep(gone, changed)
        self._keep_usage(gone, used)
        for pid in gone:
            listed.pop(pid, None)  # what could not be read is tried again next time
        self._inodes = listed
        self._threads.forget(self._threads.leaders() & wanted - {task.pid for task in several})
        for task in several:
            self._threads.look(context, task, task.pid in every)
        self._tell(context.proc, findings, usage)

    def close(self) -> None:
        """No file stays open; it listens no more."""
        self._listens = False
        if self._events is not None:
            self._events.close()
            self._events = None

    def _not_settled(self, context: Context, listed: dict[int, int], usage: bool) -> set[int]:
        """The processes that are read though it is not their turn."""
        new = listed.items() - self._inodes.items() if listed != self._inodes else ()
        wanted = {pid for pid, _ in new}
        for pid, scans in list(self._young.items()):
            wanted.add(pid)
            self._young[pid] = scans + 1
            if scans + 1 >= YOUNG:
                del self._young[pid]
        wanted.update(self._busy, self._threads.scattered(), context.closely, self._told(context.proc))
        if usage and len(self._usage) < len(listed):
            wanted |= listed.keys() - self._usage.keys()
        return wanted

    def _told(self, proc: Procfs) -> set[int]:
        """What the kernel says by itself."""
        if self._listens and proc.is_ours:
            self._listens = False
            from nsview.kernel.process_events import ProcessEvents

            try:
                self._events = ProcessEvents()
            except OSError as error:
                note("procfs", f"no events of processes: {error}")
        return self._events.changed() if self._events is not None else set()

    def _read_one(self, context: Context, pid: int, used: dict[int, Usage] | None) -> Task | None:
        """One process, and what it has used; None where it has ended or cannot be read."""
        proc, findings = context.proc, context.findings
        try:
            stat = parse_stat(proc.read_record(pid, "stat"))
            links = proc.links(pid)
            if stat is not None and not links.mnt and stat.state not in _DEAD:
                stat = parse_stat(proc.read_record(pid, "stat"))  # it died between the two
            uid = proc.owner(pid)
        except OSError as error:
            findings.vanished += error.errno in GONE
            if error.errno not in GONE:
                findings.malformed += 1
                findings.problems.add("tasks", proc.path(pid), error)
            return None
        if stat is None:
            findings.malformed += 1
            findings.problems.add("tasks", proc.path(pid, "stat"), "malformed")
            return None
        if used is not None:
            used[pid] = self._used(pid, stat)
        if links is UNREADABLE_LINKS:
            self._unreadable.add(pid)
        else:
            self._unreadable.discard(pid)
        return task_from(stat, pid, uid, links)

    def _used(self, pid: int, stat: Stat) -> Usage:
        ticks = stat.utime + stat.stime
        earlier = self._usage.get(pid)
        busy = earlier is not None and earlier.cpu_ticks != ticks
        (self._busy.add if busy else self._busy.discard)(pid)
        return Usage(ticks, stat.rss, time.clock_gettime(time.CLOCK_BOOTTIME))

    # ---- what is known; what was handed out before stays as it is

    def _keep(self, gone: set[int], changed: dict[int, Task]) -> None:
        if not gone and not changed:
            return
        processes = self._processes.copy()
        for pid in gone:
            processes.pop(pid, None)
            self._young.pop(pid, None)
        self._busy -= gone
        self._unreadable -= gone
        self._threads.forget(gone)
        known = len(processes)
        processes.update(changed)
        self._processes = dict(sorted(processes.items())) if len(processes) > known else processes

    def _keep_usage(self, gone: set[int], used: dict[int, Usage]) -> None:
        if used or not gone.isdisjoint(self._usage):
            self._usage = self._usage | used
            for pid in gone:
                self._usage.pop(pid, None)

    def _tell(self, proc: Procfs, findings: Findings, usage: bool) -> None:
        findings.processes = self._processes
        findings.threads = self._threads.elsewhere()
        findings.usage = self._usage if usage else {}
        findings.unreadable = len(self._unreadable)
        if self._unreadable:
            first = proc.path(min(self._unreadable), "ns")
            findings.problems.add("tasks", first, "EACCES", len(self._unreadable))
