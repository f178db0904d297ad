"""A text on the whole screen, to read or to select with the terminal's own means."""

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from nsview.text import clean
from nsview.ui.widgets.sheet import Entry, Sheet, having


class Scrolling(Screen[Any]):
    """A screen of one sheet, scrolled by keys."""

    BINDINGS = [
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup,left_curly_bracket", "page(-1)", show=False),
        Binding("pagedown,right_curly_bracket", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False),
        Binding("end", "edge(1)", show=False),
    ]

    def action_scroll(self, lines: int) -> None:
        sheet = self.query_one(Sheet)
        sheet.scroll_to(None, sheet.scroll_offset.y + lines, animate=False)

    def action_page(self, pages: int) -> None:
        self.action_scroll(pages * max(1, self.query_one(Sheet).size.height - 1))

    def action_edge(self, side: int) -> None:
        sheet = self.query_one(Sheet)
        sheet.scroll_to(None, 0 if side < 0 else sheet.virtual_size.height, animate=False)


class TextScreen(Scrolling, ModalScreen[None]):
    """Shows lines. With `searchable` a line to type into leaves only those that have what was typed."""

    BINDINGS = [
        Binding("escape", "close", show=False),
        Binding("q,enter", "close", show=False),
        Binding("f1,f10", "close", show=False),
    ]
    DEFAULT_CSS = """
    TextScreen { align: center middle; }
    TextScreen > Vertical { width: 96; max-width: 100%; height: 100%; background: $panel; padding: 0 1; }
    TextScreen .title { text-style: bold; height: 1; }
    TextScreen Input { height: 1; border: none; padding: 0; background: $surface; }
    TextScreen Input:focus { border: none; }
    TextScreen Sheet { height: 1fr; background: $panel; }
    """

    def __init__(self, title: str, lines: list[Entry], *, searchable: bool = False) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._searchable = searchable

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(clean(self._title, 200), classes="title", markup=False)
            if self._searchable:
                field = Input(placeholder="type to search, Esc closes", highlighter=None)
                field.cursor_blink = False
                yield field
            yield Sheet()

    def on_mount(self) -> None:
        sheet = self.query_one(Sheet)
        sheet.show(self._lines)
        if self._searchable:
            self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        wanted = event.value.strip()
        shown = having(self._lines, wanted) or [Entry("", "nothing in the help has that", "dim")]
        self.query_one(Sheet).show(shown if wanted else self._lines, from_top=True)

    @on(Input.Submitted)
    def action_close(self) -> None:
        self.dismiss(None)
