"""A table among the rows of a sheet: laid out for the sheet's width, its lines made when they are seen."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from nsview.model.views.subject import Subject
from nsview.tabular import GAP, Head, widths
from nsview.text import fit

NO_LINKS: Mapping[int, Subject] = {}


class Piece(NamedTuple):
    """A stretch of a line."""

    text: str
    """Clean already."""
    mark: str = ""
    subject: Subject | None = None
    do: str = ""
    """What the screen is asked for when it is clicked."""


class Grid(NamedTuple):
    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    """Clean already."""
    marks: tuple[str, ...] = ()
    """How each row stands out; () for none."""
    links: tuple[Mapping[int, Subject], ...] = ()
    """Of each row the columns that lead somewhere; () for none."""

    def only(self, wanted: Callable[[tuple[str, ...]], bool]) -> "Grid":
        """The same with some of its rows."""
        kept = [place for place, row in enumerate(self.rows) if wanted(row)]
        return Grid(
            self.heads,
            tuple(self.rows[place] for place in kept),
            tuple(self.marks[place] for place in kept) if self.marks else (),
            tuple(self.links[place] for place in kept) if self.links else (),
        )


class LaidOut:
    """A grid in so many cells, or in as many as it takes: its headings are line 0."""

    def __init__(self, grid: Grid, room: int | None) -> None:
        self.grid = grid
        self.widths = widths(grid.heads, grid.rows, room)
        self.room = sum(self.widths) + GAP * len(self.widths) if room is None else room

    def __len__(self) -> int:
        return len(self.grid.rows) + 1

    @property
    def left_out(self) -> list[str]:
        """The headings of the columns for which there is no room."""
        return [head.name for head, wide in zip(self.grid.heads, self.widths, strict=True) if not wide]

    def pieces(self, line: int) -> list[Piece]:
        if line == 0:
            return self._line([head.name for head in self.grid.heads], "heading", NO_LINKS)
        mark = self.grid.marks[line - 1] if self.grid.marks else ""
        return self._line(self.grid.rows[line - 1], mark, self.links(line))

    def links(self, line: int) -> Mapping[int, Subject]:
        return self.grid.links[line - 1] if line and self.grid.links else NO_LINKS

    def _line(self, texts: Sequence[str], mark: str, links: Mapping[int, Subject]) -> list[Piece]:
        pieces: list[Piece] = []
        room, gap = self.room, 0
        for place, (text, head, wide) in enumerate(zip(texts, self.grid.heads, self.widths, strict=True)):
            wide = min(wide, room - gap)
            if wide <= 0:
                continue
            pieces.append(Piece(" " * gap, mark))
            room, gap = room - wide - gap, GAP
            shown = fit(text, wide, right=head.right)
            subject = links.get(place)
            if subject is None:
                pieces.append(Piece(shown, mark))
            else:
                # What is underlined is the name, not the space around it.
                name = shown.strip(" ")
                before, _, after = shown.partition(name)
                pieces += [Piece(before, mark), Piece(name, mark, subject), Piece(after, mark)]
        return pieces
