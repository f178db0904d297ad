"""What is inside a namespace, as plain text and as JSON."""

from collections.abc import Iterable
from time import localtime, strftime

from nsview.cli.output import colourful, styled, width, write_line
from nsview.cli.table import Head, Line, draw
from nsview.contents.section import (
    BYTES,
    MICROSECONDS,
    MOMENT,
    OCTAL,
    SECONDS,
    Column,
    Page,
    Section,
    Value,
)
from nsview.model.namespace import Namespace
from nsview.model.sections.summary import duration, size
from nsview.text import clean, fit

_LABEL = 26
"""Cells of the column of labels."""


def told(value: Value, unit: str = "") -> str:
    """A value for people, not yet cleaned."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value) or "-"
        case str():
            return value or "-"
    match unit:
        case "bytes":
            return size(value)
        case "seconds":
            sign = "-" if value < 0 else ""
            return sign + (duration(abs(value)) if abs(value) >= 60 else f"{abs(value):g} s")
        case "microseconds":
            return duration(value / 1e6) if value >= 6e7 else f"{value / 1e6:g} s"
        case "moment":
            return strftime("%Y-%m-%d %H:%M:%S", localtime(value)) if value else "never"
        case "octal":
            return f"{int(value):04o}"
    return f"{value:,}" if isinstance(value, int) and not unit else str(value)


def write_inside(ns: Namespace, sections: Iterable[Section]) -> None:
    """Its sections, each with its facts, the page of its table, and what could not be read."""
    colour, cells = colourful(), width()
    write_line(styled(f"Inside {ns.id}", "head", colour))
    for section in sections:
        write_line()
        write_line(styled(section.title, "head", colour))
        for fact in section.facts:
            text = clean(told(fact.value, fact.unit), 1 << 16)
            line = f"  {fit(fact.label, _LABEL)} {text}"
            write_line(line if cells is None else fit(line, cells).rstrip())
        if section.rows:
            _draw(section, cells, colour)
        elif section.columns and not section.unread:
            write_line("  none" if not section.total else "  none on this page")
        elif not section.facts and not section.unread:
            write_line("  nothing is counted or limited here")
        left = section.total - section.offset - len(section.rows)
        if left > 0 and section.rows:
            write_line(f"  … {left:,} more of {section.total:,}; --offset and --limit show others")
        for what, why in section.unread:
            write_line(styled(clean(f"  not read: {what}: {why}"), "warn", colour))


_NUMBERS = (BYTES, SECONDS, MICROSECONDS)
_PLAIN = (*_NUMBERS, MOMENT, OCTAL)


def _draw(section: Section, cells: int | None, colour: bool) -> None:
    lines = [
        Line([told(value, _unit(column)) for column, value in zip(section.columns, row, strict=True)])
        for row in section.rows
    ]
    heads = []
    for place, column in enumerate(section.columns):
        values = [row[place] for row in section.rows if row[place] is not None]
        number = bool(values) and all(isinstance(value, int | float) for value in values)
        heads.append(Head(column.label, right=number and column.unit != MOMENT, shrinks=not number))
    draw(heads, lines, width=cells, colour=colour)


def _unit(column: Column) -> str:
    """Numbers in a table are names as often as amounts: no thousands are set apart."""
    return column.unit if column.unit in _PLAIN else "plain"


def inside_json(ns: Namespace, sections: Iterable[Section]) -> dict[str, object]:
    return {"ns": ns.inode, "type": str(ns.kind), "sections": [section.as_data() for section in sections]}


def page_of(limit: int, offset: int, find: str) -> Page:
    return Page(max(0, offset), max(0, limit), find)
