"""With whom a task shares its namespaces: what sets it apart from the host and from its parent."""

from enum import StrEnum
from typing import NamedTuple

from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot


class With(StrEnum):
    HOST = "host"
    """It is where the host is."""
    PARENT = "parent"
    """It is where its parent is, and that is not the host's."""
    OWN = "own"
    """Neither."""
    UNKNOWN = "unknown"
    """Its link may not be read, or it has none."""


class Sharing(NamedTuple):
    shared: With
    namespace: Namespace | None


def sharing(snapshot: Snapshot, task: Task) -> dict[Kind, Sharing]:
    """Kind by kind; only the kinds that the kernel has."""
    above = parent(snapshot, task)
    return {kind: _shared(snapshot, task, above, kind) for kind in snapshot.kinds}


def _shared(snapshot: Snapshot, task: Task, above: Task | None, kind: Kind) -> Sharing:
    ns = snapshot.namespace_of(task, kind)
    if ns is None:
        return Sharing(With.UNKNOWN, None)
    if ns.host:
        return Sharing(With.HOST, ns)
    theirs = None if above is None else snapshot.namespace_of(above, kind)
    return Sharing(With.OWN if theirs is None or theirs.id != ns.id else With.PARENT, ns)


def parent(snapshot: Snapshot, task: Task) -> Task | None:
    """A thread's process; a process's parent, unless its number has been given to a later process."""
    if task.is_thread:
        return snapshot.processes.get(task.tgid)
    found = snapshot.processes.get(task.ppid)
    return found if found is not None and found.starttime <= task.starttime else None


def differing(snapshot: Snapshot, task: Task) -> tuple[Kind, ...]:
    """The kinds in which a task is elsewhere than its parent (a thread: than its process), as far as known.

    A process without a parent that we see is compared with the host.
    """
    above = parent(snapshot, task)
    theirs = snapshot.host.links if above is None else above.links
    if task.links == theirs:
        return ()
    found = []
    for kind in snapshot.kinds:
        ns = snapshot.namespace_of(task, kind)
        other = snapshot.by_inode(theirs.of(kind)) if above is None else snapshot.namespace_of(above, kind)
        if ns is not None and other is not None and ns.id != other.id:
            found.append(kind)
    return tuple(found)
