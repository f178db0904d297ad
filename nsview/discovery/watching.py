"""Scans one after the other, of which each reads only what may have changed of a process."""

from functools import lru_cache

from nsview.discovery.choice import choose
from nsview.discovery.commands import LIMIT
from nsview.discovery.details import read_details
from nsview.discovery.findings import Findings, error_name
from nsview.discovery.in_turn import DetailsInTurn
from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.discovery.tasks import ProcfsTasks
from nsview.kernel.cgroup import main_path, parse_cgroup
from nsview.kernel.cmdline import parse_cmdline
from nsview.kernel.procfs import Procfs
from nsview.model.process import Details, Task
from nsview.model.snapshot import Snapshot


@lru_cache(1024)
def _path_of(cgroup: bytes) -> str | None:
    """Many processes are in one group."""
    return main_path(parse_cgroup(cgroup))


def procfs_at(root: str = "") -> Procfs:
    """The procfs to watch, the usual one for "". OSError where there is none that can be listed."""
    proc = Procfs(root) if root else Procfs()
    proc.pids()
    return proc


class Watcher(Scanner):
    """A scanner for a live view: it knows the command line and the control group of every process.

    `Scope.details` ALL reads everything of every process; else commands and control groups are read, once and
    then in turn. A program that changes its command line is seen late, but a process
    in `details_of` is read anew and in full at every scan.
    """

    def __init__(self, proc: Procfs | None = None, source: str = "procfs") -> None:
        """`source` is a name of choice.SOURCES; with "bpf" the first scan may raise Refused."""
        super().__init__(proc, ProcfsTasks(listens=True))
        self._source = source
        self._source_name = ""
        self._chosen = False
        self._in_turn = DetailsInTurn()

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
        findings.details = self._in_turn.read(
            findings.processes, self._read_one, scope.details_of, scope.details is Wanted.ALL
        )

    def _read_one(self, task: Task, in_full: bool) -> Details:
        return read_details(self.proc, task.pid) if in_full else self._command_and_cgroup(task)

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
            cgroup = _path_of(self.proc.read_record(task.pid, "cgroup"))
        except OSError as error:
            problems["cgroup"] = error_name(error)
        return Details(cmdline=cmdline, cgroup=cgroup, problems=problems)
