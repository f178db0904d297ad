"""What a filter still asks of the members of a namespace once the namespace itself has answered its part."""

from collections.abc import Callable

from nsview.model.query import Query
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


class Narrowing:
    """One filter, for the namespaces of one view."""

    def __init__(self, query: Query) -> None:
        self.root = query.root
        self._asks_namespaces = bool(query.fields & (OF_NAMESPACES | OF_BOTH | OF_NAMES | {"words"}))
        self._matches: dict[Term, Callable[[NamespaceRecord], bool]] = {}

    def rest(self, record: NamespaceRecord) -> Term:
        """EVERYTHING if the namespace matches by itself, NOTHING if neither it nor a member can match."""
        return self._rest(self.root, record) if self._asks_namespaces else self.root

    def _rest(self, term: Term, record: NamespaceRecord) -> Term:
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
            case "field" if term.field in OF_NAMESPACES:
                return EVERYTHING if self._fits(term, record) else NOTHING
            case "field" if term.field in OF_NAMES:
                return self._by_mounts(term, record)
            case "field" if term.field not in OF_BOTH:
                return term
        return EVERYTHING if self._fits(term, record) else term

    def _by_mounts(self, term: Term, record: NamespaceRecord) -> Term:
        names = tuple(name for name in record.names() if name.of_mount)
        if not names:
            return term
        if self._fits(term, NamespaceRecord(record.snapshot, record.ns, names)):
            return EVERYTHING
        # It has a name: that it has none cannot be true of it any more, whatever the member has.
        asked = tuple(condition for condition in term.conditions if condition.how != "unset")
        return term._replace(conditions=asked) if asked else NOTHING

    def _fits(self, term: Term, record: NamespaceRecord) -> bool:
        matches = self._matches.get(term)
        if matches is None:
            matches = self._matches[term] = Query(term).matches
        return matches(record)


_OPPOSITE = {EVERYTHING: NOTHING, NOTHING: EVERYTHING}
