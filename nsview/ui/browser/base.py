"""What the screen is made of, where its parts are, and which row the cursor is on."""

from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from nsview.config import Config, Options
from nsview.keys import Keys
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import Subject
from nsview.model.views.tree import Key
from nsview.model.views.view import Arrangement, View, ViewName
from nsview.text import clean
from nsview.ui.columns import columns
from nsview.ui.frame import Frame
from nsview.ui.keymap import bindings
from nsview.ui.live import Live
from nsview.ui.widgets.details import Details
from nsview.ui.widgets.function_bar import FunctionBar
from nsview.ui.widgets.header import Header
from nsview.ui.widgets.prompt import Prompt
from nsview.ui.widgets.rows import Rows
from nsview.ui.widgets.splitter import Splitter
from nsview.ui.widgets.tree.widget import Place

if TYPE_CHECKING:
    from nsview.ui.textual_app import NsviewApp

WIDE = 140
"""From so many columns on the details stand on the right, else below."""
LEAST_ROWS = 20
"""Lines below which there is no room for details beside the tree."""


class BrowserBase(Screen[None], inherit_bindings=False):
    """What is shown and what keys do is in the subclasses, one idea each."""

    DEFAULT_CSS = """
    BrowserBase {
        layout: vertical;
        background: $surface;
        & #body { height: 1fr; layout: vertical; }
        & Rows { height: 1fr; width: 1fr; }
        & Splitter { height: 1; width: 1fr; }
        & Details { height: 40%; }
        &.-wide #body { layout: horizontal; }
        &.-wide Splitter { width: 1; height: 1fr; }
        &.-wide Details { height: 1fr; width: 40%; }
        &.-no-pane Splitter, &.-no-pane Details { display: none; }
        &.-full Rows, &.-full Splitter { display: none; }
        &.-full Details { display: block; width: 1fr; height: 1fr; }
        &.-no-header Header { display: none; }
    }
    """

    def __init__(
        self, live: Live, config: Config, options: Options, keys: Keys, arrangement: Arrangement
    ) -> None:
        super().__init__(id="browser")
        self.live = live
        self.config = config
        self.options = options
        self.keys = keys
        self.arrangement = arrangement
        self.frame: Frame | None = None
        self.trouble = ""
        self._places: dict[ViewName, Place] = {}
        self._shown: ViewName | None = None
        self._bind()

    def use_keys(self, keys: Keys) -> None:
        self.keys = keys
        self._bindings.key_to_bindings.clear()
        self._bind()
        self.refresh_bindings()

    def _bind(self) -> None:
        for binding in bindings(self.keys):
            self._bindings.key_to_bindings.setdefault(binding.key, []).append(binding)

    def compose(self) -> ComposeResult:
        ascii_only = not self.config.unicode
        yield Header()
        with Container(id="body"):
            yield Rows(
                columns(self.arrangement.view, self.config.columns), ascii_only=ascii_only, notice="looking …"
            )
            yield Splitter()
            yield Details()
        yield Prompt()
        yield FunctionBar()

    @property
    def nsview(self) -> "NsviewApp":
        return cast("NsviewApp", self.app)

    @property
    def tree_(self) -> Rows:
        return self.query_one(Rows)

    # ---- layout

    def lay_out(self) -> None:
        width, height = self.size
        wide = width >= WIDE
        room = wide or height >= LEAST_ROWS
        self.set_class(wide, "-wide")
        self.set_class(not room or not self.config.pane, "-no-pane")
        details = self.query_one(Details)
        if self.has_class("-full"):
            details.styles.width = details.styles.height = "1fr"
        elif wide:
            details.styles.width, details.styles.height = f"{self.config.pane_width}%", "1fr"
        else:
            details.styles.width, details.styles.height = "1fr", f"{self.config.pane_height}%"

    @on(Splitter.Dragged)
    def _drag(self, event: Splitter.Dragged) -> None:
        body = self.query_one("#body").region
        if self.has_class("-wide"):
            share = 100 * (body.right - event.x) // max(1, body.width)
            self.config = self.config._replace(pane_width=max(15, min(80, share)))
        else:
            share = 100 * (body.bottom - event.y) // max(1, body.height)
            self.config = self.config._replace(pane_height=max(15, min(80, share)))
        self.lay_out()

    def leave_full(self) -> bool:
        if not self.has_class("-full"):
            return False
        self.remove_class("-full")
        self.lay_out()
        self.tree_.focus()
        return True

    # ---- the row under the cursor

    @property
    def snapshot(self) -> Snapshot | None:
        return None if self.frame is None else self.frame.moment.snapshot

    @property
    def view(self) -> View | None:
        return None if self.frame is None else self.frame.view

    @property
    def cursor(self) -> Key | None:
        key = self.tree_.cursor_key
        return key if key is not None and self.frame is not None and key in self.frame.table else None

    @property
    def subject(self) -> Subject | None:
        key = self.cursor
        return None if key is None or self.frame is None else self.frame.view.subject(key)

    def say(self, text: str, severity: Any = "information") -> None:
        self.notify(clean(text, 400), markup=False, severity=severity, timeout=4)
