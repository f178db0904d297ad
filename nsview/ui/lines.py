"""What can be copied of a row."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from nsview.actions.enter import NoPlan, plan_enter
from nsview.model.containers import find
from nsview.model.name import ContainerId, Name
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.record import command
from nsview.model.snapshot import Snapshot
from nsview.model.views.moment import Moment
from nsview.model.views.subject import (
    ChangeSubject,
    ContainerSubject,
    EngineSubject,
    GroupSubject,
    MembersSubject,
    NamespaceSubject,
    PodSubject,
    Subject,
    TaskSubject,
)


class Copyable(NamedTuple):
    key: str
    label: str
    text: str
    """Raw: what is copied is what the kernel said."""


def target(snapshot: Snapshot, subject: Subject | None) -> Task | Namespace | None:
    """The process, thread or namespace that a row stands for: of a container its first process."""
    match subject:
        case NamespaceSubject(identity) | MembersSubject(identity):
            return snapshot.namespaces.get(identity)
        case TaskSubject(process, tid):
            leader = snapshot.process(process)
            return leader if tid is None or leader is None else snapshot.threads.get(tid)
        case ContainerSubject(container):
            found = find(snapshot, container)
            return None if found is None or found.init.zombie else found.init
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
                yield from _called(moment.name(found))
                yield Copyable("f", "its namespaces' files", found.links_path)
                yield Copyable("c", "command line", command(found, snapshot.detail(found.tgid)))
                yield Copyable("j", "JSON", _json(_process(snapshot, found)))
        case NamespaceSubject(identity) | MembersSubject(identity):
            ns = snapshot.namespaces.get(identity)
            yield Copyable("i", "inode", str(identity.inode))
            for name in moment.names(identity)[:1]:
                yield from _called(name)
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
        case ContainerSubject(container):
            yield from _called(moment.called(container))
            found = target(snapshot, subject)
            if isinstance(found, Task):
                yield Copyable("p", "pid of its first process", str(found.pid))
                yield Copyable("f", "its namespaces' files", found.links_path)
                yield Copyable("c", "command line", command(found, snapshot.detail(found.tgid)))
                yield Copyable("j", "JSON", _json(_container(snapshot, container)))
        case EngineSubject(engine):
            yield Copyable("w", "name", engine)
        case PodSubject(_, _, pod):
            yield Copyable("w", "name", pod)
        case ChangeSubject(entry):
            if entry.pid is not None:
                yield Copyable("p", "pid", str(entry.pid))
            yield Copyable("i", "inode", str(entry.namespaces[0].inode))


def _called(name: Name | None) -> Iterator[Copyable]:
    """What it is called, and by what id."""
    if name is not None:
        yield Copyable("w", "name", name.name)
        if name.id and name.id != name.name:
            yield Copyable("d", "container id", name.id)
        if name.image:
            yield Copyable("g", "image", name.image)


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, indent=2)


def _process(snapshot: Snapshot, task: Task) -> dict[str, object]:
    found = {kind: snapshot.namespace_of(task, kind) for kind in snapshot.kinds}
    process = snapshot.processes.get(task.tgid, task)
    name = None if snapshot.names is None else snapshot.names.of_task(process)
    return {
        "pid": task.tgid,
        "tid": task.pid,
        "ppid": task.ppid,
        "uid": task.uid,
        "user": snapshot.user_name(task.uid),
        "comm": task.comm,
        "command": command(task, snapshot.detail(task.tgid)),
        "cgroup": snapshot.detail(task.tgid).cgroup,
        "container": None if name is None else name.facts,
        "namespaces": {str(kind): None if ns is None else ns.inode for kind, ns in found.items()},
    }


def _container(snapshot: Snapshot, identity: ContainerId) -> dict[str, object]:
    found = find(snapshot, identity)
    assert found is not None
    return {
        **found.name.facts,
        "pid": found.init.pid,
        "pids": list(found.pids),
        "kinds": {
            str(kind): {"ns": None if place.ns is None else place.ns.inode, "state": str(place.state)}
            for kind, place in found.kinds.items()
        },
    }


def _namespace(snapshot: Snapshot, ns: Namespace) -> dict[str, object]:
    names = snapshot.names
    return {
        "ns": ns.inode,
        "type": str(ns.kind),
        "id": ns.kernel_id,
        "host": ns.host,
        "certainty": str(ns.certainty),
        "names": [] if names is None else [name.facts for name in names.of_namespace(ns.id)],
        "nprocs": ns.nprocs,
        "processes": list(ns.processes),
        "owner": str(ns.owner) if ns.owner is not None else None,
        "parent": str(ns.parent) if ns.parent is not None else None,
        "held": {str(how): count for how, count in snapshot.holder_counts(ns).items()},
    }
