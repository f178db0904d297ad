"""What dialogs ask with: boxes to tick and rows of choices, in plain characters that every terminal has."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from nsview.text import cell_width, clean, fit


class Field(Widget, can_focus=True):
    """One line. Enter leads on, as nothing is done by a field itself; `hint` says more about it."""

    DEFAULT_CSS = """
    Field { height: 1; width: 1fr; }
    Field:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
    Field:disabled { color: $foreground-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", show=False),
    ]

    class Changed(Message):
        def __init__(self, field: "Field") -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> "Field":
            return self.field

    class Done(Message):
        """Enter was pressed."""

    def __init__(self, id: str, hint: str) -> None:
        super().__init__(id=id)
        self.hint = hint

    def action_done(self) -> None:
        self.post_message(self.Done())


class Tick(Field):
    """`[x] label  note`. Raw texts: they are cleaned here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("left", "app.focus_previous", show=False),
    ]

    def __init__(
        self, id: str, label: str, note: str = "", *, on: bool = False, hint: str = "", wide: int = 7
    ) -> None:
        super().__init__(id, hint)
        self.on = on
        self._label = label
        self._note = note
        self._wide = wide
        self._implied = False

    def tell(self, *, on: bool | None = None, note: str | None = None, implied: bool = False) -> None:
        """`implied`: it is done although it is not ticked."""
        before = (self.on, self._note, self._implied)
        self.on = self.on if on is None else on
        self._note = self._note if note is None else note
        self._implied = implied
        if before != (self.on, self._note, self._implied):
            self.refresh()

    def render(self) -> Text:
        mark = "x" if self.on else "+" if self._implied else " "
        text = f"[{mark}] {clean(self._label, 60):<{self._wide}} {clean(self._note, 200)}".rstrip()
        return Text(fit(text, max(1, self.size.width)), no_wrap=True, end="")

    def action_tick(self) -> None:
        if not self.disabled:
            self.on = not self.on
            self.refresh()
            self.post_message(self.Changed(self))

    def on_click(self) -> None:
        self.action_tick()


class OneOf(Field):
    """`label  (•) this  ( ) that`; the arrows and space go from one to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", show=False),
        Binding("left", "step(-1)", show=False),
    ]

    def __init__(
        self,
        id: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        *,
        value: str = "",
        hint: str = "",
        wide: int = 7,
        ascii_only: bool = False,
    ) -> None:
        """`choices` are values with the words for them."""
        super().__init__(id, hint)
        self._label = label
        self._wide = wide
        self._choices = tuple(choices)
        self._mark = "*" if ascii_only else "•"
        self.value = value

    def _parts(self) -> list[tuple[str, str]]:
        """Texts with the values that a click on them chooses."""
        parts = [(f"{self._label:<{self._wide}} ", "")]
        for value, words in self._choices:
            mark = self._mark if value == self.value else " "
            parts.append((f"({mark}) {clean(words, 60)}  ", value))
        return parts

    def render(self) -> Text:
        width = max(1, self.size.width)
        parts = self._parts()
        whole = "".join(text for text, _ in parts).rstrip()
        if cell_width(whole) > width:
            # Without the room for all of them, the one that holds.
            words = dict(self._choices).get(self.value, "")
            whole = f"{self._label:<{self._wide}} < {clean(words, 60)} >"
        return Text(fit(whole, width), no_wrap=True, end="")

    def action_step(self, step: int) -> None:
        values = [value for value, _ in self._choices]
        at = values.index(self.value) if self.value in values else 0
        self._choose(values[(at + step) % len(values)])

    def _choose(self, value: str) -> None:
        if value != self.value and not self.disabled:
            self.value = value
            self.refresh()
            self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        parts = self._parts()
        if cell_width("".join(text for text, _ in parts).rstrip()) > self.size.width:
            self.action_step(1)
            return
        x, values = 0, dict(self._choices)
        for text, value in parts:
            if x <= event.x < x + cell_width(text) and value in values and text.strip() != self._label:
                self._choose(value)
                return
            x += cell_width(text)
