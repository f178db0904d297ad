"""The border between the tree and the details, which the mouse can drag."""

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget


class Splitter(Widget):
    DEFAULT_CSS = """
    Splitter {
        color: $foreground-muted;
        background: $surface;
        &:hover { color: $primary; }
        &.-dragging { color: $accent; }
    }
    """

    class Dragged(Message):
        """The border is to be at this place of the screen."""

        def __init__(self, x: int, y: int) -> None:
            super().__init__()
            self.x = x
            self.y = y

    ascii_only = False

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        upright = height > 1 or width == 1
        if self.ascii_only:
            char = "|" if upright else "-"
        else:
            char = "│" if upright else "─"
        return Strip([Segment(char * width, self.visual_style.rich_style)], width)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self.add_class("-dragging")
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.has_class("-dragging"):
            self.post_message(self.Dragged(int(event.screen_x), int(event.screen_y)))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        self.remove_class("-dragging")
