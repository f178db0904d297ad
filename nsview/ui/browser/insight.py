"""Looking into the namespaces of the row under the cursor, as long as the tab that shows it is open.

A thread reads; what it brings when the cursor has moved on is thrown away, and it is told to come to an end.
"""

import threading
import time
from typing import Any, NamedTuple

from textual import on
from textual.message import Message
from textual.timer import Timer

from nsview.contents.inside import inside_at
from nsview.contents.rates import with_rates
from nsview.contents.section import Page, Pages, Section
from nsview.model.kind import Kind, parse_kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.snapshot import Snapshot
from nsview.ui import about
from nsview.ui.browser.looking import RESTS, Looking
from nsview.ui.inside import ALL, PAGE, Shown, choices, nothing_to_choose
from nsview.ui.widgets.details import Details

AGAIN = 4.0
"""Seconds after which what is shown is read again; that gives the rates of interfaces, too."""
AGAIN_IN_PID = 20.0
"""Of pid namespaces: each reading is a process there for a moment, and takes a number."""
_SHARE = 10
"""Reading is to take at most one part in so many of the time, however long it takes."""
_ASK_AGAIN = 1.0
"""Seconds after which a reading that may not be made now is thought of again."""


class Question(NamedTuple):
    """What is to be read."""

    ns: NamespaceId
    find: str = ""
    section: str = ALL
    """The one of which another page than the first is wanted."""
    offset: int = 0


class Seen(NamedTuple):
    """What was read."""

    question: Question
    sections: tuple[Section, ...]
    rated: tuple[Section, ...]
    """The same with rates, from the second reading on."""
    at: float
    took: float


class _Reading:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.over = threading.Event()
        """Set when nobody waits for it any more."""


class Insight(Looking, inherit_bindings=False):
    class Answered(Message):
        def __init__(self, reading: _Reading, seen: Seen | None) -> None:
            super().__init__()
            self.reading = reading
            self.seen = seen

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._kind: Kind | None = None
        """That of the namespace that was chosen last, of a row that has several."""
        self._section = ALL
        self.rows_before = 0
        """Rows of the section to pass over."""
        self._of: NamespaceId | None = None
        """The namespace that section and offset were chosen for."""
        self._question: Question | None = None
        self._seen: Seen | None = None
        self._reading: _Reading | None = None
        self._timer: Timer | None = None

    # ---- what is to be shown

    def _choices(self) -> tuple[Namespace, ...]:
        snapshot, view, key = self.snapshot, self.view, self.cursor
        if snapshot is None or view is None or key is None:
            return ()
        return choices(snapshot, view.subject(key), view.pids(key))

    def _one_of(self, among: tuple[Namespace, ...]) -> Namespace | None:
        return next((ns for ns in among if ns.kind is self._kind), among[0] if among else None)

    def shown_inside(self) -> Shown:
        if not self._inside_is_open:
            return Shown()
        among = self._choices()
        ns = self._one_of(among)
        if ns is None:
            return Shown(note=nothing_to_choose(self.frame.moment if self.frame else None, self.subject))
        seen = self._seen
        if seen is None or seen.question.ns != ns.id:
            return Shown(among, ns.id, self._section)
        section = self._section if any(one.key == self._section for one in seen.rated) else ALL
        offset = seen.question.offset if section == seen.question.section else 0
        return Shown(among, ns.id, section, seen.rated, seen.question.find, offset)

    @property
    def _inside_is_open(self) -> bool:
        return self.details_are_shown and self.query_one(Details).tab_for(self.subject) == about.INSIDE

    def show_details(self) -> None:
        self._look_inside()
        super().show_details()

    # ---- reading

    def _wanted(self) -> Question | None:
        if not self._inside_is_open:
            return None
        ns = self._one_of(self._choices())
        if ns is None:
            return None
        if ns.id != self._of:
            if self._of is None or ns.kind is not self._of.kind:
                self._section = ALL
            self._of, self.rows_before = ns.id, 0
        find = self.query_one(Details).find
        return Question(ns.id, find, self._section if self.rows_before else ALL, self.rows_before)

    def _look_inside(self) -> None:
        """Have read what is to be shown, once the cursor rests, if it is something else than before."""
        question, before = self._wanted(), self._question
        if question == before:
            return
        self._give_up()
        self._question = question
        if question is None:
            self._seen = None
            return
        if before is None or question.ns != before.ns:
            self._seen = None
        waits = self._seen is None or before is None or question.find != before.find
        self._due(question, RESTS if waits else 0.0)

    def _give_up(self) -> None:
        if self._reading is not None:
            self._reading.over.set()
            self._reading = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _due(self, question: Question, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if seconds:
            self._timer = self.set_timer(seconds, lambda: self._read(question))
        else:
            self._read(question)

    def read_again(self) -> None:
        """Now, paused or not."""
        if self._question is not None and self._reading is None:
            self._read(self._question, at_once=True)

    def _read(self, question: Question, *, at_once: bool = False) -> None:
        if question != self._wanted():
            self._look_inside()
            return
        if self._reading is not None:
            return
        first = self._seen is None or self._seen.question != question
        may = not self.live.suspended and self.app.screen is self
        if not may or (self.live.paused and not first and not at_once):
            self._due(question, _ASK_AGAIN)
            return
        snapshot = self.snapshot
        ns = None if snapshot is None else snapshot.namespaces.get(question.ns)
        if snapshot is None or ns is None:
            return
        reading = self._reading = _Reading(question)
        seen = self._seen
        self.run_worker(
            lambda: self._read_inside(reading, snapshot, ns, seen),
            thread=True,
            group="inside",
            exit_on_error=False,
        )

    def _read_inside(self, reading: _Reading, snapshot: Snapshot, ns: Namespace, before: Seen | None) -> None:
        """In a thread of its own."""

        def over() -> bool:
            return reading.over.is_set() or self.live.suspended

        question, begun = reading.question, time.monotonic()
        first = Page(0, PAGE, question.find)
        own = {question.section: first._replace(offset=question.offset)} if question.offset else {}
        sections = inside_at(self.options.proc, snapshot, ns, Pages(first, own), over)
        seen: Seen | None = None
        if not over():
            now = time.monotonic()
            rated = sections if before is None else with_rates(before.sections, sections, now - before.at)
            seen = Seen(question, sections, rated, now, now - begun)
        self.post_message(self.Answered(reading, seen))

    @on(Answered)
    def _answered(self, event: Answered) -> None:
        reading, seen = event.reading, event.seen
        if reading is not self._reading:
            return
        self._reading = None
        if seen is None:
            self._due(reading.question, _ASK_AGAIN)
            return
        self._seen = seen
        again = AGAIN_IN_PID if reading.question.ns.kind is Kind.PID else AGAIN
        self._due(reading.question, max(again, _SHARE * seen.took))
        if self.app.screen is self:
            self.show_details()

    def on_screen_resume(self) -> None:
        self.show_details()

    def on_unmount(self) -> None:
        self._give_up()

    # ---- choosing

    def clicked(self, what: str) -> None:
        sort, _, rest = what.partition(":")
        match sort:
            case "tab":
                self.query_one(Details).choose(rest)
                self.show_details()
            case "kind":
                self._choose_kind(parse_kind(rest))
            case "section":
                self._choose_section(rest)
            case "page":
                self.turn_page(int(rest))
            case _:
                super().clicked(what)

    def _choose_kind(self, kind: Kind) -> None:
        self._kind = kind
        self.show_details()

    def next_kind(self) -> None:
        among = self._choices()
        ns = self._one_of(among)
        if ns is not None:
            self._choose_kind(among[(among.index(ns) + 1) % len(among)].kind)

    def _choose_section(self, section: str) -> None:
        self._section, self.rows_before = section, 0
        self.show_details()

    def step_section(self, by: int) -> None:
        """To the next section, alone; after the last come all of them."""
        if self._seen is not None:
            keys = [ALL, *(section.key for section in self._seen.rated)]
            at = keys.index(self._section) if self._section in keys else 0
            self._choose_section(keys[(at + by) % len(keys)])

    def turn_page(self, by: int) -> bool:
        """To another page of the section that is shown; whether there is one."""
        shown = self.shown_inside()
        section = next((one for one in shown.sections or () if one.key == shown.section), None)
        if section is None and shown.sections is not None and len(shown.sections) == 1:
            section = shown.sections[0]
        if section is None:
            return False
        offset = section.offset + by * PAGE
        if not 0 <= offset < section.total:
            return False
        self._section, self.rows_before = section.key, offset
        self.show_details()
        return True
