"""A container, a pod and an engine: what they are called, what is theirs, and what they share with whom."""

from collections.abc import Iterable

from nsview.model import containers
from nsview.model.capability import KNOWN, describe
from nsview.model.containers import Container, State
from nsview.model.kind import Kind
from nsview.model.name import Name, whose
from nsview.model.namespace import Namespace
from nsview.model.places import counted, listed
from nsview.model.sections import amounts, belonging, ids, links, maps
from nsview.model.sections.maps import NO_MAPS, Maps
from nsview.model.sections.section import Row, Section
from nsview.model.snapshot import Snapshot
from nsview.model.usage import Use
from nsview.model.views.subject import ContainerSubject
from nsview.model.views.tree import ALERT, DIM
from nsview.model.views.view import INFERRED

LISTED = 500
"""Processes or containers that are told one by one."""


def summary(
    snapshot: Snapshot, container: Container, of_maps: Maps = NO_MAPS, use: Use | None = None
) -> Section:
    """`of_maps` are its user namespace's. Capabilities and seccomp need the details of its first process."""
    name, init = container.name, container.init
    rows = belonging.of_name(snapshot, name)
    rows[:1] = [Row("Container", f"{name.engine} {name.name}"), *_apart(container)]
    rows.append(links.to_task(snapshot, "First process", init))
    rows.append(Row("Processes", f"{len(container.pids):,}"))
    rows.append(Row("Running for", amounts.duration(snapshot.age(init))))
    inside = maps.told(of_maps.uid)
    rows += links.lines("User map", inside)
    details = snapshot.detail(init.pid)
    if details.capabilities is not None:
        rows.append(Row("Capabilities", describe(details.capabilities.effective, KNOWN)))
    if details.seccomp is not None:
        rows.append(Row("Seccomp", ids.seccomp(details.seccomp)))
    return Section("Summary", (*rows, *amounts.used(use)))


def _apart(container: Container) -> list[Row]:
    """Its kinds, by whose they are."""
    kinds: dict[State, list[str]] = {}
    for kind, place in container.kinds.items():
        kinds.setdefault(place.state, []).append(str(kind))
    return [
        Row(label, ", ".join(kinds[state]).upper() if state is State.HOST else ", ".join(kinds[state]), mark)
        for state, label, mark in (
            (State.HOST, "Shares with host", ALERT),
            (State.SHARED, "Shares with others", ""),
            (State.OWN, "Of its own", ""),
            (State.UNKNOWN, "Unknown", INFERRED),
        )
        if state in kinds
    ]


def shared(snapshot: Snapshot, container: Container) -> Section:
    """Kind by kind: its own, the host's, or with whom it is shared."""
    rows = []
    for kind, place in container.kinds.items():
        if place.ns is None:
            rows.append(Row(str(kind), "unknown: may not be read", INFERRED))
            continue
        told, mark = "own", ""
        if place.state is State.HOST:
            told, mark = "SHARED WITH THE HOST", ALERT
        elif place.state is State.SHARED:
            told = f"shared with {_sharers(snapshot, container, place.ns)}"
        rows.append(links.to_namespace(str(kind), place.ns, f"{told}  {place.ns.id}", mark))
    return Section("Shared", tuple(rows))


def _sharers(snapshot: Snapshot, container: Container, ns: Namespace) -> str:
    found = containers.sharers(snapshot, container, ns)
    parts = [_beside(container.name, name) for name in found.names[:LISTED]]
    if len(found.names) > LISTED:
        parts.append(f"{len(found.names) - LISTED:,} more")
    if found.others:
        parts.append(f"{counted(found.others, 'process', 'processes')} in no container")
    return listed(parts)


def _beside(mine: Name, other: Name) -> str:
    same = bool(mine.pod) and (mine.engine, mine.root, mine.pod) == (other.engine, other.root, other.pod)
    return f"{other.name} of the same pod" if same else whose((other,))


def processes(snapshot: Snapshot, container: Container) -> Section:
    tasks = [snapshot.processes[pid] for pid in container.pids[:LISTED]]
    rows = [links.to_task(snapshot, "Process", task) for task in tasks]
    if len(container.pids) > LISTED:
        rows.append(Row("", f"and {len(container.pids) - LISTED:,} more"))
    return Section("Processes", tuple(rows))


def of_mount(snapshot: Snapshot, name: Name) -> Section:
    """What a bind mount calls so: a name without processes of its own."""
    rows = [Row("Name", f"{name.engine} {name.name}"), Row("Known by", name.witness)]
    for identity, names in (snapshot.names.namespaces if snapshot.names else {}).items():
        ns = snapshot.namespaces.get(identity)
        if ns is not None and any(one.container == name.container for one in names):
            inside = counted(ns.nprocs, "process", "processes")
            rows.append(links.to_namespace("Namespace", ns, f"{ns.id}, {inside}"))
    return Section("Summary", tuple(rows))


def of_several(
    snapshot: Snapshot, first: Iterable[Row], found: list[Container], use: Use | None = None
) -> Section:
    """An engine or a pod; `first` says which."""
    rows = [*first, Row("Containers", f"{len(found):,}")]
    rows.append(Row("Processes", f"{sum(len(one.pids) for one in found):,}"))
    rows += amounts.used(use)
    rows += _by_kind(snapshot, found)
    for one in found[:LISTED]:
        image = f", image {one.name.image}" if one.name.image else ""
        subject = ContainerSubject(one.name.container)
        rows.append(Row("Container", f"{one.name.full}{image}", subject=subject))
    if len(found) > LISTED:
        rows.append(Row("", f"and {len(found) - LISTED:,} more", DIM))
    return Section("Summary", tuple(rows))


def _by_kind(snapshot: Snapshot, found: list[Container]) -> list[Row]:
    """How many of the containers share a kind with the host, and what all of them share with each other."""
    rows: list[Row] = []
    of_host: dict[Kind, int] = {}
    for kind in snapshot.kinds:
        places = [one.kinds[kind] for one in found]
        of_host[kind] = sum(place.state is State.HOST for place in places)
        alike = {place.ns.id for place in places if place.ns is not None and place.state is State.SHARED}
        if len(found) > 1 and len(alike) == 1 and all(place.state is State.SHARED for place in places):
            identity = alike.pop()
            rows.append(links.to_namespace("In common", snapshot.namespaces[identity]))
    told = [f"{kind.upper()}: {counted(count, 'container')}" for kind, count in of_host.items() if count]
    return [*rows, *links.lines("Share with host", told, ALERT)]
