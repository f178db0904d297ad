"""A filter as a tree, and the tree as text."""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from nsview.model.query_fields import BY_NAME, Sort
from nsview.model.query_pattern import escape

How = Literal["unset", "true", "contains", "equals", "regex", "number", "<", "<=", ">", ">=", ".."]


class Condition(NamedTuple):
    """What one value is asked. Of several, one is enough."""

    how: How
    text: str = ""
    low: int | float = 0
    """The number to compare with; the lower end of "..", which holds both its ends."""
    high: int | float = 0


class Term(NamedTuple):
    """A node of the tree. "words" looks through all that a record shows; the other sorts say themselves."""

    sort: Literal["all", "any", "not", "field", "words"]
    field: str = ""
    conditions: tuple[Condition, ...] = ()
    terms: tuple["Term", ...] = ()


EVERYTHING = Term("all")


def asks(field: str, *conditions: Condition) -> Term:
    return Term("field", field, conditions)


def looks_for(condition: Condition) -> Term:
    return Term("words", "", (condition,))


def all_of(terms: Iterable[Term]) -> Term:
    return _join("all", terms)


def any_of(terms: Iterable[Term]) -> Term:
    return _join("any", terms)


def negation(term: Term) -> Term:
    return term.terms[0] if term.sort == "not" else Term("not", terms=(term,))


def _join(sort: Literal["all", "any"], terms: Iterable[Term]) -> Term:
    flat: list[Term] = []
    for term in terms:
        flat.extend(term.terms if term.sort == sort else (term,))
    return flat[0] if len(flat) == 1 else Term(sort, terms=tuple(flat))


def fields_of(term: Term) -> frozenset[str]:
    """The canonical names that the tree asks for, and "words" if it looks through everything."""
    names = {"words"} if term.sort == "words" else {term.field} if term.sort == "field" else set()
    return frozenset(names.union(*map(fields_of, term.terms)))


def written(term: Term) -> str:
    """The canonical text, which means the same tree."""
    if term.sort == "all":
        return " ".join(map(written, term.terms))
    if term.sort == "any":
        return "|".join(map(_grouped, term.terms))
    if term.sort == "not":
        return "!" + _grouped(term.terms[0])
    if term.sort == "words":
        return _words(term.conditions[0])
    return _field(term)


def _grouped(term: Term) -> str:
    return f"({written(term)})" if term.sort in ("all", "any") else written(term)


# Text that no quotes are needed for. A path is plain if its second slash is followed by more: else a slash in
# a later term might make the two a pattern.
_PLAIN = re.compile(r"(?!/)[A-Za-z0-9_./@%+-]+|/[A-Za-z0-9_.@%+-]*/[A-Za-z0-9_./@%+-]+")
_RESERVED = ("and", "or", "not")


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(condition: Condition) -> str:
    if condition.how == "regex":
        return f"/{escape(condition.text)}/"
    word = condition.text.lower()
    if word in _RESERVED or (word in BY_NAME and BY_NAME[word].sort is Sort.FLAG):
        return f'"{condition.text}"'
    return _quoted(condition.text)


def _field(term: Term) -> str:
    if term.conditions[0].how == "true":
        return term.field
    if term.conditions == (Condition("unset"),):
        return f"{term.field}:"
    whole = BY_NAME[term.field].sort is Sort.TEXT and any(
        condition.how == "equals" for condition in term.conditions
    )
    return term.field + ("=" if whole else ":") + ",".join(map(_condition, term.conditions))


def _condition(condition: Condition) -> str:
    match condition.how:
        case "regex":
            return f"/{escape(condition.text)}/"
        case "number":
            return str(condition.low)
        case "..":
            return f"{condition.low}..{condition.high}"
        case "<" | "<=" | ">" | ">=":
            return f"{condition.how}{condition.low}"
        case "unset":
            return '""'
        case _:
            return _quoted(condition.text)
