"""The columns of a tree: how wide each is, and which go first where the terminal is narrow."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

GUTTER = 2
"""Cells at the left edge, for the signs of the cursor, of tags and of marks."""

GAP = 1


class Column(NamedTuple):
    """What a column wants. The first one given to a tree carries the guides, the last one can be panned."""

    name: str
    """The name that models give their cells."""
    title: str
    width: int
    """Cells that it needs to be of use."""
    align: Literal["left", "right"] = "left"
    grow: int = 0
    """Its share of the room that is left over, in proportion to the other columns' shares."""
    limit: int = 0
    """Cells that it never grows beyond; 0 is no limit."""
    drop: int = 0
    """The column with the largest number goes first where there is no room; 0 stays."""


class Placed(NamedTuple):
    column: Column
    x: int
    """Its first cell, counted from the left edge of the tree."""
    width: int


def fit(columns: Sequence[Column], room: int) -> tuple[Placed, ...]:
    """Lay columns out side by side on `room` cells, leaving out what does not fit.

    The first column stays to the last. What may not be dropped is cut short where even that does not fit.
    """
    kept = list(columns)
    while len(kept) > 1 and _needed(kept) > room:
        # Of equals the one further right; with nothing left to drop, whatever is furthest right.
        going = max(range(1, len(kept)), key=lambda i: (kept[i].drop, i))
        if not kept[going].drop and _needed(kept[:1]) + GAP < room:
            break
        del kept[going]
    widths = [column.width for column in kept]
    over = _needed(kept) - room
    for i in reversed(range(len(kept))):
        cut = max(0, min(over, widths[i] - 1))
        widths[i] -= cut
        over -= cut
    _share_out(kept, widths, room - GUTTER - GAP * (len(kept) - 1) - sum(widths))
    placed, x = [], GUTTER
    for column, width in zip(kept, widths, strict=True):
        placed.append(Placed(column, x, width))
        x += width + GAP
    return tuple(placed)


def _needed(columns: Sequence[Column]) -> int:
    return GUTTER + sum(column.width for column in columns) + GAP * (len(columns) - 1)


def _share_out(columns: Sequence[Column], widths: list[int], spare: int) -> None:
    """Let columns grow by their shares, up to their limits; the last one takes what is left then."""
    growing = [i for i, column in enumerate(columns) if column.grow]
    while spare > 0 and growing:
        shares = sum(columns[i].grow for i in growing)
        given = 0
        for i in tuple(growing):
            more = max(1, spare * columns[i].grow // shares)
            more = min(more, spare - given)
            if columns[i].limit:
                more = min(more, max(0, columns[i].limit - widths[i]))
                if widths[i] + more >= columns[i].limit:
                    growing.remove(i)
            widths[i] += more
            given += more
        spare -= given
    if spare > 0:
        widths[-1] += spare


def column_at(placed: Sequence[Placed], x: int) -> Column | None:
    """The column that a cell of the header belongs to; the gap belongs to the column on its right."""
    found = None
    for place in placed:
        if found is None or x >= place.x - GAP:
            found = place.column
    return found
