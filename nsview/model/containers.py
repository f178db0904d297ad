"""Containers, as names and a snapshot together tell of them, and the one that a person means by a word."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from nsview.model import places
from nsview.model.kind import Kind
from nsview.model.name import NO_NAMES, SYSTEMD, ContainerId, Name, merged, whose
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot


class State(StrEnum):
    """Whose one of a container's namespaces is."""

    OWN = "own"
    SHARED = "shared"
    """With another container, or with processes that are in none."""
    HOST = "host"
    UNKNOWN = "unknown"
    """Its link may not be read."""


class Place(NamedTuple):
    ns: Namespace | None
    state: State


class Container(NamedTuple):
    name: Name
    init: Task
    """Its first process, as we see it."""
    pids: tuple[int, ...]
    kinds: Mapping[Kind, Place]
    """Where its first process is."""


class Sharers(NamedTuple):
    """Who else is in one of a container's namespaces."""

    names: tuple[Name, ...]
    """Of other containers."""
    others: int
    """Processes that are in none."""


def containers(snapshot: Snapshot) -> list[Container]:
    """Those of a snapshot with names, by engine, pod and name.

    A unit of systemd is one only if it is known to have a namespace of its own.
    """
    found = []
    for identity in (snapshot.names or NO_NAMES).containers():
        container = find(snapshot, identity)
        if container is None:
            continue
        states = {place.state for place in container.kinds.values()}
        if container.name.engine != SYSTEMD or states & {State.OWN, State.SHARED}:
            found.append(container)
    return sorted(
        found, key=lambda one: (one.name.engine, one.name.pod, one.name.name, one.name.root, one.init.pid)
    )


def find(snapshot: Snapshot, identity: ContainerId) -> Container | None:
    """A container as it is at this moment; None if no process of it is left, or there never was one."""
    names = snapshot.names or NO_NAMES
    processes = names.containers().get(identity, ())
    tasks = [task for task in map(snapshot.process, processes) if task is not None]
    if not tasks:
        return None
    pids = tuple(sorted(task.pid for task in tasks))
    members = frozenset(pids)
    init = _first(tasks, members, {names.processes[task.id].init for task in tasks})
    kinds = {kind: _place(snapshot, init, kind, members) for kind in snapshot.kinds}
    return Container(names.processes[init.id], init, pids, kinds)


def _first(tasks: list[Task], members: frozenset[int], told: set[int]) -> Task:
    """The one that a file of the engine tells; else the oldest that none of the others has started."""
    return min(
        tasks,
        # A process that has ended and is not yet waited for is nowhere any more.
        key=lambda task: (task.zombie, task.pid not in told, task.ppid in members, task.starttime, task.pid),
    )


def _place(snapshot: Snapshot, init: Task, kind: Kind, members: frozenset[int]) -> Place:
    ns = snapshot.namespace_of(init, kind)
    if ns is None:
        return Place(None, State.UNKNOWN)
    if ns.host:
        return Place(ns, State.HOST)
    alone = members.issuperset(ns.processes) or not _others(snapshot, ns, members)
    return Place(ns, State.OWN if alone else State.SHARED)


def _others(snapshot: Snapshot, ns: Namespace, members: frozenset[int]) -> list[Task]:
    """The living members of a namespace that are not these."""
    processes = snapshot.processes
    return [processes[pid] for pid in ns.processes if pid not in members and not processes[pid].zombie]


def sharers(snapshot: Snapshot, container: Container, ns: Namespace) -> Sharers:
    """Who is in one of its namespaces beside it."""
    names = (snapshot.names or NO_NAMES).processes
    others = [names.get(task.id) for task in _others(snapshot, ns, frozenset(container.pids))]
    found = merged(name for name in others if name is not None)
    return Sharers(found, others.count(None))


def where(snapshot: Snapshot, name: Name) -> str:
    """In whose root directory an engine's files were found: `in docker outer`, `seen from pid 812 (conmon)`.

    "" if it was ours.
    """
    if name.root == "/":
        return ""
    pid = name.root.rpartition("/")[0].rpartition("/")[2]
    task = snapshot.processes.get(int(pid)) if pid.isdecimal() else None
    if task is None:
        return f"below {name.root}"
    around = (snapshot.names or NO_NAMES).processes.get(task.id)
    return f"seen from {places.process(snapshot, task.pid)}" if around is None else f"in {whose((around,))}"


class Ambiguous(LookupError):
    """Several containers may be meant; the message lists them."""


def called(snapshot: Snapshot, text: str) -> Container | None:
    """The container that is meant by its name, by pod and name, by `engine:name`, or by its id's beginning.

    None if none is; Ambiguous if several are, and none by its full name alone.
    """
    all_of_them = containers(snapshot)
    engine, colon, rest = text.partition(":")
    matching = [one for one in all_of_them if one.name.called(text)]
    if colon and not matching:
        matching = [one for one in all_of_them if one.name.engine == engine and one.name.called(rest)]
    for exact in (
        [one for one in matching if one.name.full == text],
        [one for one in matching if one.name.name == text],
    ):
        if len(exact) == 1:
            return exact[0]
    if len(matching) > 1:
        listed = ", ".join(f"{one.name.engine}:{one.name.full} (pid {one.init.pid})" for one in matching)
        raise Ambiguous(f"'{text}' may be any of {listed}: name one by its pid, or with engine and pod")
    return matching[0] if matching else None
