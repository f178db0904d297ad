"""The details of the row under the cursor: a line of tabs, and the rows of one of them."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from nsview.discovery.on_demand import Looked
from nsview.model.views.moment import Moment
from nsview.model.views.subject import Subject
from nsview.model.views.tree import DIM
from nsview.text import clean
from nsview.ui import about, inside
from nsview.ui.inside import NOTHING, Shown
from nsview.ui.widgets.line import Lines, Part
from nsview.ui.widgets.sheet import Block, Entry, Sheet, having


class Tabs(Lines):
    COMPONENT_CLASSES = {"lines--about", "lines--here", "lines--find", "lines--quiet"}
    DEFAULT_CSS = """
    Tabs {
        height: 2;
        background: $surface;
        &.-inside { height: 3; }
        & > .lines--about { text-style: bold; }
        & > .lines--here { text-style: bold reverse; }
        & > .lines--quiet { color: $foreground-muted; }
        & > .lines--find { color: $text-warning; }
    }
    """


class Details(Vertical):
    DEFAULT_CSS = """
    Details { height: 1fr; width: 1fr; }
    Details > Sheet { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._moment: Moment | None = None
        self._subject: Subject | None = None
        self._looked: Looked | None = None
        self._inside = NOTHING
        self._made: tuple[Shown, tuple[Block, ...]] | None = None
        self._tab: str = "Summary"
        self.find = ""
        """Only rows with this text are shown."""

    def compose(self) -> ComposeResult:
        yield Tabs()
        yield Sheet()

    @property
    def subject(self) -> Subject | None:
        return self._subject

    @property
    def tab(self) -> str:
        """The title of the tab that is shown."""
        return self.tab_for(self._subject)

    def tab_for(self, subject: Subject | None) -> str:
        """The title of a subject's tab: of the one that was chosen, or of what comes nearest."""
        titles = about.tabs(subject)
        if self._tab in titles:
            return self._tab
        # The same place says the same sort of thing of namespaces and processes.
        for others in (about.OF_NAMESPACE, about.OF_PROCESS):
            if self._tab in others and others.index(self._tab) < len(titles):
                return titles[others.index(self._tab)]
        return titles[0]

    def show(
        self, moment: Moment, subject: Subject | None, looked: Looked | None = None, shown: Shown = NOTHING
    ) -> None:
        if looked is not None:
            self._looked = looked
        fresh = subject != self._subject or type(subject) is not type(self._subject)
        if fresh:
            self._looked = looked
        # Another part of what is inside is read from its beginning; the same part, read again, is not.
        turned = _place(shown) != _place(self._inside)
        self._moment, self._subject, self._inside = moment, subject, shown
        self._draw(from_top=fresh or turned)

    def step(self, by: int) -> None:
        """To the next tab, or the one before."""
        titles = about.tabs(self._subject)
        self.choose(titles[(titles.index(self.tab) + by) % len(titles)])

    def choose(self, tab: str) -> None:
        self._tab = tab
        self._draw(from_top=True)

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self, from_top: bool = False) -> None:
        moment, subject = self._moment, self._subject
        if moment is None or not self.is_mounted or not self.display:
            return
        here = self.tab
        about_it = [Part(f" {about.title(moment, subject)}", "about")]
        if self.find:
            about_it.append(Part(f"  only with: {clean(self.find, 60)}", "find"))
        lines = [
            about_it,
            [
                Part(f" {title} ", "here" if title == here else "", f"tab:{title}")
                for title in about.tabs(subject)
            ],
        ]
        tabs = self.query_one(Tabs)
        if here == about.INSIDE:
            lines.append(inside.parts(self._inside, subject, self.size.width))
        tabs.set_class(len(lines) > 2, "-inside")
        tabs.show(*lines)
        self.query_one(Sheet).show(self._blocks(moment, subject, here), from_top=from_top)

    def _blocks(self, moment: Moment, subject: Subject | None, tab: str) -> Sequence[Block]:
        if tab == about.INSIDE:
            # What has not been read anew is not made anew.
            if self._made is None or self._made[0] != self._inside:
                self._made = self._inside, inside.blocks(moment.snapshot, self._inside)
            return self._made[1]
        rows = about.entries(moment, subject, tab, self._looked)
        return having(rows, self.find) or [Entry("", "nothing here has that", DIM)] if self.find else rows


def _place(shown: Shown) -> tuple[object, ...]:
    return shown.ns, shown.section, shown.find, shown.offset
