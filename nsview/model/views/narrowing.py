"""What a filter still asks of the members of a row once the row itself has answered its part."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from nsview.model.query import Query, Record
from nsview.model.query_terms import EVERYTHING, Term, all_of, any_of, negation
from nsview.model.record import NamespaceRecord

NOTHING = Term("any")
"""Matches no record."""

OF_NAMESPACES = frozenset(
    {"kind", "ns", "id", "procs", "held", "pns", "ons", "creator", "netnsid", "nsfs", "host"}
)
"""Fields that are the namespace's alone."""
OF_BOTH = frozenset({"path", "name", "certainty", "inferred", "unreadable", "vanished"})
"""Fields, like words, that a namespace may have, or else its member."""
OF_NAMES = frozenset({"container", "engine"})
"""Fields that a namespace has by what a bind mount calls it; else they are its members'."""

OF_GROUPS = frozenset({"container", "engine", "image", "pod"})
"""Fields that a container or unit answers for all that is in it."""
OF_GROUPS_TOO = frozenset({"name", "unit", "cgroup"})
"""Fields, like words, that it may have, or else its member."""

R = TypeVar("R", bound=Record)


class _Narrowing(ABC, Generic[R]):
    """One filter, for the rows of one view that have members."""

    fields: frozenset[str]
    """Those that such a row can answer, beside words."""

    def __init__(self, root: Term) -> None:
        self.root = root
        self._asks = bool(Query(root).fields & (self.fields | {"words"}))
        self._matches: dict[Term, Callable[[Record], bool]] = {}

    def rest(self, record: R) -> Term:
        """EVERYTHING if the row matches by itself, NOTHING if neither it nor a member can match."""
        return self._rest(self.root, record) if self._asks else self.root

    def _rest(self, term: Term, record: R) -> Term:
        match term.sort:
            case "all":
                parts = [self._rest(part, record) for part in term.terms]
                return NOTHING if NOTHING in parts else all_of(part for part in parts if part != EVERYTHING)
            case "any":
                parts = [self._rest(part, record) for part in term.terms]
                return EVERYTHING if EVERYTHING in parts else any_of(parts)
            case "not":
                inner = self._rest(term.terms[0], record)
                return _OPPOSITE.get(inner) or negation(inner)
            case "field":
                return self._field(term, record) if term.field in self.fields else term
        return EVERYTHING if self._fits(term, record) else term

    @abstractmethod
    def _field(self, term: Term, record: R) -> Term: ...

    def _fits(self, term: Term, record: Record) -> bool:
        matches = self._matches.get(term)
        if matches is None:
            matches = self._matches[term] = Query(term).matches
        return matches(record)


_OPPOSITE = {EVERYTHING: NOTHING, NOTHING: EVERYTHING}


class Narrowing(_Narrowing[NamespaceRecord]):
    """Of namespaces."""

    fields = OF_NAMESPACES | OF_BOTH | OF_NAMES

    def _field(self, term: Term, record: NamespaceRecord) -> Term:
        if term.field in OF_NAMES:
            return self._by_mounts(term, record)
        if self._fits(term, record):
            return EVERYTHING
        return term if term.field in OF_BOTH else NOTHING

    def _by_mounts(self, term: Term, record: NamespaceRecord) -> Term:
        names = tuple(name for name in record.names() if name.of_mount)
        if not names:
            return term
        if self._fits(term, NamespaceRecord(record.snapshot, record.ns, names)):
            return EVERYTHING
        # It has a name: that it has none cannot be true of it any more, whatever the member has.
        asked = tuple(condition for condition in term.conditions if condition.how != "unset")
        return term._replace(conditions=asked) if asked else NOTHING


class OfGroups(_Narrowing[Record]):
    """Of containers, units and other groups of processes."""

    fields = OF_GROUPS | OF_GROUPS_TOO

    def _field(self, term: Term, record: Record) -> Term:
        if self._fits(term, record):
            return EVERYTHING
        return term if term.field in OF_GROUPS_TOO else NOTHING
