"""The picture of a map, larger than the screen: scrolled in both directions, with a cursor on its lines.

Only the lines on the screen are put together (Line API).
"""

from collections.abc import Mapping

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from nsview.drawing.canvas import Canvas, Run
from nsview.drawing.picture import Spot
from nsview.model.net_map.parts import End, NetMap

_MARGIN = 2
"""Lines that are to be seen above and below the cursor."""


class MapView(ScrollView, can_focus=True, inherit_bindings=False):
    ALLOW_SELECT = False
    COMPONENT_CLASSES = {
        *("map--title", "map--host", "map--frame", "map--unseen", "map--dim", "map--alert"),
        *(
            "map--pair",
            "map--bridge",
            "map--child",
            "map--tunnel",
            "map--through",
            "map--moved",
            "map--device",
        ),
        *("map--cursor", "map--far", "map--chosen", "map--match"),
    }
    DEFAULT_CSS = """
    MapView {
        background: $surface;
        color: $foreground;
        scrollbar-size: 1 1;
        & > .map--title { text-style: bold; }
        & > .map--host { text-style: bold; }
        & > .map--frame { color: $foreground; }
        & > .map--unseen, & > .map--dim { color: $foreground-muted; }
        & > .map--alert { color: $text-warning; }
        & > .map--pair { color: $text-success; }
        & > .map--bridge { color: $text-primary; }
        & > .map--child { color: $text-secondary; }
        & > .map--tunnel, & > .map--through { color: $text-accent; }
        & > .map--moved { color: $text-error; }
        & > .map--match { text-style: underline; }
        & > .map--far { text-style: bold underline; }
        & > .map--chosen { text-style: bold; color: $text-warning; }
        & > .map--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        &:ansi > .map--dim, &:ansi > .map--unseen { text-style: dim; }
        &:nocolor > .map--cursor { text-style: bold reverse; }
    }
    """

    class Moved(Message):
        """The cursor stands elsewhere."""

    class Chosen(Message):
        """A double click on what the cursor stands on."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._canvas: Canvas | None = None
        self._found: NetMap | None = None
        self._spots: tuple[Spot, ...] = ()
        self._by_end: dict[End, int] = {}
        self._at = 0
        self._matched: frozenset[End] = frozenset()
        self._far: frozenset[End] = frozenset()
        self._wires: frozenset[int] = frozenset()
        self._styles_of: dict[tuple[str, ...], Style] = {}

    def show(self, found: NetMap, canvas: Canvas) -> None:
        """Another picture; the cursor stays on what it stood on, if that is still there."""
        before = self.cursor
        self._found, self._canvas = found, canvas
        self._spots = canvas.picture.spots()
        self._by_end = {spot.end: place for place, spot in enumerate(self._spots)}
        self.virtual_size = Size(canvas.width, canvas.height)
        self._at = 0
        if before is None or not self.go_to(before.end):
            self._cursor_moved()

    @property
    def cursor(self) -> Spot | None:
        return self._spots[self._at] if self._spots else None

    @property
    def spots(self) -> tuple[Spot, ...]:
        return self._spots

    def go_to(self, end: End) -> bool:
        """Put the cursor there, or on its namespace if it has no line of its own."""
        place = self._by_end.get(end, self._by_end.get(End(end.box, None)))
        if place is None:
            return False
        self._at = place
        self._cursor_moved()
        return True

    def step(self, by: int, *, boxes: bool = False) -> None:
        """To the next line that is about something, or the one before; with `boxes` to a namespace."""
        count = len(self._spots)
        for distance in range(1, count + 1):
            place = (self._at + (distance if by > 0 else -distance)) % count
            if not boxes or self._spots[place].end.number is None:
                self._at = place
                self._cursor_moved()
                return

    def mark(self, matched: Mapping[End, str] | frozenset[End]) -> None:
        """Underline what was searched for."""
        self._matched = frozenset(matched)
        self.refresh()

    def next_match(self, by: int, *, inclusive: bool = False) -> bool:
        count = len(self._spots)
        for distance in range(0 if inclusive else 1, count + 1):
            place = (self._at + (distance if by > 0 else -distance)) % count
            if self._spots[place].end in self._matched:
                self._at = place
                self._cursor_moved()
                return True
        return False

    def _cursor_moved(self) -> None:
        spot, found, canvas = self.cursor, self._found, self._canvas
        self._far, self._wires = frozenset(), frozenset()
        if spot is not None and found is not None and canvas is not None:
            links = list(found.links_at(spot.end))
            self._far = frozenset(other for link in links if (other := link.other(spot.end)) is not None)
            self._wires = frozenset(
                place
                for place, wire in enumerate(canvas.picture.wires)
                if spot.end in (wire.link.a, wire.link.b)
            )
            self._bring_into_sight(spot)
        self.refresh()
        self.post_message(self.Moved())

    def _bring_into_sight(self, spot: Spot) -> None:
        region = Region(spot.x - 1, max(0, spot.y - _MARGIN), spot.width + 2, 2 * _MARGIN + 1)
        self.scroll_to_region(region, animate=False, immediate=True, force=True)

    # ---- scrolling

    def pan(self, across: int, down: int) -> None:
        """Scroll so many cells, as far as there are any."""
        x, y = self.scroll_offset
        self.scroll_to(x + across, y + down, animate=False, immediate=True)

    # ---- the mouse

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        if at is None or self._canvas is None or event.button != 1:
            return
        x, y = at + self.scroll_offset
        for place, spot in enumerate(self._spots):
            if spot.y == y and spot.x <= x < spot.x + spot.width:
                self._at = place
                self._cursor_moved()
                if event.chain == 2:
                    self.post_message(self.Chosen())
                return

    # ---- painting

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles_of.clear()

    def _style(self, *names: str) -> Style:
        style = self._styles_of.get(names)
        if style is None:
            style = self.visual_style.rich_style
            for name in names:
                if f"map--{name}" in self.COMPONENT_CLASSES:
                    style += self.get_component_rich_style(f"map--{name}", partial=True)
            self._styles_of[names] = style
        return style

    def _names(self, run: Run, y: int) -> tuple[str, ...]:
        names = [run.style]
        if not self._wires.isdisjoint(run.wires):
            names.append("chosen")
        spot, cursor = run.spot, self.cursor
        if spot is not None:
            if spot in self._matched:
                names.append("match")
            if spot in self._far:
                names.append("far")
            # Of a namespace several lines speak: the first is where the cursor is.
            if cursor is not None and spot == cursor.end and (spot.number is not None or y == cursor.y):
                names.append("cursor")
        return tuple(names)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self._style()
        left, top = self.scroll_offset
        line = y + top
        if self._canvas is None or line >= self._canvas.height:
            return Strip.blank(width, base)
        segments = [
            Segment(run.text, self._style(*self._names(run, line))) for run in self._canvas.line(line)
        ]
        return Strip(segments).crop_extend(left, left + width, base)
