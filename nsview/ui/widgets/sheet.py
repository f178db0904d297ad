"""Labelled rows under a tab: what the details pane and the help are drawn with."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from nsview.model.views.subject import Subject
from nsview.text import cell_width, fit
from nsview.ui.widgets.grid import Grid, LaidOut, Piece

_WHOLE_LINES = ("title", "text", "note")
"""Marks of rows without a label."""
LABEL = 19
"""Cells of the column of labels; on narrow sheets the values stand below their labels' first letters."""


class Entry(NamedTuple):
    """One row, clean already."""

    label: str
    value: str
    mark: str = ""
    subject: Subject | None = None
    do: str = ""
    """What the screen is asked for when it is clicked."""


Block: TypeAlias = Entry | Grid


class _Drawn(NamedTuple):
    """A line; what is in it is made when it is seen."""

    of: tuple[Piece, ...] | LaidOut
    line: int = 0

    @property
    def pieces(self) -> Sequence[Piece]:
        return self.of.pieces(self.line) if isinstance(self.of, LaidOut) else self.of

    @property
    def subjects(self) -> list[Subject]:
        if isinstance(self.of, LaidOut):
            return list(self.of.links(self.line).values())
        return [piece.subject for piece in self.of if piece.subject is not None]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


class Sheet(ScrollView, can_focus=False):
    ALLOW_SELECT = False
    COMPONENT_CLASSES = {
        "sheet--label",
        "sheet--dim",
        "sheet--alert",
        "sheet--ended",
        "sheet--inferred",
        "sheet--title",
        "sheet--heading",
        "sheet--note",
        "sheet--link",
    }
    DEFAULT_CSS = """
    Sheet {
        background: $surface;
        color: $foreground;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        scrollbar-gutter: stable;
        & > .sheet--label { color: $foreground-muted; }
        & > .sheet--dim { color: $foreground-muted; }
        & > .sheet--alert { text-style: bold; color: $text-warning; }
        & > .sheet--ended { text-style: strike; }
        & > .sheet--inferred { text-style: italic; }
        & > .sheet--title { text-style: bold; color: $text-primary; }
        & > .sheet--heading { text-style: bold; color: $foreground-muted; }
        & > .sheet--note { color: $foreground-muted; }
        & > .sheet--link { text-style: underline; }
        &:ansi > .sheet--dim, &:ansi > .sheet--label, &:ansi > .sheet--note { text-style: dim; }
    }
    """

    class Chosen(Message):
        """Something else that a row is about was clicked."""

        def __init__(self, subject: Subject) -> None:
            super().__init__()
            self.subject = subject

    class Asked(Message):
        """A row was clicked that stands for something that can be done."""

        def __init__(self, do: str) -> None:
            super().__init__()
            self.do = do

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks: tuple[Block, ...] = ()
        self._drawn: list[_Drawn] = []
        self._width = 0
        self._names: dict[str, Style] = {}

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self._blocks

    def show(self, blocks: Sequence[Block], *, from_top: bool = False) -> None:
        """Show these rows and tables; the place to which one has scrolled stays unless `from_top`."""
        blocks = tuple(blocks)
        if blocks != self._blocks:
            self._blocks = blocks
            self._lay_out()
        if from_top:
            self.scroll_to(None, 0, animate=False, immediate=True, force=True)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self._width = width
        label = LABEL if width >= 44 else 10
        room = max(8, width - label - 2)
        drawn: list[_Drawn] = []
        for block in self._blocks:
            if isinstance(block, Grid):
                laid_out = LaidOut(block, max(8, width - 1))
                drawn += [_Drawn(laid_out, line) for line in range(len(laid_out))]
                if laid_out.left_out:
                    words = f"no room for {', '.join(dict.fromkeys(laid_out.left_out))}"
                    drawn += [_Drawn((Piece(line, "note"),)) for line in _wrapped(words, max(8, width - 1))]
                continue
            name, value, mark, subject, do = block
            if mark in _WHOLE_LINES:
                drawn += [
                    _Drawn((Piece(line, mark, subject, do),)) for line in _wrapped(value, max(8, width - 1))
                ]
                continue
            for place, line in enumerate(_wrapped(value, room)):
                left = " " * label if place else fit(name, label)
                drawn.append(_Drawn((Piece(left, "label"), Piece(" "), Piece(line, mark, subject, do))))
        self._drawn = drawn
        size = Size(width, len(drawn))
        if size != self.virtual_size:
            self.virtual_size = size
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        if self.scrollable_content_region.width != self._width:
            self._lay_out()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._names.clear()

    def _style(self, name: str) -> Style:
        style = self._names.get(name)
        if style is None:
            style = self.visual_style.rich_style
            if f"sheet--{name}" in self.COMPONENT_CLASSES:
                style += self.get_component_rich_style(f"sheet--{name}", partial=True)
            self._names[name] = style
        return style

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self._style("")
        at = y + self.scroll_offset.y
        if at >= len(self._drawn):
            return Strip.blank(width, base)
        segments = [Segment(" ", base)]
        for text, mark, subject, do in self._drawn[at].pieces:
            style = self._style(mark)
            if subject is not None or do:
                style += self.get_component_rich_style("sheet--link", partial=True)
            segments.append(Segment(text, style))
        return Strip(segments).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        place = at.y + self.scroll_offset.y if at is not None else -1
        if at is None or not 0 <= place < len(self._drawn):
            return
        line = self._drawn[place]
        # A row leads to one place, wherever it is clicked; each cell of a table to its own.
        x = 1 if isinstance(line.of, LaidOut) else at.x + 1
        for text, _mark, subject, do in line.pieces:
            x += cell_width(text)
            if at.x >= x:
                continue
            if do:
                self.post_message(self.Asked(do))
            elif subject is not None:
                self.post_message(self.Chosen(subject))
            if do or subject is not None or isinstance(line.of, LaidOut):
                return

    def links(self) -> list[tuple[str, Subject]]:
        """What the rows lead to, each once, with the line it is first named in; what is seen now first."""
        top, seen = self.scroll_offset.y, self.size.height
        lines = [*self._drawn[top : top + seen], *self._drawn[:top], *self._drawn[top + seen :]]
        found: dict[Subject, str] = {}
        for line in lines:
            for subject in line.subjects:
                found.setdefault(subject, " ".join(line.text.split()))
        return [(text, subject) for subject, text in found.items()]

    @property
    def at_end(self) -> bool:
        return self.scroll_offset.y >= self.max_scroll_y

    def text(self) -> str:
        """What it says, for tests."""
        lines: list[str] = []
        for block in self._blocks:
            if isinstance(block, Grid):
                rows = (tuple(head.name for head in block.heads), *block.rows)
                lines += [" ".join(row) for row in rows]
            else:
                lines.append(f"{block.label} {block.value}")
        return "\n".join(lines)


def having(blocks: Iterable[Block], text: str) -> list[Block]:
    """The rows, also of tables, that have every word of a text, with the titles above them."""
    words = text.casefold().split()
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Grid):
            block = block.only(lambda row: _has(" ".join(row), words))
            if not block.rows:
                continue
        elif block.mark != "title" and not _has(f"{block.label} {block.value}", words):
            continue
        elif block.mark == "title" and kept and _is_title(kept[-1]):
            kept.pop()
        kept.append(block)
    return kept[:-1] if kept and _is_title(kept[-1]) else kept


def written(blocks: Iterable[Block]) -> str:
    """The rows and tables as plain text, nothing of it cut."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Grid):
            laid_out = LaidOut(block, None)
            lines += ["".join(piece.text for piece in laid_out.pieces(n)) for n in range(len(laid_out))]
        elif block.mark == "title":
            lines += ["", block.value]
        else:
            lines.append(f"{fit(block.label, LABEL)} {block.value}" if block.label else block.value)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _has(text: str, words: list[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def _is_title(block: Block) -> bool:
    return isinstance(block, Entry) and block.mark == "title"


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many cells, broken at spaces where that loses little."""
    if cell_width(text) <= width:
        return [text]
    lines: list[str] = []
    line, taken, space = "", 0, -1
    for char in text:
        cells = cell_width(char)
        if taken + cells > width:
            if space > len(line) // 2:
                lines.append(line[:space])
                line = line[space + 1 :]
            else:
                lines.append(line)
                line = ""
            taken, space = cell_width(line), line.rfind(" ")
        if char == " ":
            space = len(line)
        line += char
        taken += cells
    return [*lines, line]
