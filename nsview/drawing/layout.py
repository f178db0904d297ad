"""Where the boxes of one connected part of a map are to stand, and how its lines run, in cells.

Layers from left to right, the order within them, heights and the order of lines side by side come from the
graph layout library, by Sugiyama's method with ports. Here that is brought to whole cells.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from nsview.drawing.panels import Panel

_SCALE = 16.0
"""Units of the library in a cell: it is made for pixels."""
_PORTS_REACH = 0.95
"""How far from the middle of a box towards its end the library places ports at most."""
_MANY = 250
"""Boxes from which on less time is spent on the order of the lines."""
LEAST_GAP = 3
"""Cells between two layers."""

Point = tuple[int, int]


class Missing(Exception):
    """The graph layout library cannot be loaded; the text says what would help."""


class Joint(NamedTuple):
    """A line to be drawn, from one panel's right side to another's left side."""

    a: int
    """Place of the panel in the sequence."""
    a_line: int
    """Line of the panel, its upper edge being 0."""
    b: int
    b_line: int


class Laid(NamedTuple):
    places: tuple[Point, ...]
    """Upper left corners of the panels."""
    wires: tuple[tuple[Point, ...], ...]
    """Corners of each joint's line, from beside the one panel to beside the other."""
    width: int
    height: int


def ranks(sizes: Sequence[tuple[int, int]], joints: Sequence[Joint]) -> list[int]:
    """The layer of each panel."""
    return [int(node["rank"]) for node in _ask(sizes, joints)["nodes"]]


def lay_out(panels: Sequence[Panel], joints: Sequence[Joint]) -> Laid:
    """The panels stand in the order of the sequence where nothing speaks against it."""
    sizes = [(panel.width, panel.height) for panel in panels]
    drawn = _ask(sizes, joints)
    return _Grid(sizes, joints, drawn).laid()


def _ask(sizes: Sequence[tuple[int, int]], joints: Sequence[Joint]) -> dict[str, Any]:
    try:
        import graphlay
    except ImportError as error:
        raise Missing(f"drawing a map needs the package graphlay, which cannot be loaded: {error}") from None
    graph = graphlay.Graph()
    for place, (width, height) in enumerate(sizes):
        # Its label decides where nothing else does.
        graph.node(place, label=f"{place:06d}", width=width * _SCALE, height=_reached(height) * _SCALE)
    for joint in joints:
        graph.edge(
            joint.a,
            joint.b,
            source_port={"offset": {"side": "right", "t": _offset(joint.a_line, sizes[joint.a][1])}},
            target_port={"offset": {"side": "left", "t": _offset(joint.b_line, sizes[joint.b][1])}},
        )
    cells = {"layer_gap": 4, "edge_label_margin": 0, "edge_label_stack_gap": 0}
    spacing = dict.fromkeys(("node_gap", "dummy_gap", "port_gap", "stub", "bundle_lane_gap"), 1)
    options = {
        "direction": "leftright",
        "spacing": {name: gap * _SCALE for name, gap in (cells | spacing).items()},
        "routing": {"lane_gap": _SCALE, "bundle_parallel": False, "centre_ports": "off"},
        # No path is to be straight before all others.
        "coords": {"branch_style": "symmetric"},
        # Balance turns the order round where lines between boxes cross no more by that. But it knows of no
        # ports, and from those they would cross.
        "tuning": {"routing": {"endpoint_snap": 0.0}, "order": {"balance_rounds": 0}},
        "effort": "fast" if len(sizes) > _MANY else "balanced",
    }
    return graphlay.layout(graph, options=options).raw


def _reached(height: int) -> float:
    """The height that a tall box is given so that its first and last lines are within the reach of ports."""
    return max(height, (height - 3) / _PORTS_REACH + 0.1)


def _offset(line: int, height: int) -> float:
    return ((line + 0.5) - height / 2) / (_reached(height) / 2)


class _Track(NamedTuple):
    """A stretch of a line that runs up or down between two layers."""

    wire: int
    corner: int
    """Which of the line's corners are its ends: this one and the next."""
    x: float
    left: int
    """The height at which it comes from the left …"""
    right: int
    """… and at which it goes on."""

    def touches(self, other: "_Track") -> bool:
        return min(self.left, self.right) <= max(other.left, other.right) and min(
            other.left, other.right
        ) <= max(self.left, self.right)


class _Grid:
    """From the library's units to cells: order is kept, what is near each other must not fall together."""

    def __init__(
        self, sizes: Sequence[tuple[int, int]], joints: Sequence[Joint], drawn: dict[str, Any]
    ) -> None:
        self._sizes = sizes
        self._joints = joints
        nodes = drawn["nodes"]
        self._ranks = [int(node["rank"]) for node in nodes]
        self._tops = [
            _nearest(node["center"]["y"] / _SCALE - size[1] / 2)
            for node, size in zip(nodes, sizes, strict=True)
        ]
        layers = max(self._ranks) + 1
        self._ends = [0.0] * layers
        for node, rank in zip(nodes, self._ranks, strict=True):
            self._ends[rank] = max(self._ends[rank], node["center"]["x"] + node["size"]["width"] / 2)
        self._widths = [0] * layers
        for (width, _), rank in zip(sizes, self._ranks, strict=True):
            self._widths[rank] = max(self._widths[rank], width)
        self._lines = [
            _alternating([(point["x"], point["y"] / _SCALE) for point in edge["points"]])
            for edge in drawn["edges"]
        ]

    def laid(self) -> Laid:
        heights = [self._heights(place) for place in range(len(self._joints))]
        tracks: list[list[_Track]] = [[] for _ in self._widths]
        for wire, (xs, _) in enumerate(self._lines):
            for corner, x in enumerate(self._xs(wire, xs, heights[wire])):
                here, there = heights[wire][corner : corner + 2]
                if here != there:
                    gap = self._gap(x)
                    tracks[gap].append(_Track(wire, corner, x, here, there))
        columns: dict[tuple[int, int], int] = {}
        starts, x = [], 0
        for gap, width in enumerate(self._widths):
            starts.append(x)
            x += width
            taken = _side_by_side(tracks[gap], columns, x + 1)
            x += max(LEAST_GAP, taken + 2) if gap < len(self._widths) - 1 else 0
        places = tuple((starts[rank], top) for rank, top in zip(self._ranks, self._tops, strict=True))
        wires = []
        for wire, joint in enumerate(self._joints):
            left = places[joint.a][0] + self._sizes[joint.a][0]
            wires.append(self._corners(wire, heights[wire], columns, left, places[joint.b][0] - 1))
        return _moved_to_corner(places, wires, self._sizes)

    def _heights(self, wire: int) -> list[int]:
        """The lines of cells that it runs along, one after the other."""
        joint = self._joints[wire]
        first = self._tops[joint.a] + joint.a_line
        last = self._tops[joint.b] + joint.b_line
        between = [_lower(y) for y in self._lines[wire][1][1:-1]]
        if not self._lines[wire][0] and first != last:
            return [first, last]
        return [first, *between, last] if self._lines[wire][0] else [first]

    def _xs(self, wire: int, xs: Sequence[float], heights: Sequence[int]) -> Sequence[float]:
        """Where it runs up or down; a line that was straight before it came to cells turns near its end."""
        if xs or len(heights) < 2:
            return xs
        return [self._ends[self._ranks[self._joints[wire].b] - 1] + 0.1]

    def _gap(self, x: float) -> int:
        return next((gap for gap in range(len(self._ends) - 1, -1, -1) if x >= self._ends[gap]), 0)

    def _corners(
        self, wire: int, heights: Sequence[int], columns: Mapping[tuple[int, int], int], left: int, right: int
    ) -> tuple[Point, ...]:
        corners: list[Point] = [(left, heights[0])]
        for corner in range(len(heights) - 1):
            column = columns.get((wire, corner))
            if column is not None:
                corners += [(column, heights[corner]), (column, heights[corner + 1])]
        corners.append((right, heights[-1]))
        return tuple(corners)


def _nearest(value: float) -> int:
    """Halves all go the same way, so that what is side by side stays so. Sums of fractions are not exact."""
    return int((value + 0.5 + 1e-6) // 1)


def _lower(value: float) -> int:
    return int((value + 1e-6) // 1)


def _alternating(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Where a line of right angles runs up or down, and the heights before, between and after that."""
    xs: list[float] = []
    ys = [points[0][1]]
    for (x, y), (next_x, next_y) in pairwise(points):
        if abs(next_y - y) < 1e-3:
            continue
        if xs and abs(xs[-1] - (x + next_x) / 2) < 1e-3:
            ys[-1] = next_y
        else:
            xs.append((x + next_x) / 2)
            ys.append(next_y)
    return xs, ys


def _side_by_side(tracks: list[_Track], columns: dict[tuple[int, int], int], first: int) -> int:
    """Give each track a column: beside each other, in their order, where they would touch; else the leftmost.
    Returns how many columns are taken."""
    placed: list[tuple[int, _Track]] = []
    taken = 0
    for track in _ordered(tracks):
        column = 0
        for other_column, other in placed:
            if other_column >= column and track.touches(other):
                column = other_column + 1
        placed.append((column, track))
        columns[track.wire, track.corner] = first + column
        taken = max(taken, column + 1)
    return taken


def _ordered(tracks: Sequence[_Track]) -> Iterator[_Track]:
    """In the library's order, but where one comes from the left at the height at which another goes on to the
    right, it turns before that one does: else the lines would run upon each other. Where this leads round in
    a circle they must.
    """
    coming: dict[int, list[_Track]] = {}
    for track in tracks:
        coming.setdefault(track.left, []).append(track)
    done: set[tuple[int, int]] = set()
    for track in sorted(tracks, key=lambda track: track.x):
        waiting = [track]
        begun: set[tuple[int, int]] = set()
        while waiting:
            here = waiting[-1]
            key = here.wire, here.corner
            if key in done:
                waiting.pop()
            elif key in begun:
                waiting.pop()
                done.add(key)
                yield here
            else:
                begun.add(key)
                before = coming.get(here.right, ())
                waiting += [one for one in before if not {(one.wire, one.corner)} & (begun | done)]


def _moved_to_corner(
    places: Iterable[Point], wires: Iterable[Sequence[Point]], sizes: Sequence[tuple[int, int]]
) -> Laid:
    """Lines on which there is nothing at all are left out, but for one between things."""
    places, wires = list(places), list(wires)
    used: set[int] = set()
    for (_, y), (_, height) in zip(places, sizes, strict=True):
        used.update(range(y, y + height))
    used.update(y for wire in wires for _, y in wire)
    row: dict[int, int] = {}
    last, here = None, -1
    for y in sorted(used):
        here += 1 if last is None or y == last + 1 else 2
        row[y] = here
        last = y
    moved = tuple((x, row[y]) for x, y in places)
    return Laid(
        moved,
        tuple(tuple((x, row[y]) for x, y in wire) for wire in wires),
        max(x + width for (x, _), (width, _) in zip(moved, sizes, strict=True)),
        here + 1,
    )
