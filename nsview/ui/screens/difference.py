"""Two rows side by side, on a screen of their own."""

import threading
from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from nsview.model.views.subject import Subject
from nsview.text import clean
from nsview.ui.difference import Compared
from nsview.ui.screens.menu import Choice, Menu
from nsview.ui.screens.text import Scrolling
from nsview.ui.widgets.prompt import Prompt
from nsview.ui.widgets.sheet import Entry, Sheet, having, written

LINKS = 300


class DifferenceScreen(Scrolling, ModalScreen[Subject | None]):
    """Gives what was chosen in it to be gone to, None for Esc.

    `compare` is called in a thread, with a question that says whether anybody still waits.
    """

    BINDINGS = [
        Binding("escape", "back", show=False),
        Binding("q,x,f10", "close", show=False),
        Binding("slash,f3", "search", show=False),
        Binding("y", "copy", show=False),
        Binding("O", "links", show=False),
        Binding("ctrl+r", "again", show=False),
    ]
    DEFAULT_CSS = """
    DifferenceScreen > Vertical { width: 100%; height: 100%; background: $surface; }
    DifferenceScreen .title { text-style: bold; height: 1; padding: 0 1; }
    DifferenceScreen .keys { height: 1; padding: 0 1; color: $foreground-muted; }
    DifferenceScreen Sheet { height: 1fr; }
    """

    class Finished(Message):
        def __init__(self, over: threading.Event, compared: Compared) -> None:
            super().__init__()
            self.over = over
            self.compared = compared

    def __init__(
        self,
        title: str,
        compare: Callable[[Callable[[], bool]], Compared],
        copy: Callable[[str], None],
        named: Callable[[Subject], str],
    ) -> None:
        super().__init__()
        self._title = title
        self._compare = compare
        self._copy = copy
        self._named = named
        self._over = threading.Event()
        """Set when nobody waits any more for the comparison that is being made."""
        self._compared: Compared | None = None
        self._find = ""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(clean(self._title, 300), classes="title", markup=False)
            yield Sheet()
            yield Prompt()
            yield Static("/ search  y copy  O go to  Ctrl-R again  Esc close", classes="keys", markup=False)

    def on_mount(self) -> None:
        self.action_again()

    def on_unmount(self) -> None:
        self._over.set()

    # ---- comparing

    def action_again(self) -> None:
        self._over.set()
        over = self._over = threading.Event()
        if self._compared is None:
            self.query_one(Sheet).show([Entry("", "is being compared …", "dim")])

        def work() -> None:
            compared = self._compare(over.is_set)
            if not over.is_set():
                self.post_message(self.Finished(over, compared))

        self.run_worker(work, thread=True, group="difference")

    @on(Finished)
    def _finished(self, event: Finished) -> None:
        if event.over is self._over:
            self._compared = event.compared
            self._show()

    def _show(self, *, from_top: bool = False) -> None:
        if self._compared is not None:
            shown = having(self._compared.blocks, self._find) if self._find else self._compared.blocks
            nothing = [Entry("", "nothing in it has that", "dim")]
            self.query_one(Sheet).show(shown or nothing, from_top=from_top)

    # ---- searching

    async def action_search(self) -> None:
        await self.query_one(Prompt).open("find", self._find, "search: part of any row")

    @on(Prompt.Typed)
    def _typed(self, event: Prompt.Typed) -> None:
        self._find = event.text.strip()
        self._show(from_top=True)

    @on(Prompt.Done)
    async def _done(self) -> None:
        await self.query_one(Prompt).close()

    async def action_back(self) -> None:
        """Peel one layer: what is typed, what was searched for, the screen."""
        prompt = self.query_one(Prompt)
        if prompt.is_open:
            await prompt.close()
        if not self._find:
            self.dismiss(None)
            return
        self._find = ""
        self._show(from_top=True)

    # ---- what else can be done

    def action_copy(self) -> None:
        self._copy(written(self.query_one(Sheet).blocks))

    def action_links(self) -> None:
        found = self.query_one(Sheet).links()[:LINKS]
        choices = [Choice("", self._named(subject), subject, text) for text, subject in found]
        if choices:
            self.app.push_screen(Menu("Go to", choices), self._chosen)

    def _chosen(self, subject: Subject | None) -> None:
        if subject is not None:
            self.dismiss(subject)

    @on(Sheet.Chosen)
    def _clicked(self, event: Sheet.Chosen) -> None:
        self.dismiss(event.subject)

    def action_close(self) -> None:
        self.dismiss(None)
