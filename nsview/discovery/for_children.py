"""Namespaces that a task has prepared for its next child and that nobody has entered yet.

unshare(CLONE_NEWPID) and (CLONE_NEWTIME) leave the caller where it is; its next child starts in the new
namespace (pid_namespaces(7), time_namespaces(7)).
"""

from collections.abc import Iterator

from nsview.discovery.findings import Pin
from nsview.discovery.source import Context
from nsview.model.holder import Holder, How
from nsview.model.kind import FOR_CHILDREN, LINK_NAMES, POSITION, Kind
from nsview.model.process import Task


def collect(context: Context) -> Iterator[Pin]:
    """Links for children that lead elsewhere than where the task itself is."""
    findings = context.findings
    prepared = [
        (pid, place, kind)
        for links, pids in findings.groups.items()
        for kind, place in FOR_CHILDREN.items()
        if links[place] > 0 and links[place] != links[POSITION[kind]]
        for pid in pids
    ]
    for pid, place, kind in sorted(prepared):
        yield _pin(context, findings.processes[pid], kind, place)
    for thread in findings.threads.values():
        for kind, place in FOR_CHILDREN.items():
            if thread.links[place] > 0 and thread.links[place] != thread.links[POSITION[kind]]:
                yield _pin(context, thread, kind, place)


def _pin(context: Context, task: Task, kind: Kind, place: int) -> Pin:
    inode = task.links[place]
    inside = f"task/{task.pid}/" if task.is_thread else ""
    path = context.proc.path(task.tgid, f"{inside}ns/{LINK_NAMES[place]}")
    tid = task.pid if task.is_thread else None
    holder = Holder(How.FOR_CHILDREN, task.tgid, task.starttime, tid=tid, path=path)
    return Pin(kind, inode, holder, path, f"{kind}:[{inode}]")
