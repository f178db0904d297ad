"""Kind by kind: the host's, the parent's, or its own."""

from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.process import Task
from nsview.model.sections import links
from nsview.model.sections.section import Row, Section
from nsview.model.sharing import With, sharing
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import NamespaceSubject
from nsview.model.views.tree import ALERT
from nsview.model.views.view import INFERRED

_TOLD = {
    With.HOST: "SHARED WITH THE HOST",
    With.PARENT: "same as its parent",
    With.OWN: "own",
    With.UNKNOWN: "unknown: may not be read",
}
_MARKS = {With.HOST: ALERT, With.UNKNOWN: INFERRED}


def of_process(snapshot: Snapshot, task: Task) -> Section:
    rows = []
    for kind, (shared, ns) in sharing(snapshot, task).items():
        told, mark = _TOLD[shared], _MARKS.get(shared, "")
        if ns is None:
            told = "none: it has ended" if task.zombie else told
            rows.append(Row(str(kind), told, mark))
        else:
            rows.append(links.to_namespace(str(kind), ns, f"{told}  {ns.id}", mark))
    return Section("Shared", tuple(rows))


def of_namespace(snapshot: Snapshot, ns: Namespace) -> Section:
    """Where its members are in the other kinds: whether it is a world of its own or shares the host's."""
    places: dict[Kind, dict[NamespaceId, int]] = {kind: {} for kind in snapshot.kinds if kind is not ns.kind}
    tasks = [snapshot.processes[pid] for pid in (*ns.processes, *ns.inferred) if pid in snapshot.processes]
    tasks += [snapshot.threads[tid] for _, tid in ns.threads if tid in snapshot.threads]
    for links_of, count in _by_links(tasks).items():
        for kind, found in places.items():
            there = snapshot.namespace_of(links_of, kind)
            if there is not None:
                found[there.id] = found.get(there.id, 0) + count
    rows = [_row(snapshot, kind, found) for kind, found in places.items() if tasks]
    return Section("Shared", tuple(rows) or (Row("", "no process is in it"),))


def _by_links(tasks: list[Task]) -> dict[Task, int]:
    """One task for each set of links, of which there are few, and how many have it."""
    first: dict[object, Task] = {}
    counts: dict[Task, int] = {}
    for task in tasks:
        # An unreadable task may be inferred to be anywhere: it stands for itself alone.
        one = task if min(task.links[:8]) < 0 else first.setdefault(task.links, task)
        counts[one] = counts.get(one, 0) + 1
    return counts


def _row(snapshot: Snapshot, kind: Kind, found: dict[NamespaceId, int]) -> Row:
    if not found:
        return Row(str(kind), "unknown: may not be read", INFERRED)
    host = sum(count for place, count in found.items() if snapshot.namespaces[place].host)
    if len(found) == 1:
        place = next(iter(found))
        told = f"all SHARED WITH THE HOST  {place}" if host else f"all in {place}"
        return Row(str(kind), told, ALERT if host else "", NamespaceSubject(place))
    told = f"in {len(found)} namespaces"
    return Row(str(kind), f"{told}, {host} SHARED WITH THE HOST" if host else told, ALERT if host else "")
