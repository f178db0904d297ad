"""The session's log as a view, newest first."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import merge

from nsview.model.name import texts
from nsview.model.query import Query
from nsview.model.record import Value
from nsview.model.snapshot import Snapshot
from nsview.model.views.log import Entry
from nsview.model.views.moment import Moment
from nsview.model.views.subject import ChangeSubject, Subject, TaskSubject
from nsview.model.views.tree import Key, Leaves
from nsview.model.views.view import Arrangement


class LogView:
    """Keys: ("log", number of the entry)."""

    kids: Mapping[Key, Sequence[Key]] = {}

    def __init__(self, moment: Moment, arrangement: Arrangement) -> None:
        self.moment = moment
        self.arrangement = arrangement
        log = moment.log
        entries: Iterable[Entry] = log.entries
        if arrangement.ordinary:
            entries = merge(log.entries, log.ordinary, key=lambda entry: entry.number)
        shown = [entry for entry in entries if _shows(arrangement, moment.snapshot, entry)]
        if not arrangement.reverse:
            shown.reverse()
        self._entries = {entry.number: entry for entry in shown}
        self.roots: Sequence[Key] = Leaves(("log",), tuple(self._entries))

    def __contains__(self, key: object, /) -> bool:
        match key:
            case ("log", number):
                return number in self._entries
        return False

    def parent(self, key: Key) -> Key | None:
        return None

    def starts_open(self, key: Key) -> bool:
        return False

    def marks(self, key: Key) -> tuple[str, ...]:
        return ()

    def subject(self, key: Key) -> ChangeSubject:
        match key:
            case ("log", int() as number):
                return ChangeSubject(self._entries[number])
        raise KeyError(key)

    def find(self, subject: Subject) -> Key | None:
        """The row of an entry; of a process the last one that tells of it."""
        if isinstance(subject, ChangeSubject):
            return ("log", subject.entry.number) if subject.entry.number in self._entries else None
        if isinstance(subject, TaskSubject):
            for number, entry in self._entries.items():
                task = entry.change.task
                if task is not None and task.id == subject.process:
                    return ("log", number)
        return None

    def pids(self, key: Key) -> Sequence[int]:
        pid = self.subject(key).entry.pid
        return (pid,) if pid is not None and pid in self.moment.snapshot.processes else ()


def _shows(arrangement: Arrangement, snapshot: Snapshot, entry: Entry) -> bool:
    if arrangement.kinds and not set(arrangement.kinds).intersection(entry.kinds):
        return False
    if arrangement.pid is not None and entry.pid != arrangement.pid:
        return False
    if arrangement.user is not None and entry.uid != arrangement.user:
        return False
    if arrangement.hide_host and entry.host:
        return False
    query: Query | None = arrangement.filter
    return query is None or query.matches(EntryRecord(entry))


class EntryRecord:
    """One entry by named fields, for filters."""

    __slots__ = ("entry",)

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    def field(self, name: str) -> Value:
        entry, task = self.entry, self.entry.change.task
        holder = entry.change.holder
        match name:
            case "kind":
                return tuple(map(str, entry.kinds))
            case "ns":
                return tuple(ns.inode for ns in entry.namespaces)
            case "pid":
                return entry.pid
            case "tid":
                return None if task is None else task.pid
            case "ppid":
                return None if task is None else task.ppid
            case "uid":
                return entry.uid
            case "user":
                return entry.user
            case "comm":
                return None if task is None else task.comm
            case "command":
                return entry.command
            case "held":
                return None if holder is None else str(holder.how)
            case "nsfs" | "path":
                return None if holder is None else holder.path
            case "host":
                return entry.host
            case "kernel":
                return task is not None and task.kernel
            case "name" | "container" | "engine" | "image" | "pod" | "unit":
                return texts(name, entry.names)
        return None

    def words(self) -> Iterable[str]:
        entry, holder = self.entry, self.entry.change.holder
        yield str(entry.change.what)
        if entry.change.moved:
            yield "moved"
        yield from map(str, entry.namespaces)
        yield entry.user
        yield entry.command
        if entry.pid is not None:
            yield str(entry.pid)
        if holder is not None:
            yield str(holder.how)
            yield holder.path or ""
        yield from texts("full", entry.names)
