"""Looking closer at what is under the cursor, once the cursor rests."""

from typing import Any

from textual import on
from textual.message import Message

from nsview.discovery.on_demand import Looked, look
from nsview.model.process import ProcessId
from nsview.ui import about
from nsview.ui.browser.allowing import Allowing
from nsview.ui.inside import NOTHING, Shown
from nsview.ui.live import Wish
from nsview.ui.widgets.details import Details
from nsview.ui.widgets.tree.widget import Place, VirtualTree

RESTS = 0.12
"""Seconds that the cursor has to rest on a row before its process is looked at."""


class LookedAt(Message):
    """What was read of the process under the cursor."""

    def __init__(self, looked: Looked | None) -> None:
        super().__init__()
        self.looked = looked


class Looking(Allowing, inherit_bindings=False):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._looked: Looked | None = None
        self._look_at: ProcessId | None = None

    @on(VirtualTree.Highlighted)
    def _highlighted(self) -> None:
        self.after_cursor()

    def after_cursor(self) -> None:
        """The cursor, or what it stands on, has changed."""
        self.tell()
        if self.frame is None:
            return
        subject = self.subject
        process = about.process_of(self.frame.moment, subject)
        if process != self._look_at:
            self._look_at, self._looked = process, None
            if process is not None:
                self.set_timer(RESTS, lambda: self._look(process))
        self.show_details()

    @property
    def details_are_shown(self) -> bool:
        if self.frame is None or not self.query_one(Details).display:
            return False
        return self.has_class("-full") or not self.has_class("-no-pane")

    def show_details(self) -> None:
        if self.frame is not None and self.details_are_shown:
            details = self.query_one(Details)
            details.show(self.frame.moment, self.subject, self._looked, self.shown_inside())

    def shown_inside(self) -> Shown:
        """What is known of what is inside."""
        return NOTHING

    def _look(self, process: ProcessId) -> None:
        if process == self._look_at and not self.live.suspended:
            root = self.options.proc
            self.run_worker(
                lambda: self.post_message(LookedAt(look(process, root))),
                thread=True,
                group="look",
                exit_on_error=False,
            )
            self.ask(at_once=False)

    @on(LookedAt)
    def _looked_at(self, event: LookedAt) -> None:
        if event.looked is not None and event.looked.process == self._look_at:
            self._looked = event.looked
            self.show_details()

    def ask(self, *, at_once: bool = True) -> None:
        """Tell the scanning thread what to show from now on."""
        details_of = frozenset({self._look_at.pid}) if self._look_at is not None else frozenset[int]()
        folds = self.tree_.folds
        if self._shown is not None and self._shown is not self.arrangement.view:
            place = self._places.get(self.arrangement.view)
            folds = place.folds if place is not None else Place().folds
        wish = Wish(self.arrangement, folds, details_of, self.config.ask_engines)
        self.live.wish(wish, at_once=at_once)
