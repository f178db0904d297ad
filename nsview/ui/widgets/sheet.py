"""Labelled rows under a tab: what the details pane and the help are drawn with."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from nsview.model.views.subject import Subject
from nsview.text import cell_width, fit

LABEL = 19
"""Cells of the column of labels; on narrow sheets the values stand below their labels' first letters."""


class Entry(NamedTuple):
    """One row, clean already."""

    label: str
    value: str
    mark: str = ""
    subject: Subject | None = None


class _Drawn(NamedTuple):
    label: str
    value: str
    mark: str
    subject: Subject | None


class Sheet(ScrollView, can_focus=False):
    ALLOW_SELECT = False
    COMPONENT_CLASSES = {
        "sheet--label",
        "sheet--dim",
        "sheet--alert",
        "sheet--ended",
        "sheet--inferred",
        "sheet--title",
        "sheet--link",
    }
    DEFAULT_CSS = """
    Sheet {
        background: $surface;
        color: $foreground;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        & > .sheet--label { color: $foreground-muted; }
        & > .sheet--dim { color: $foreground-muted; }
        & > .sheet--alert { text-style: bold; color: $text-warning; }
        & > .sheet--ended { text-style: strike; }
        & > .sheet--inferred { text-style: italic; }
        & > .sheet--title { text-style: bold; color: $text-primary; }
        & > .sheet--link { text-style: underline; }
        &:ansi > .sheet--dim, &:ansi > .sheet--label { text-style: dim; }
    }
    """

    class Chosen(Message):
        """A row that is about something else was clicked."""

        def __init__(self, subject: Subject) -> None:
            super().__init__()
            self.subject = subject

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: tuple[Entry, ...] = ()
        self._drawn: list[_Drawn] = []
        self._width = 0
        self._names: dict[str, Style] = {}

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    def show(self, entries: Sequence[Entry], *, from_top: bool = False) -> None:
        """Show these rows; the place to which one has scrolled stays unless `from_top`."""
        entries = tuple(entries)
        if entries != self._entries:
            self._entries = entries
            self._lay_out()
        if from_top:
            self.scroll_to(None, 0, animate=False, immediate=True, force=True)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self._width = width
        old = self._drawn
        label = LABEL if width >= 44 else 10
        room = max(8, width - label - 2)
        drawn: list[_Drawn] = []
        for name, value, mark, subject in self._entries:
            if mark == "title" or mark == "text":
                drawn += [_Drawn(line, "", mark, None) for line in _wrapped(value, max(8, width - 1))]
                continue
            lines = _wrapped(value, room)
            drawn.append(_Drawn(fit(name, label), lines[0], mark, subject))
            drawn += [_Drawn(" " * label, line, mark, subject) for line in lines[1:]]
        self._drawn = drawn
        size = Size(width, len(drawn))
        if size != self.virtual_size:
            self.virtual_size = size
            self.refresh()
        elif drawn != old:
            self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        if self.scrollable_content_region.width != self._width:
            self._lay_out()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._names.clear()

    def _style(self, name: str) -> Style:
        style = self._names.get(name)
        if style is None:
            style = self.visual_style.rich_style
            if f"sheet--{name}" in self.COMPONENT_CLASSES:
                style += self.get_component_rich_style(f"sheet--{name}", partial=True)
            self._names[name] = style
        return style

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self._style("")
        at = y + self.scroll_offset.y
        if at >= len(self._drawn):
            return Strip.blank(width, base)
        label, value, mark, subject = self._drawn[at]
        if mark in ("title", "text"):
            segments = [Segment(" ", base), Segment(label, self._style(mark))]
        else:
            style = self._style(mark)
            if subject is not None:
                style += self.get_component_rich_style("sheet--link", partial=True)
            segments = [
                Segment(" ", base),
                Segment(label, self._style("label")),
                Segment(" ", base),
                Segment(value, style),
            ]
        return Strip(segments).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        place = at.y + self.scroll_offset.y if at is not None else -1
        if 0 <= place < len(self._drawn):
            subject = self._drawn[place].subject
            if subject is not None:
                self.post_message(self.Chosen(subject))

    def text(self) -> str:
        """What it says, for tests."""
        return "\n".join(f"{entry.label} {entry.value}" for entry in self._entries)


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many cells, broken at spaces where that loses little."""
    if cell_width(text) <= width:
        return [text]
    lines: list[str] = []
    line, taken, space = "", 0, -1
    for char in text:
        cells = cell_width(char)
        if taken + cells > width:
            if space > len(line) // 2:
                lines.append(line[:space])
                line = line[space + 1 :]
            else:
                lines.append(line)
                line = ""
            taken, space = cell_width(line), line.rfind(" ")
        if char == " ":
            space = len(line)
        line += char
        taken += cells
    return [*lines, line]
