"""A picture in a terminal's cells, one line at a time: only what is looked at is ever put together."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from nsview.drawing.picture import Picture, Placed, Wire
from nsview.model.net_map.parts import End, Sort
from nsview.text import cell_width

_UP, _RIGHT, _DOWN, _LEFT = 1, 2, 4, 8
_SOLID = " ╵╶└╷│┌├╴┘─┴┐┤┬┼"
"""By the sides to which a line goes on."""
_BROKEN: Mapping[Sort, tuple[str, str]] = {
    Sort.CHILD: ("┄", "┆"),
    Sort.TUNNEL: ("╌", "╎"),
    Sort.THROUGH: ("┈", "┊"),
    Sort.MOVED: ("┈", "┊"),
}
"""Lines are told apart without colour too: across and up, where they are no whole ones."""


class Run(NamedTuple):
    """Text of one style."""

    text: str
    style: str = ""
    spot: End | None = None
    wires: tuple[int, ...] = ()
    """Places in the picture of those that run here."""


class _Cell(NamedTuple):
    sides: int
    wires: tuple[int, ...]


class Canvas:
    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._panels: dict[int, list[Placed]] = {}
        for one in picture.placed:
            for y in range(one.y, one.y + one.panel.height):
                self._panels.setdefault(y, []).append(one)
        self._cells: dict[int, dict[int, _Cell]] = {}
        self._ports: dict[tuple[int, int], int] = {}
        """Where a wire meets a panel."""
        for place, wire in enumerate(picture.wires):
            self._draw(place, wire)

    def _draw(self, place: int, wire: Wire) -> None:
        (x, y), (last_x, last_y) = wire.points[0], wire.points[-1]
        self._ports[x - 1, y] = self._ports[last_x + 1, last_y] = place
        self._add(x, y, _LEFT, place)
        self._add(last_x, last_y, _RIGHT, place)
        for (x, y), (next_x, next_y) in pairwise(wire.points):
            across = y == next_y
            step = 1 if (next_x > x or next_y > y) else -1
            there, back = (_RIGHT, _LEFT) if across else (_DOWN, _UP)
            if step < 0:
                there, back = back, there
            while (x, y) != (next_x, next_y):
                self._add(x, y, there, place)
                x, y = (x + step, y) if across else (x, y + step)
                self._add(x, y, back, place)

    def _add(self, x: int, y: int, side: int, place: int) -> None:
        row = self._cells.setdefault(y, {})
        cell = row.get(x)
        if cell is None:
            row[x] = _Cell(side, (place,))
        else:
            wires = cell.wires if place in cell.wires else (*cell.wires, place)
            row[x] = _Cell(cell.sides | side, wires)

    @property
    def width(self) -> int:
        return self.picture.width

    @property
    def height(self) -> int:
        return self.picture.height

    def line(self, y: int) -> list[Run]:
        """One line of cells, without what is empty at its end."""
        stretches: list[tuple[int, list[Run]]] = [
            (one.x, list(self._panel_line(one, y - one.y))) for one in self._panels.get(y, ())
        ]
        stretches += [(x, [self._wire_run(cell)]) for x, cell in self._cells.get(y, {}).items()]
        runs: list[Run] = []
        here = 0
        for x, more in sorted(stretches, key=lambda stretch: stretch[0]):
            if x > here:
                runs.append(Run(" " * (x - here)))
            for run in more:
                last = runs[-1] if runs else None
                if last is not None and last[1:] == run[1:]:
                    runs[-1] = last._replace(text=last.text + run.text)
                else:
                    runs.append(run)
            here = x + sum(cell_width(run.text) for run in more)
        return runs

    def _wire_run(self, cell: _Cell) -> Run:
        link = self.picture.wires[cell.wires[0]].link
        text = _SOLID[cell.sides]
        broken = _BROKEN.get(link.sort)
        if broken is not None and cell.sides in (_LEFT | _RIGHT, _UP | _DOWN):
            text = broken[cell.sides == _UP | _DOWN]
        return Run(text, str(link.sort), wires=cell.wires)

    def _panel_line(self, one: Placed, line: int) -> Iterator[Run]:
        drawn, frame = one.panel, one.panel.style
        across, up = ("╌", "╎") if frame == "unseen" else ("─", "│")
        if line in (0, drawn.height - 1):
            corners = "┌┐" if line == 0 else "└┘"
            yield Run(corners[0] + across * (drawn.width - 2) + corners[1], frame)
            return
        shown = drawn.lines[line - 1]
        left, right = (self._ports.get((x, one.y + line)) for x in (one.x, one.x + drawn.width - 1))
        yield Run("┤" if left is not None else up, frame)
        yield Run(" ", "", shown.spot)
        room = drawn.width - 4
        for text, style in shown.pieces:
            yield Run(text, style, shown.spot)
            room -= cell_width(text)
        yield Run(" " * (room + 1), "", shown.spot)
        yield Run("├" if right is not None else up, frame)


def as_text(canvas: Canvas) -> str:
    """All of it, plain."""
    return "".join("".join(run.text for run in canvas.line(y)).rstrip() + "\n" for y in range(canvas.height))
