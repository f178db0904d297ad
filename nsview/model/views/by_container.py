"""Engine → pod → container → its namespaces and processes; then units and other control groups with theirs.

Namespaces stand in the order of the kinds, as their columns hardly differ; all else can be sorted.
"""

from collections.abc import Callable, Iterable, Sequence

from nsview.model.group import Group, Sort
from nsview.model.kind import POSITION
from nsview.model.name import ENGINES, ContainerId, Name, texts
from nsview.model.namespace import NamespaceId
from nsview.model.record import Value
from nsview.model.views import marking
from nsview.model.views.entries import Entries, Entry
from nsview.model.views.gathering import Found, Gathering, container_key, group_key
from nsview.model.views.members import Members, living, subject_of
from nsview.model.views.moment import Moment
from nsview.model.views.order import Order
from nsview.model.views.selection import Selection
from nsview.model.views.subject import (
    ContainerSubject,
    EngineSubject,
    GroupSubject,
    NamespaceSubject,
    PodSubject,
    Subject,
    TaskSubject,
)
from nsview.model.views.tree import DIM, ENDED, NEW, Key, Leaves
from nsview.model.views.view import Arrangement, SortBy


class ByContainer:
    """Keys: ("engine", engine), ("pod", engine, root, pod), ("container", *ContainerId), ("group", Sort,
    path); and below the last two (*that, NamespaceId or item)."""

    def __init__(self, moment: Moment, arrangement: Arrangement) -> None:
        self.moment = moment
        self.arrangement = arrangement
        self._selection = Selection(moment, arrangement)
        self._order = Order(moment, arrangement)
        self._kept: set[Key] = set()
        """Shown for the sake of what is below."""
        self._dim: set[Key] = set()
        """Without a namespace that is not the host's."""
        self._news: dict[Key, str] = {}
        """Containers that have just come or gone."""
        self._entries: dict[Key, Entries] = {}
        self._groups: dict[Key, Group] = {}
        self._above: dict[Key, Key] = {}
        self._below: dict[Key, list[Key]] = {}
        self.kids: dict[Key, Sequence[Key]] = {}
        self.roots: list[Key] = []
        shown = [found for found in Gathering(moment).found.values() if self._add(found)]
        self._hang([found for found in shown if isinstance(found.what, Name)])
        groups = [found.what for found in shown if isinstance(found.what, Group)]
        self._groups = {group_key(group): group for group in groups}
        groups.sort(key=lambda group: (_RANK[group.sort], group.name.casefold(), group.path))
        self.roots += self._sorted(map(group_key, groups))

    # ---- building

    def _add(self, found: Found) -> bool:
        """Add what there is to show of a container or group; False if that is nothing."""
        moment, pid = self.moment, self.arrangement.pid
        places = (moment.namespace(place) for place in found.namespaces)
        own = [ns for ns in places if ns is not None and not ns.host]
        key = found.key
        if (self.arrangement.hide_host and not own) or (pid is not None and pid not in found.pids):
            return False
        inside = self._selection.inside(_record(found.what))
        if inside.nothing:
            return False
        shown = sorted((ns for ns in own if inside.namespace(ns)), key=lambda ns: (POSITION[ns.kind], ns.id))
        pids, ended = inside.among(sorted(found.pids)), inside.ended(found.ended)
        if not pids and not ended and (not shown or (self.arrangement.user is not None and found.pids)):
            return False  # that others share a namespace with the user makes them none of the user's
        if not inside.whole:
            self._kept.add(key)
        if not own:
            self._dim.add(key)
        if isinstance(found.what, Name):
            self._note_news(found)
        members = Members(moment.snapshot.processes, pids, tuple(ended), self._order.arrange())
        self._entries[key] = Entries([ns.id for ns in shown], members)
        self.kids[key] = Leaves(key, self._entries[key])
        return True

    def _note_news(self, found: Found) -> None:
        snapshot, lingering = self.moment.snapshot, self.moment.lingering
        if not found.pids and not any(place in snapshot.namespaces for place in found.namespaces):
            self._news[found.key] = ENDED
        elif found.pids and lingering.new_processes:
            tasks = (snapshot.processes[pid] for pid in found.pids)
            if all(task.id in lingering.new_processes for task in tasks):
                self._news[found.key] = NEW

    def _hang(self, containers: Sequence[Found]) -> None:
        """Put containers below their pods, and these below their engines."""
        labels: dict[Key, str] = {}
        for found in containers:
            name = found.what
            assert isinstance(name, Name)
            engine: Key = ("engine", name.engine)
            labels[found.key] = name.name
            above = engine
            if name.pod:
                above = ("pod", name.engine, name.root, name.pod)
                labels[above] = name.pod
                if above not in self._above:
                    self._above[above] = engine
                    self._below.setdefault(engine, []).append(above)
            self._above[found.key] = above
            self._below.setdefault(above, []).append(found.key)
        for key, below in self._below.items():
            below.sort(key=lambda kid: (labels[kid].casefold(), str(kid)))
            if all(kid in self._kept for kid in self._leaves(key)):
                self._kept.add(key)
        # Below what they hang from, the sums of pods are those of what hangs from them.
        for key, below in self._below.items():
            self.kids[key] = self._sorted(below)
        engines = [key for key in self._below if _is_engine(key)]
        self.roots += self._sorted(sorted(engines, key=_engine_order))

    def _sorted(self, keys: Iterable[Key]) -> list[Key]:
        """Siblings, given in the order of their names."""
        order, found = self._order, list(keys)
        if order.by is SortBy.NAME:
            return found[::-1] if order.down else found
        value = {key: order.group_value(self.pids(key)) for key in found}
        return sorted(found, key=value.__getitem__, reverse=order.down)

    def _leaves(self, key: Key) -> list[Key]:
        """The containers below an engine or pod."""
        found: list[Key] = []
        for kid in self._below[key]:
            found += self._below.get(kid, [kid])
        return found

    # ---- the view

    def __contains__(self, key: object, /) -> bool:
        match key:
            case ("engine", _) | ("pod", _, _, _) | ("container", _, _, _) | ("group", _, _):
                return key in self.kids
            case (*above, entry):
                return entry in self._entries.get(tuple(above), ())
        return False

    def parent(self, key: Key) -> Key | None:
        match key:
            case ("engine", _) | ("group", _, _):
                return None
            case ("pod", _, _, _) | ("container", _, _, _):
                return self._above.get(key)
            case (*above, _):
                return tuple(above)
        return None

    def starts_open(self, key: Key) -> bool:
        return key in self._below or key in self._kept

    def marks(self, key: Key) -> tuple[str, ...]:
        match self.subject(key):
            case NamespaceSubject(ns):
                return marking.of_namespace(self.moment, ns)
            case TaskSubject(process):
                inferred = process.pid in self.moment.snapshot.inferred
                return marking.of_process(self.moment, process, inferred=inferred)
        marks = (DIM,) if key in self._kept or key in self._dim else ()
        return (*marks, self._news[key]) if key in self._news else marks

    def subject(self, key: Key) -> Subject:
        match key:
            case ("engine", str() as engine):
                return EngineSubject(engine)
            case ("pod", str() as engine, str() as root, str() as pod):
                return PodSubject(engine, root, pod)
            case ("container", str() as engine, str() as root, str() as identity):
                return ContainerSubject(ContainerId(engine, root, identity))
            case ("group", Sort(), str()):
                return GroupSubject(self._groups[key])
            case (*_, NamespaceId() as ns):
                return NamespaceSubject(ns)
            case (*_, tuple() as item):
                return subject_of(item)
        raise KeyError(key)

    def find(self, subject: Subject) -> Key | None:
        key: Key
        match subject:
            case EngineSubject(engine):
                key = ("engine", engine)
            case PodSubject(engine, root, pod):
                key = ("pod", engine, root, pod)
            case ContainerSubject(container):
                key = container_key(container)
            case GroupSubject(group):
                key = group_key(group)
            case NamespaceSubject(ns):
                return self._find(ns)
            case TaskSubject(process, None):
                return self._find((*process,))
            case _:
                return None
        return key if key in self.kids else None

    def _find(self, entry: Entry) -> Key | None:
        for key, entries in self._entries.items():
            if entry in entries:
                assert isinstance(key, tuple)
                return (*key, entry)
        return None

    def pids(self, key: Key) -> Sequence[int]:
        if key in self._below:
            return sorted(pid for leaf in self._leaves(key) for pid in self._entries[leaf].members.pids)
        if key in self._entries:
            return self._entries[key].members.pids
        match key:
            case (*_, NamespaceId() as identity):
                ns = self.moment.snapshot.namespaces.get(identity)
                return () if ns is None else ns.processes or ns.inferred
            case (*_, tuple() as item):
                return living(self.moment, item)
        return ()


_RANK = {sort: rank for rank, sort in enumerate(Sort)}


def _is_engine(key: Key) -> bool:
    return isinstance(key, tuple) and key[0] == "engine"


def _engine_order(key: Key) -> tuple[bool, str]:
    """What only names namespaces comes last."""
    assert isinstance(key, tuple)
    return key[1] not in ENGINES, str(key[1])


class _NameRecord:
    """What a filter looks through of a container by itself."""

    __slots__ = ("name",)

    def __init__(self, name: Name) -> None:
        self.name = name

    def field(self, name: str) -> Value:
        return texts(name, (self.name,)) if name in _OF_NAMES else None

    def words(self) -> tuple[str, ...]:
        name = self.name
        return (name.engine, name.full, name.id, name.image)


class _GroupRecord:
    """What a filter looks through of another group by itself."""

    __slots__ = ("group",)

    def __init__(self, group: Group) -> None:
        self.group = group

    def field(self, name: str) -> Value:
        get = _OF_GROUPS.get(name)
        return None if get is None else get(self.group)

    def words(self) -> tuple[str, ...]:
        return (self.group.name, self.group.path)


_OF_NAMES = frozenset({"name", "container", "engine", "image", "pod", "unit"})
_OF_GROUPS: dict[str, Callable[[Group], Value]] = {
    "name": lambda group: group.name,
    "container": lambda group: group.name if group.sort is Sort.CONTAINER else None,
    "engine": lambda group: "systemd" if group.sort is Sort.UNIT else None,
    "unit": lambda group: group.name if group.sort is Sort.UNIT else None,
    "cgroup": lambda group: group.path,
}


def _record(what: Group | Name) -> _NameRecord | _GroupRecord:
    return _GroupRecord(what) if isinstance(what, Group) else _NameRecord(what)
