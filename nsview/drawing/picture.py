"""A whole map in cells: what hangs together is laid out as a graph, and those parts stand side by side."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from nsview.drawing.layout import Joint, Laid, lay_out, ranks
from nsview.drawing.panels import (
    NARROWEST,
    WIDEST,
    Panel,
    idle_panel,
    natural_width,
    panel,
    spread,
    unread_panel,
)
from nsview.model.net_map.parts import Box, BoxKey, End, Link, NetMap
from nsview.model.net_map.reach import depths, neighbours

_FEW = 2
"""Namespaces that could not be read, up to which each has a panel of its own."""
_BETWEEN = 2
"""Cells between parts that stand side by side."""
USUAL = 120
"""Cells that parts may take side by side where nobody says how many there are."""


class Placed(NamedTuple):
    panel: Panel
    x: int
    y: int


class Wire(NamedTuple):
    link: Link
    points: tuple[tuple[int, int], ...]


class Spot(NamedTuple):
    """A line of a panel that is about something: what a cursor can stand on."""

    end: End
    x: int
    y: int
    width: int


class Picture(NamedTuple):
    placed: tuple[Placed, ...]
    wires: tuple[Wire, ...]
    width: int
    height: int

    def spots(self) -> tuple[Spot, ...]:
        """From top to bottom in each panel, panels from left to right and top to bottom."""
        found = []
        for drawn, x, y in sorted(self.placed, key=lambda one: (one.y, one.x)):
            for place, line in enumerate(drawn.lines, 1):
                if line.port and line.spot is not None:
                    found.append(Spot(line.spot, x, y + place, drawn.width))
        return tuple(found)


class _Block(NamedTuple):
    """A part, with its upper left corner at 0, 0."""

    placed: tuple[Placed, ...]
    wires: tuple[Wire, ...]
    width: int
    height: int


def picture(found: NetMap, room: int | None = None) -> Picture:
    """As narrow as `room` if that can be. layout.Missing without the library that lays it out."""
    near = neighbours(found)
    idle = [box for box in found.boxes.values() if box.idle and not near[box.key]]
    unread: dict[str, list[Box]] = {}
    for box in found.boxes.values():
        if box.refused and not near[box.key]:
            unread.setdefault(box.refused, []).append(box)
    several = [boxes for boxes in unread.values() if len(boxes) > _FEW]
    aside = {box.key for boxes in (idle, *several) for box in boxes}
    blocks = [_block(found, keys, room) for keys in _parts(found) if keys[0] not in aside]
    blocks += [_alone(partial(unread_panel, boxes), room) for boxes in several]
    if idle:
        blocks.append(_alone(partial(idle_panel, idle), room))
    return _flow(blocks, room or max([USUAL, *(block.width for block in blocks)]))


def _parts(found: NetMap) -> list[list[BoxKey]]:
    """What hangs together, beginning with its middle; the host's part first, then the largest."""
    parts: list[list[BoxKey]] = []
    for key, depth in depths(found).items():
        if not depth:
            parts.append([])
        parts[-1].append(key)
    return sorted(parts, key=lambda keys: (not any(found.boxes[key].host for key in keys), -len(keys)))


def _block(found: NetMap, keys: Sequence[BoxKey], room: int | None) -> _Block:
    if len(keys) == 1:
        return _alone(partial(panel, found, found.boxes[keys[0]]), room)
    return _Part(found, keys).block(room)


def _alone(draw: Callable[[int], Panel], room: int | None) -> _Block:
    """A panel with nothing beside it, as wide as it needs to be."""
    drawn = draw(min(natural_width(draw(WIDEST)), max(NARROWEST, room or WIDEST)))
    return _Block((Placed(drawn, 0, 0),), (), drawn.width, drawn.height)


class _Part:
    def __init__(self, found: NetMap, keys: Sequence[BoxKey]) -> None:
        self._found = found
        self._depths = {key: depth for key, depth in depths(found).items() if key in set(keys)}
        wide = {key: panel(found, found.boxes[key]) for key in keys}
        self._natural = {key: natural_width(drawn) for key, drawn in wide.items()}
        self._keys = self._in_order(keys, wide)
        self._place = {key: place for place, key in enumerate(self._keys)}
        self._links = [
            self._from_left(link) for link in found.links if link.a.box in wide and not link.within
        ]

    def block(self, room: int | None) -> _Block:
        panels = self._panels(dict(self._natural))
        joints = self._joints(panels)
        layers = ranks([(drawn.width, drawn.height) for drawn in panels], joints)
        widths = [0] * (max(layers) + 1)
        for key, layer in zip(self._keys, layers, strict=True):
            widths[layer] = max(widths[layer], self._natural[key])
        panels, laid = self._laid(widths, layers)
        if room is not None and laid.width > room:
            panels, laid = self._laid(_narrowed(widths, laid.width - room), layers)
        placed = tuple(Placed(drawn, x, y) for drawn, (x, y) in zip(panels, laid.places, strict=True))
        wires = tuple(Wire(link, points) for link, points in zip(self._links, laid.wires, strict=True))
        return _Block(placed, wires, laid.width, laid.height)

    def _laid(self, widths: Sequence[int], layers: Sequence[int]) -> tuple[list[Panel], Laid]:
        given = {key: widths[layer] for key, layer in zip(self._keys, layers, strict=True)}
        panels = self._spread(self._panels(given))
        return panels, lay_out(panels, self._joints(panels))

    def _panels(self, widths: dict[BoxKey, int]) -> list[Panel]:
        return [panel(self._found, self._found.boxes[key], widths[key]) for key in self._keys]

    def _from_left(self, link: Link) -> Link:
        """Turned so that it leads away from the middle."""
        a, b = ((self._depths[end.box], self._place[end.box]) for end in (link.a, link.b))
        return link if a <= b else link._replace(a=link.b, b=link.a)

    def _in_order(self, keys: Sequence[BoxKey], wide: dict[BoxKey, Panel]) -> list[BoxKey]:
        """Each followed by what it leads to, in the order of its lines."""
        below: dict[BoxKey, dict[BoxKey, int]] = {key: {} for key in keys}
        for link in self._found.links:
            for end, other in ((link.a, link.b), (link.b, link.a)):
                if end.box in below and end.box != other.box:
                    line = _line(wide[end.box], end)
                    below[end.box][other.box] = min(line, below[end.box].get(other.box, line))
        order: dict[BoxKey, None] = {}
        waiting = [keys[0]]
        while waiting:
            key = waiting.pop()
            if key in order:
                continue
            order[key] = None
            deeper = [other for other in below[key] if self._depths[other] > self._depths[key]]
            waiting += sorted(deeper, key=lambda other: -below[key][other])
        return [*order, *(key for key in keys if key not in order)]

    def _joints(self, panels: Sequence[Panel]) -> list[Joint]:
        joints = []
        for link in self._links:
            a, b = self._place[link.a.box], self._place[link.b.box]
            joints.append(Joint(a, _line(panels[a], link.a), b, _line(panels[b], link.b)))
        return joints

    def _spread(self, panels: list[Panel]) -> list[Panel]:
        """Lines of a box are moved apart until each faces what it leads to: straight lines are short and
        easy to follow. A host with two hundred containers becomes as high as they are together."""
        wider = list(panels)
        faced = self._faced(panels)
        # From the outermost on: what is moved apart itself takes more room beside the others.
        for key in sorted(self._keys, key=lambda key: -self._depths[key]):
            own = wider[self._place[key]]
            above: dict[End, int] = {}
            moved, free = 0, 0
            for end, other in sorted(faced[key], key=lambda link: _line(own, link[0])):
                beside = wider[self._place[other.box]]
                here, there = _line(own, end) + moved, _line(beside, other)
                if above or free:
                    lacking = max(0, free + there - here)
                    above[end] = above.get(end, 0) + lacking
                    moved, here = moved + lacking, here + lacking
                free = here - there + beside.height + 1
            wider[self._place[key]] = spread(own, above)
        return wider

    def _faced(self, panels: Sequence[Panel]) -> dict[BoxKey, list[tuple[End, End]]]:
        """For each box its links to those that are reached through it first, one for each."""
        found: dict[BoxKey, list[tuple[End, End]]] = {key: [] for key in self._keys}
        reached: set[BoxKey] = set()
        for link in sorted(
            self._links,
            key=lambda link: (self._place[link.a.box], _line(panels[self._place[link.a.box]], link.a)),
        ):
            deeper = self._depths[link.b.box] > self._depths[link.a.box]
            if deeper and link.b.box not in reached and link.a.number is not None:
                reached.add(link.b.box)
                found[link.a.box].append((link.a, link.b))
        return found


def _line(drawn: Panel, end: End) -> int:
    """The line of a panel where a link begins; its title where what is linked has no line of its own."""
    ports = drawn.ports()
    return ports.get(end) or ports.get(End(end.box, None)) or 1


def _narrowed(widths: Sequence[int], by: int) -> list[int]:
    """The widest ones give way first."""
    found = list(widths)
    for _ in range(by):
        widest = max(range(len(found)), key=lambda place: found[place])
        if found[widest] <= NARROWEST:
            break
        found[widest] -= 1
    return found


def _flow(blocks: Iterable[_Block], room: int) -> Picture:
    """Side by side as long as there is room, then below: like words."""
    placed: list[Placed] = []
    wires: list[Wire] = []
    x = y = lowest = width = 0
    for block in blocks:
        if x and x + block.width > room:
            x, y = 0, lowest + 1
        placed += [one._replace(x=one.x + x, y=one.y + y) for one in block.placed]
        wires += [
            one._replace(points=tuple((px + x, py + y) for px, py in one.points)) for one in block.wires
        ]
        width = max(width, x + block.width)
        lowest = max(lowest, y + block.height)
        x += block.width + _BETWEEN
    return Picture(tuple(placed), tuple(wires), width, lowest)
