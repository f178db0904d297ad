"""A short list to choose from, with a letter for each choice."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from nsview.text import clean

Value = TypeVar("Value")


class Choice(NamedTuple, Generic[Value]):
    key: str
    """The letter that chooses it at once; "" for none."""
    label: str
    """Raw: it is cleaned here."""
    value: Value
    note: str = ""


class Menu(ModalScreen[Value | None]):
    """Gives the value that was chosen, None for Esc."""

    BINDINGS = [Binding("escape", "cancel", show=False), Binding("q", "cancel", show=False)]
    DEFAULT_CSS = """
    Menu { align: center middle; }
    Menu > Vertical {
        width: auto; max-width: 96%; min-width: 30;
        height: auto; max-height: 96%;
        background: $panel; border: round $primary; padding: 0 1;
    }
    Menu.-ascii > Vertical { border: ascii $primary; }
    Menu .title { text-style: bold; width: auto; }
    Menu .note { color: $foreground-muted; width: auto; max-width: 90; }
    Menu OptionList {
        height: auto; max-height: 18; width: auto; padding: 0;
        border: none; background: $panel;
    }
    Menu OptionList:focus { border: none; }
    """

    def __init__(self, title: str, choices: Sequence[Choice[Value]], *, note: str = "", at: int = 0) -> None:
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._note = note
        self._at = at

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text(clean(self._title, 200)), classes="title")
            wide = max((len(choice.label) for choice in self._choices if len(choice.label) < 40), default=0)
            yield OptionList(
                *[Option(_line(choice, min(wide, 40))) for choice in self._choices],
                markup=False,
                compact=True,
            )
            if self._note:
                yield Static(Text(clean(self._note, 1000)), classes="note")

    def on_mount(self) -> None:
        self.set_class(not self.app.config.unicode, "-ascii")  # type: ignore[attr-defined]
        options = self.query_one(OptionList)
        options.focus()
        if self._choices:
            options.highlighted = min(self._at, len(self._choices) - 1)

    def on_key(self, event: events.Key) -> None:
        for choice in self._choices:
            if choice.key and event.character == choice.key:
                event.stop()
                event.prevent_default()
                self.dismiss(choice.value)
                return

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index].value)

    def action_cancel(self) -> None:
        self.dismiss(None)


def _line(choice: Choice[Value], wide: int) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{choice.key or ' '} ", "bold")
    text.append(clean(choice.label, 200).ljust(wide))
    if choice.note:
        text.append(f"  {clean(choice.note, 200)}", "dim")
    return text
