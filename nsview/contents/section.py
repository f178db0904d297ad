"""What every look inside gives: facts, a page of a table, and what could not be read. Plain data."""

import errno
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from nsview.kernel.procfs import GONE

Value: TypeAlias = "str | int | float | bool | tuple[str, ...] | None"
"""Texts are raw. None: there is none, or the kernel did not tell."""

BYTES, SECONDS, MOMENT, OCTAL, MICROSECONDS = "bytes", "seconds", "moment", "octal", "microseconds"
"""Units; a moment is in seconds since 1970."""
PROCESS, NAMESPACE = "process", "namespace"
"""Units of what can be gone to: numbers of processes as we see them, and of namespaces (inodes)."""
NESTED = "nested"
"""A name in a tree: as far inside as the row's column `depth` says."""


class Fact(NamedTuple):
    """One labelled value; `key` is its name in JSON."""

    key: str
    label: str
    value: Value
    unit: str = ""


class Column(NamedTuple):
    key: str
    label: str
    unit: str = ""
    drop: int = 0
    """Where there is no room the column with the largest number goes first; 0 stays."""


class Unread(NamedTuple):
    """Something that could not be read, and why."""

    what: str
    why: str


class Page(NamedTuple):
    """Which rows of a table are wanted, or of every table: a namespace may have 100,000 sockets."""

    offset: int = 0
    limit: int = 200
    find: str = ""
    """Only rows in which this text occurs, small and capital letters alike."""

    def of(self, key: str) -> "Page":
        """The page of one section: each the same."""
        return self


class Pages(NamedTuple):
    """A page of their own for some sections."""

    rest: Page
    own: Mapping[str, Page]
    """By the section's key."""

    @property
    def find(self) -> str:
        return self.rest.find

    def of(self, key: str) -> Page:
        return self.own.get(key, self.rest)


Wanted: TypeAlias = Page | Pages
FIRST = Page()


class Section(NamedTuple):
    key: str
    title: str
    facts: tuple[Fact, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    total: int = 0
    """Rows that there are in all, of which `rows` is one page."""
    offset: int = 0
    unread: tuple[Unread, ...] = ()

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        data: dict[str, object] = {"section": self.key}
        if self.facts:
            data["facts"] = {fact.key: _plain(fact.value) for fact in self.facts}
        if self.columns:
            keys = [column.key for column in self.columns]
            data["rows"] = [dict(zip(keys, map(_plain, row), strict=True)) for row in self.rows]
            data["total"] = self.total
            data["offset"] = self.offset
        data["unread"] = [unread._asdict() for unread in self.unread]
        return data


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


Row = TypeVar("Row")


def table(
    key: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[tuple[Value, ...]],
    wanted: Wanted,
    facts: Iterable[Fact] = (),
    unread: Iterable[Unread] = (),
) -> Section:
    """A section of one page of these rows."""
    page = wanted.of(key)
    shown, total = cut(rows, page, lambda row: row)
    return Section(key, title, tuple(facts), tuple(columns), tuple(shown), total, page.offset, tuple(unread))


def cut(rows: Sequence[Row], page: Page, cells: Callable[[Row], Iterable[object]]) -> tuple[list[Row], int]:
    """The rows of the page, and how many there are in all; `cells` gives what is searched."""
    if page.find:
        wanted = page.find.casefold()
        rows = [row for row in rows if any(wanted in str(cell).casefold() for cell in cells(row))]
    return list(rows[page.offset : page.offset + page.limit]), len(rows)


class Refused:
    """Counts what could not be read of many alike, so that each reason is told once.

    `what` has a place for the number of them. What has ended meanwhile is no refusal.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._reasons: dict[int, tuple[OSError, int]] = {}

    def note(self, error: OSError) -> None:
        number = error.errno or 0
        if number not in GONE:
            first, times = self._reasons.get(number, (error, 0))
            self._reasons[number] = (first, times + 1)

    def unread(self) -> list[Unread]:
        return [unread(self._what.format(f"{times:,}"), error) for error, times in self._reasons.values()]


def unread(what: str, error: OSError) -> Unread:
    """What was tried, what the kernel said, what would help."""
    number = error.errno or 0
    why = f"{error.strerror or error} ({errno.errorcode.get(number, number)})"
    if number in (errno.EPERM, errno.EACCES):
        why += "; run as root, or as the user who owns the namespace"
    return Unread(what, why)
