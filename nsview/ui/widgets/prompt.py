"""A line to type into, above the function bar: for searching and for filtering."""

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static


class Prompt(Vertical):
    """Shown while somebody types. What is typed is told letter by letter."""

    DEFAULT_CSS = """
    Prompt { height: auto; display: none; background: $surface; }
    Prompt.-open { display: block; }
    Prompt > Input { height: 1; border: none; padding: 0 1; background: $panel; }
    Prompt > Input:focus { border: none; }
    Prompt > .error { height: auto; max-height: 3; color: $text-error; padding: 0 1; display: none; }
    Prompt > .error.-there { display: block; }
    """

    class Typed(Message):
        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    class Done(Message):
        """Enter was pressed."""

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    purpose = ""

    def compose(self) -> ComposeResult:
        yield Static("", classes="error", markup=False)

    @property
    def is_open(self) -> bool:
        return bool(self.purpose)

    async def open(self, purpose: str, text: str = "", hint: str = "") -> None:
        await self.query(Input).remove()
        self.purpose = purpose
        field = Input(text, placeholder=hint, select_on_focus=False, highlighter=None)
        field.cursor_blink = False
        self.add_class("-open")
        await self.mount(field)
        field.focus()

    def take(self, event: events.Key) -> bool:
        """Whether a key that came past the line is one that is typed: then it is in the line now."""
        field = self.query_one(Input)
        if event.is_printable and event.character is not None:
            field.insert_text_at_cursor(event.character)
        elif event.key == "enter":
            field.post_message(Input.Submitted(field, field.value))
        else:
            return False
        return True

    async def close(self) -> None:
        self.purpose = ""
        self.complain("")
        self.remove_class("-open")
        await self.query(Input).remove()

    def complain(self, text: str) -> None:
        """Say what is wrong with what was typed; the text is clean. "" when nothing is."""
        error = self.query_one(".error", Static)
        error.update(text)
        error.set_class(bool(text), "-there")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.purpose:
            self.post_message(self.Typed(self.purpose, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Done(self.purpose, event.value))
