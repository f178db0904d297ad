"""Sections in words: for fronts that draw labelled lines."""

from collections.abc import Sequence
from time import localtime, strftime

from nsview.contents.section import (
    BYTES,
    MICROSECONDS,
    MOMENT,
    NAMESPACE,
    NESTED,
    OCTAL,
    PROCESS,
    SECONDS,
    Column,
    Section,
    Value,
)
from nsview.model.sections.amounts import duration, size

_NAME = "name"
_NAMES = (_NAME, PROCESS, NAMESPACE)
"""Of numbers that are names: no thousands are set apart in them."""
_DEEPEST = 20
"""Steps that a name is set in at most."""


def told(value: Value, unit: str = "") -> str:
    """A value for people, not yet cleaned; `-` for none."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value) or "-"
        case str():
            return value or "-"
    if unit == BYTES:
        return size(value)
    if unit == SECONDS:
        sign = "-" if value < 0 else ""
        return sign + (duration(abs(value)) if abs(value) >= 60 else f"{abs(value):g} s")
    if unit == MICROSECONDS:
        return duration(value / 1e6) if value >= 6e7 else f"{value / 1e6:g} s"
    if unit == MOMENT:
        return strftime("%Y-%m-%d %H:%M:%S", localtime(value)) if value else "never"
    if unit == OCTAL:
        return f"{int(value):04o}"
    return f"{value:,}" if isinstance(value, int) and unit not in _NAMES else str(value)


def cells(columns: Sequence[Column], row: Sequence[Value]) -> list[str]:
    """A row of a table: its numbers are names as often as amounts."""
    texts = [told(value, column.unit or _NAME) for column, value in zip(columns, row, strict=True)]
    for place, column in enumerate(columns):
        if column.unit == NESTED:
            texts[place] = "  " * _depth(columns, row) + texts[place]
    return texts


def _depth(columns: Sequence[Column], row: Sequence[Value]) -> int:
    depth = next((value for column, value in zip(columns, row, strict=True) if column.key == "depth"), 0)
    return min(depth, _DEEPEST) if isinstance(depth, int) else 0


def remark(section: Section) -> str | None:
    """What must be said below the rows: that there are none, or more."""
    if not section.columns:
        return None if section.facts or section.unread else "nothing is counted or limited here"
    left = section.total - section.offset - len(section.rows)
    if section.rows:
        return f"… {left:,} more of {section.total:,}" if left > 0 else None
    if section.unread:
        return None
    return "none on this page" if section.total else "none"
