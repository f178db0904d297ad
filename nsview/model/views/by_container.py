"""Groups of processes (containers, units, control groups), each with its namespaces and its processes.

A namespace is in every group that has a process in it, and if no process is, in the groups that hold it. A
group's namespaces stand in the order of the kinds, as their columns hardly differ; all else can be sorted.
"""

from collections.abc import Sequence
from typing import TypeAlias, overload

from nsview.model.group import HELD, UNKNOWN, Group, Sort, group_of
from nsview.model.kind import POSITION, Links
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.query import Query
from nsview.model.record import Value
from nsview.model.views import marking
from nsview.model.views.members import Item, Members, living, subject_of
from nsview.model.views.moment import Moment
from nsview.model.views.order import Order
from nsview.model.views.selection import Selection
from nsview.model.views.subject import GroupSubject, NamespaceSubject, Subject, TaskSubject
from nsview.model.views.tree import DIM, Key, Leaves
from nsview.model.views.view import Arrangement, SortBy

_Entry: TypeAlias = NamespaceId | Item


class ByContainer:
    """Keys: ("group", Sort, control group), and below ("group", Sort, control group, NamespaceId or item)."""

    def __init__(self, moment: Moment, arrangement: Arrangement) -> None:
        self.moment = moment
        self.arrangement = arrangement
        self._selection = Selection(moment, arrangement)
        self._order = Order(moment, arrangement)
        self._groups: dict[tuple[str, Sort, str], _Found] = {}
        self._of_cgroup: dict[str | None, Group] = {}
        self._collect()
        self._kept: set[Key] = set()
        self._shown: list[_Found] = []
        self.kids: dict[Key, Sequence[Key]] = {}
        for key, found in self._groups.items():
            entries = self._entries(key, found)
            if entries is not None:
                self.kids[key] = Leaves(key, entries)
                found.entries = entries
                self._shown.append(found)
        self.roots: list[Key] = [_key(found.group) for found in self._sorted(self._shown)]

    # ---- building

    def _collect(self) -> None:
        snapshot, of_pid = self.moment.snapshot, self._found_of
        details = snapshot.details
        by_cgroup: dict[str | None, _Found] = {None: self._found(UNKNOWN)}
        for pid, task in snapshot.processes.items():
            cgroup = details[pid].cgroup if pid in details else None
            found = by_cgroup.get(cgroup)
            if found is None:
                found = by_cgroup[cgroup] = self._found(self._group(cgroup))
            found.pids.append(pid)
            found.links[task.links] = pid
        for pid, places in snapshot.inferred.items():
            of_pid(pid).namespaces.update(dict.fromkeys(places.values()))
        for found in self._groups.values():
            for pid in found.links.values():
                task = snapshot.processes[pid]
                here = (snapshot.namespace_of(task, kind) for kind in snapshot.kinds)
                found.namespaces.update((ns.id, None) for ns in here if ns is not None)
        self._collect_ended()
        for ns in snapshot.namespaces.values():
            if not ns.nprocs:
                self._place_unpopulated(ns)

    def _collect_ended(self) -> None:
        left = dict.fromkeys(self.moment.lingering.namespaces)
        unpopulated = dict(left)
        for ended in self.moment.lingering.processes.values():
            found = self._found(self._group(ended.details.cgroup))
            found.ended.append((ended.task.pid, ended.task.starttime))
            for place in ended.places:
                if place in left:
                    found.namespaces[place] = None
                    unpopulated.pop(place, None)
        if unpopulated:
            self._found(HELD).namespaces.update(unpopulated)

    def _place_unpopulated(self, ns: Namespace) -> None:
        holders = {tgid for tgid, _ in ns.threads}
        alive = self.moment.snapshot.processes
        holders.update(pin.pid for pin in ns.pins if pin.pid is not None and pin.pid in alive)
        for found in [self._found_of(pid) for pid in holders] or [self._found(HELD)]:
            found.namespaces[ns.id] = None

    def _found_of(self, pid: int) -> "_Found":
        return self._found(self._group(self.moment.snapshot.detail(pid).cgroup))

    def _group(self, cgroup: str | None) -> Group:
        group = self._of_cgroup.get(cgroup)
        if group is None:
            group = self._of_cgroup[cgroup] = group_of(cgroup)
        return group

    def _found(self, group: Group) -> "_Found":
        key = _key(group)
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = _Found(group)
        return found

    def _entries(self, key: Key, found: "_Found") -> "_Entries | None":
        """What a group shows; None if it is not shown itself."""
        selection, moment = self._selection, self.moment
        places = (moment.namespace(place) for place in found.namespaces)
        own = [ns for ns in places if ns is not None and not ns.host]
        found.host = not own
        if self.arrangement.hide_host and not own:
            return None
        whole = self._matches(found)
        if whole or not selection.narrows:
            own = [ns for ns in own if selection.admits(ns)]
            pids: Sequence[int] = sorted(found.pids)
            ended = found.ended
        else:
            own = [ns for ns in own if selection.itself(ns)]
            pids = selection.among(sorted(found.pids))
            ended = [item for item in found.ended if selection.ended_item(item)]
        if self.arrangement.pid is not None and self.arrangement.pid not in found.pids:
            return None
        if not own and not pids and not ended:
            return None
        if selection.narrows and not whole:
            self._kept.add(key)
        members = Members(moment.snapshot.processes, pids, tuple(ended), self._order.arrange())
        own.sort(key=lambda ns: (POSITION[ns.kind], ns.id))
        return _Entries([ns.id for ns in own], members)

    def _matches(self, found: "_Found") -> bool:
        """Whether the filter means the group itself."""
        query: Query | None = self.arrangement.filter
        if query is None or self.arrangement.user is not None:
            return False
        return query.matches(_GroupRecord(found.group))

    def _sorted(self, shown: "list[_Found]") -> "list[_Found]":
        order = self._order
        shown.sort(key=lambda found: (_RANK[found.group.sort], found.group.name.casefold(), found.group.path))
        if order.by is SortBy.NAME:
            return shown[::-1] if order.down else shown
        value = {id(found): order.group_value(found.entries.members.pids) for found in shown}
        return sorted(shown, key=lambda found: value[id(found)], reverse=order.down)

    # ---- the view

    def __contains__(self, key: object, /) -> bool:
        match key:
            case ("group", _, _):
                return key in self.kids
            case ("group", Sort() as sort, str() as path, entry):
                group = ("group", sort, path)
                return group in self.kids and entry in self._groups[group].entries
        return False

    def parent(self, key: Key) -> Key | None:
        match key:
            case ("group", sort, path, _):
                return ("group", sort, path)
        return None

    def starts_open(self, key: Key) -> bool:
        return key in self._kept

    def marks(self, key: Key) -> tuple[str, ...]:
        match self.subject(key):
            case GroupSubject(group):
                return (DIM,) if key in self._kept or self._groups[_key(group)].host else ()
            case NamespaceSubject(ns):
                return marking.of_namespace(self.moment, ns)
            case TaskSubject(process):
                inferred = process.pid in self.moment.snapshot.inferred
                return marking.of_process(self.moment, process, inferred=inferred)
        return ()

    def subject(self, key: Key) -> Subject:
        match key:
            case ("group", Sort() as sort, str() as path):
                return GroupSubject(self._groups["group", sort, path].group)
            case ("group", _, _, NamespaceId() as ns):
                return NamespaceSubject(ns)
            case ("group", _, _, tuple() as item):
                return subject_of(item)
        raise KeyError(key)

    def find(self, subject: Subject) -> Key | None:
        match subject:
            case GroupSubject(group):
                return _key(group) if _key(group) in self.kids else None
            case NamespaceSubject(ns):
                return self._find(ns)
            case TaskSubject(process, None):
                return self._find((*process,))
        return None

    def _find(self, entry: _Entry) -> Key | None:
        for found in self._shown:
            if entry in found.entries:
                return (*_key(found.group), entry)
        return None

    def pids(self, key: Key) -> Sequence[int]:
        match key:
            case ("group", Sort() as sort, str() as path):
                return self._groups["group", sort, path].entries.members.pids
            case ("group", _, _, NamespaceId() as identity):
                ns = self.moment.snapshot.namespaces.get(identity)
                return () if ns is None else ns.processes or ns.inferred
            case ("group", _, _, tuple() as item):
                return living(self.moment, item)
        return ()


class _Found:
    """A group while it is put together."""

    __slots__ = ("ended", "entries", "group", "host", "links", "namespaces", "pids")

    def __init__(self, group: Group) -> None:
        self.group = group
        self.pids: list[int] = []
        self.links: dict[Links, int] = {}
        """Distinct sets of links, each with a process that has it: there are few."""
        self.namespaces: dict[NamespaceId, None] = {}
        self.ended: list[Item] = []
        self.entries = _NO_ENTRIES
        self.host = False
        """It has no namespace of its own."""


class _Entries(Sequence[_Entry]):
    """A group's namespaces, then its processes."""

    __slots__ = ("members", "namespaces")

    def __init__(self, namespaces: Sequence[NamespaceId], members: Members) -> None:
        self.namespaces = namespaces
        self.members = members

    def __len__(self) -> int:
        return len(self.namespaces) + len(self.members)

    @overload
    def __getitem__(self, index: int) -> _Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_Entry]: ...
    def __getitem__(self, index: int | slice) -> _Entry | Sequence[_Entry]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        few = len(self.namespaces)
        return self.namespaces[index] if index < few else self.members[index - few]

    def __contains__(self, entry: object) -> bool:
        return entry in self.namespaces if isinstance(entry, NamespaceId) else entry in self.members

    def index(self, value: object, start: int = 0, stop: int | None = None) -> int:
        if isinstance(value, NamespaceId):
            place = self.namespaces.index(value)
        else:
            place = len(self.namespaces) + self.members.index(value)
        if place < start or (stop is not None and place >= stop):
            raise ValueError(f"{value!r} is not there")
        return place


_NO_ENTRIES = _Entries((), Members({}, ()))


class _GroupRecord:
    """What a filter looks through of a group by itself."""

    __slots__ = ("group",)

    def __init__(self, group: Group) -> None:
        self.group = group

    def field(self, name: str) -> Value:
        group = self.group
        if name == "name":
            return group.name
        if name == "container" and group.sort is Sort.CONTAINER:
            return group.name
        if name == "unit" and group.sort is Sort.UNIT:
            return group.name
        return group.path if name == "cgroup" else None

    def words(self) -> tuple[str, ...]:
        return (self.group.name, self.group.path)


_RANK = {sort: rank for rank, sort in enumerate(Sort)}


def _key(group: Group) -> tuple[str, Sort, str]:
    return ("group", group.sort, group.path)
