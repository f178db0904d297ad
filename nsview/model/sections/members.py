"""Who is in a namespace; of a process, its threads that are elsewhere and its children."""

from nsview.model.namespace import Namespace
from nsview.model.places import counted
from nsview.model.process import Task
from nsview.model.sections import links
from nsview.model.sections.section import Row, Section
from nsview.model.snapshot import Snapshot
from nsview.model.views.tree import DIM
from nsview.model.views.view import INFERRED

LISTED = 500
"""Members that are told one by one."""


def of_namespace(snapshot: Snapshot, ns: Namespace) -> Section:
    rows = []
    processes, inferred = ns.processes[:LISTED], ns.inferred[:LISTED]
    for pid in processes:
        if pid in snapshot.processes:
            rows.append(links.to_task(snapshot, "Process", snapshot.processes[pid]))
    for pid in inferred:
        if pid in snapshot.processes:
            row = links.to_task(snapshot, "Inferred", snapshot.processes[pid])
            rows.append(row._replace(mark=INFERRED))
    for _, tid in ns.threads[:LISTED]:
        if tid in snapshot.threads:
            rows.append(links.to_task(snapshot, "Thread", snapshot.threads[tid]))
    left = ns.nprocs + len(ns.threads) - len(processes) - len(inferred) - len(ns.threads[:LISTED])
    if left:
        rows.append(Row("", f"and {left:,} more"))
    return Section("Members", tuple(rows) or (Row("", "no process and no thread is in it", DIM),))


def of_process(snapshot: Snapshot, task: Task) -> Section:
    rows = [
        links.to_task(snapshot, "Thread elsewhere", thread)
        for thread in snapshot.threads.values()
        if thread.tgid == task.tgid
    ]
    children = [child for child in snapshot.processes.values() if child.ppid == task.tgid]
    rows += [links.to_task(snapshot, "Child", child) for child in children[:LISTED]]
    if len(children) > LISTED:
        rows.append(Row("", f"and {counted(len(children) - LISTED, 'more child', 'more children')}"))
    return Section("Children", tuple(rows) or (Row("", "none, and no thread of it is elsewhere", DIM),))
