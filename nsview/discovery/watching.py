"""Scans one after the other, of which each reads only what may have changed of a process."""

import os
import time
from typing import NamedTuple

from nsview.discovery.choice import choose
from nsview.discovery.commands import LIMIT
from nsview.discovery.details import read_details
from nsview.discovery.findings import Findings, error_name
from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.kernel.cgroup import main_path, parse_cgroup
from nsview.kernel.cmdline import parse_cmdline
from nsview.kernel.procfs import Procfs
from nsview.model.process import Details, Task
from nsview.model.snapshot import Snapshot

YOUNG = 2.0
"""Seconds during which a process is read afresh: it may still exec or be moved to its control group."""
SLICE = 30
"""Afterwards its details are read again at every thirtieth scan."""


def procfs_at(root: str = "") -> Procfs:
    """The procfs to watch, the usual one for "". OSError where there is none that can be listed."""
    proc = Procfs(root) if root else Procfs()
    proc.pids()
    return proc


class _Known(NamedTuple):
    starttime: int
    details: Details
    scans: int
    in_full: bool


class Watcher(Scanner):
    """A scanner for a live view: it knows the command line and the control group of every process.

    `Scope.details` ALL reads everything of every process; else commands and control groups are read, once and
    then in turn. A program that changes its command line is seen late, but a process
    in `details_of` is read anew and in full at every scan.
    """

    _known: dict[int, _Known] = {}

    def __init__(self, proc: Procfs | None = None, source: str = "procfs") -> None:
        """`source` is a name of choice.SOURCES; with "bpf" the first scan may raise Refused."""
        super().__init__(proc)
        self._source = source
        self._source_name = ""
        self._chosen = False

    def _scan(self, scope: Scope) -> Snapshot:
        if not self._chosen:
            self._choose_source(first=not self._ran)
        snapshot = super()._scan(scope)
        if self._source_name == "bpf" != self.tasks.name:
            # The iterators have failed: our own walks again, which are too dear for every scan.
            self.use(self.tasks, ())
        self._source_name = self.tasks.name
        return snapshot

    def _choose_source(self, first: bool) -> None:
        """In the thread that scans, so nobody waits; before the first scan only if that makes it quicker."""
        chosen = choose(self._source, self.proc, once=first)
        if chosen.holders:
            self.use(chosen.tasks, chosen.holders)
        else:
            self.tasks.name = chosen.tasks.name  # it says why not
        self._chosen = not first or bool(chosen.holders)

    def _read_details(self, scope: Scope, findings: Findings) -> None:
        known, self._known = self._known, {}
        everything = scope.details is Wanted.ALL
        ticks = os.sysconf("SC_CLK_TCK")
        young = (time.clock_gettime(time.CLOCK_BOOTTIME) - YOUNG) * ticks
        for pid, task in findings.processes.items():
            before = known.get(pid)
            scans = 0
            if before is not None and before.starttime == task.starttime:
                scans = before.scans + 1
                fresh = before.in_full or not everything
                old = task.starttime < young and (scans + pid) % SLICE
                if fresh and old and pid not in scope.details_of:
                    self._known[pid] = _Known(task.starttime, before.details, scans, before.in_full)
                    findings.details[pid] = before.details
                    continue
            in_full = everything or pid in scope.details_of
            details = read_details(self.proc, pid) if in_full else self._command_and_cgroup(task)
            self._known[pid] = _Known(task.starttime, details, scans, in_full)
            findings.details[pid] = details

    def _command_and_cgroup(self, task: Task) -> Details:
        problems: dict[str, str] = {}
        cmdline: tuple[str, ...] | None = None
        cgroup: str | None = None
        try:
            # A kernel thread has no memory that could hold a command line.
            cmdline = () if task.kernel else parse_cmdline(self.proc.read_record(task.pid, "cmdline", LIMIT))
        except OSError as error:
            problems["cmdline"] = error_name(error)
        try:
            cgroup = main_path(parse_cgroup(self.proc.read_record(task.pid, "cgroup")))
        except OSError as error:
            problems["cgroup"] = error_name(error)
        return Details(cmdline=cmdline, cgroup=cgroup, problems=problems)
