"""What can be copied of a row."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from nsview.actions.enter import NoPlan, plan_enter
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.record import command
from nsview.model.snapshot import Snapshot
from nsview.model.views.moment import Moment
from nsview.model.views.subject import (
    ChangeSubject,
    GroupSubject,
    MembersSubject,
    NamespaceSubject,
    Subject,
    TaskSubject,
)


class Copyable(NamedTuple):
    key: str
    label: str
    text: str
    """Raw: what is copied is what the kernel said."""


def target(snapshot: Snapshot, subject: Subject | None) -> Task | Namespace | None:
    """The process, thread or namespace that a row stands for."""
    match subject:
        case NamespaceSubject(identity) | MembersSubject(identity):
            return snapshot.namespaces.get(identity)
        case TaskSubject(process, tid):
            leader = snapshot.process(process)
            return leader if tid is None or leader is None else snapshot.threads.get(tid)
    return None


def enter_line(snapshot: Snapshot, found: Task | Namespace) -> tuple[str | None, str]:
    """The equal nsenter(1) line, or None and why there is none.

    It looks at the machine, so it is not for the event loop.
    """
    try:
        plan = plan_enter(found, snapshot=snapshot)
    except (NoPlan, OSError) as error:
        return None, str(error)
    if not plan.joins:
        return None, "every namespace of it is our own already: there is nothing to enter"
    return plan.equivalent, plan.no_equivalent


def copyables(moment: Moment, subject: Subject | None, row: str) -> list[Copyable]:
    """All but the nsenter line, which has to be planned."""
    return [*_of(moment, subject), Copyable("r", "the row", row)]


def _of(moment: Moment, subject: Subject | None) -> Iterator[Copyable]:
    snapshot = moment.snapshot
    match subject:
        case TaskSubject(process, tid):
            found = target(snapshot, subject)
            yield Copyable("p", "pid" if tid is None else "tid", str(tid or process.pid))
            if isinstance(found, Task):
                yield Copyable("f", "its namespaces' files", found.links_path)
                yield Copyable("c", "command line", command(found, snapshot.detail(found.tgid)))
                yield Copyable("j", "JSON", _json(_process(snapshot, found)))
        case NamespaceSubject(identity) | MembersSubject(identity):
            ns = snapshot.namespaces.get(identity)
            yield Copyable("i", "inode", str(identity.inode))
            if ns is not None:
                if ns.first is not None:
                    yield Copyable("p", "pid", str(ns.first))
                from nsview.model.record import NamespaceRecord

                path = NamespaceRecord(snapshot, ns).path()
                if path is not None:
                    yield Copyable("f", "file", path)
                yield Copyable("j", "JSON", _json(_namespace(snapshot, ns)))
        case GroupSubject(group):
            yield Copyable("c", "control group", group.path)
        case ChangeSubject(entry):
            if entry.pid is not None:
                yield Copyable("p", "pid", str(entry.pid))
            yield Copyable("i", "inode", str(entry.namespaces[0].inode))


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, indent=2)


def _process(snapshot: Snapshot, task: Task) -> dict[str, object]:
    found = {kind: snapshot.namespace_of(task, kind) for kind in snapshot.kinds}
    return {
        "pid": task.tgid,
        "tid": task.pid,
        "ppid": task.ppid,
        "uid": task.uid,
        "user": snapshot.user_name(task.uid),
        "comm": task.comm,
        "command": command(task, snapshot.detail(task.tgid)),
        "cgroup": snapshot.detail(task.tgid).cgroup,
        "namespaces": {str(kind): None if ns is None else ns.inode for kind, ns in found.items()},
    }


def _namespace(snapshot: Snapshot, ns: Namespace) -> dict[str, object]:
    return {
        "ns": ns.inode,
        "type": str(ns.kind),
        "id": ns.kernel_id,
        "host": ns.host,
        "certainty": str(ns.certainty),
        "nprocs": ns.nprocs,
        "processes": list(ns.processes),
        "owner": str(ns.owner) if ns.owner is not None else None,
        "parent": str(ns.parent) if ns.parent is not None else None,
        "held": {str(how): count for how, count in snapshot.holder_counts(ns).items()},
    }
