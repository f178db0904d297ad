"""The filter language: which records to show. `nsview help filter` (query_help.py) describes it.

query = parse("kind:net web|db procs:>1")
shown = [record for record in records if query.matches(record)]
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from nsview.model.query_fields import BY_NAME, Sort
from nsview.model.query_pattern import SEARCHED, compile_pattern
from nsview.model.query_syntax import QuerySyntaxError, parse_terms
from nsview.model.query_terms import Condition, Term, fields_of, written

__all__ = ["Query", "QuerySyntaxError", "Record", "Value", "parse"]

Value = bool | int | float | str | Sequence[str | int] | None
"""A sequence is asked item by item: one that fits is enough. None, "" and an empty sequence are unset."""


class Record(Protocol):
    """What can be filtered."""

    def field(self, name: str) -> Value:
        """The value of a field, by its first name in query_fields.FIELDS; None if there is none."""

    def words(self) -> Iterable[str]:
        """The texts that bare words and patterns look through: what a row shows."""


_Matcher = Callable[[Record], bool]
_Item = str | int | float
_Fits = Callable[[_Item], bool]


class Query:
    """A parsed filter. Equal queries ask the same in the same order; `str()` parses to an equal one."""

    __slots__ = ("fields", "matches", "root")

    fields: frozenset[str]
    """What must be known of a record: canonical field names, and "words" if its words are looked through."""
    matches: Callable[[Record], bool]
    """Whether a record is to be shown."""

    def __init__(self, root: Term) -> None:
        self.root = root
        self.fields = fields_of(root)
        self.matches = _matcher(root)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)

    def __bool__(self) -> bool:
        """Whether it leaves anything out; the empty filter does not."""
        return bool(self.root.terms or self.root.conditions)

    def __str__(self) -> str:
        return written(self.root)

    def __repr__(self) -> str:
        return f"parse({str(self)!r})"


def parse(text: str) -> Query:
    """The query that `text` means; QuerySyntaxError if it means none. Empty text matches everything."""
    return Query(parse_terms(text))


# Each term becomes one closure: a screen filters thousands of records at every key.


def _matcher(term: Term) -> _Matcher:
    match term.sort:
        case "all":
            return _all([_matcher(part) for part in term.terms])
        case "any":
            return _any([_matcher(part) for part in term.terms])
        case "not":
            inner = _matcher(term.terms[0])
            return lambda record: not inner(record)
        case "words":
            return _words(_fits_text(term.conditions))
        case "field":
            return _field(term)


def _all(parts: list[_Matcher]) -> _Matcher:
    if len(parts) == 2:
        first, second = parts
        return lambda record: first(record) and second(record)
    return lambda record: all(part(record) for part in parts)


def _any(parts: list[_Matcher]) -> _Matcher:
    if len(parts) == 2:
        first, second = parts
        return lambda record: first(record) or second(record)
    return lambda record: any(part(record) for part in parts)


def _words(fits: _Fits) -> _Matcher:
    return lambda record: any(map(fits, record.words()))


def _field(term: Term) -> _Matcher:
    field = BY_NAME[term.field]
    name = field.name
    if field.sort is Sort.FLAG:
        return lambda record: bool(record.field(name))
    unset = any(condition.how == "unset" for condition in term.conditions)
    asked = tuple(condition for condition in term.conditions if condition.how != "unset")
    fits = _fits_number(asked) if field.numeric else _fits_text(asked)

    def matches(record: Record) -> bool:
        value = record.field(name)
        if value is None:
            return unset
        if isinstance(value, str):
            return fits(value) if value else unset
        if isinstance(value, int | float):
            return fits(value)
        return any(map(fits, value)) if value else unset

    return matches


def _fits_text(conditions: tuple[Condition, ...]) -> _Fits:
    fits: list[_Fits] = []
    wanted = frozenset(condition.text.casefold() for condition in conditions if condition.how == "equals")
    if wanted:
        fits.append(lambda item: str(item).casefold() in wanted)
    for condition in conditions:
        if condition.how == "contains":
            fits.append(_contains(condition.text.casefold()))
        elif condition.how == "regex":
            fits.append(_regex(condition.text))
    return _one_of(fits)


def _fits_number(conditions: tuple[Condition, ...]) -> _Fits:
    fits: list[_Fits] = []
    wanted = frozenset(condition.low for condition in conditions if condition.how == "number")
    if wanted:
        fits.append(wanted.__contains__)
    for condition in conditions:
        if condition.how == "regex":
            fits.append(_regex(condition.text))
        elif condition.how != "number":
            fits.append(_span(condition))
    return _one_of(fits)


def _one_of(fits: list[_Fits]) -> _Fits:
    if len(fits) == 1:
        return fits[0]
    return lambda item: any(fit(item) for fit in fits)


def _contains(part: str) -> _Fits:
    return lambda item: part in str(item).casefold()


def _regex(pattern: str) -> _Fits:
    search = compile_pattern(pattern).search
    return lambda item: search(str(item), 0, SEARCHED) is not None


def _span(condition: Condition) -> _Fits:
    low, high = condition.low, condition.high
    match condition.how:
        case "<":
            return lambda item: not isinstance(item, str) and item < low
        case "<=":
            return lambda item: not isinstance(item, str) and item <= low
        case ">":
            return lambda item: not isinstance(item, str) and item > low
        case ">=":
            return lambda item: not isinstance(item, str) and item >= low
        case _:
            return lambda item: not isinstance(item, str) and low <= item <= high
