"""What is new for a while yet, and what has ended and is still shown."""

from collections.abc import Mapping
from typing import NamedTuple

from nsview.model.difference import Difference
from nsview.model.kind import KINDS
from nsview.model.name import Name
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.process import Details, ProcessId, Task, Usage
from nsview.model.snapshot import Snapshot

TICKS = 3
"""For how many ticks something is new, or still shown after its end."""


class EndedNamespace(NamedTuple):
    """What the last snapshot that had it knew of a namespace."""

    namespace: Namespace
    tick: int
    names: tuple[Name, ...] = ()
    """Those of its members."""


class EndedTask(NamedTuple):
    """What the last snapshot that had it knew of a process."""

    task: Task
    details: Details
    usage: Usage | None
    places: tuple[NamespaceId, ...]
    """The namespaces that it was in."""
    user: str
    age: float
    """Seconds that it had run."""
    tick: int
    name: Name | None = None
    """The container or unit that it was in."""


class Lingering(NamedTuple):
    """At one tick: when what is new came, and what ended lately, with the last facts about it."""

    tick: int = 0
    new_namespaces: Mapping[NamespaceId, int] = {}
    new_processes: Mapping[ProcessId, int] = {}
    namespaces: Mapping[NamespaceId, EndedNamespace] = {}
    processes: Mapping[ProcessId, EndedTask] = {}


NOTHING = Lingering()


def lingering(
    before: Lingering, old: Snapshot, new: Snapshot, tasks: Difference, ticks: int = TICKS
) -> Lingering:
    """The next tick: what came and went between two snapshots, without what has been shown for `ticks`."""
    tick = before.tick + 1
    oldest = tick - ticks
    was, now = old.namespaces.keys(), new.namespaces.keys()
    died, born = (was - now, now - was) if old.namespaces is not new.namespaces else ((), ())
    namespaces = {
        identity: ended
        for identity, ended in before.namespaces.items()
        if ended.tick > oldest and identity not in new.namespaces
    }
    for identity in died:
        names = () if old.names is None else old.names.of_namespace(identity)
        namespaces[identity] = EndedNamespace(old.namespaces[identity], tick, names)
    processes = {
        identity: ended
        for identity, ended in before.processes.items()
        if ended.tick > oldest and new.process(identity) is None
    }
    for task in tasks.gone:
        processes[task.id] = _ended(old, task, tick)
    return Lingering(
        tick,
        {
            **{
                ns: since
                for ns, since in before.new_namespaces.items()
                if since > oldest and ns in new.namespaces
            },
            **dict.fromkeys(born, tick),
        },
        {
            **{
                process: since
                for process, since in before.new_processes.items()
                if since > oldest and new.process(process) is not None
            },
            **dict.fromkeys((task.id for task in tasks.come), tick),
        },
        namespaces,
        processes,
    )


def _ended(snapshot: Snapshot, task: Task, tick: int) -> EndedTask:
    found = (snapshot.namespace_of(task, kind) for kind in KINDS)
    return EndedTask(
        task,
        snapshot.detail(task.pid),
        snapshot.usage.get(task.pid),
        tuple(ns.id for ns in found if ns is not None),
        snapshot.user_name(task.uid),
        snapshot.age(task),
        tick,
        None if snapshot.names is None else snapshot.names.of_task(task),
    )
