"""Kind → namespaces → their processes, and the threads that are there without their process."""

from collections.abc import Mapping, Sequence

from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.process import ProcessId
from nsview.model.views import marking
from nsview.model.views.members import Members, living, subject_of
from nsview.model.views.moment import Moment
from nsview.model.views.order import Order
from nsview.model.views.selection import Selection
from nsview.model.views.subject import KindSubject, NamespaceSubject, Subject, TaskSubject
from nsview.model.views.tree import Key, Leaves
from nsview.model.views.view import Arrangement


class ByKind:
    """Keys: ("kind", Kind), ("ns", NamespaceId), ("ns", NamespaceId, item of members.py)."""

    def __init__(self, moment: Moment, arrangement: Arrangement) -> None:
        self.moment = moment
        self.arrangement = arrangement
        self.roots: list[Key] = []
        self.kids: dict[Key, Sequence[Key]] = {}
        self._kept: set[NamespaceId] = set()
        self._namespaces: dict[NamespaceId, Members] = {}
        selection, order = Selection(moment, arrangement), Order(moment, arrangement)
        arrange = order.arrange()
        for kind, namespaces in _by_kind(moment).items():
            keys: list[Key] = []
            for ns in order.namespaces(namespaces):
                shown = selection.namespace(ns)
                if shown is None:
                    continue
                key = ("ns", ns.id)
                keys.append(key)
                members = Members(moment.snapshot.processes, shown.pids, shown.others, arrange)
                self._namespaces[ns.id] = members
                if members:
                    self.kids[key] = Leaves(key, members)
                if not shown.itself:
                    self._kept.add(ns.id)
            if keys:
                self.roots.append(("kind", kind))
                self.kids["kind", kind] = keys

    def __contains__(self, key: object, /) -> bool:
        match key:
            case ("kind", _):
                return key in self.kids
            case ("ns", ns):
                return ns in self._namespaces
            case ("ns", ns, item):
                return ns in self._namespaces and item in self._namespaces[ns]
        return False

    def parent(self, key: Key) -> Key | None:
        match key:
            case ("ns", NamespaceId() as ns):
                return ("kind", ns.kind)
            case ("ns", ns, _):
                return ("ns", ns)
        return None

    def starts_open(self, key: Key) -> bool:
        match key:
            case ("kind", _):
                return True
            case ("ns", ns):
                return ns in self._kept
        return False

    def marks(self, key: Key) -> tuple[str, ...]:
        match self.subject(key):
            case NamespaceSubject(ns):
                return marking.of_namespace(self.moment, ns, ns in self._kept)
            case TaskSubject(process):
                return marking.of_process(self.moment, process, inferred=self._inferred(key, process.pid))
        return ()

    def _inferred(self, key: Key, pid: int) -> bool:
        assert isinstance(key, tuple)
        ns = self.moment.namespace(key[1])
        return ns is not None and bool(ns.inferred) and pid in ns.inferred

    def subject(self, key: Key) -> Subject:
        match key:
            case ("kind", Kind() as kind):
                return KindSubject(kind)
            case ("ns", NamespaceId() as ns):
                return NamespaceSubject(ns)
            case ("ns", _, tuple() as item):
                return subject_of(item)
        raise KeyError(key)

    def find(self, subject: Subject) -> Key | None:
        match subject:
            case KindSubject(kind):
                return ("kind", kind) if ("kind", kind) in self.kids else None
            case NamespaceSubject(ns):
                return ("ns", ns) if ns in self._namespaces else None
            case TaskSubject(process, tid):
                return self._find_task(process, tid)
        return None

    def _find_task(self, process: ProcessId, tid: int | None) -> Key | None:
        item = (*process,) if tid is None else (*process, tid)
        for ns in self.moment.places(process, tid):
            if item in self._namespaces.get(ns, ()):
                return ("ns", ns, item)
        return None

    def pids(self, key: Key) -> Sequence[int]:
        match key:
            case ("ns", NamespaceId() as ns):
                return self._namespaces[ns].pids
            case ("ns", _, tuple() as item):
                return living(self.moment, item)
        return ()


def _by_kind(moment: Moment) -> Mapping[Kind, list[Namespace]]:
    """With those that have ended and are still shown."""
    found: dict[Kind, list[Namespace]] = {kind: [] for kind in moment.snapshot.kinds}
    for ns in moment.snapshot.namespaces.values():
        found.setdefault(ns.kind, []).append(ns)
    for ended in moment.lingering.namespaces.values():
        found.setdefault(ended.namespace.kind, []).append(ended.namespace)
    return found
