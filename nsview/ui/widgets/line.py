"""Lines of styled text, parts of which can be clicked; painted anew only when they say something else."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from nsview.text import cell_width, fit


class Part(NamedTuple):
    text: str
    """Clean already."""
    style: str = ""
    """The name of a component style, without the widget's prefix."""
    click: str = ""
    """What to tell when it is clicked."""


Parts = Sequence[Part]


class Lines(Widget):
    """Lines of parts. A subclass names its component styles `lines--…`."""

    DEFAULT_CSS = "Lines { height: 1; }"

    class Clicked(Message):
        def __init__(self, lines: "Lines", what: str) -> None:
            super().__init__()
            self.lines = lines
            self.what = what

        @property
        def control(self) -> "Lines":
            return self.lines

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._parts: tuple[tuple[Part, ...], ...] = ()

    def show(self, *lines: Parts) -> None:
        parts = tuple(tuple(line) for line in lines)
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.visual_style.rich_style
        segments: list[Segment] = []
        room = width
        for text, name, _click in self._parts[y] if y < len(self._parts) else ():
            if room <= 0:
                break
            taken = cell_width(text)
            if taken > room:
                text, taken = fit(text, room), room
            segments.append(Segment(text, base + self._named(name) if name else base))
            room -= taken
        return Strip(segments).adjust_cell_length(width, base)

    def _named(self, name: str) -> Style:
        try:
            return self.get_component_rich_style(f"lines--{name}", partial=True)
        except KeyError:
            return Style()

    def text(self) -> str:
        """What it says, for tests."""
        return "\n".join("".join(part.text for part in line) for line in self._parts)

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        if at is None or at.y >= len(self._parts):
            return
        x = 0
        for text, _style, click in self._parts[at.y]:
            x += cell_width(text)
            if at.x < x:
                if click:
                    self.post_message(self.Clicked(self, click))
                return
