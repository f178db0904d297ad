"""What keeps a namespace alive, holder by holder, and what to end; of a process, what it keeps alive."""

from nsview.model import places
from nsview.model.certainty import Certainty
from nsview.model.explain import explain
from nsview.model.holder import Holder, How
from nsview.model.namespace import Namespace
from nsview.model.places import counted
from nsview.model.process import Task
from nsview.model.sections import links
from nsview.model.sections.section import Row, Section
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import NamespaceSubject, Subject, TaskSubject
from nsview.model.views.tree import ALERT, DIM
from nsview.model.views.view import INFERRED

LISTED = 200
"""Holders that are told one by one."""

_LABELS = {
    How.PROCESS: "Process",
    How.THREAD: "Thread",
    How.FD: "Open file",
    How.SOCKET: "Socket",
    How.MOUNT: "Bind mount",
    How.FOR_CHILDREN: "For children",
    How.CHILD: "Child",
    How.OWNED: "Owns",
}


def of_namespace(snapshot: Snapshot, ns: Namespace) -> Section:
    explanation = explain(snapshot, ns)
    rows = links.lines("It would end when", explanation.ends_when)
    rows += links.lines("Not known", explanation.dead_ends, ALERT)
    total = sum(snapshot.holder_counts(ns).values())
    holders = snapshot.holders(ns)
    for holder, _ in zip(holders, range(LISTED), strict=False):
        rows.append(_row(snapshot, holder))
    if total > LISTED:
        rows.append(Row("", f"and {counted(total - LISTED, 'more holder')}"))
    return Section("Held by", tuple(rows))


def _row(snapshot: Snapshot, holder: Holder) -> Row:
    value = places.place(snapshot, holder)
    mark = ""
    if holder.certainty is not Certainty.KNOWN:
        value += f" ({holder.certainty})"
        mark = INFERRED
    return Row(_LABELS[holder.how], value, mark, _subject(snapshot, holder))


def _subject(snapshot: Snapshot, holder: Holder) -> Subject | None:
    if holder.ns is not None:
        ns = snapshot.by_inode(holder.ns)
        return None if ns is None else NamespaceSubject(ns.id)
    if holder.pid is not None:
        task = snapshot.processes.get(holder.pid)
        return None if task is None else TaskSubject(task.id, holder.tid)
    mounted_in = None if holder.mnt_ns is None else snapshot.by_inode(holder.mnt_ns)
    return None if mounted_in is None else NamespaceSubject(mounted_in.id)


def of_process(snapshot: Snapshot, task: Task) -> Section:
    """What this process alone, or with others, holds: by being there, by open files, sockets and links."""
    rows = []
    for kind in snapshot.kinds:
        ns = snapshot.namespace_of(task, kind)
        if ns is None or ns.host:
            continue
        counts = snapshot.holder_counts(ns)
        alone = sum(counts.values()) == 1
        others = "it alone keeps it" if alone else f"{counted(sum(counts.values()) - 1, 'other holder')}"
        rows.append(links.to_namespace("Is in", ns, f"{ns.id}, {others}", ALERT if alone else ""))
    for ns in snapshot.namespaces.values():
        for pin in ns.pins:
            if pin.pid == task.tgid and (not task.is_thread or pin.tid == task.pid):
                value = f"{places.place(snapshot, pin)} → {links.named(snapshot, ns.id)}"
                rows.append(links.to_namespace(_LABELS[pin.how], ns, value))
    return Section("Holds", tuple(rows) or (Row("", "nothing but the host's namespaces", DIM),))
