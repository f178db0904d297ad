"""The log of a session: what happened to namespaces, newest last, within bounds."""

from collections.abc import Iterable
from typing import NamedTuple

from nsview.model.changes import Change, What, changes
from nsview.model.difference import Difference
from nsview.model.holder import How
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.model.namespace import NamespaceId
from nsview.model.process import Task
from nsview.model.record import command
from nsview.model.snapshot import Snapshot

KEPT = 5_000
"""Entries that are kept of a session, and as many ordinary ones."""


class Entry(NamedTuple):
    """One event: a change, and what else changed with it for the same task."""

    number: int
    """Its place in the session, from 0."""
    time: float
    """Seconds since 1970, of the snapshot that showed it first."""
    change: Change
    namespaces: tuple[NamespaceId, ...]
    """All that the task entered or left at once; `change.namespace` is the first of them."""
    user: str
    """Of the task or the holder, as it was called then; "" where there is none."""
    command: str
    uid: int | None
    host: bool
    """Only the host's own namespaces are concerned."""
    ordinary: bool
    """A process that started or ended in nothing but the host's namespaces."""
    names: tuple[Name, ...] = ()
    """What the task was in then; where there is none, whom the namespace belonged to."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(dict.fromkeys(ns.kind for ns in self.namespaces))

    @property
    def pid(self) -> int | None:
        """The process that did it, or that holds."""
        if self.change.task is not None:
            return self.change.task.tgid
        return self.change.holder.pid if self.change.holder is not None else None


class Log(NamedTuple):
    """Oldest first. What is ordinary is kept apart: a busy machine's forks must not push out the rest."""

    entries: tuple[Entry, ...] = ()
    ordinary: tuple[Entry, ...] = ()
    length: int = 0
    """Entries of the whole session, those included that are no longer kept."""


NO_LOG = Log()


def extended(
    log: Log, old: Snapshot, new: Snapshot, keep: int = KEPT, tasks: Difference | None = None
) -> Log:
    """The log with what changed from one snapshot to the next; see `changes` for `tasks`."""
    entries: list[Entry] = []
    ordinary: list[Entry] = []
    number = log.length
    for group in _together(changes(old, new, tasks)):
        entry = _entry(number, group, old, new)
        (ordinary if entry.ordinary else entries).append(entry)
        number += 1
    if number == log.length:
        return log
    return Log((*log.entries, *entries)[-keep:], (*log.ordinary, *ordinary)[-keep:], number)


def _together(found: Iterable[Change]) -> Iterable[list[Change]]:
    """A process that starts enters a namespace of every kind: that is one event."""
    groups: dict[object, list[Change]] = {}
    for change in found:
        if change.holder is not None and change.holder.how in (How.CHILD, How.OWNED):
            continue  # its birth or death is told itself: nobody's parent or owner ever changes
        if change.what in (What.ENTERED, What.LEFT) and change.task is not None:
            event: object = (change.what, change.moved, change.task.pid, change.task.starttime)
        else:
            event = change
        groups.setdefault(event, []).append(change)
    return groups.values()


def _entry(number: int, group: list[Change], old: Snapshot, new: Snapshot) -> Entry:
    change = group[0]
    now = old if change.what in (What.DIED, What.LEFT, What.LOST) else new
    task = change.task if change.holder is None else _holding(now, change.holder.pid)
    places = [now.namespaces.get(one.namespace) for one in group]
    host = all(ns is not None and ns.host for ns in places)
    return Entry(
        number,
        new.time,
        change,
        tuple(one.namespace for one in group),
        "" if task is None else now.user_name(task.uid),
        "" if task is None else command(task, now.detail(task.tgid)),
        None if task is None else task.uid,
        host,
        host and change.what in (What.ENTERED, What.LEFT) and not change.moved,
        _names(now, change, task),
    )


def _names(snapshot: Snapshot, change: Change, task: Task | None) -> tuple[Name, ...]:
    names = snapshot.names
    if names is None:
        return ()
    if task is None:
        return names.of_namespace(change.namespace)
    name = names.of_task(snapshot.processes.get(task.tgid, task))
    return () if name is None else (name,)


def _holding(snapshot: Snapshot, pid: int | None) -> Task | None:
    return None if pid is None else snapshot.processes.get(pid)
