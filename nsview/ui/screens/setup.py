"""Set-up: columns chosen and ordered, sorting, interval, theme. Used at once, written only on Save."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from nsview.config import Config
from nsview.text import clean
from nsview.ui.columns import CHOICES

Value = TypeVar("Value", str, float)

INTERVALS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
SORTS = ("name", "nprocs", "pid", "user", "cpu", "mem", "threads", "held", "age", "command")
THEMES = (
    "textual-dark",
    "textual-light",
    "ansi-dark",
    "ansi-light",
    "nord",
    "gruvbox",
    "dracula",
    "monokai",
    "tokyo-night",
    "solarized-light",
    "solarized-dark",
    "catppuccin-mocha",
    "catppuccin-latte",
    "flexoki",
)


class Chosen(NamedTuple):
    config: Config
    write: bool
    """They are to be saved too."""


class Setup(ModalScreen[Chosen | None]):
    BINDINGS = [
        Binding("escape", "cancel", show=False),
        Binding("f10", "cancel", show=False),
        Binding("s", "save", show=False),
        Binding("u", "use", show=False),
    ]
    DEFAULT_CSS = """
    Setup { align: center middle; }
    Setup > Vertical {
        width: 78; max-width: 100%; height: auto; max-height: 100%;
        background: $panel; border: round $primary; padding: 0 1;
    }
    Setup.-ascii > Vertical { border: ascii $primary; }
    Setup .title { text-style: bold; height: 1; }
    Setup .note { color: $foreground-muted; height: auto; }
    Setup OptionList { height: auto; max-height: 16; border: none; background: $surface; padding: 0; }
    Setup OptionList:focus { border: none; }
    Setup Horizontal { height: 1; align-horizontal: right; }
    Setup Button { height: 1; min-width: 8; border: none; margin: 0 1; }
    """

    def __init__(self, config: Config, place: str) -> None:
        """`place` is the file that Save writes."""
        super().__init__()
        self._config = config
        self._place = place
        self._columns = [*config.columns, *(name for name in CHOICES if name not in config.columns)]

    @property
    def config(self) -> Config:
        return self._config

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Set-up", classes="title", markup=False)
            yield OptionList(markup=False, compact=True)
            yield Static(
                Text(
                    "Space or Enter changes · < > moves a column · Left and Right step through values\n"
                    f"Save writes {clean(self._place, 200)}"
                ),
                classes="note",
            )
            with Horizontal():
                yield Button("Use", id="use", compact=True)
                yield Button("Save", id="save", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_class(not self.app.config.unicode, "-ascii")  # type: ignore[attr-defined]
        self._fill(0)
        self.query_one(OptionList).focus()

    def _fill(self, at: int) -> None:
        config = self._config
        options = self.query_one(OptionList)
        lines = [
            _line(f"[{'x' if name in config.columns else ' '}] {CHOICES[name][0].title}", CHOICES[name][1])
            for name in self._columns
        ]
        order = "the other way round" if config.reverse else "usual"
        lines += [
            _line("Sort by", f"< {config.sort} >"),
            _line("Order", f"< {order} >"),
            _line("Interval", f"< {config.interval:g} s >"),
            _line("Theme", f"< {config.theme or 'what suits the terminal'} >"),
            _line("Details pane", f"< {'shown' if config.pane else 'hidden'} >"),
            _line("Vim keys", f"< {'also hjkl, g, G' if config.vim else 'no'} >"),
            _line("Host's namespaces", f"< {'hidden' if config.hide_host else 'shown'} >"),
            _line("Ask engines", f"< {_ASK[config.ask_engines]} >"),
        ]
        options.clear_options()
        options.add_options([Option(line) for line in lines])
        options.highlighted = at

    def on_key(self, event: events.Key) -> None:
        at = self.query_one(OptionList).highlighted
        if at is None or not self.query_one(OptionList).has_focus:
            return
        if event.key == "space":
            self._change(at, 1)
        elif event.key in ("left", "right"):
            self._change(at, 1 if event.key == "right" else -1)
        elif event.character in ("<", ">") and at < len(self._columns):
            self._move(at, 1 if event.character == ">" else -1)
        else:
            return
        event.stop()
        event.prevent_default()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._change(event.option_index, 1)

    def _move(self, at: int, step: int) -> None:
        to = at + step
        if 0 <= to < len(self._columns):
            self._columns[at], self._columns[to] = self._columns[to], self._columns[at]
            chosen = self._config.columns
            self._config = self._config._replace(
                columns=tuple(name for name in self._columns if name in chosen)
            )
            self._fill(to)

    def _change(self, at: int, step: int) -> None:
        config = self._config
        if at < len(self._columns):
            name = self._columns[at]
            chosen = set(config.columns) ^ {name}
            self._config = config._replace(columns=tuple(one for one in self._columns if one in chosen))
            self._fill(at)
            return
        match at - len(self._columns):
            case 0:
                config = config._replace(sort=_next(SORTS, config.sort, step))
            case 1:
                config = config._replace(reverse=not config.reverse)
            case 2:
                config = config._replace(interval=_next(INTERVALS, config.interval, step))
            case 3:
                themes = ("", *(name for name in THEMES if name in self.app.available_themes))
                config = config._replace(theme=_next(themes, config.theme, step))
            case 4:
                config = config._replace(pane=not config.pane)
            case 5:
                config = config._replace(vim=not config.vim)
            case 6:
                config = config._replace(hide_host=not config.hide_host)
            case 7:
                config = config._replace(ask_engines=not config.ask_engines)
        self._config = config
        self._fill(at)

    @on(Button.Pressed, "#use")
    def action_use(self) -> None:
        self.dismiss(Chosen(self._config, False))

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        self.dismiss(Chosen(self._config, True))

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(None)


_ASK = {False: "no: names are read from their files", True: "Docker and Podman, on their sockets"}


def _line(label: str, text: str) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{label:<20}")
    line.append(f" {text}", "dim")
    return line


def _next(values: Sequence[Value], value: Value, step: int) -> Value:
    """The value after this one, around; the first where it is none of them."""
    if value not in values:
        return values[0]
    return values[(values.index(value) + step) % len(values)]
