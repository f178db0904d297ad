"""Plain tables: aligned, fitted to the terminal, with a tree in the first column where there is one."""

from argparse import Namespace
from collections.abc import Sequence

from nsview.cli.output import colourful, styled, width, write_line
from nsview.tabular import Head, joined, widths
from nsview.text import clean


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
) -> list[str]:
    """Write a table; `width` None leaves every cell whole. The names of the columns left out for room."""
    rows = [(_spread(line), line.style) for line in lines]
    cells = widths(heads, [part for parts, _ in rows for part in parts], width, headings=headings)
    if headings:
        write_line(styled(joined([head.name for head in heads], heads, cells, width), "head", colour))
    for parts, style in rows:
        for part in parts:
            write_line(styled(joined(part, heads, cells, width), style, colour))
    return [head.name for head, wide in zip(heads, cells, strict=True) if not wide and head.name]


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
