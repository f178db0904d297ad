"""The first things that one wants to know."""

from nsview.model.certainty import Certainty
from nsview.model.explain import explain
from nsview.model.group import Sort, group_of
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.places import counted
from nsview.model.process import Task
from nsview.model.record import NamespaceRecord, command
from nsview.model.sections import amounts, belonging, links
from nsview.model.sections.section import Row, Section
from nsview.model.sharing import With, differing, parent, sharing
from nsview.model.snapshot import Snapshot
from nsview.model.usage import Use
from nsview.model.views.tree import DIM
from nsview.model.views.view import INFERRED

_SHOWN = 3
"""Conditions that the summary tells; the others are in their own section."""


def of_namespace(snapshot: Snapshot, ns: Namespace, use: Use | None = None) -> Section:
    record, explanation = NamespaceRecord(snapshot, ns), explain(snapshot, ns)
    rows = [Row("Namespace", f"{ns.id}, the host's" if ns.host else str(ns.id), DIM if ns.host else "")]
    rows.append(Row("Kind", f"{ns.kind}: {ns.kind.meaning}"))
    if ns.certainty is Certainty.INFERRED:
        rows.append(Row("Certainty", "inferred: no process in it may be read", INFERRED))
    rows += links.lines("Alive because of", explanation.reasons or ("something that cannot be seen",))
    conditions = list(explanation.ends_when)
    if len(conditions) > _SHOWN:
        conditions[_SHOWN:] = [f"and {counted(len(conditions) - _SHOWN, 'more condition')} (Held by)"]
    rows += links.lines("It would end when", conditions or explanation.dead_ends[:1])
    if ns.nprocs or ns.threads:
        rows.append(Row("Processes", f"{ns.nprocs:,}, with {counted(ns.tasks, 'thread')}"))
    task = record.shown_task
    if task is not None:
        rows.append(links.to_task(snapshot, "First", task))
    rows += belonging.told(snapshot, record.names())
    rows.append(links.to_relation(snapshot, "Owner", ns.owner, "none: it is the first user namespace"))
    if ns.kind.hierarchical:
        rows.append(
            links.to_relation(snapshot, "Parent", ns.parent, f"none: it is the first {ns.kind} namespace")
        )
    creator = record.creator()
    if creator is not None:
        rows.append(Row("Made by" if ns.kind is Kind.USER else "Owner made by", creator))
    if ns.kernel_id is not None:
        rows.append(Row("Id", str(ns.kernel_id)))
    number = snapshot.net_ids.get(ns.inode)
    if number is not None:
        rows.append(Row("NETNSID", "unassigned" if number < 0 else str(number)))
    path = record.path()
    if path is not None:
        rows.append(Row("Path", path))
    return Section("Summary", (*rows, *amounts.used(use)))


def of_process(snapshot: Snapshot, task: Task, use: Use | None = None) -> Section:
    details = snapshot.detail(task.tgid)
    what = "Thread" if task.is_thread else "Process"
    rows = [Row(what, f"{task.pid} {task.comm}")]
    if task.is_thread:
        rows.append(links.to_process(snapshot, "Process", task.tgid))
    if task.kernel:
        rows.append(Row("Kernel thread", "it runs inside the kernel and cannot be entered"))
    else:
        rows.append(Row("Command", command(task, details)))
    rows.append(Row("User", snapshot.user_name(task.uid)))
    above = parent(snapshot, task)
    if above is not None and not task.is_thread:
        rows.append(links.to_process(snapshot, "Parent", above.pid))
    rows.append(Row("Running for", amounts.duration(snapshot.age(task))))
    if task.state:
        rows.append(Row("State", _STATES.get(task.state, task.state)))
    if not task.is_thread:
        rows.append(Row("Threads", f"{task.threads:,}"))
    rows += _whose(snapshot, task)
    if details.cgroup is not None:
        rows.append(Row("Control group", details.cgroup))
    rows.append(_apart(snapshot, task))
    changed = differing(snapshot, task)
    if changed:
        than = "its process" if task.is_thread else "its parent" if above is not None else "the host"
        rows.append(Row("Differs", f"from {than} in {', '.join(changed)}"))
    for name, error in details.problems.items():
        rows.append(Row("Unread", f"{name}: {error}", INFERRED))
    return Section("Summary", (*rows, *amounts.used(use)))


def _whose(snapshot: Snapshot, task: Task) -> list[Row]:
    """The container that it is in; where nobody has asked for names, as far as its control group tells."""
    if snapshot.names is None:
        group = group_of(snapshot.detail(task.tgid).cgroup)
        known = group.sort in (Sort.CONTAINER, Sort.UNIT)
        return [Row(str(group.sort).capitalize(), group.name)] if known else []
    process = snapshot.processes.get(task.tgid)
    name = snapshot.names.of_task(process) if process is not None else None
    return [] if name is None else belonging.of_name(snapshot, name)


def _apart(snapshot: Snapshot, task: Task) -> Row:
    shared = sharing(snapshot, task)
    own = [str(kind) for kind, one in shared.items() if one.shared in (With.OWN, With.PARENT)]
    unknown = [str(kind) for kind, one in shared.items() if one.shared is With.UNKNOWN]
    told = f"not the host's: {', '.join(own)}" if own else "all known ones are the host's"
    if len(unknown) == len(shared):
        return Row("Namespaces", "none of them may be read", INFERRED)
    return Row("Namespaces", f"{told}; unknown: {', '.join(unknown)}" if unknown else told)


_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "waiting for a device (uninterruptible)",
    "Z": "zombie: it has ended, and its parent has not asked how",
    "T": "stopped",
    "t": "stopped by a tracer",
    "X": "dead",
    "I": "idle",
    "P": "parked",
}
"""proc(5), /proc/PID/stat."""
