"""Containers, as names and a snapshot together tell of them, and the one that a person means by a word."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from nsview.model.kind import Kind
from nsview.model.name import NO_NAMES, Name
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


def containers(snapshot: Snapshot) -> list[Container]:
    """Those of a snapshot with names, by engine, pod and name.

    A unit of systemd is one only if it is known to have a namespace of its own.
    """
    found = []
    names = snapshot.names or NO_NAMES
    for processes in names.containers().values():
        tasks = [task for task in map(snapshot.process, processes) if task is not None]
        if not tasks:
            continue
        init = min(tasks, key=lambda task: (task.starttime, task.pid))
        pids = tuple(sorted(task.pid for task in tasks))
        kinds = {kind: _place(snapshot, init, kind, frozenset(pids)) for kind in snapshot.kinds}
        name = names.processes[init.id]
        elsewhere = any(place.state in (State.OWN, State.SHARED) for place in kinds.values())
        if elsewhere or name.engine != "systemd":
            found.append(Container(name, init, pids, kinds))
    return sorted(
        found, key=lambda one: (one.name.engine, one.name.pod, one.name.name, one.name.root, one.init.pid)
    )


def _place(snapshot: Snapshot, init: Task, kind: Kind, pids: frozenset[int]) -> Place:
    ns = snapshot.namespace_of(init, kind)
    if ns is None:
        return Place(None, State.UNKNOWN)
    if ns.host:
        return Place(ns, State.HOST)
    return Place(ns, State.OWN if pids.issuperset(ns.processes) else State.SHARED)


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
