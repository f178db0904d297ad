"""Every action by its words: type a part of them."""

from collections.abc import Callable

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from nsview.keys import ACTIONS, Action, Keys, shown
from nsview.ui.ascii import in_words


class Palette(ModalScreen[str | None]):
    """Gives the id of an action, None for Esc."""

    BINDINGS = [Binding("escape", "cancel", show=False)]
    DEFAULT_CSS = """
    Palette { align: center top; }
    Palette > Vertical {
        width: 84; max-width: 100%; height: auto; max-height: 100%;
        margin-top: 1; background: $panel; padding: 0 1;
    }
    Palette Input { height: 1; border: none; padding: 0; background: $surface; }
    Palette Input:focus { border: none; }
    Palette OptionList { height: auto; max-height: 16; border: none; background: $panel; padding: 0; }
    Palette OptionList:focus { border: none; }
    """

    def __init__(
        self, keys: Keys, why_not: Callable[[Action], str | None], *, ascii_only: bool = False
    ) -> None:
        super().__init__()
        self._ascii_only = ascii_only
        self._keys = keys
        self._why_not = why_not
        self._shown: list[Action] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            field = Input(placeholder="what to do", highlighter=None)
            field.cursor_blink = False
            yield field
            yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._fill("")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        words = text.casefold().split()
        self._shown = [
            action
            for action in ACTIONS
            if all(word in f"{action.label} {action.help} {action.id}".casefold() for word in words)
        ]
        # Those whose name has it come before those whose explanation has it.
        self._shown.sort(key=lambda action: not all(word in action.label.casefold() for word in words))
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._line(action)) for action in self._shown])
        if self._shown:
            options.highlighted = 0

    def _line(self, action: Action) -> Text:
        off = self._why_not(action) is not None
        text = Text(no_wrap=True, overflow="ellipsis", style="dim" if off else "")
        text.append(f"{action.label:<20}", "bold")
        names = " ".join(shown(key) for key in self._keys.of[action.id])
        text.append(f"{in_words(names) if self._ascii_only else names:<12} ")
        text.append(action.help)
        return text

    def on_key(self, event: events.Key) -> None:
        options = self.query_one(OptionList)
        move = {"down": options.action_cursor_down, "up": options.action_cursor_up}
        move |= {"pagedown": options.action_page_down, "pageup": options.action_page_up}
        if event.key in move:
            event.stop()
            event.prevent_default()
            move[event.key]()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        at = self.query_one(OptionList).highlighted
        self.dismiss(self._shown[at].id if at is not None and self._shown else None)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index].id)

    def action_cancel(self) -> None:
        self.dismiss(None)
