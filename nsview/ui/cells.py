"""What the rows of a view say, column by column. Every name passes through `clean` on its way here."""

import time
from collections.abc import Mapping, Sequence

from nsview.model import places
from nsview.model.changes import What
from nsview.model.group import Group, Sort
from nsview.model.holder import UNKNOWN, Holder, How
from nsview.model.kind import KINDS, UNREADABLE, Kind
from nsview.model.name import SYSTEMD, Name, whose
from nsview.model.namespace import Namespace, NamespaceId, Unseen
from nsview.model.process import Task
from nsview.model.record import command
from nsview.model.views.log import Entry
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
    TaskSubject,
)
from nsview.model.views.tree import Cell, Key, Span
from nsview.model.views.view import View, ViewName
from nsview.text import clean
from nsview.ui import container_cells
from nsview.ui.quantities import SHOWN, age, percent, size

Cells = Mapping[str, Cell]

HELD = {
    How.PROCESS: "p",
    How.THREAD: "t",
    How.FD: "fd",
    How.SOCKET: "sock",
    How.MOUNT: "m",
    How.FOR_CHILDREN: "fc",
    How.CHILD: "ch",
    How.OWNED: "own",
}
"""Sorts of holders, as short as a column needs."""


def cells_of(view: View, key: Key) -> Cells:
    """The cells of one row by column; what is absent is empty."""
    moment = view.moment
    match view.subject(key):
        case KindSubject(kind):
            return _kind(view, key, kind)
        case NamespaceSubject(identity):
            ns = moment.namespace(identity)
            return {} if ns is None else _namespace(view, ns)
        case MembersSubject(identity):
            return _members(view, identity)
        case TaskSubject(process, tid):
            task = moment.task(process, tid)
            return {} if task is None else _task(view, key, task)
        case GroupSubject(group):
            return _group(view, key, group)
        case EngineSubject(engine):
            return container_cells.engine(view, key, engine)
        case PodSubject() as pod:
            return container_cells.pod(view, key, pod)
        case ContainerSubject(container):
            return container_cells.container(view, key, container)
        case InvisibleSubject(kind, unseen):
            return _invisible(view, key, kind, unseen)
        case ChangeSubject(entry):
            return _entry(entry)


# ---- rows


def _kind(view: View, key: Key, kind: Kind) -> Cells:
    count = len(view.kids.get(key, ()))
    return {
        "name": (Span(str(kind), kind), Span(f"  {count} ns", "faint")),
        "command": Span(kind.meaning, "faint"),
    }


def _label(view: View, ns: Namespace) -> Cell:
    spans = []
    if view.arrangement.view is not ViewName.KIND:
        spans.append(Span(f"{ns.kind} ", ns.kind))
    spans.append(Span(str(ns.inode) if ns.inode else f"?{ns.id.serial}", "" if ns.host else ns.kind))
    if ns.host:
        spans.append(Span(" host"))
    elif not ns.inode:
        spans.append(Span(" inferred", "inferred"))
    return tuple(spans)


def _namespace(view: View, ns: Namespace) -> Cells:
    moment = view.moment
    snapshot = moment.snapshot
    alive = ns.id in snapshot.namespaces
    first = snapshot.processes.get(ns.first or 0) if alive else None
    if first is None and ns.threads and alive:
        first = snapshot.processes.get(ns.threads[0][0])
    oldest = snapshot.processes.get(ns.oldest or 0) if alive else None
    use = moment.uses.namespace(ns) if alive else None
    uid = first.uid if first is not None else ns.creator_uid
    names = moment.names(ns.id)
    return {
        "name": _label(view, ns),
        "nprocs": str(ns.nprocs),
        "pid": "" if first is None else str(first.pid),
        "user": clean(snapshot.user_name(uid)),
        "cpu": percent(use.cpu) if use is not None else "",
        "mem": size(use.memory) if use is not None else "",
        "threads": str(ns.tasks) if ns.tasks else "",
        "held": _held(moment, ns) if alive else "",
        "age": "" if oldest is None else age(moment.age(oldest)),
        "who": clean(whose(names)),
        "command": _after(names, _command(moment, ns, first) if alive else Span("has ended", "faint")),
    }


def _held(moment: Moment, ns: Namespace) -> str:
    counts = moment.snapshot.holder_counts(ns)
    return " ".join(f"{count}{HELD[how]}" for how, count in counts.items()) or UNKNOWN


def _after(names: Sequence[Name], text: str | Span) -> Cell:
    """Whose it is, and then the rest: `docker web · nginx: master process`."""
    if not names:
        return text
    return (Span(clean(whose(names), SHOWN), "who"), Span(" · ", "faint"), *_spans(text))


def _spans(text: str | Span) -> tuple[Span, ...]:
    return (text if isinstance(text, Span) else Span(text),)


def _command(moment: Moment, ns: Namespace, first: Task | None) -> str | Span:
    """The command of its first member; of a namespace without one, what holds it."""
    if first is not None:
        return clean(command(first, moment.snapshot.detail(first.pid)), SHOWN)
    holder: Holder | None = next(iter(ns.pins), None)
    if holder is None:
        holder = next(moment.snapshot.relatives(ns.id), None)
    if holder is None:
        return Span("alive, though nothing that can be seen holds it", "faint")
    return Span("held by " + clean(places.place(moment.snapshot, holder), SHOWN), "faint")


def _task(view: View, key: Key, task: Task) -> Cells:
    moment = view.moment
    snapshot = moment.snapshot
    details = moment.details(task.id) if not task.is_thread else snapshot.detail(task.tgid)
    alive = not moment.ended(task.id)
    name = clean(task.comm, 64)
    belongs = moment.name(task)
    text: str | Span = clean(command(task, details), SHOWN)
    if task.zombie:
        text = Span(f"{name} (ended, not yet waited for)", "faint")
    cells: dict[str, Cell] = {
        "name": f"{task.pid} {name}" if not task.is_thread else f"{task.pid} {name} (thread of {task.tgid})",
        "pid": str(task.pid),
        "user": clean(snapshot.user_name(task.uid)),
        "threads": str(task.threads) if not task.is_thread else "",
        "age": age(moment.age(task)),
        "who": "" if belongs is None else clean(whose((belongs,))),
        "command": text if belongs is None or _is_told(view, key, belongs) else _after((belongs,), text),
        "held": _differs(moment, task) if view.arrangement.view is ViewName.PROCESS else "",
    }
    if not task.is_thread and alive:
        use = moment.uses.process(task.pid)
        cells["cpu"], cells["mem"] = percent(use.cpu), size(use.memory)
    return cells


def _is_told(view: View, key: Key, name: Name) -> bool:
    """Whether the row above says already whose a process is."""
    above, moment = view.parent(key), view.moment
    told: Sequence[Name] = ()
    match None if above is None else view.subject(above):
        case NamespaceSubject(identity) | MembersSubject(identity):
            told = moment.names(identity)
        case TaskSubject(process, _):
            task = moment.task(process)
            parents = None if task is None else moment.name(task)
            told = () if parents is None else (parents,)
        case ContainerSubject(container):
            return container == name.container
        case GroupSubject(group):
            return group.sort is Sort.UNIT and name.engine == SYSTEMD
    return bool(told) and all(one.container == name.container for one in told)


def _differs(moment: Moment, task: Task) -> Cell:
    """The kinds in which a process is elsewhere than its parent, or a thread than its process."""
    above = moment.snapshot.processes.get(task.tgid if task.is_thread else task.ppid)
    if above is None or above is task:
        return ""
    if UNREADABLE in task.links[:8]:
        return Span("?", "faint")
    spans: list[Span] = []
    for kind, mine, theirs in zip(KINDS, task.links, above.links, strict=False):
        if mine > 0 and theirs > 0 and mine != theirs:
            spans.append(Span(f"{' ' if spans else ''}{kind}", kind))
    return tuple(spans)


def _members(view: View, identity: NamespaceId) -> Cells:
    ns = view.moment.namespace(identity)
    return {
        "name": Span("processes", "faint"),
        "nprocs": "" if ns is None else str(ns.nprocs),
    }


_GROUPS = {
    Sort.UNKNOWN: "not readable where these belong",
    Sort.HELD: "in no process, held by none",
}


def _group(view: View, key: Key, group: Group) -> Cells:
    pids = view.pids(key)
    moment = view.moment
    use = moment.uses.of(pids)
    first = moment.snapshot.processes.get(pids[0]) if pids else None
    style = "container" if group.sort is Sort.CONTAINER else ""
    name: Cell = Span(clean(group.name, 256), style) if group.name else Span(_GROUPS[group.sort], "faint")
    return {
        "name": name,
        "nprocs": str(len(pids)),
        "pid": "" if first is None else str(first.pid),
        "user": "" if first is None else clean(moment.snapshot.user_name(first.uid)),
        "cpu": percent(use.cpu),
        "mem": size(use.memory),
        "threads": str(
            sum(moment.snapshot.processes[pid].threads for pid in pids if pid in moment.snapshot.processes)
        )
        if pids
        else "",
        "command": Span(clean(group.path, SHOWN), "faint"),
    }


def _invisible(view: View, key: Key, kind: Kind, unseen: Unseen) -> Cells:
    why = {
        Unseen.INVISIBLE: "above our own, or out of reach: the kernel does not show it",
        Unseen.UNKNOWN: "could not be asked for: nothing leads there for us",
    }[unseen]
    return {"name": (Span(f"{kind} ", kind), Span("not visible", "inferred")), "command": Span(why, "faint")}


# ---- the log

_WORDS = {
    What.BORN: "born",
    What.DIED: "ended",
    What.ENTERED: "entered",
    What.LEFT: "left",
    What.GAINED: "gained",
    What.LOST: "lost",
}


def _entry(entry: Entry) -> Cells:
    change = entry.change
    what = _WORDS[change.what]
    if change.moved:
        what = "moved to" if change.what is What.ENTERED else "moved from"
    elif change.what is What.ENTERED:
        what = "started in"
    elif change.what is What.LEFT:
        what = "ended in"
    elif change.holder is not None:
        what = f"{what} {change.holder.how}"
    spans: list[Span] = []
    for place in entry.namespaces:
        gap = " " if spans else ""
        number = f":{place.inode}" if len(entry.namespaces) <= 2 else ""
        spans.append(Span(f"{gap}{place.kind}{number}", place.kind))
    text = clean(entry.command, SHOWN)
    if change.holder is not None and change.holder.path:
        text = clean(change.holder.path, SHOWN)
    elif change.holder is not None and change.holder.ns is not None:
        text = f"{change.holder.ns_kind}:[{change.holder.ns}]"
    style = {What.BORN: "new", What.DIED: "gone"}.get(change.what, "")
    names = () if entry.host else entry.names
    return {
        "time": time.strftime("%H:%M:%S", time.localtime(entry.time)),
        "what": Span(what, style),
        "where": tuple(spans),
        "pid": "" if entry.pid is None else str(entry.pid),
        "user": clean(entry.user),
        "who": clean(whose(names)),
        "command": _after(names, text),
    }
