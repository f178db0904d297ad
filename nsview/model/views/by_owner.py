"""User namespaces below the ones that they were made in, what each of them owns, and how pid namespaces nest.

An owner or parent that may not be seen has a row of its own: what hangs there is not the host's.
"""

from collections.abc import Sequence

from nsview.model.kind import POSITION, Kind
from nsview.model.namespace import Namespace, NamespaceId, Unseen
from nsview.model.views import marking, ownership
from nsview.model.views.members import Members, living, subject_of
from nsview.model.views.moment import Moment
from nsview.model.views.order import Order
from nsview.model.views.selection import Selection, Shown
from nsview.model.views.subject import (
    InvisibleSubject,
    KindSubject,
    MembersSubject,
    NamespaceSubject,
    Subject,
    TaskSubject,
)
from nsview.model.views.tree import DIM, Key, Leaves
from nsview.model.views.view import Arrangement

_NESTING: Key = ("kind", Kind.PID)


class ByOwner:
    """Keys: ("unseen", Kind, Unseen), ("ns", NamespaceId), ("ns", NamespaceId, item), of a user namespace's
    processes ("members", NamespaceId) and ("members", NamespaceId, item); ("kind", Kind.PID) and below it
    ("nested", NamespaceId)."""

    def __init__(self, moment: Moment, arrangement: Arrangement) -> None:
        self.moment = moment
        self.arrangement = arrangement
        self.roots: list[Key] = []
        self.kids: dict[Key, Sequence[Key]] = {}
        self._above: dict[Key, Key | None] = {}
        self._members: dict[NamespaceId, Members] = {}
        selection, order = Selection(moment, arrangement), Order(moment, arrangement)
        everything = [
            *moment.snapshot.namespaces.values(),
            *(ended.namespace for ended in moment.lingering.namespaces.values()),
        ]
        self._shown: dict[NamespaceId, Shown] = {}
        for ns in everything:
            shown = selection.namespace(ns)
            if shown is not None:
                self._shown[ns.id] = shown
        meant = [ns for ns in everything if ns.id in self._shown]
        self._hang(meant, order)
        nested = [ns for ns in meant if ns.kind is Kind.PID]
        if nested:
            self._place(_NESTING, None)
            self._nest(nested, order)

    # ---- building

    def _place(self, key: Key, above: Key | None) -> None:
        self._above[key] = above
        siblings = self.roots if above is None else self.kids.setdefault(above, [])
        assert isinstance(siblings, list)
        siblings.append(key)

    def _ordered(self, places: Sequence[NamespaceId], order: Order) -> list[Namespace]:
        """By kind and then as the order has it; user namespaces, which have the most below, last."""
        found = (self.moment.namespace(place) for place in places)
        namespaces = order.namespaces(ns for ns in found if ns is not None)
        return sorted(namespaces, key=lambda ns: (ns.kind is Kind.USER, POSITION[ns.kind]))

    def _hang(self, meant: list[Namespace], order: Order) -> None:
        places = ownership.hang(meant, self.moment.namespace, ownership.owner)
        arrange = order.arrange()
        for ns in self._ordered(list(places), order):
            key: tuple[str, NamespaceId] = ("ns", ns.id)
            self._place(key, self._place_of(places[ns.id], "ns", Kind.USER))
            shown = self._shown.get(ns.id)
            if shown is None:
                continue
            members = Members(self.moment.snapshot.processes, shown.pids, shown.others, arrange)
            self._members[ns.id] = members
            if members:
                group = key
                if ns.kind is Kind.USER:
                    group = ("members", ns.id)
                    self._above[group] = key
                self.kids[group] = Leaves(group, members)
        for ns_id, members in self._members.items():
            if members and ns_id.kind is Kind.USER:
                self.kids["ns", ns_id] = [*self.kids.get(("ns", ns_id), ()), ("members", ns_id)]

    def _nest(self, nested: list[Namespace], order: Order) -> None:
        places = ownership.hang(nested, self.moment.namespace, ownership.parent)
        for ns in self._ordered(list(places), order):
            above = self._place_of(places[ns.id], "nested", Kind.PID)
            self._place(("nested", ns.id), _NESTING if above is None else above)

    def _place_of(self, above: ownership.Above, name: str, kind: Kind) -> Key | None:
        if above is None or isinstance(above, NamespaceId):
            return None if above is None else (name, above)
        key: Key = ("unseen", kind, above)
        if key not in self._above:
            self._place(key, _NESTING if kind is Kind.PID else None)
        return key

    # ---- the view

    def __contains__(self, key: object, /) -> bool:
        match key:
            case ("ns" | "members", NamespaceId() as ns, item):
                return item in self._members.get(ns, ()) and (key[0] == "members") == (ns.kind is Kind.USER)
        try:
            return key in self._above
        except TypeError:
            return False

    def parent(self, key: Key) -> Key | None:
        match key:
            case ("ns" | "members" as place, NamespaceId() as ns, _):
                return (place, ns)
        return self._above.get(key)

    def starts_open(self, key: Key) -> bool:
        match key:
            case ("ns", NamespaceId() as ns):
                return ns.kind is Kind.USER or self._kept(ns)
            case ("members", NamespaceId() as ns):
                return self._kept(ns)
        return True

    def _kept(self, ns: NamespaceId) -> bool:
        """Shown for the sake of what is below."""
        shown = self._shown.get(ns)
        return shown is None or not shown.itself

    def marks(self, key: Key) -> tuple[str, ...]:
        match self.subject(key):
            case NamespaceSubject(ns):
                return marking.of_namespace(self.moment, ns, self._kept(ns))
            case TaskSubject(process):
                inferred = process.pid in self.moment.snapshot.inferred
                return marking.of_process(self.moment, process, inferred=inferred)
            case MembersSubject() | InvisibleSubject():
                return (DIM,)
        return ()

    def subject(self, key: Key) -> Subject:
        match key:
            case ("kind", Kind() as kind):
                return KindSubject(kind)
            case ("unseen", Kind() as kind, Unseen() as unseen):
                return InvisibleSubject(kind, unseen)
            case ("ns" | "nested", NamespaceId() as ns):
                return NamespaceSubject(ns)
            case ("members", NamespaceId() as ns):
                return MembersSubject(ns)
            case ("ns" | "members", _, tuple() as item):
                return subject_of(item)
        raise KeyError(key)

    def find(self, subject: Subject) -> Key | None:
        key: Key = None
        match subject:
            case KindSubject(kind):
                key = ("kind", kind)
            case InvisibleSubject(kind, unseen):
                key = ("unseen", kind, unseen)
            case NamespaceSubject(ns):
                # A parent of what is shown may itself be shown only where pid namespaces nest.
                key = ("ns", ns) if ("ns", ns) in self._above else ("nested", ns)
            case MembersSubject(ns):
                key = ("members", ns)
            case TaskSubject(process, tid):
                item = (*process,) if tid is None else (*process, tid)
                for ns in self.moment.places(process, tid):
                    if item in self._members.get(ns, ()):
                        return ("members" if ns.kind is Kind.USER else "ns", ns, item)
        return key if key in self._above else None

    def pids(self, key: Key) -> Sequence[int]:
        match key:
            case ("ns" | "members" | "nested", NamespaceId() as ns):
                return self._members[ns].pids if ns in self._members else ()
            case ("ns" | "members", _, tuple() as item):
                return living(self.moment, item)
        return ()
