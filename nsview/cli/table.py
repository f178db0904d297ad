"""Plain tables: aligned, fitted to the terminal, with a tree in the first column where there is one."""

from argparse import Namespace
from collections.abc import Sequence

from nsview.cli.output import colourful, styled, width, write_line
from nsview.text import cell_width, clean, fit

_NARROWEST = 8
"""Cells that a shortened column keeps."""


class Head:
    """A column: its name, whether it goes to the right, and whether it may be cut to fit the terminal."""

    __slots__ = ("name", "right", "shrinks")

    def __init__(self, name: str, right: bool = False, shrinks: bool = False) -> None:
        self.name = name
        self.right = right
        self.shrinks = shrinks


class Line:
    """A row: raw text, one per column; several lines of text make a cell of several lines.

    `guide` is drawn before the cell that `guided` says.
    """

    __slots__ = ("cells", "guide", "guided", "style")

    def __init__(self, cells: Sequence[str], guide: str = "", style: str = "", guided: int = 0) -> None:
        self.cells = cells
        self.guide = guide
        self.style = style
        self.guided = guided


def write_rows(heads: Sequence[Head], lines: Sequence[Line], arguments: Namespace) -> None:
    """A table as the options of `nsview list` want it: raw, cut or whole, with or without headings."""
    if arguments.raw:
        draw_raw(heads, lines, headings=not arguments.noheadings)
        return
    draw(
        heads,
        lines,
        width=None if arguments.notruncate else width(),
        headings=not arguments.noheadings,
        colour=colourful(),
    )


def draw(
    heads: Sequence[Head],
    lines: Sequence[Line],
    *,
    width: int | None,
    headings: bool = True,
    colour: bool = False,
) -> None:
    """Write a table; `width` None leaves every cell whole."""
    rows = [(_spread(line), line.style) for line in lines]
    widths = _widths(heads, [part for parts, _ in rows for part in parts], width, headings)
    if headings:
        write_line(styled(_join([head.name for head in heads], heads, widths, width), "head", colour))
    for parts, style in rows:
        for part in parts:
            write_line(styled(_join(part, heads, widths, width), style, colour))


def draw_raw(heads: Sequence[Head], lines: Sequence[Line], *, headings: bool) -> None:
    """One line a row, cells apart by one space; a space within a cell is written `\\x20`."""
    if headings:
        write_line(" ".join(head.name for head in heads))
    for line in lines:
        write_line(" ".join(clean(cell).replace(" ", "\\x20") for cell in line.cells))


def _spread(line: Line) -> list[list[str]]:
    """The cleaned screen lines of a row: as many as its tallest cell has."""
    columns = [[clean(part) for part in cell.split("\n")] if cell else [""] for cell in line.cells]
    columns[line.guided][0] = line.guide + columns[line.guided][0]
    height = max(len(column) for column in columns)
    return [[column[y] if y < len(column) else "" for column in columns] for y in range(height)]


def _widths(heads: Sequence[Head], parts: list[list[str]], width: int | None, headings: bool) -> list[int]:
    widths = [cell_width(head.name) if headings else 0 for head in heads]
    for part in parts:
        for place, text in enumerate(part):
            widths[place] = max(widths[place], cell_width(text))
    if width is None:
        return widths
    excess = sum(widths) + len(widths) - 1 - width
    while excess > 0:
        # Take from the widest that gives way, down to the next widest, so that all end equally narrow.
        giving = [place for place, head in enumerate(heads) if head.shrinks and widths[place] > _NARROWEST]
        if not giving:
            break
        widest = max(giving, key=lambda place: widths[place])
        others = [widths[place] for place in giving if place != widest]
        floor = max([_NARROWEST, *others]) if others else _NARROWEST
        step = max(1, min(excess, widths[widest] - floor))
        widths[widest] -= step
        excess -= step
    return widths


def _join(texts: Sequence[str], heads: Sequence[Head], widths: Sequence[int], width: int | None) -> str:
    cells = [
        fit(text, cells, right=head.right) for text, head, cells in zip(texts, heads, widths, strict=True)
    ]
    line = " ".join(cells).rstrip()
    # A terminal narrower than the columns that do not give way: better cut than wrapped.
    return fit(line, width).rstrip() if width is not None and cell_width(line) > width else line
