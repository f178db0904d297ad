"""From what a line shows to styled text of an exact width.

Text becomes segments and nothing else: no markup is ever parsed, so a name full of brackets is only a name.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from nsview.model.views.tree import Cell, Span
from nsview.model.views.visible import Row
from nsview.ui.widgets.tree.columns import GUTTER, Column, Placed
from nsview.ui.widgets.tree.glyphs import TAGGED, Glyphs

Names: TypeAlias = tuple[str, ...]
"""Names of styles, the later over the earlier."""

MATCH = "match"
CURSOR = "cursor"

# Terminals take these for one or two cells each, or for a change to the character before. Text that was
# cleaned has no more than the letters of flags, which are drawn as plain letters.
_UNSTEADY = {
    0xFE0F: None,
    **dict.fromkeys(range(0x1F3FB, 0x1F400)),
    **{0x1F1E6 + i: chr(ord("A") + i) for i in range(26)},
}


class Heading(NamedTuple):
    """What the line of column titles shows."""

    placed: tuple[Placed, ...]
    sort: str
    descending: bool
    pan: int


class Line(NamedTuple):
    """All that a row shows: when it is equal, so is the picture."""

    row: Row
    placed: tuple[Placed, ...]
    cells: tuple[Cell, ...]
    """One for each placed column."""
    marks: Names
    pan: int
    """Cells that the last column's text is moved to the left."""
    cursor: bool = False
    tagged: bool = False
    matched: bool = False


class _Runs:
    """Stretches of equal style, side by side."""

    def __init__(self, style: Callable[[Names, bool], Style]) -> None:
        self._style = style
        self._runs: list[tuple[list[str], Names, bool]] = []

    def add(self, text: str, names: Names, blank: bool = False) -> None:
        """`blank`: space between texts, which is neither underlined nor struck out."""
        if not text:
            return
        blank = blank and bool(names)
        if self._runs and self._runs[-1][1:] == (names, blank):
            self._runs[-1][0].append(text)
        else:
            self._runs.append(([text], names, blank))

    def segments(self) -> list[Segment]:
        return [Segment("".join(texts), self._style(names, blank)) for texts, names, blank in self._runs]


def paint_heading(heading: Heading, glyphs: Glyphs, style: Callable[[Names, bool], Style]) -> list[Segment]:
    runs = _Runs(style)
    names: Names = ("header",)
    runs.add(" " * GUTTER, names, blank=True)
    for i, (column, _x, width) in enumerate(heading.placed):
        if i:
            runs.add(" ", ("header",), blank=True)
        title, names = column.title, ("header",)
        if i and i == len(heading.placed) - 1 and heading.pan:
            title = glyphs.cut + title
        if column.name == heading.sort:
            names = ("header", "sorted")
            # The mark is never what is cut off: the title gives way to it.
            mark = glyphs.descending if heading.descending else glyphs.ascending
            title = _cut(title, max(0, width - 1), glyphs) + mark
        _add_cell(runs, title, column, width, names, glyphs)
    return runs.segments()


def paint_line(line: Line, glyphs: Glyphs, style: Callable[[Names, bool], Style]) -> list[Segment]:
    runs = _Runs(style)
    base = line.marks + ((TAGGED,) if line.tagged else ())
    top = (CURSOR,) if line.cursor else ()
    sign = next((sign for mark, sign in glyphs.signs.items() if mark in base), " ")
    runs.add((glyphs.cursor if line.cursor else " ") + sign, base + top, blank=True)
    for i, (cell, (column, _x, width)) in enumerate(zip(line.cells, line.placed, strict=True)):
        names = base
        if i == 0:
            guide = lead(line.row, width, glyphs)
            runs.add(guide, ("guide", *top))
            width -= len(guide)
            if line.matched:
                names = (*base, MATCH)
        else:
            runs.add(" ", base + top, blank=True)
        pan = line.pan if i and i == len(line.placed) - 1 else 0
        _add_cell(runs, cell, column, width, names, glyphs, top, pan)
    return runs.segments()


def lead(row: Row, width: int, glyphs: Glyphs) -> str:
    """The guides and the fold mark before a row's text, at most half of a column `width` cells wide."""
    mark = glyphs.leaf if row.fold is None else glyphs.opened if row.fold else glyphs.closed
    if not row.rails:
        mark = mark if row.fold is not None else "  "
    guide = "".join(map(glyphs.rails.__getitem__, row.rails)) + mark
    room = max(min(2, width), width // 2)
    # The levels next to the row say more than those next to the root.
    return guide if len(guide) <= room else glyphs.cut + guide[len(guide) - room + 1 :]


def fold_mark(line: Line, glyphs: Glyphs) -> range:
    """The cells of the line that hold the mark to fold and unfold with the mouse; none on a leaf."""
    if line.row.fold is None:
        return range(0)
    end = GUTTER + len(lead(line.row, line.placed[0].width, glyphs))
    return range(end - 2, end)


def _add_cell(
    runs: _Runs,
    cell: Cell,
    column: Column,
    width: int,
    names: Names,
    glyphs: Glyphs,
    top: Names = (),
    pan: int = 0,
) -> None:
    """A cell in exactly `width` cells of the screen."""
    if isinstance(cell, str):
        texts: list[tuple[str, str]] = [(_steady(cell, glyphs), "")]
    else:
        spans: Sequence[Span] = (cell,) if isinstance(cell, Span) else cell
        texts = [(_steady(text, glyphs), name) for text, name in spans]
    widths = [cell_len(text) for text, _name in texts]
    taken = sum(widths)
    if pan and taken:
        texts, widths = _without_start(texts, widths, pan)
        taken = sum(widths)
    spare = max(0, width - taken)
    if column.align == "right":
        runs.add(" " * spare, names + top, blank=True)
    room = width if taken <= width else max(0, width - len(glyphs.cut))
    for (text, name), cells in zip(texts, widths, strict=True):
        styled = names + (name, *top) if name else names + top
        if cells <= room:
            runs.add(text, styled)
            room -= cells
        else:
            runs.add(set_cell_size(text, room), styled)
            room = 0
    if taken > width > 0:
        runs.add(glyphs.cut, names + top)
    elif column.align != "right":
        runs.add(" " * spare, names + top, blank=True)


def _cut(text: str, width: int, glyphs: Glyphs) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - len(glyphs.cut))) + (glyphs.cut if width else "")


def _without_start(
    texts: list[tuple[str, str]], widths: list[int], cells: int
) -> tuple[list[tuple[str, str]], list[int]]:
    """Leave out so many cells; a wide character that is cut in two leaves a space."""
    kept: list[tuple[str, str]] = []
    kept_widths: list[int] = []
    for (text, name), width in zip(texts, widths, strict=True):
        if cells >= width:
            cells -= width
            continue
        start = 0
        while cells > 0:
            cells -= cell_len(text[start])
            start += 1
        while start < len(text) and not cell_len(text[start]):
            start += 1
        rest = " " * -cells + text[start:]
        cells = 0
        kept.append((rest, name))
        kept_widths.append(cell_len(rest))
    return kept, kept_widths


def _steady(text: str, glyphs: Glyphs) -> str:
    """The last guard before the terminal, for text that ought to be clean: nothing that a terminal obeys, and
    nothing whose width it might see differently."""
    if text.isascii():
        if text.isprintable():
            return text
    else:
        text = text.translate(_UNSTEADY)
        if text.isprintable():
            return text
    return "".join(char if char.isprintable() else " " if char.isspace() else glyphs.unknown for char in text)


def width_of(cell: Cell) -> int:
    """Cells that a cell would take if there were room."""
    if isinstance(cell, str):
        return cell_len(cell)
    return sum(cell_len(span.text) for span in ((cell,) if isinstance(cell, Span) else cell))
