"""Runs the sources and freezes what they found into a snapshot."""

import gc
import time
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from nsview.discovery import (
    bind_mounts,
    commands,
    for_children,
    sockets,
)
from nsview.discovery.completeness import Completeness
from nsview.discovery.descriptors import Descriptors
from nsview.discovery.findings import Findings, Pin
from nsview.discovery.freeze import Freezer
from nsview.discovery.hierarchy import Hierarchy
from nsview.discovery.identity import Identities
from nsview.discovery.inference import Inference
from nsview.discovery.members import Members, shown
from nsview.discovery.mount_namespaces import MountNamespaces
from nsview.discovery.source import ALL_KINDS, MOUNTS, SLOW, TICK, Context, Source, TaskSource
from nsview.discovery.tasks import SLICE, ProcfsTasks
from nsview.discovery.turns import Turns
from nsview.kernel.accounts import UserNames
from nsview.kernel.procfs import Procfs
from nsview.model.holder import How
from nsview.model.kind import Kind
from nsview.model.snapshot import Report, Snapshot


class Wanted(Enum):
    """Of which processes the details are read."""

    NONE = "none"
    COMMANDS = "the command lines of each namespace's first and oldest member, and of holders"
    ALL_COMMANDS = "the command line of every process"
    ALL = "everything of every process"


class Scope(NamedTuple):
    """What one scan is to do."""

    dear: bool = True
    """Also the sources that cost as much as all others together: fds and sockets."""
    details: Wanted = Wanted.COMMANDS
    details_of: frozenset[int] = frozenset()
    """Processes of which all details are read in any case."""
    usage: bool = False
    """CPU time and memory of every process."""
    net_ids: bool = False
    """The netns ids of network namespaces."""
    sources: frozenset[str] | None = None
    """Names of the holder sources to run; what the others found last time is kept as far as it is still so.
    None: all of them, and no process is taken to be as it was."""


WHOLE = Scope()


class Scanner:
    """Takes snapshots, one after the other; remembers between them what makes the next one cheaper.

    Not for use by two threads at once. No file descriptor stays open between scans but what the source of
    tasks may need, none on a namespace (see `close`).
    """

    def __init__(
        self,
        proc: Procfs | None = None,
        tasks: TaskSource | None = None,
        identities: Identities | None = None,
        holders: tuple[Source, ...] = (),
    ) -> None:
        """See `use` for `holders`."""
        self.proc = proc or Procfs()
        self.tasks = tasks or ProcfsTasks()
        self.user_names = UserNames(self.proc.root)
        self._kinds = self.proc.kinds()
        self._members = Members()
        self._turns = Turns(SLICE)
        self._freezer = Freezer()
        self._last: Snapshot | None = None
        self._hierarchy = Hierarchy()
        self._mount_namespaces = MountNamespaces()
        self._inference = Inference()
        self._completeness = Completeness()
        self._identities = identities or Identities()
        descriptors = Descriptors()
        sources = (
            Source("for_children", (Kind.PID, Kind.TIME), TICK, False, for_children.collect),
            Source("fds", ALL_KINDS, SLOW, True, descriptors.collect),
            Source(
                "sockets",
                (Kind.NET,),
                SLOW,
                True,
                lambda context: sockets.collect(context, descriptors.sockets),
            ),
            Source("mounts", ALL_KINDS, MOUNTS, False, bind_mounts.collect),
        )
        self._own_sources: tuple[Source, ...] = sources
        self.use(self.tasks, holders)
        self._pins: dict[str, list[Pin]] = {}
        self._ran: dict[str, float] = {}
        self._hides = False
        self._now = 0.0
        """When the present scan began: sources that run together fall due together."""

    def use(self, tasks: TaskSource, holders: tuple[Source, ...]) -> None:
        """Ask these from now on; `holders` take the places of our own sources of the same names."""
        instead = {source.name: source for source in holders}
        self.tasks = tasks
        self.sources = tuple(instead.get(source.name, source) for source in self._own_sources)

    def close(self) -> None:
        """Close what the source of tasks keeps open."""
        self.tasks.close()

    def due(self) -> frozenset[str]:
        """The sources whose last run is longer ago than their cadence.

        Sooner, where a namespace was met of which nobody knows what holds it.
        """
        now = time.monotonic()
        longest = MOUNTS if self._completeness.unsettled else SLOW
        return frozenset(
            source.name
            for source in self.sources
            if now - self._ran.get(source.name, float("-inf")) >= min(source.cadence, longest)
        )

    def scan(self, scope: Scope = WHOLE) -> Snapshot:
        """Look at the whole machine. Raises OSError only when procfs itself cannot be listed."""
        collecting = gc.isenabled()
        gc.disable()  # tens of thousands of new tuples, none of them in a cycle
        try:
            return self._scan(scope)
        except BaseException:
            # Half of a scan is not to be taken for the last one.
            self._members, self._freezer = Members(), Freezer()
            raise
        finally:
            if collecting:
                gc.enable()

    def _scan(self, scope: Scope) -> Snapshot:
        clock = _Clock()
        self._now = time.monotonic()
        findings = Findings()
        context = Context(self.proc, self._kinds, findings, scope.sources is None, scope.details_of)
        with clock("first look"):
            self._completeness.look(context, scope.dear)
        with clock("tasks"):
            self.tasks.read(context, scope.usage)
        with clock("members"):
            self._members.collect(context)
            self._doubt(context)
        with clock("mount namespaces"):
            self._mount_namespaces.collect(context, self._hierarchy.meet, anew=self._is_due("mounts", scope))
        for source in self.sources:
            with clock(source.name):
                self._run(source, scope, context)
        with clock("hierarchy"):
            self._hierarchy.collect(context)
        whole = all(self._ran.get(source.name) == self._now for source in self.sources)
        with clock("completeness"):
            self._completeness.collect(context, self._hierarchy.meet, whole)
        self._hierarchy.finish(context)
        if scope.net_ids:
            from nsview.discovery import net_ids

            with clock("net ids"):
                findings.net_ids = net_ids.collect(context)
        with clock("inference"):
            self._inference.collect(context)
        with clock("details"):
            self._read_details(scope, findings)
        if self._ran.get("mounts") == self._now:
            self._hides = self.proc.hides()
        comparison = self._completeness.compare(findings, whole)
        report = Report(
            source=self.tasks.name,
            processes=len(findings.processes) + findings.vanished + findings.malformed,
            readable=len(findings.processes) - findings.unreadable,
            unreadable=findings.unreadable + findings.malformed,
            vanished=findings.vanished,
            elapsed=clock.total(),
            timings=clock.timings,
            complete=not (findings.unreadable or findings.left_out or findings.problems or self._hides)
            and comparison.all_explained,
            left_out=findings.left_out,
            problems=tuple(findings.problems),
            hidden=self._hides,
            comparison=comparison,
        )
        identities = self._identities.assign(findings, self._last)
        self._last = self._freezer.freeze(context, identities, self.user_names, report)
        return self._last

    def _doubt(self, context: Context) -> None:
        """Where the source of tasks cannot tell one namespace from another that has got its number, each is
        asked again who it is: all of them in a thorough scan, else in turn."""
        namespaces = context.findings.namespaces
        if not self.tasks.exact:
            inodes = namespaces.keys() if context.thorough else self._turns.next(namespaces.keys())
            for inode in inodes & namespaces.keys():
                context.findings.touched.add(inode)
                namespaces[inode].forget()

    # ---- holders

    def _run(self, source: Source, scope: Scope, context: Context) -> None:
        """One source, or what it found the last time."""
        findings = context.findings
        if source.dear and not scope.dear:
            findings.left_out[source.name] = "left out for speed"
            return
        if self._is_due(source.name, scope):
            found: Iterable[Pin] = source.collect(context)
            self._ran[source.name] = self._now
        else:
            found = (pin for pin in self._pins[source.name] if self._still(pin, findings))
        pins = self._pins[source.name] = []
        # One by one: where the next is found may depend on those before it.
        for pin in found:
            findings.add_pin(pin)
            pins.append(pin)

    def _is_due(self, source: str, scope: Scope) -> bool:
        return scope.sources is None or source in scope.sources or source not in self._ran

    def _still(self, pin: Pin, findings: Findings) -> bool:
        """Whether a holder of an earlier scan is worth keeping without a new look at everything."""
        holder = pin.holder
        if holder.how is How.MOUNT:
            return holder.mnt_ns in findings.namespaces
        tasks = (findings.processes.get(holder.pid or 0), findings.threads.get(holder.tid or 0))
        if not any(task and task.starttime == holder.starttime for task in tasks):
            return False
        return self.proc.points_to(pin.place, pin.link)

    # ---- details

    def _read_details(self, scope: Scope, findings: Findings) -> None:
        everybody = tuple(findings.processes)
        if scope.details is Wanted.COMMANDS:
            everybody = tuple(shown(findings) & findings.processes.keys())
        if scope.details in (Wanted.COMMANDS, Wanted.ALL_COMMANDS):
            for pid in everybody:
                findings.details[pid] = commands.read_command(self.proc, pid)
        in_full = everybody if scope.details is Wanted.ALL else scope.details_of & findings.processes.keys()
        if in_full:
            from nsview.discovery.details import read_details

            for pid in in_full:
                findings.details[pid] = read_details(self.proc, pid)


class _Clock:
    """Seconds per step."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._name = ""
        self._started = self._since = time.perf_counter()

    def __call__(self, name: str) -> "_Clock":
        self._name = name
        return self

    def __enter__(self) -> None:
        self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.timings[self._name] = time.perf_counter() - self._since

    def total(self) -> float:
        return time.perf_counter() - self._started
