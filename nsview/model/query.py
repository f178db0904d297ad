"""The filter language: which records to show. `nsview help filter` (query_help.py) describes it.

query = parse("kind:net web|db procs:>1")
shown = [record for record in records if query.matches(record)]
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from nsview.model.query_fields import BY_NAME, Sort
from nsview.model.query_pattern import SEARCHED, compile_pattern
from nsview.model.query_syntax import QuerySyntaxError, parse_terms
from nsview.model.query_terms import Term, Test, fields_of, written

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


class Query:
    """A parsed filter. Equal queries ask the same in the same order; `str()` is text that means an equal one."""

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
        return bool(self.root.terms or self.root.tests)

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
            return _words(_text_test(term.tests))
        case "field":
            return _field(term)


def _all(parts: list[_Matcher]) -> _Matcher:
    return lambda record: all(part(record) for part in parts)


def _any(parts: list[_Matcher]) -> _Matcher:
    return lambda record: any(part(record) for part in parts)


def _words(fits: Callable[[_Item], bool]) -> _Matcher:
    return lambda record: any(map(fits, record.words()))


def _field(term: Term) -> _Matcher:
    field = BY_NAME[term.field]
    name = field.name
    if field.sort is Sort.FLAG:
        return lambda record: bool(record.field(name))
    unset = any(test.how == "unset" for test in term.tests)
    asked = tuple(test for test in term.tests if test.how != "unset")
    fits = _number_test(asked) if field.numeric else _text_test(asked)

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


def _text_test(tests: tuple[Test, ...]) -> Callable[[_Item], bool]:
    wanted = frozenset(test.text.casefold() for test in tests if test.how == "equals")
    parts = tuple(test.text.casefold() for test in tests if test.how == "contains")
    patterns = _patterns(tests)

    def contains(item: _Item) -> bool:
        return part in str(item).casefold()

    def equals(item: _Item) -> bool:
        return str(item).casefold() in wanted

    def fits(item: _Item) -> bool:
        text = str(item)
        folded = text.casefold()
        return (
            folded in wanted
            or any(part in folded for part in parts)
            or any(search(text, 0, SEARCHED) for search in patterns)
        )

    if len(tests) == len(parts) == 1:
        part = parts[0]
        return contains
    return fits if parts or patterns else equals


def _number_test(tests: tuple[Test, ...]) -> Callable[[_Item], bool]:
    wanted = frozenset(test.low for test in tests if test.how == "number")
    spans = tuple(_SPANS[test.how](test) for test in tests if test.how in _SPANS)
    patterns = _patterns(tests)

    def fits(item: _Item) -> bool:
        if item in wanted:
            return True
        if any(search(str(item), 0, SEARCHED) for search in patterns):
            return True
        return not isinstance(item, str) and any(span(item) for span in spans)

    return fits if spans or patterns else wanted.__contains__


_Span = Callable[[int | float], bool]
_SPANS: dict[str, Callable[[Test], _Span]] = {
    "<": lambda test: lambda number: number < test.low,
    "<=": lambda test: lambda number: number <= test.low,
    ">": lambda test: lambda number: number > test.low,
    ">=": lambda test: lambda number: number >= test.low,
    "..": lambda test: lambda number: test.low <= number <= test.high,
}


def _patterns(tests: tuple[Test, ...]) -> tuple[Callable[[str, int, int], object], ...]:
    return tuple(compile_pattern(test.text).search for test in tests if test.how == "regex")
