"""Rows that name a namespace, a process or a user, and can be gone to."""

from collections.abc import Iterable

from nsview.model import places
from nsview.model.namespace import Namespace, NamespaceId, Relation, Unseen
from nsview.model.process import Task
from nsview.model.record import command
from nsview.model.sections.section import Row
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import NamespaceSubject, TaskSubject


def named(snapshot: Snapshot, identity: NamespaceId) -> str:
    """`net:[4026531840] (host)`."""
    ns = snapshot.namespaces.get(identity)
    return f"{identity} (host)" if ns is not None and ns.host else str(identity)


def to_relation(snapshot: Snapshot, label: str, relation: Relation, none: str) -> Row:
    """An owner or parent. `none` says what it means that there is none."""
    if isinstance(relation, NamespaceId):
        return Row(label, named(snapshot, relation), subject=NamespaceSubject(relation))
    if relation is Unseen.INVISIBLE:
        return Row(label, "not visible to us: it is above our own, or out of our reach")
    return Row(label, none if relation is None else "unknown: the namespace could not be opened to ask")


def to_namespace(label: str, ns: Namespace, value: str = "", mark: str = "") -> Row:
    return Row(label, value or str(ns.id), mark, NamespaceSubject(ns.id))


def to_task(snapshot: Snapshot, label: str, task: Task) -> Row:
    """`4711 alice nginx -g daemon off;`"""
    leader = snapshot.processes.get(task.tgid, task)
    words = command(task, snapshot.detail(task.tgid))
    subject = TaskSubject(leader.id, task.pid if task.is_thread else None)
    return Row(label, f"{task.pid} {snapshot.user_name(task.uid)} {words}", subject=subject)


def to_process(snapshot: Snapshot, label: str, pid: int) -> Row:
    task = snapshot.processes.get(pid)
    value = places.process(snapshot, pid)
    return Row(label, value) if task is None else Row(label, value, subject=TaskSubject(task.id))


def lines(label: str, values: Iterable[str], mark: str = "") -> list[Row]:
    """The label before the first alone."""
    return [Row("" if place else label, value, mark) for place, value in enumerate(values)]
