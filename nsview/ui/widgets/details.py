"""The details of the row under the cursor: a line of tabs, and the rows of one of them."""

from textual.app import ComposeResult
from textual.containers import Vertical

from nsview.discovery.on_demand import Looked
from nsview.model.views.moment import Moment
from nsview.model.views.subject import Subject
from nsview.ui import about
from nsview.ui.widgets.line import Lines, Part
from nsview.ui.widgets.sheet import Sheet


class Tabs(Lines):
    COMPONENT_CLASSES = {"lines--about", "lines--here"}
    DEFAULT_CSS = """
    Tabs {
        height: 2;
        background: $surface;
        & > .lines--about { text-style: bold; }
        & > .lines--here { text-style: bold reverse; }
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
        self._tab: str = "Summary"

    def compose(self) -> ComposeResult:
        yield Tabs()
        yield Sheet()

    @property
    def subject(self) -> Subject | None:
        return self._subject

    @property
    def tab(self) -> str:
        """The title of the tab that is shown: the one that was chosen, or what comes nearest."""
        titles = about.tabs(self._subject)
        if self._tab in titles:
            return self._tab
        # The same place says the same sort of thing of namespaces and processes.
        for others in (about.OF_NAMESPACE, about.OF_PROCESS):
            if self._tab in others and others.index(self._tab) < len(titles):
                return titles[others.index(self._tab)]
        return titles[0]

    def show(self, moment: Moment, subject: Subject | None, looked: Looked | None = None) -> None:
        if looked is not None:
            self._looked = looked
        fresh = subject != self._subject or type(subject) is not type(self._subject)
        if fresh:
            self._looked = looked
        self._moment, self._subject = moment, subject
        self._draw(from_top=fresh)

    def step(self, by: int) -> None:
        """To the next tab, or the one before."""
        titles = about.tabs(self._subject)
        self.choose(titles[(titles.index(self.tab) + by) % len(titles)])

    def choose(self, tab: str) -> None:
        self._tab = tab
        self._draw(from_top=True)

    def _draw(self, from_top: bool = False) -> None:
        moment, subject = self._moment, self._subject
        if moment is None or not self.is_mounted or not self.display:
            return
        here = self.tab
        self.query_one(Tabs).show(
            [Part(f" {about.title(moment, subject)}", "about")],
            [
                Part(f" {title} ", "here" if title == here else "", f"tab:{title}")
                for title in about.tabs(subject)
            ],
        )
        rows = about.entries(moment, subject, here, self._looked)
        self.query_one(Sheet).show(rows, from_top=from_top)
