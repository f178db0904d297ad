"""Which signal to send, and a last look at whom it will hit."""

import signal
from collections.abc import Callable, Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from nsview.actions.signal import ALL, MEANING
from nsview.text import clean

NAMED = 6
"""Targets that are told one by one."""


class SignalDialog(ModalScreen[signal.Signals | None]):
    """Gives the signal to send, or None. Enter on a signal leads to the buttons, to Cancel first."""

    BINDINGS = [
        Binding("escape", "cancel", show=False),
        Binding("q", "cancel", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]
    DEFAULT_CSS = """
    SignalDialog { align: center middle; }
    SignalDialog > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        background: $panel; border: round $error; padding: 0 1;
    }
    SignalDialog.-ascii > Vertical { border: ascii $error; }
    SignalDialog .title { text-style: bold; height: auto; max-height: 8; }
    SignalDialog .warning { color: $text-warning; height: auto; max-height: 5; }
    SignalDialog OptionList { height: 7; border: none; background: $surface; padding: 0; }
    SignalDialog OptionList:focus { border: none; }
    SignalDialog Horizontal { height: 1; align-horizontal: right; }
    SignalDialog Button { height: 1; min-width: 10; border: none; margin: 0 1; }
    """

    def __init__(self, targets: Sequence[str], warn: Callable[[signal.Signals], Sequence[str]]) -> None:
        """`targets` are raw names; `warn` says what one should know about a signal to them."""
        super().__init__()
        self._targets = targets
        self._warn = warn
        self._chosen = ALL[0]

    def compose(self) -> ComposeResult:
        names = [clean(name, 100) for name in self._targets[:NAMED]]
        more = len(self._targets) - len(names)
        title = "\n".join(names) + (f"\nand {more} more" if more else "")
        with Vertical():
            yield Static(Text(title), classes="title")
            yield OptionList(*[Option(_line(number)) for number in ALL], markup=False, compact=True)
            yield Static("", classes="warning", markup=False)
            with Horizontal():
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Send", id="send", variant="error", compact=True)

    def on_mount(self) -> None:
        self.set_class(not self.app.config.unicode, "-ascii")  # type: ignore[attr-defined]
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._chosen = ALL[event.option_index]
        self.query_one("#send", Button).label = Text(f"Send {self._chosen.name}")
        warnings = [clean(warning, 300) for warning in self._warn(self._chosen)]
        self.query_one(".warning", Static).update(Text("\n".join(warnings[:4])))

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.query_one("#cancel", Button).focus()

    @on(Button.Pressed, "#send")
    def _send(self) -> None:
        self.dismiss(self._chosen)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(None)


def _line(number: signal.Signals) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{int(number):>3} {number.name:<10}")
    text.append(f" {MEANING.get(number, '')}", "dim")
    return text
