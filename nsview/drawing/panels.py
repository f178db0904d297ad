"""The boxes of a map as lines of text, of as many cells as they are to take."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nsview.drawing import words
from nsview.model.net_map.parts import PAIRED, TUNNELS, Box, BoxKey, End, Interface, NetMap
from nsview.text import cell_width, fit

NARROWEST, WIDEST = 24, 60
"""Cells of a panel, its frame included."""
FRAME = 4
"""Cells of a line that are the frame's and its margin."""
_NAMES = 22
"""Cells of the column of names, at most."""
_TITLE = 40
_GAP = 2

IDLE = "idle"
"""Key of the panel of all that have nothing but lo."""


class Piece(NamedTuple):
    text: str
    style: str = ""
    """Name of a style; "" is plain."""


class Line(NamedTuple):
    pieces: tuple[Piece, ...]
    spot: End | None = None
    """What it is about."""
    port: bool = False
    """Where lines from and to the spot begin."""


class Panel(NamedTuple):
    key: BoxKey
    lines: tuple[Line, ...]
    """Between the upper and the lower edge of the frame."""
    width: int
    style: str = ""

    @property
    def height(self) -> int:
        return len(self.lines) + 2

    def ports(self) -> dict[End, int]:
        """Spot → line of the panel, its upper edge being 0."""
        return {line.spot: y for y, line in enumerate(self.lines, 1) if line.spot is not None and line.port}


def panel(found: NetMap, box: Box, width: int = WIDEST) -> Panel:
    """One namespace; lines that are too long are cut, addresses go to lines of their own before."""
    room = width - FRAME
    here = End(box.key, None)
    style = "host" if box.host else "unseen" if box.refused else "frame"
    lines = [
        Line((Piece(words.title(box), "title"),), here, port=True),
        Line((Piece(words.below_title(box), "dim"),), here),
    ]
    refusal = words.refusal(box)
    lines += [Line((Piece(text, "alert"),), here) for text in _wrapped(refusal, room)] if refusal else []
    listed = words.rows(found, box)
    rails = _rails([row.depth for row in listed])
    names = max((cell_width(rail + row.name) for rail, row in zip(rails, listed, strict=True)), default=0)
    for place, row in enumerate(listed):
        goes_on = _goes_on(rails, place)
        lines += _row_lines(row, rails[place], goes_on, min(names, _NAMES), room)
    rest = words.left_out(found, box)
    if rest:
        lines.append(Line((Piece(rest, "dim"),)))
    return Panel(box.key, tuple(_cut(line, room) for line in lines), width, style)


def idle_panel(boxes: Sequence[Box], width: int = WIDEST) -> Panel:
    """All of which there is nothing to show: a line for each."""
    return _listed(IDLE, "with nothing but lo", "", boxes, width)


def unread_panel(boxes: Sequence[Box], width: int = WIDEST) -> Panel:
    """Those that could not be read, for one and the same reason: a line for each."""
    return _listed(boxes[0].key, "", words.refusal(boxes[0]), boxes, width)


def _listed(key: BoxKey, what: str, why: str, boxes: Sequence[Box], width: int) -> Panel:
    count = f"{len(boxes)} namespace{'' if len(boxes) == 1 else 's'}"
    lines = [Line((Piece(f"{count} {what}".strip(), "title"),))]
    lines += [Line((Piece(text, "alert"),)) for text in _wrapped(why, width - FRAME)] if why else []
    for box in boxes:
        number = box.key.partition("[")[2].removesuffix("]")
        names = words.names(box)
        pieces = [Piece(f"{number}  ", "dim"), Piece(words.title(box))]
        pieces += [Piece("  "), Piece(names, "dim")] if names else []
        lines.append(Line(tuple(pieces), End(box.key, None), port=True))
    return Panel(key, tuple(_cut(line, width - FRAME) for line in lines), width, "dim")


def natural_width(drawn: Panel) -> int:
    """The cells that its longest line takes; command lines in its title may be cut before."""
    taken = (
        min(_TITLE if place == 0 else WIDEST, sum(cell_width(piece.text) for piece in line.pieces))
        for place, line in enumerate(drawn.lines)
    )
    return max(NARROWEST, min(WIDEST, max(taken) + FRAME))


def kind_style(one: Interface) -> str:
    if one.moved:
        return "moved"
    if one.kind in PAIRED:
        return "pair"
    if one.kind in TUNNELS:
        return "tunnel"
    if one.kind in ("bridge", "bond", "team", "vrf"):
        return "bridge"
    return "child" if one.parent is not None else "device"


def _row_lines(row: words.Row, rail: str, goes_on: str, names: int, room: int) -> list[Line]:
    works = row.one.works and not row.one.unseen
    kind = kind_style(row.one) if works else "dim"
    name = Piece(fit(rail + row.name, max(names, 1)), kind)
    after = [Piece(row.what, "dim")] if row.what else []
    if row.state:
        after.append(Piece(row.state, "alert"))
    addresses = [Piece(address, "" if works else "dim") for address in row.addresses]
    taken = names + sum(_GAP + cell_width(piece.text) for piece in after)
    first = addresses[:1] if addresses and taken + _GAP + cell_width(addresses[0].text) <= room else []
    lines = [Line(_spaced([name, *after[:1], *first, *after[1:]]), row.end, port=True)]
    indent = Piece(fit(goes_on, names))
    lines += [Line(_spaced([indent, address]), row.end) for address in addresses[len(first) :]]
    return lines


def _spaced(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    spaced: list[Piece] = []
    for piece in pieces:
        spaced += [Piece(" " * _GAP), piece] if spaced else [piece]
    return tuple(spaced)


def _rails(depths: Sequence[int]) -> list[str]:
    """What stands before each name: as in the app's trees, one cell for the guide and none between."""
    rails = [""] * len(depths)
    open_at: dict[int, bool] = {}
    for place in range(len(depths) - 1, -1, -1):
        depth = depths[place]
        open_at = {level: more for level, more in open_at.items() if level <= depth}
        if depth:
            rails[place] = "".join("│ " if open_at.get(level) else "  " for level in range(1, depth))
            rails[place] += "├ " if open_at.get(depth) else "└ "
        open_at[depth] = True
    return rails


def _goes_on(rails: Sequence[str], place: int) -> str:
    """The guides that go through the lines between a row and the next one."""
    below = rails[place + 1] if place + 1 < len(rails) else ""
    return below.replace("├", "│").replace("└", "│")


def _cut(line: Line, room: int) -> Line:
    pieces: list[Piece] = []
    for piece in line.pieces:
        taken = cell_width(piece.text)
        if taken > room:
            pieces.append(Piece(fit(piece.text, room), piece.style))
            break
        pieces.append(piece)
        room -= taken
    return line._replace(pieces=tuple(pieces))


def _wrapped(text: str, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if cell_width(longer) > room and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def spread(drawn: Panel, above: Mapping[End, int]) -> Panel:
    """With empty lines put before some ports, so that what they lead to finds room beside them.

    `above` tells how many. The guides of the rows go on through them.
    """
    lines: list[Line] = []
    for line in drawn.lines:
        more = above.get(line.spot, 0) if line.spot is not None and line.port else 0
        if more:
            rail = line.pieces[0].text if line.pieces else ""
            depth = len(rail) - len(rail.lstrip("│├└ "))
            through = rail[:depth].replace("├", "│").replace("└", "│").rstrip()
            lines += [Line((Piece(through, line.pieces[0].style),))] * more
        lines.append(line)
    return drawn._replace(lines=tuple(lines))
