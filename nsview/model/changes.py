"""What happened between two snapshots."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from nsview.model.certainty import Certainty
from nsview.model.difference import Difference, difference
from nsview.model.holder import Holder
from nsview.model.kind import KINDS
from nsview.model.namespace import NamespaceId
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot


class What(StrEnum):
    BORN = "born"
    """A namespace was seen for the first time."""
    DIED = "died"
    """A namespace is no longer found."""
    ENTERED = "entered"
    """A process or thread is in it now and was not, either because it moved or because it started."""
    LEFT = "left"
    GAINED = "gained"
    """A holder that is no member was added: fd, socket, mount, link for children, child, owned."""
    LOST = "lost"


class Change(NamedTuple):
    what: What
    namespace: NamespaceId
    task: Task | None = None
    """Who entered or left; for born and died the oldest member, if it has or had one."""
    holder: Holder | None = None
    moved: bool = False
    """The task lived on both sides: it changed namespaces, by setns(2) or unshare(2)."""


def changes(old: Snapshot, new: Snapshot, tasks: Difference | None = None) -> list[Change]:
    """The differences, in the order births, moves, holders, deaths.

    Processes that come or go within the host's namespaces are changes too; ask for `moved`, or look at the
    namespace, to leave out a busy machine's ordinary forks. `tasks` is the difference of the processes, if it
    is known already.
    """
    born: list[Change] = []
    died: list[Change] = []
    if new.namespaces is not old.namespaces:
        born = [Change(What.BORN, ns, _oldest(new, ns)) for ns in new.namespaces if ns not in old.namespaces]
        died = [Change(What.DIED, ns, _oldest(old, ns)) for ns in old.namespaces if ns not in new.namespaces]
    tasks = difference(old.processes, new.processes) if tasks is None else tasks
    return [*born, *_moves(old, new, tasks), *_holders(old, new), *died]


def _oldest(snapshot: Snapshot, identity: NamespaceId) -> Task | None:
    ns = snapshot.namespaces[identity]
    if ns.oldest is not None:
        return snapshot.processes.get(ns.oldest)
    return snapshot.threads.get(ns.threads[0][1]) if ns.threads else None


def _places(snapshot: Snapshot, task: Task) -> dict[str, NamespaceId]:
    """Where a task is, by kind, as identities."""
    found = ((kind, snapshot.namespace_of(task, kind)) for kind in KINDS)
    return {kind: ns.id for kind, ns in found if ns is not None}


def _moves(old: Snapshot, new: Snapshot, tasks: Difference) -> Iterator[Change]:
    reused = _reused_inodes(old, new)
    threads = difference(old.threads, new.threads)
    for found, known in ((tasks, new.processes), (threads, new.threads)):
        for was in found.gone:
            yield from (Change(What.LEFT, place, was) for place in _places(old, was).values())
        for was, now in found.changed:
            if now.links != was.links or not reused.isdisjoint(was.links):
                yield from _change(old, new, was, now)
        if reused:
            # A task that is told as it was may be elsewhere all the same.
            seen = {now.pid for now in found.come} | {now.pid for _, now in found.changed}
            for pid, now in known.items():
                if pid not in seen and not reused.isdisjoint(now.links):
                    yield from _change(old, new, now, now)
        for now in found.come:
            yield from (Change(What.ENTERED, place, now) for place in _places(new, now).values())


def _change(old: Snapshot, new: Snapshot, was: Task, now: Task) -> Iterator[Change]:
    """The same task with other links."""
    before, after = _places(old, was), _places(new, now)
    if now.zombie:
        # It loses all links but pid and user, and moves nowhere.
        yield from (Change(What.LEFT, place, now) for kind, place in before.items() if kind not in after)
    elif Certainty.UNREADABLE not in (was.certainty, now.certainty):
        yield from _move(before, after, now)


def _move(places: dict[str, NamespaceId], later: dict[str, NamespaceId], task: Task) -> Iterator[Change]:
    for kind, place in places.items():
        if later.get(kind) != place:
            yield Change(What.LEFT, place, task, moved=True)
    for kind, place in later.items():
        if places.get(kind) != place:
            yield Change(What.ENTERED, place, task, moved=True)


def _reused_inodes(old: Snapshot, new: Snapshot) -> set[int]:
    """Inode numbers that mean another namespace now: whoever kept such a link has moved all the same."""
    if new.is_related_as(old):
        return set()
    return {
        ns.inode
        for ns in new.namespaces.values()
        if (was := old.by_inode(ns.inode)) is not None and was.id != ns.id
    }


def _holders(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    if old.namespaces is new.namespaces:
        return
    alike = new.is_related_as(old)
    for identity, now in new.namespaces.items():
        was = old.namespaces.get(identity)
        if was is None or (alike and was.pins == now.pins):
            continue
        before, after = _other_holders(old, identity), _other_holders(new, identity)
        if before != after:
            were, are = frozenset(before), frozenset(after)
            yield from (Change(What.LOST, identity, holder=h) for h in before if h not in are)
            yield from (Change(What.GAINED, identity, holder=h) for h in after if h not in were)


def _other_holders(snapshot: Snapshot, identity: NamespaceId) -> tuple[Holder, ...]:
    """The holders that are no members."""
    return (*snapshot.namespaces[identity].pins, *snapshot.relatives(identity))
