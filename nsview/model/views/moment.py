"""All that is known at one tick of a live view."""

from typing import NamedTuple

from nsview.model import usage
from nsview.model.difference import difference
from nsview.model.kind import KINDS
from nsview.model.name import ContainerId, Name
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.process import Details, ProcessId, Task
from nsview.model.snapshot import Snapshot
from nsview.model.views import lingering, log
from nsview.model.views.lingering import NOTHING, TICKS, Lingering
from nsview.model.views.log import NO_LOG, Log


class Moment(NamedTuple):
    """A snapshot and what its predecessors have left behind."""

    snapshot: Snapshot
    uses: usage.Uses
    lingering: Lingering = NOTHING
    log: Log = NO_LOG

    def namespace(self, identity: NamespaceId) -> Namespace | None:
        """The namespace, also one that has ended and is still shown."""
        found = self.snapshot.namespaces.get(identity)
        if found is None and identity in self.lingering.namespaces:
            return self.lingering.namespaces[identity].namespace
        return found

    def task(self, process: ProcessId, tid: int | None = None) -> Task | None:
        """The process, or a thread of it; also a process that has ended and is still shown."""
        if tid is not None:
            thread = self.snapshot.threads.get(tid)
            return thread if thread is not None and thread.tgid == process.pid else None
        found = self.snapshot.process(process)
        if found is None and process in self.lingering.processes:
            return self.lingering.processes[process].task
        return found

    def places(self, process: ProcessId, tid: int | None = None) -> tuple[NamespaceId, ...]:
        """The namespaces that a task is in, or was in before it ended, as far as that is known."""
        if tid is None and process in self.lingering.processes:
            return self.lingering.processes[process].places
        task = self.task(process, tid)
        if task is None:
            return ()
        found = (self.snapshot.namespace_of(task, kind) for kind in KINDS)
        return tuple(ns.id for ns in found if ns is not None)

    def names(self, namespace: NamespaceId) -> tuple[Name, ...]:
        """The containers, sandboxes and units that a namespace belongs to, or did before it ended."""
        if namespace in self.lingering.namespaces:
            return self.lingering.namespaces[namespace].names
        names = self.snapshot.names
        return () if names is None else names.of_namespace(namespace)

    def name(self, task: Task) -> Name | None:
        """The container, sandbox or unit that a task is in. None for an ordinary process of the host,
        whatever its unit."""
        process = self.snapshot.processes.get(task.tgid, task) if task.is_thread else task
        ended = self.lingering.processes.get(process.id)
        if ended is not None:
            places = (self.namespace(place) for place in ended.places)
            return None if all(ns is None or ns.host for ns in places) else ended.name
        names = self.snapshot.names
        return None if names is None else names.processes.get(process.id)

    def called(self, container: ContainerId) -> Name | None:
        """What a container is called, or was before it ended."""
        names = self.snapshot.names
        name = None if names is None else names.called(container)
        if name is not None:
            return name
        left = [
            *(ended.name for ended in self.lingering.processes.values() if ended.name is not None),
            *(name for ended in self.lingering.namespaces.values() for name in ended.names),
        ]
        return next((name for name in left if name.container == container), None)

    def details(self, process: ProcessId) -> Details:
        ended = self.lingering.processes.get(process)
        return self.snapshot.detail(process.pid) if ended is None else ended.details

    def user(self, task: Task) -> str:
        """The user's name, as the host calls it."""
        return self.snapshot.user_name(task.uid)

    def age(self, task: Task) -> float:
        """Seconds since a task started; of one that has ended, how long it ran."""
        ended = self.lingering.processes.get(task.id)
        return self.snapshot.age(task) if ended is None else ended.age

    def ended(self, identity: NamespaceId | ProcessId) -> bool:
        """Whether it is no more and only shown for a while yet."""
        if isinstance(identity, NamespaceId):
            return identity in self.lingering.namespaces
        return identity in self.lingering.processes


def first(snapshot: Snapshot) -> Moment:
    """The first look: nothing is new and nothing has ended."""
    return Moment(snapshot, usage.between(None, snapshot))


def following(before: Moment, snapshot: Snapshot, ticks: int = TICKS) -> Moment:
    """The next look. `ticks`: for how many looks new things are new and ended ones are kept."""
    old = before.snapshot
    tasks = difference(old.processes, snapshot.processes)
    return Moment(
        snapshot,
        usage.between(old, snapshot, before=before.uses, tasks=tasks),
        lingering.lingering(before.lingering, old, snapshot, tasks, ticks),
        log.extended(before.log, old, snapshot, tasks=tasks),
    )
