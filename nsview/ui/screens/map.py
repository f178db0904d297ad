"""The map of the network namespaces, on a screen of its own."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from nsview.contents.net_map import Progress
from nsview.drawing import words
from nsview.drawing.canvas import Canvas, as_text
from nsview.drawing.dot import as_dot
from nsview.drawing.layout import Missing
from nsview.drawing.mermaid import as_mermaid
from nsview.drawing.picture import picture
from nsview.drawing.svg import as_svg
from nsview.model.namespace import NamespaceId
from nsview.model.net_map.parts import End, NetMap
from nsview.model.places import counted
from nsview.text import clean
from nsview.ui.screens.menu import Choice, Menu
from nsview.ui.widgets.line import Lines, Part
from nsview.ui.widgets.map_view import MapView
from nsview.ui.widgets.prompt import Prompt

_ACROSS = 8
"""Cells that an arrow scrolls to the side."""
_NARROWEST = 60
"""Cells that the map is given on screens that have less: what does not fit is scrolled to."""
_KEYS = "Tab namespace  n interface  Enter follow  / search  y copy  r read again  Esc close"


class Drawn(NamedTuple):
    found: NetMap
    canvas: Canvas
    texts: dict[End, str]
    """What a search looks through."""
    room: int


class Read(Message):
    """So many namespaces were read."""

    def __init__(self, done: int, of: int) -> None:
        super().__init__()
        self.done, self.of = done, of

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Read)


class Ready(Message):
    def __init__(self, drawn: Drawn | str) -> None:
        """The map, or why there is none."""
        super().__init__()
        self.drawn = drawn


class MapScreen(Screen[NamespaceId | None], inherit_bindings=False):
    """Gives the namespace that was chosen, None for Esc."""

    BINDINGS = [
        Binding("escape", "back", show=False),
        Binding("q,f10", "close", show=False),
        Binding("ctrl+c", "app.quit", show=False),
        Binding("up", "pan(0, -1)", show=False),
        Binding("down", "pan(0, 1)", show=False),
        Binding("left", f"pan({-_ACROSS}, 0)", show=False),
        Binding("right", f"pan({_ACROSS}, 0)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False),
        Binding("end", "edge(1)", show=False),
        Binding("tab", "box(1)", show=False),
        Binding("shift+tab", "box(-1)", show=False),
        Binding("n", "next(1)", show=False),
        Binding("N", "next(-1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("g", "follow", show=False),
        Binding("slash,f3", "search", show=False),
        Binding("y", "copy", show=False),
        Binding("r", "read", show=False),
    ]
    DEFAULT_CSS = """
    MapScreen { layout: vertical; background: $surface; }
    MapScreen #title { height: 1; background: $panel; text-style: bold; }
    MapScreen #about { height: 2; background: $panel; }
    MapScreen MapView { height: 1fr; }
    """

    def __init__(
        self,
        read: Callable[[Progress, Callable[[], bool]], NetMap],
        here: NamespaceId | None,
        copy: Callable[[str], None],
    ) -> None:
        """`read` takes its time, tells of its progress, and asks whether nobody waits any more.

        The cursor begins `here`.
        """
        super().__init__()
        self._read_map = read
        self._here = here
        self._copy_text = copy
        self._drawn: Drawn | None = None
        self._word = ""

    def compose(self) -> ComposeResult:
        yield Lines(id="title")
        yield MapView()
        yield Lines(id="about")
        yield Prompt()

    @property
    def view(self) -> MapView:
        return self.query_one(MapView)

    def on_mount(self) -> None:
        self.view.focus()
        self.action_read()

    # ---- reading and drawing, in a thread of their own

    def action_read(self) -> None:
        self._tell("reading …")
        self._work(None)

    def on_resize(self, event: events.Resize) -> None:
        if self._drawn is not None and self._room() != self._drawn.room:
            self._work(self._drawn.found)

    def _room(self) -> int:
        return max(_NARROWEST, self.app.size.width - 1)

    @work(thread=True, group="map", exclusive=True, exit_on_error=False)
    def _work(self, known: NetMap | None) -> None:
        worker, room = get_current_worker(), self._room()

        def gone() -> bool:
            return worker.is_cancelled or not self.is_attached

        def progress(done: int, of: int) -> None:
            self.post_message(Read(done, of))

        drawn: Drawn | str
        try:
            found = known or self._read_map(progress, gone)
            if gone():
                return
            drawn = Drawn(found, Canvas(picture(found, room)), words.searched(found), room)
        except Missing as error:
            drawn = str(error)
        if not gone():
            self.post_message(Ready(drawn))

    @on(Read)
    def _read(self, event: Read) -> None:
        if event.done < event.of:
            self._tell(f"reading {event.done} of {event.of}")

    @on(Ready)
    def _ready(self, event: Ready) -> None:
        if isinstance(event.drawn, str):
            self._tell(clean(event.drawn))
            return
        first = self._drawn is None
        self._drawn = event.drawn
        self.view.show(event.drawn.found, event.drawn.canvas)
        if first and self._here is not None:
            self.view.go_to(End(str(self._here), None))
        self._search(self._word, move=False)
        self._tell("")

    # ---- telling

    def _tell(self, doing: str) -> None:
        parts = [Part(" Network map")]
        if self._drawn is not None:
            found = self._drawn.found
            links = sum(1 for link in found.links if not link.within)
            boxes = counted(len(found.boxes), "namespace")
            parts.append(Part(f"  {boxes}, {counted(links, 'link')} between them"))
            unread = sum(1 for box in found.boxes.values() if box.refused and box.ns is not None)
            if unread:
                parts.append(Part(f", {unread} not read"))
            if found.trouble:
                parts.append(Part(f"  not whole: {clean(found.trouble)}"))
        if doing:
            parts.append(Part(f"  {doing}"))
        self.query_one("#title", Lines).show(parts)
        self._tell_cursor()

    @on(MapView.Moved)
    def _tell_cursor(self) -> None:
        spot = self.view.cursor
        about = words.whole(self._drawn.found, spot.end) if spot is not None and self._drawn else ""
        self.query_one("#about", Lines).show([Part(f" {about}")], [Part(f" {_KEYS}")])

    # ---- moving

    def action_pan(self, across: int, down: int) -> None:
        self.view.pan(across, down)

    def action_page(self, pages: int) -> None:
        self.view.pan(0, pages * max(1, self.view.scrollable_content_region.height - 1))

    def action_edge(self, side: int) -> None:
        self.view.pan(-self.view.max_scroll_x, side * self.view.virtual_size.height)

    def action_box(self, by: int) -> None:
        self.view.step(by, boxes=True)

    def action_next(self, by: int) -> None:
        if not self._word:
            self.view.step(by)
        elif not self.view.next_match(by):
            self.app.bell()

    def action_choose(self) -> None:
        """From an interface along its link; from a namespace to the tree."""
        spot, drawn = self.view.cursor, self._drawn
        if spot is None or drawn is None:
            return
        if spot.end.number is not None:
            self.action_follow()
            return
        box = drawn.found.boxes[spot.end.box]
        if box.ns is None:
            self._say("it is not among the namespaces that were found")
        else:
            self.dismiss(box.ns)

    @on(MapView.Chosen)
    def _double_clicked(self) -> None:
        self.action_choose()

    def action_follow(self) -> None:
        spot, drawn = self.view.cursor, self._drawn
        if spot is None or drawn is None:
            return
        links = list(drawn.found.links_at(spot.end))
        others = [other for link in links if (other := link.other(spot.end)) is not None]
        if not others:
            self._say("it is linked with nothing")
        elif len(others) == 1:
            self.view.go_to(others[0])
        else:
            choices = [
                Choice("", words.link_told(drawn.found, link, spot.end), other)
                for link, other in zip(links, others, strict=True)
            ]
            self.app.push_screen(Menu("Follow which", choices), self._followed)

    def _followed(self, end: End | None) -> None:
        if end is not None:
            self.view.go_to(end)

    # ---- searching

    async def action_search(self) -> None:
        await self.query_one(Prompt).open("search", "", "search: part of a name, an address, a kind")

    @on(Prompt.Typed)
    def _typed(self, event: Prompt.Typed) -> None:
        self._search(event.text, move=True)

    @on(Prompt.Done)
    async def _done(self, event: Prompt.Done) -> None:
        await self._close_prompt()

    async def _close_prompt(self) -> None:
        await self.query_one(Prompt).close()
        self.view.focus()

    def _search(self, text: str, *, move: bool) -> None:
        self._word = text.casefold()
        texts = self._drawn.texts if self._drawn is not None and self._word else {}
        self.view.mark(frozenset(end for end, told in texts.items() if self._word in told))
        found = not self._word or not move or self.view.next_match(1, inclusive=True)
        self.query_one(Prompt).complain("" if found else "nowhere")

    # ---- copying

    def action_copy(self) -> None:
        drawn, spot = self._drawn, self.view.cursor
        if drawn is None or spot is None:
            return
        box = drawn.found.boxes[spot.end.box]
        one = box.interface(spot.end.number)
        texts = [("l", "the line below the map", words.whole(drawn.found, spot.end))]
        if one is not None:
            texts += [("n", "name", one.name), *(("", "address", address) for address in one.addresses)]
        choices: list[Choice[Callable[[], str]]] = [
            Choice(key, label, partial(str, text), text) for key, label, text in texts
        ]
        choices += [
            Choice("t", "the map as text", partial(as_text, drawn.canvas)),
            Choice("s", "the map as SVG", partial(as_svg, drawn.found, drawn.canvas.picture)),
            Choice("m", "the map in Mermaid's language", partial(as_mermaid, drawn.found)),
            Choice("d", "the map in Graphviz's language", partial(as_dot, drawn.found)),
        ]
        self.app.push_screen(Menu("Copy", choices), self._copy)

    def _copy(self, text: Callable[[], str] | None) -> None:
        if text is not None:
            self._copy_text(text())

    # ---- leaving

    async def action_back(self) -> None:
        """Peel one layer: what is typed, the search, the map."""
        if self.query_one(Prompt).is_open:
            await self._close_prompt()
            self._search("", move=False)
        elif self._word:
            self._search("", move=False)
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        self.dismiss(None)

    def _say(self, text: str) -> None:
        self.notify(clean(text, 200), markup=False, timeout=4)
