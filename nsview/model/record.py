"""Namespaces and tasks by named fields: what columns show and filters ask for."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from nsview.model.certainty import Certainty
from nsview.model.holder import UNKNOWN, How
from nsview.model.namespace import Namespace, NamespaceId, Relation, Unseen
from nsview.model.process import Details, Task
from nsview.model.snapshot import Snapshot

if TYPE_CHECKING:  # most commands name nothing
    from nsview.model.name import Name

Value = None | bool | int | float | str | tuple[str, ...] | tuple[int, ...]


def command(task: Task, details: Details) -> str:
    """The command line as lsns(8) shows it: the arguments joined by spaces, else the comm."""
    return " ".join(details.cmdline) if details.cmdline else task.comm


def inode_or_zero(relation: Relation) -> int:
    """Number of an owner or parent as lsns(8) tells it: 0 if there is none or it may not be seen."""
    return relation.inode if isinstance(relation, NamespaceId) else 0


class NamespaceRecord:
    """One namespace of a snapshot: `value` is what a column shows, `field` what a filter looks through.

    Its names are the snapshot's unless others are given.
    """

    __slots__ = ("_names", "ns", "snapshot")

    def __init__(self, snapshot: Snapshot, ns: Namespace, names: "tuple[Name, ...] | None" = None) -> None:
        self.snapshot = snapshot
        self.ns = ns
        self._names = names

    # ---- one value each, for tables

    @property
    def shown_task(self) -> Task | None:
        """The process that stands for the namespace: the lowest member, else that of a thread in it."""
        pid = self.ns.first
        if pid is None and self.ns.threads:
            pid = self.ns.threads[0][0]
        return None if pid is None else self.snapshot.processes.get(pid)

    def value(self, column: str) -> Value:
        """What a column shows; None where there is nothing."""
        return _COLUMNS[column](self)

    def path(self) -> str | None:
        """Where it can be opened: a member's link, else a bind mount of its own or an fd."""
        task = self.shown_task
        if self.ns.processes and task is not None:
            return f"{task.links_path}/{self.ns.kind}"
        if self.ns.threads:
            thread = self.snapshot.threads[self.ns.threads[0][1]]
            return f"{thread.links_path}/{self.ns.kind}"
        pinned = [pin.path for pin in self.ns.pins if pin.path and not pin.hidden]
        return pinned[0] if pinned else None

    def mount_points(self) -> tuple[str, ...]:
        """Paths of its bind mounts, each once, in the order in which they were found."""
        return tuple(dict.fromkeys(pin.path for pin in self.ns.pins if pin.how is How.MOUNT and pin.path))

    def uid(self) -> int | None:
        """The user of the process that stands for it; without a process its creator."""
        task = self.shown_task
        return task.uid if task is not None else self.ns.creator_uid

    def user(self) -> str | None:
        uid = self.uid()
        return None if uid is None else self.snapshot.user_name(uid)

    def command(self) -> str | None:
        task = self.shown_task
        return None if task is None else command(task, self.snapshot.detail(task.pid))

    def creator(self) -> str | None:
        uid = self.ns.creator_uid
        return None if uid is None else self.snapshot.user_name(uid)

    def held(self) -> str:
        """How many holders of which sort: `3 process, 1 mount`; `unknown` where none was found."""
        counts = self.snapshot.holder_counts(self.ns)
        parts = [f"{count} {how}" for how, count in counts.items()]
        if self.ns.processes and self.ns.inferred:
            parts.append(f"{len(self.ns.inferred)} inferred")
        return ", ".join(parts) or UNKNOWN

    # ---- any of several values, for filters

    def field(self, name: str) -> Value:
        """What a filter's field is compared with: of members any, of single facts the one."""
        return _FIELDS[name](self) if name in _FIELDS else None

    def words(self) -> Iterator[str]:
        """What a bare word of a filter looks through."""
        ns = self.ns
        yield str(ns.id)
        for pin in ns.pins:
            if pin.path:
                yield pin.path
        creator = self.creator()
        if creator:
            yield creator
        yield from self.commands()
        yield from self.users()
        for name in self.names():
            yield name.full

    def tasks(self) -> Iterator[Task]:
        """Its member processes, and the threads that are in it without their process."""
        for pid in (*self.ns.processes, *self.ns.inferred):
            yield self.snapshot.processes[pid]
        for _, tid in self.ns.threads:
            yield self.snapshot.threads[tid]

    def names(self) -> "tuple[Name, ...]":
        """The containers, sandboxes or units that its members are in, and what its bind mounts call it."""
        if self._names is not None:
            return self._names
        names = self.snapshot.names
        return () if names is None else names.of_namespace(self.ns.id)

    def names_of_members(self) -> "Iterator[Name]":
        """As `names`, for every member by itself: of one container each may be in another unit."""
        names = self.snapshot.names
        for task in self.tasks() if names is not None else ():
            process = self.snapshot.processes.get(task.tgid)
            name = names.of_task(process) if names is not None and process is not None else None
            if name is not None:
                yield name

    def commands(self) -> Iterable[str]:
        return dict.fromkeys(command(task, self.snapshot.detail(task.tgid)) for task in self.tasks())

    def users(self) -> Iterable[str]:
        uids = {task.uid for task in self.tasks()}
        return [self.snapshot.user_name(uid) for uid in uids]


def _task_value(get: Callable[[Task], Value]) -> "Callable[[NamespaceRecord], Value]":
    def value(record: NamespaceRecord) -> Value:
        task = record.shown_task
        return None if task is None else get(task)

    return value


def _net_id(record: NamespaceRecord) -> Value:
    number = record.snapshot.net_ids.get(record.ns.inode)
    return None if number is None else "unassigned" if number < 0 else str(number)


def _ages(record: NamespaceRecord) -> Value:
    """Of the oldest member: how long it has been in use."""
    ages = [record.snapshot.age(task) for task in record.tasks()]
    return max(ages) if ages else None


def _details(get: Callable[[Details], Value]) -> Callable[[NamespaceRecord], Value]:
    """A detail of any member."""

    def value(record: NamespaceRecord) -> Value:
        found: dict[object, None] = {}
        for task in record.tasks():
            one = get(record.snapshot.detail(task.tgid))
            found.update(dict.fromkeys(one if isinstance(one, tuple) else (one,)))
        return tuple(str(one) for one in found if one is not None)

    return value


def _capability_names(details: Details) -> Value:
    from nsview.model.capability import names

    return names(details.capabilities.effective) if details.capabilities else None


def _named(what: str) -> Callable[[NamespaceRecord], Value]:
    """A field of its names."""

    def value(record: NamespaceRecord) -> Value:
        found = record.names()
        return () if not found else _texts(what, found)

    return value


def _name(record: NamespaceRecord) -> Value:
    from nsview.model.name import shown

    found = record.names()
    return shown(found) if found else None


def _named_column(what: str) -> Callable[[NamespaceRecord], Value]:
    """What a column shows: each text once."""

    def value(record: NamespaceRecord) -> Value:
        return ", ".join(dict.fromkeys(_texts(what, record.names()))) or None

    return value


def _texts(what: str, names: "Iterable[Name]") -> tuple[str, ...]:
    from nsview.model.name import texts

    return texts(what, names)


_COLUMNS: dict[str, Callable[[NamespaceRecord], Value]] = {
    "NS": lambda record: record.ns.inode or None,
    "TYPE": lambda record: str(record.ns.kind),
    "PATH": NamespaceRecord.path,
    "NPROCS": lambda record: record.ns.nprocs,
    "PID": _task_value(lambda task: task.pid),
    "PPID": _task_value(lambda task: task.ppid),
    "COMMAND": NamespaceRecord.command,
    "UID": NamespaceRecord.uid,
    "USER": NamespaceRecord.user,
    "NETNSID": _net_id,
    "NSFS": lambda record: record.mount_points() or None,
    "PNS": lambda record: inode_or_zero(record.ns.parent),
    "ONS": lambda record: inode_or_zero(record.ns.owner),
    "ID": lambda record: record.ns.kernel_id,
    "NTHREADS": lambda record: record.ns.tasks,
    "HELD": NamespaceRecord.held,
    "CREATOR": NamespaceRecord.creator,
    "HOST": lambda record: record.ns.host,
    "NAME": _name,
    "ENGINE": _named_column("engine"),
    "IMAGE": _named_column("image"),
    "POD": _named_column("pod"),
    "UNIT": _named_column("unit"),
}

_FIELDS: dict[str, Callable[[NamespaceRecord], Value]] = {
    "kind": _COLUMNS["TYPE"],
    "ns": _COLUMNS["NS"],
    "id": _COLUMNS["ID"],
    "procs": _COLUMNS["NPROCS"],
    "threads": _COLUMNS["NTHREADS"],
    "held": lambda record: tuple(map(str, record.snapshot.holder_counts(record.ns))) or UNKNOWN,
    "pns": _COLUMNS["PNS"],
    "ons": _COLUMNS["ONS"],
    "creator": _COLUMNS["CREATOR"],
    "netnsid": _COLUMNS["NETNSID"],
    "nsfs": NamespaceRecord.mount_points,
    "path": lambda record: tuple(
        path for path in (record.path(), *(pin.path for pin in record.ns.pins)) if path
    ),
    "pid": lambda record: tuple(task.tgid for task in record.tasks()),
    "tid": lambda record: tuple(tid for _, tid in record.ns.threads),
    "ppid": lambda record: tuple(task.ppid for task in record.tasks()),
    "uid": lambda record: tuple({task.uid for task in record.tasks()}) or record.ns.creator_uid,
    "user": lambda record: tuple(record.users()) or record.creator(),
    "state": lambda record: tuple({task.state for task in record.tasks()}),
    "comm": lambda record: tuple({task.comm for task in record.tasks()}),
    "command": lambda record: tuple(record.commands()),
    "cgroup": _details(lambda details: details.cgroup),
    "cap": _details(_capability_names),
    "age": _ages,
    "certainty": lambda record: str(record.ns.certainty),
    "host": lambda record: record.ns.host,
    "inferred": lambda record: record.ns.certainty is Certainty.INFERRED,
    "unreadable": lambda record: Unseen.UNKNOWN in (record.ns.owner, record.ns.parent),
    "zombie": lambda record: any(task.zombie for task in record.tasks()),
    "kernel": lambda record: any(task.kernel for task in record.tasks()),
    "name": _named("name"),
    "container": _named("container"),
    "engine": _named("engine"),
    "image": _named("image"),
    "pod": _named("pod"),
    "unit": lambda record: tuple(dict.fromkeys(_texts("unit", record.names_of_members()))),
}

NEEDS_COMMANDS = frozenset({"command", "words"})
"""Fields that look through the command line of every member."""
NEEDS_DETAILS = frozenset({"cgroup", "cap", "unit"})
"""Fields that need all details of every member."""
NEEDS_NAMES = frozenset({"name", "container", "engine", "image", "pod", "unit", "words"})
"""Fields that look through names, which a snapshot has only if somebody has asked for them."""
