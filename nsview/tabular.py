"""How wide the columns of a table are where there is only so much room."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from nsview.text import cell_width, fit

if TYPE_CHECKING:
    from nsview.contents.section import Column, Value

GAP = 1
_NARROWEST = 8
"""Cells that a shortened column keeps."""
_NOTHING_KNOWN = 100
_USEFUL, _WANTED = 16, 36
"""Cells that a column keeps as long as a less important one can go instead: the second, if it never goes."""


class Head(NamedTuple):
    """A column: its name, whether it goes to the right, and whether it may be cut to fit."""

    name: str
    right: bool = False
    shrinks: bool = False
    drop: int = 0
    """Where there is no room the column with the largest number goes first; 0 stays."""


def heads_of(columns: "Sequence[Column]", rows: "Sequence[Sequence[Value]]") -> list[Head]:
    """The heads of a section's table: numbers to the right; what nothing is known of goes first."""
    from nsview.contents.section import MOMENT

    heads = []
    for place, column in enumerate(columns):
        values = [row[place] for row in rows if row[place] not in (None, "", ())]
        number = bool(values) and all(isinstance(value, int | float) for value in values)
        drop = column.drop if values or not column.drop else _NOTHING_KNOWN
        heads.append(Head(column.label, number and column.unit != MOMENT, not number, drop))
    return heads


def widths(
    heads: Sequence[Head], rows: Iterable[Sequence[str]], room: int | None, *, headings: bool = True
) -> list[int]:
    """Cells of each column, 0 for those that are left out; without `room` all are as wide as their texts.

    The texts are clean. What is left may still be too wide, where nothing more gives way.
    """
    wanted = [cell_width(head.name) if headings else 0 for head in heads]
    for row in rows:
        for place, text in enumerate(row):
            if len(text) > wanted[place] or not text.isascii():
                wanted[place] = max(wanted[place], cell_width(text))
    if room is None:
        return wanted
    kept = _kept(heads, wanted, room)
    taken = [wanted[place] if place in kept else 0 for place in range(len(heads))]
    excess = sum(taken) + GAP * (len(kept) - 1) - room
    for least in ([_useful(head) for head in heads], [_NARROWEST] * len(heads)):
        excess = _narrow(taken, [place for place in kept if heads[place].shrinks], least, excess)
    return taken


def _useful(head: Head) -> int:
    return _USEFUL if head.drop else _WANTED


def _narrow(taken: list[int], giving: list[int], least: list[int], excess: int) -> int:
    """Take from the widest columns that give way, down to the next widest, so that all end equally narrow.

    How much is still too much.
    """
    while excess > 0:
        giving = [place for place in giving if taken[place] > least[place]]
        if not giving:
            break
        widest = max(giving, key=lambda place: taken[place])
        floor = max([least[widest], *(taken[place] for place in giving if place != widest)])
        step = max(1, min(excess, taken[widest] - floor))
        taken[widest] -= step
        excess -= step
    return excess


def _kept(heads: Sequence[Head], wanted: Sequence[int], room: int) -> list[int]:
    """The columns for which there is room, the less important ones left out first."""
    kept = list(range(len(heads)))
    needed = [
        min(cells, _useful(head)) if head.shrinks else cells
        for head, cells in zip(heads, wanted, strict=True)
    ]
    while sum(needed[place] + GAP for place in kept) - GAP > room:
        going = max(kept, key=lambda place: (heads[place].drop, place))
        if not heads[going].drop:
            break
        kept.remove(going)
    return kept


def joined(texts: Sequence[str], heads: Sequence[Head], cells: Sequence[int], room: int | None) -> str:
    """One line of a table, without spaces at its end."""
    parts = [
        fit(text, width, right=head.right)
        for text, head, width in zip(texts, heads, cells, strict=True)
        if width
    ]
    line = (" " * GAP).join(parts).rstrip()
    # Narrower than the columns that do not give way: better cut than wrapped.
    return fit(line, room).rstrip() if room is not None and cell_width(line) > room else line
