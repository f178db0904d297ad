"""The picture of a tree: one line of column titles, then as many rows as there is room for.

Only lines whose content differs from what they show already are painted, so a refresh without news sends
nothing to the terminal.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import TRANSPARENT
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from nsview.model.views.tree import Key, TreeModel
from nsview.model.views.visible import Row
from nsview.model.views.walk import Wanted
from nsview.ui.widgets.tree.columns import Column, Placed, fit
from nsview.ui.widgets.tree.glyphs import ASCII, UNICODE, Glyphs
from nsview.ui.widgets.tree.paint import Heading, Line, Names, paint_heading, paint_line, width_of
from nsview.ui.widgets.tree.window import Window

HEADING = 1
"""Lines above the first row."""

_AS_IT_IS = Style()
_UNADORNED = Style(strike=False, underline=False)


class _Notice(NamedTuple):
    """A line of text in place of rows."""

    text: str


class TreeCanvas(ScrollView, can_focus=True):
    """Draws a window on a tree. What the window shows is for a subclass to change; `present` draws it."""

    ALLOW_SELECT = False

    COMPONENT_CLASSES = {
        "tree--header",
        "tree--sorted",
        "tree--guide",
        "tree--dim",
        "tree--new",
        "tree--alert",
        "tree--ended",
        "tree--tagged",
        "tree--match",
        "tree--cursor",
        "tree--notice",
    }
    """A subclass adds the names that its models use for cells and marks: "net" is drawn as `tree--net`."""

    DEFAULT_CSS = """
    TreeCanvas {
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .tree--header { background: $panel; color: $foreground; text-style: bold; }
        & > .tree--sorted { color: $text-accent; text-style: bold underline; }
        & > .tree--guide { color: $foreground-muted; }
        & > .tree--dim { color: $foreground-muted; }
        & > .tree--new { text-style: bold; color: $text-success; }
        & > .tree--alert { text-style: bold; color: $text-warning; }
        & > .tree--ended { text-style: strike; color: $text-error; }
        & > .tree--tagged { text-style: bold; color: $text-primary; }
        & > .tree--match { text-style: bold underline; }
        & > .tree--cursor { background: $block-cursor-blurred-background; }
        & > .tree--notice { color: $foreground-muted; text-style: italic; }
        &:focus > .tree--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        &:ansi > .tree--header { text-style: bold reverse; }
        &:ansi > .tree--dim, &:ansi > .tree--guide { text-style: dim; }
        &:nocolor:focus > .tree--cursor { text-style: bold reverse; }
    }
    """

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        ascii_only: bool = False,
        notice: str = "",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        """`columns`, the tree's own first; `notice` stands where there are no rows."""
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.window = Window()
        self.glyphs: Glyphs = ASCII if ascii_only else UNICODE
        self._columns = tuple(columns)
        self._notice = notice
        self._sort, self._descending = "", False
        self._pan = 0
        self._tagged: dict[Key, None] = {}
        self._wanted: Wanted | None = None
        self._lines: list[object] = []
        self._surveyed: tuple[Size, int] = (Size(0, 0), 0)
        self._fitted: tuple[int, tuple[Placed, ...]] = (-1, ())
        self._line_styles: dict[tuple[Names, bool], Style] = {}

    @property
    def room(self) -> Size:
        """The cells to draw on. (`size` counts the scroll bar too.)"""
        return self.scrollable_content_region.size

    @property
    def model(self) -> TreeModel:
        return self.window.model

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._columns

    @columns.setter
    def columns(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._fitted = (-1, ())
        self.present()

    @property
    def placed(self) -> tuple[Placed, ...]:
        """The columns that fit, with where they are now."""
        width = self.room.width
        if self._fitted[0] != width:
            self._fitted = (width, fit(self._columns, width))
        return self._fitted[1]

    @property
    def notice(self) -> str:
        return self._notice

    @notice.setter
    def notice(self, text: str) -> None:
        self._notice = text
        self.present()

    @property
    def ascii_only(self) -> bool:
        return self.glyphs is ASCII

    @ascii_only.setter
    def ascii_only(self, ascii_only: bool) -> None:
        self.glyphs = ASCII if ascii_only else UNICODE
        self.refresh()

    def show_sort(self, column: str, descending: bool = False) -> None:
        """Mark the column that the model is sorted by; "" marks none. The sorting itself is the model's."""
        self._sort, self._descending = column, descending
        self.present()

    def pan_to(self, cells: int) -> None:
        """Move the last column's text so far to the left, at most to the end of the longest on the screen."""
        width, last = self.placed[-1].width, len(self.placed) - 1
        longest = max(
            (width_of(line.cells[last]) for line in self._lines if isinstance(line, Line)), default=0
        )
        self._pan = max(0, min(cells, longest - width))
        self.present()

    # What there is to see

    def present(self) -> None:
        """Bring the terminal in line with the window."""
        if not self.room:
            # Hidden: what it showed last must not be seen for a moment when it is shown again.
            self._surveyed = (Size(0, 0), 0)
            return
        window = self.window
        self._set_height(HEADING + len(window.visible))
        if round(self.scroll_y) != window.top:
            # By force: the scroll bar may be due only with the next layout.
            self.scroll_to(None, window.top, animate=False, immediate=True, force=True)
            window.top = round(self.scroll_y)
        self._paint_changes()

    def _set_height(self, height: int) -> None:
        if height == self.virtual_size.height:
            return
        size = Size(self.room.width, height)
        scrolls = height > self.container_size.height
        if scrolls != self.show_vertical_scrollbar:
            self.virtual_size = size
            return
        # A layout would paint every line anew. Where the scroll bar neither comes nor goes, nothing moves.
        self.set_reactive(Widget.virtual_size, size)
        if scrolls:
            self.vertical_scrollbar.window_virtual_size = height

    def _paint_changes(self) -> None:
        width, height = self.room
        old, new = self._lines, self._survey()
        self._lines = new
        changed = [y for y in range(height) if y >= len(old) or old[y] != new[y]]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def _survey(self) -> list[object]:
        """What every line of the screen has to show."""
        room, placed = self.room, self.placed
        self._surveyed = (room, self.window.top)
        lines: list[object] = [Heading(placed, self._sort, self._descending, self._pan)]
        rows = self.window.visible.rows(self.window.top, self.window.top + room.height - HEADING)
        lines += [self._line(row, placed) for row in rows]
        if not rows and self._notice:
            lines.append(_Notice(self._notice))
        return lines + [None] * (room.height - len(lines))

    def _line(self, row: Row, placed: tuple[Placed, ...]) -> Line:
        key, model = row.key, self.model
        cells = model.cells(key)
        return Line(
            row,
            placed,
            tuple([cells.get(place.column.name, "") for place in placed]),
            model.marks(key),
            self._pan,
            key == self.window.key,
            key in self._tagged,
            self._wanted is not None and self._wanted(model, key),
        )

    def line_at(self, y: int) -> Line | None:
        """The row that a line of the screen shows now."""
        line = self._lines[y] if 0 <= y < len(self._lines) else None
        return line if isinstance(line, Line) else None

    # Painting

    def render_lines(self, crop: Region) -> list[Strip]:
        # After a change of size Textual paints before it tells.
        if self._surveyed != (self.room, self.window.top):
            self._lines = self._survey()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.room.width
        line = self._lines[y] if y < len(self._lines) else None
        if isinstance(line, Line):
            segments, style = paint_line(line, self.glyphs, self._style), self._style((), False)
        elif isinstance(line, Heading):
            segments, style = paint_heading(line, self.glyphs, self._style), self._style(("header",), True)
        elif isinstance(line, _Notice):
            segments, style = (
                [Segment(f"  {line.text}", self._style(("notice",), False))],
                self._style((), False),
            )
        else:
            return Strip.blank(width, self._style((), False))
        return Strip(segments).adjust_cell_length(width, style)

    def _style(self, names: Names, blank: bool) -> Style:
        key = (names, blank)
        style = self._line_styles.get(key)
        if style is None:
            style = self._laid_over(names)
            if blank and (style.strike or style.underline):
                style += _UNADORNED
            self._line_styles[key] = style
        return style

    def _laid_over(self, names: Names) -> Style:
        """Lay styles over each other. Textual's own partial styles would lose how transparent a colour is."""
        base = self.visual_style
        background, color = base.background or TRANSPARENT, base.foreground or TRANSPARENT
        text, contrast = _AS_IT_IS, 0.0
        for name in names:
            try:
                styles = self.get_component_styles(f"tree--{name}")
            except KeyError:
                continue  # models may name styles that nobody draws
            if styles.has_rule("background"):
                background += styles.background
            if styles.has_rule("color"):
                color = styles.color
                contrast = color.a if styles.has_rule("auto_color") and styles.auto_color else 0.0
            text += styles.text_style
        if contrast:
            color = background.get_contrast_text(contrast)
        return Style(color=(background + color).rich_color, bgcolor=background.rich_color) + text

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._line_styles.clear()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._line_styles.clear()

    # Scrolling and size

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.window.top = round(new_value)
        if round(old_value) != round(new_value):
            # All of it is to be painted already.
            self._lines = self._survey()

    def on_resize(self, event: events.Resize) -> None:
        self.window.resize(self.room.height - HEADING)
        self.present()
