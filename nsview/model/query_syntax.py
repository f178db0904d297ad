"""The filter language's grammar: from text to a tree of terms.

    either = both { "||" both }
    both   = tight { ["&&"] tight }
    tight  = unary { "|" unary }
    unary  = { "!" } ( "(" either ")" | term )
    term   = word | "text" | /pattern/ | flag | field ":" | field operator item { "," item }

`and`, `or` and `not` between terms are `&&`, `||` and `!`.
"""

import re
from typing import Literal, NamedTuple

from nsview.model.query_fields import BY_NAME, Field, Sort, number, similar
from nsview.model.query_pattern import MAX_PATTERN, compile_pattern, find_end, nested_repeat, unescape
from nsview.model.query_terms import (
    EVERYTHING,
    Condition,
    How,
    Term,
    all_of,
    any_of,
    asks,
    looks_for,
    negation,
)

MAX_LENGTH = 4000
"""Characters of a filter."""
MAX_DEPTH = 40
"""Parentheses within parentheses."""


class QuerySyntaxError(ValueError):
    """A filter that cannot be understood: what is wrong, and where.

    `message` is one line; `position` counts the characters of `text` before the place; `str()` adds the place
    as a picture. All three may hold what the user typed.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(message, text, position)
        self.message = message
        self.text = text
        self.position = position

    @property
    def caret(self) -> str:
        """Two lines: the text, and a caret below the place. What cannot be printed is a space."""
        import unicodedata  # only an error needs it

        line = "".join(char if char.isprintable() else " " for char in self.text)
        width = 0
        for char in line[: self.position]:
            if not unicodedata.combining(char):
                width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        return f"  {line}\n  {' ' * width}^"

    def __str__(self) -> str:
        return f"{self.message}\n{self.caret}"


# A field and its operator. Spaces may stand around an operator, not around the colon, which may end a term.
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::|\s*(==|=~|!=|!~|<=|>=|=|<|>))")
_WORD = re.compile(r"(?:[^\s|()&]|&(?!&))+")
_ITEM = re.compile(r"(?:[^\s|()&,]|&(?!&))+")
_END = re.compile(r"\s|\||\)|&&|$")
_END_OF_ITEM = re.compile(r"\s|\||\)|&&|,|$")
_AND = re.compile(r"&&|(?:and|AND)(?=\s+[^\s|&)]|\s*\()")
_OR = re.compile(r"\|\||(?:or|OR)(?=\s+[^\s|&)]|\s*\()")
_NOT = re.compile(r"!(?![=~])|(?:not|NOT)(?=\s+[^\s|&)=<>]|\s*\()")
_COMPARISONS: dict[str, How] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_COMPARISON = re.compile("[<>]=?")
_YES = ("yes", "true", "on", "1")
_NO = ("no", "false", "off", "0")


def parse_terms(text: str) -> Term:
    """The tree of a filter; QuerySyntaxError says what is wrong with it."""
    if len(text) > MAX_LENGTH:
        raise QuerySyntaxError(f"a filter has at most {MAX_LENGTH} characters, this has {len(text)}", "", 0)
    return _Parser(text).parse()


class _Item(NamedTuple):
    """A value as it was written."""

    sort: Literal["bare", "quoted", "pattern"]
    text: str
    position: int


class _Parser:
    __slots__ = ("depth", "place", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.depth = 0

    def error(self, message: str, position: int | None = None) -> QuerySyntaxError:
        return QuerySyntaxError(message, self.text, self.place if position is None else position)

    def sees(self, *what: str) -> bool:
        return self.text.startswith(what, self.place)

    def skip(self) -> None:
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1

    def take(self, pattern: re.Pattern[str]) -> str:
        """What the pattern finds after any spaces; "" if it is not there."""
        self.skip()
        found = pattern.match(self.text, self.place)
        if found is None:
            return ""
        self.place = found.end()
        return found[0]

    def parse(self) -> Term:
        term = self.either()
        if self.place < len(self.text):
            raise self.error("no '(' belongs to this ')'")
        return term

    def either(self) -> Term:
        terms = [self.both()]
        while word := self.take(_OR):
            terms.append(self.both())
            if terms[-1] == EVERYTHING:
                raise self.error(f"nothing to the right of '{word}'")
        return any_of(terms)

    def both(self) -> Term:
        terms: list[Term] = []
        while True:
            self.skip()
            if self.place == len(self.text) or self.sees(")"):
                break
            if terms and _OR.match(self.text, self.place):
                break
            if terms:
                self.take(_AND)
            terms.append(self.tight())
        return all_of(terms)

    def tight(self) -> Term:
        terms = [self.unary()]
        while True:
            self.skip()
            if not self.sees("|") or self.sees("||"):
                return any_of(terms)
            self.place += 1
            terms.append(self.unary())

    def unary(self) -> Term:
        negated = False
        while self.take(_NOT):
            negated = not negated
        self.skip()
        term = self.group() if self.sees("(") else self.term()
        return negation(term) if negated else term

    def group(self) -> Term:
        start = self.place
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} parentheses within each other")
        self.place += 1
        term = self.either()
        if not self.sees(")"):
            raise self.error("this '(' is not closed", start)
        if term == EVERYTHING:
            raise self.error("nothing between the parentheses", start)
        self.place += 1
        self.depth -= 1
        return term

    def term(self) -> Term:
        start = self.place
        if start == len(self.text) or self.sees("|", ")", "&"):
            raise self.error("a term is missing here")
        if self.sees(":", "=", "<", ">", "!"):
            raise self.error(f"'{self.text[start]}' needs a field before it, or quotes around it")
        item = self.quoted(_END) or self.pattern(_END)
        if item is not None:
            return looks_for(self.regex(item) if item.sort == "pattern" else Condition("contains", item.text))
        named = _FIELD.match(self.text, start)
        if named is not None:
            self.place = named.end()
            return self.field(named[1], named[2] or ":", start)
        word = self.take(_WORD)
        field = BY_NAME.get(word.lower())
        if field is not None and field.sort is Sort.FLAG:
            return asks(field.name, Condition("true"))
        return looks_for(Condition("contains", word))

    def quoted(self, end: re.Pattern[str]) -> _Item | None:
        if not self.sees('"', "'"):
            return None
        start = self.place
        quote = self.text[start]
        letters = []
        place = start + 1
        while place < len(self.text) and self.text[place] != quote:
            # Only what must be escaped can be: a pattern in quotes keeps its backslashes.
            if self.text.startswith(("\\\\", "\\" + quote), place):
                place += 1
            letters.append(self.text[place])
            place += 1
        if place >= len(self.text):
            raise self.error("this quote is not closed", start)
        self.place = place + 1
        if end.match(self.text, self.place) is None:
            raise self.error("a space is missing after the closing quote")
        return _Item("quoted", "".join(letters), start)

    def pattern(self, end: re.Pattern[str]) -> _Item | None:
        start = self.place
        close = find_end(self.text, start, end)
        if close < 0:
            return None
        self.place = close + 1
        return _Item("pattern", self.text[start + 1 : close], start + 1)

    def field(self, name: str, operator: str, start: int) -> Term:
        field = BY_NAME.get(name.lower())
        if field is None:
            hint = similar(name, tuple(BY_NAME)) or "; to look for it as text, put it in quotes"
            raise self.error(f"unknown field '{name}'{hint}", start)
        items = self.items(field, operator)
        if operator in ("!=", "!~"):
            return negation(self.ask(field, operator.replace("!", "="), items))
        return self.ask(field, operator, items)

    def items(self, field: Field, operator: str) -> list[_Item]:
        if operator == ":":
            if _END.match(self.text, self.place):
                return []
        else:
            self.skip()
        items = []
        while True:
            item = self.quoted(_END_OF_ITEM)
            if item is None and operator in (":", "=~", "!~"):
                item = self.pattern(_END_OF_ITEM)
            items.append(item or self.bare(field, operator))
            if not self.sees(","):
                return items
            self.place += 1

    def bare(self, field: Field, operator: str) -> _Item:
        start = self.place
        if self.sees("("):
            raise self.error(f"parentheses hold terms; for several values write {field.name}:a,b")
        # A comma may well be part of a pattern.
        found = (_WORD if "~" in operator else _ITEM).match(self.text, start)
        if found is None:
            raise self.error("a value is missing here")
        self.place = found.end()
        return _Item("bare", found[0], start)

    def ask(self, field: Field, operator: str, items: list[_Item]) -> Term:
        if field.sort is Sort.FLAG:
            return self.flag(field, operator, items)
        if not items:
            return asks(field.name, Condition("unset"))
        if operator in _COMPARISONS:
            if len(items) > 1:
                raise self.error(f"'{operator}' takes one number", items[1].position)
            return asks(field.name, self.compare(field, operator, items[0]))
        return asks(field.name, *(self.condition(field, operator, item) for item in items))

    def flag(self, field: Field, operator: str, items: list[_Item]) -> Term:
        term = asks(field.name, Condition("true"))
        if operator in (":", "=", "==") and len(items) == 1:
            word = items[0].text.lower()
            if word in _YES:
                return term
            if word in _NO:
                return negation(term)
        position = items[0].position if items else self.place
        raise self.error(f"{field.name} is yes or no: write {field.name} or !{field.name}", position)

    def condition(self, field: Field, operator: str, item: _Item) -> Condition:
        if item.sort == "pattern" or operator == "=~":
            return self.regex(item)
        if not item.text:
            return Condition("unset")
        compared = _COMPARISON.match(item.text) if item.sort == "bare" and operator == ":" else None
        if compared is not None:
            length = compared.end()
            rest = _Item("bare", item.text[length:], item.position + length)
            return self.compare(field, compared[0], rest)
        if field.numeric:
            return self.numeric(field, item)
        if field.sort is Sort.WORD:
            return Condition("equals", self.word(field, item))
        return Condition("contains" if operator == ":" else "equals", item.text)

    def word(self, field: Field, item: _Item) -> str:
        if not field.choices:
            return item.text
        word = item.text.lower()
        if word.startswith("!") and item.sort == "bare":
            raise self.error(f"put the ! before the field: !{field.name}:{word[1:]}", item.position)
        if not word.startswith(field.prefix):
            word = field.prefix + word
        if word in field.choices:
            return word
        hint = similar(word, field.choices)
        if not hint and len(field.choices) < 10:
            hint = f": it is one of {', '.join(field.choices)}"
        raise self.error(f"there is no {field.name} '{item.text}'{hint}", item.position)

    def numeric(self, field: Field, item: _Item) -> Condition:
        low, dots, high = item.text.partition("..")
        if not dots:
            return Condition("number", low=self.number(field, item))
        if not low and not high:
            raise self.error(f"a range needs an end, like {field.name}:..100", item.position)
        last = item._replace(text=high, position=item.position + len(low) + 2)
        if not low:
            return Condition("<=", low=self.number(field, last))
        first = self.number(field, item._replace(text=low))
        if not high:
            return Condition(">=", low=first)
        until = self.number(field, last)
        if until < first:
            raise self.error(f"nothing lies in {item.text}: the lower end comes first", item.position)
        return Condition("..", low=first, high=until)

    def compare(self, field: Field, operator: str, item: _Item) -> Condition:
        if not field.numeric:
            raise self.error(f"{field.name} is no number: '{operator}' cannot be asked of it", item.position)
        return Condition(_COMPARISONS[operator], low=self.number(field, item))

    def number(self, field: Field, item: _Item) -> int | float:
        if not item.text:
            raise self.error("a number is missing here", item.position)
        try:
            return number(field, item.text)
        except ValueError as error:
            raise self.error(str(error), item.position) from None

    def regex(self, item: _Item) -> Condition:
        pattern = unescape(item.text)
        if not pattern:
            raise self.error("this pattern is empty", item.position)
        if len(pattern) > MAX_PATTERN:
            message = f"a pattern has at most {MAX_PATTERN} characters, this has {len(pattern)}"
            raise self.error(message, item.position)
        try:
            compile_pattern(pattern)
        except re.error as error:
            position = min(item.position + (error.pos or 0), len(self.text))
            raise self.error(f"broken pattern: {error.msg}", position) from None
        except (OverflowError, RecursionError) as error:
            raise self.error(f"broken pattern: {error}", item.position) from None
        if nested_repeat(pattern):
            raise self.error(
                "a repeat within a repeat can take for ever: make the inner one possessive, a++ for a+",
                item.position,
            )
        return Condition("regex", pattern)
