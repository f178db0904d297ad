"""The tabs of the details: what there is to tell of the subject of a row."""

from collections.abc import Callable, Sequence

from nsview.discovery.on_demand import Looked
from nsview.model import containers
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.process import ProcessId, Task
from nsview.model.sections import belonging, held_by, ids, members, shared, summary
from nsview.model.sections.section import Row, Section
from nsview.model.snapshot import Snapshot
from nsview.model.views.moment import Moment
from nsview.model.views.subject import (
    ChangeSubject,
    ContainerSubject,
    EngineSubject,
    GroupSubject,
    InvisibleSubject,
    KindSubject,
    MembersSubject,
    NamespaceSubject,
    PodSubject,
    Subject,
    TaskSubject,
)
from nsview.model.views.tree import DIM
from nsview.text import clean
from nsview.ui import about_containers
from nsview.ui.looked import knowing, maps_of
from nsview.ui.quantities import age
from nsview.ui.widgets.sheet import Entry

INSIDE = "Inside"
OF_NAMESPACE = ("Summary", "Held by", "Members", INSIDE, "Ids", "Shared")
OF_PROCESS = ("Summary", "Holds", "Children", INSIDE, "Ids", "Shared", "Files")
OF_GROUP = ("Summary", INSIDE)
OF_CONTAINER = ("Summary", "Shared", "Processes", INSIDE, "Ids")
OTHERS = ("Summary",)

LONG = 4096
"""Characters of one value that are shown."""


def tabs(subject: Subject | None) -> tuple[str, ...]:
    """The titles of the tabs there are for a subject."""
    if isinstance(subject, NamespaceSubject | MembersSubject):
        return OF_NAMESPACE
    if isinstance(subject, TaskSubject):
        return OF_PROCESS
    if isinstance(subject, ContainerSubject) and not subject.container.of_mount:
        return OF_CONTAINER
    return OF_GROUP if isinstance(subject, GroupSubject) else OTHERS


def title(moment: Moment, subject: Subject | None) -> str:
    """What the details are about, clean."""
    match subject:
        case NamespaceSubject(identity) | MembersSubject(identity):
            ns = moment.namespace(identity)
            return f"{identity.kind} {identity.inode or '?'}" + (
                " · host" if ns is not None and ns.host else ""
            )
        case TaskSubject(process, tid):
            task = moment.task(process, tid)
            name = "" if task is None else clean(task.comm, 64)
            return f"{tid} {name} (thread of {process.pid})" if tid is not None else f"{process.pid} {name}"
        case GroupSubject(group):
            return clean(group.name, 64)
        case EngineSubject() | PodSubject() | ContainerSubject():
            return about_containers.title(moment, subject)
        case KindSubject(kind):
            return f"{kind} namespaces"
        case InvisibleSubject(kind):
            return f"a {kind} namespace that cannot be seen"
        case ChangeSubject(entry):
            return f"event {entry.number}"
    return ""


def entries(moment: Moment, subject: Subject | None, tab: str, looked: Looked | None) -> Sequence[Entry]:
    """The rows of one tab, clean."""
    rows = _rows(moment, subject, tab, looked)
    return [Entry(clean(row.label), clean(row.value, LONG), row.mark, row.subject) for row in rows]


def _rows(moment: Moment, subject: Subject | None, tab: str, looked: Looked | None) -> Sequence[Row]:
    snapshot = moment.snapshot
    match subject:
        case NamespaceSubject(identity) | MembersSubject(identity):
            return _namespace(moment, identity, tab, looked)
        case TaskSubject(process, tid):
            task = moment.task(process, tid)
            if task is None or snapshot.process(process) is None:
                return _ended(moment, task)
            return _task(moment, task, tab, looked)
        case GroupSubject(group):
            found = [
                task for task in snapshot.processes.values() if snapshot.detail(task.pid).cgroup == group.path
            ]
            return [
                Row("Name", group.name),
                Row("Sort", str(group.sort)),
                Row("Control group", group.path or "–"),
                Row("Processes", f"{len(found):,} directly in it"),
            ]
        case EngineSubject() | PodSubject() | ContainerSubject():
            return about_containers.rows(moment, subject, tab, looked)
        case KindSubject(kind):
            return _kind(snapshot, kind)
        case InvisibleSubject(_, unseen):
            return [
                Row("", f"The kernel was asked and did not show it: it is {unseen.value} to us."),
                Row("", "Root in the initial user namespace sees more."),
            ]
        case ChangeSubject(entry):
            import time

            change = entry.change
            return [
                Row("When", time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.time))),
                Row("What", f"{change.what}{' (it moved)' if change.moved else ''}"),
                *[Row("Namespace", str(ns), subject=NamespaceSubject(ns)) for ns in entry.namespaces],
                *_who(moment, entry.pid),
                Row("User", entry.user),
                Row("Command", entry.command),
                *belonging.told(snapshot, () if entry.host else entry.names),
                *(
                    [Row("Holder", f"{change.holder.how} {change.holder.path or ''}")]
                    if change.holder
                    else []
                ),
            ]
    return []


def _who(moment: Moment, pid: int | None) -> list[Row]:
    if pid is None:
        return []
    task = moment.snapshot.processes.get(pid)
    subject = None if task is None else TaskSubject(task.id)
    return [Row("Process", f"{pid}", subject=subject)]


def _kind(snapshot: Snapshot, kind: Kind) -> list[Row]:
    found = [ns for ns in snapshot.namespaces.values() if ns.kind is kind]
    empty = sum(1 for ns in found if not ns.nprocs)
    return [
        Row("Kind", f"{kind}: {kind.meaning}"),
        Row("Namespaces", f"{len(found):,}, {empty:,} of them without a process"),
        Row("Made with", f"CLONE_NEW{'NS' if kind is Kind.MNT else str(kind).upper()} ({kind.flag:#x})"),
        Row("Since", f"Linux {kind.since[0]}.{kind.since[1]}"),
        Row("Hierarchical", "yes: each but the first has a parent" if kind.hierarchical else "no"),
    ]


def _ended(moment: Moment, task: Task | None) -> list[Row]:
    if task is None:
        return [Row("", "It has ended.", DIM)]
    return [
        Row("", "It has ended."),
        Row("Process", f"{task.pid} {task.comm}"),
        Row("Ran for", age(moment.age(task))),
        Row("Command", " ".join(moment.details(task.id).cmdline or ())),
    ]


def _namespace(moment: Moment, identity: NamespaceId, tab: str, looked: Looked | None) -> Sequence[Row]:
    snapshot = moment.snapshot
    ns = snapshot.namespaces.get(identity)
    if ns is None:
        return [Row("", "It has ended.", DIM)]
    make: dict[str, Callable[[], Section]] = {
        "Summary": lambda: summary.of_namespace(snapshot, ns, moment.uses.namespace(ns)),
        "Held by": lambda: held_by.of_namespace(snapshot, ns),
        "Members": lambda: members.of_namespace(snapshot, ns),
        "Ids": lambda: ids.of_namespace(snapshot, ns, maps_of(looked)),
        "Shared": lambda: shared.of_namespace(snapshot, ns),
    }
    return make[tab]().rows


def _task(moment: Moment, task: Task, tab: str, looked: Looked | None) -> Sequence[Row]:
    snapshot = knowing(moment.snapshot, looked, task.tgid)
    make: dict[str, Callable[[], Section]] = {
        "Summary": lambda: summary.of_process(snapshot, task, moment.uses.process(task.pid)),
        "Holds": lambda: held_by.of_process(snapshot, task),
        "Children": lambda: members.of_process(snapshot, task),
        "Ids": lambda: ids.of_process(snapshot, task, maps_of(looked)),
        "Shared": lambda: shared.of_process(snapshot, task),
        "Files": lambda: Section("Files", tuple(_files(looked))),
    }
    return make[tab]().rows


def _files(looked: Looked | None) -> list[Row]:
    if looked is None:
        return [Row("", "is being read …", DIM)]
    files = looked.files
    rows = []
    for label, name, value in (
        ("Program", "exe", files.exe),
        ("Directory", "cwd", files.cwd),
        ("Root", "root", files.root),
    ):
        rows.append(
            Row(label, value if value is not None else f"not readable: {files.problems.get(name, '')}")
        )
    rows.append(
        Row(
            "Control group",
            looked.details.cgroup or f"not readable: {looked.details.problems.get('cgroup', '')}",
        )
    )
    if files.environment is None:
        rows.append(Row("Environment", f"not readable: {files.problems.get('environ', '')}"))
    else:
        for place, variable in enumerate(sorted(files.environment)):
            rows.append(Row("Environment" if not place else "", variable))
        if not files.environment:
            rows.append(Row("Environment", "empty", DIM))
    return rows


def process_of(moment: Moment, subject: Subject | None) -> ProcessId | None:
    """The process to look at for a subject: itself, or one that shows a namespace's id maps."""
    snapshot = moment.snapshot
    match subject:
        case TaskSubject(process):
            return process if snapshot.process(process) is not None else None
        case NamespaceSubject(identity) | MembersSubject(identity):
            ns = snapshot.namespaces.get(identity)
            if ns is not None and ns.kind is not Kind.USER:
                owner = ns.owner
                ns = snapshot.namespaces.get(owner) if isinstance(owner, NamespaceId) else None
            return _first_readable(snapshot, ns)
        case ContainerSubject(container):
            found = containers.find(snapshot, container)
            return None if found is None or found.init.zombie else found.init.id
    return None


def _first_readable(snapshot: Snapshot, ns: Namespace | None) -> ProcessId | None:
    for pid in () if ns is None else ns.processes[:8]:
        task = snapshot.processes.get(pid)
        if task is not None and not task.zombie and not task.kernel:
            return task.id
    return None
