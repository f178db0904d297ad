"""A process or thread by named fields, as NamespaceRecord is a namespace."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from nsview.model.capability import names
from nsview.model.certainty import Certainty
from nsview.model.kind import KINDS, Links
from nsview.model.name import Name, texts
from nsview.model.namespace import Namespace
from nsview.model.process import Details, Task
from nsview.model.record import Value, command
from nsview.model.snapshot import Snapshot
from nsview.model.usage import Uses

Places: TypeAlias = dict[Links, tuple[Namespace, ...]]


class TaskRecord:
    """What a filter looks through of a task. `details` and `name` are the snapshot's unless others are given.

    `places` remembers, where many tasks are asked, the namespaces by sets of links, of which there are few.
    """

    __slots__ = ("_name", "_places", "details", "snapshot", "task", "uses")

    def __init__(
        self,
        snapshot: Snapshot,
        task: Task,
        uses: Uses | None = None,
        details: Details | None = None,
        places: Places | None = None,
        name: Name | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.task = task
        self.uses = uses
        self.details = snapshot.detail(task.tgid) if details is None else details
        self._places = places
        self._name = name

    def field(self, name: str) -> Value:
        """The value of a field of query_fields.FIELDS; None if tasks have none of that name."""
        get = _FIELDS.get(name)
        return None if get is None else get(self)

    def words(self) -> Iterable[str]:
        task = self.task
        yield str(task.pid)
        yield task.comm
        if self.details.cmdline:
            yield command(task, self.details)
        yield self.snapshot.user_name(task.uid)
        name = self.name()
        if name is not None:
            yield name.full

    def namespaces(self) -> tuple[Namespace, ...]:
        """Where it is, as far as that is known."""
        task, places = self.task, self._places
        if places is None or task.tgid in self.snapshot.inferred:
            return self._namespaces()
        known = places.get(task.links)
        if known is None:
            known = places[task.links] = self._namespaces()
        return known

    def _namespaces(self) -> tuple[Namespace, ...]:
        found = (self.snapshot.namespace_of(self.task, kind) for kind in KINDS)
        return tuple(ns for ns in found if ns is not None)

    def named(self, what: str) -> tuple[str, ...]:
        """A field of its name; () without one."""
        name = self.name()
        return () if name is None else texts(what, (name,))

    def name(self) -> Name | None:
        """Of the container, sandbox or unit that it is in."""
        task, names = self.task, self.snapshot.names
        if self._name is not None or names is None:
            return self._name
        return names.of_task(task if task.pid == task.tgid else self.snapshot.processes.get(task.tgid, task))

    def is_host(self) -> bool:
        """Whether it is in the host's namespaces alone, as far as that is known."""
        return all(ns.host for ns in self.namespaces())


def _capabilities(record: TaskRecord) -> Value:
    sets = record.details.capabilities
    return names(sets.effective) if sets is not None else None


def _cpu(record: TaskRecord) -> Value:
    return None if record.uses is None else record.uses.cpu(record.task.tgid)


def _memory(record: TaskRecord) -> Value:
    return None if record.uses is None else record.uses.memory(record.task.tgid)


_FIELDS: dict[str, Callable[[TaskRecord], Value]] = {
    # Of a task by itself: the kinds in which it is not where the host is.
    "kind": lambda record: tuple(str(ns.kind) for ns in record.namespaces() if not ns.host),
    "ns": lambda record: tuple(ns.inode for ns in record.namespaces()),
    "id": lambda record: tuple(ns.kernel_id for ns in record.namespaces() if ns.kernel_id is not None),
    "path": lambda record: tuple(f"{record.task.links_path}/{ns.kind}" for ns in record.namespaces()),
    "host": TaskRecord.is_host,
    "threads": lambda record: record.task.threads,
    "pid": lambda record: record.task.tgid,
    "tid": lambda record: record.task.pid,
    "ppid": lambda record: record.task.ppid,
    "uid": lambda record: record.task.uid,
    "user": lambda record: record.snapshot.user_name(record.task.uid),
    "state": lambda record: record.task.state,
    "comm": lambda record: record.task.comm,
    "command": lambda record: command(record.task, record.details),
    "cgroup": lambda record: record.details.cgroup,
    "cap": _capabilities,
    "cpu": _cpu,
    "mem": _memory,
    "age": lambda record: record.snapshot.age(record.task),
    "certainty": lambda record: str(record.task.certainty),
    "inferred": lambda record: record.task.tgid in record.snapshot.inferred,
    "unreadable": lambda record: record.task.certainty is Certainty.UNREADABLE,
    "zombie": lambda record: record.task.zombie,
    "kernel": lambda record: record.task.kernel,
    "name": lambda record: record.named("name"),
    "container": lambda record: record.named("container"),
    "engine": lambda record: record.named("engine"),
    "image": lambda record: record.named("image"),
    "pod": lambda record: record.named("pod"),
    "unit": lambda record: record.named("unit"),
}
