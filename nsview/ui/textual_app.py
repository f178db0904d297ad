"""The Textual side of the app: the one object that owns the terminal while it runs."""

import asyncio
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter

from nsview import config as settings
from nsview.config import NO_OPTIONS, USUAL, Config, Options
from nsview.keys import keys
from nsview.model.views.view import Arrangement, SortBy
from nsview.text import clean
from nsview.ui import hung_up, input_thread, terminal
from nsview.ui.ascii import OnlyAscii
from nsview.ui.browser.screen import Browser
from nsview.ui.columns import columns
from nsview.ui.live import Live
from nsview.ui.screens.setup import Chosen
from nsview.ui.widgets.prompt import Prompt

FIRST = Arrangement()

SWITCH = 0.001
"""Seconds after which the scanning thread lets the keys and the screen have their turn."""


class NsviewApp(App[None]):
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = []
    CSS_PATH = os.path.join(os.path.dirname(__file__), "app.tcss")
    TITLE = "nsview"

    def __init__(
        self,
        live: Live,
        config: Config = USUAL,
        options: Options = NO_OPTIONS,
        arrangement: Arrangement = FIRST,
        problems: tuple[str, ...] = (),
        *,
        started: float = 0.0,
    ) -> None:
        super().__init__()
        self.live = live
        self.config = config
        self.options = options
        self.chosen_theme = config.theme
        self.config_place = settings.path()
        self.first_frame_after: float | None = None
        """Seconds from the start of the program to the first full picture."""
        self._problems = problems
        self._started = started
        self._refused = ""
        self._last_filters = () if config.unicode else (OnlyAscii(),)
        self._crash: BaseException | None = None
        self.browser = Browser(live, config, options, keys(config.keys, config.vim)[0], arrangement)
        self.use_theme(config.theme)

    def use_theme(self, chosen: str) -> None:
        theme = terminal.theme_for(chosen)
        if theme in self.available_themes:
            self.theme = theme
        else:
            self._problems = (*self._problems, f"there is no theme '{clean(theme, 40)}'")

    async def on_mount(self) -> None:
        if terminal.over_ssh(os.environ):
            self.animation_level = "none"
        self._listen_to_signals()
        await self.push_screen(self.browser)
        for problem in self._problems:
            self.notify(clean(problem, 300), markup=False, severity="warning", timeout=10)

    def on_key(self, event: events.Key) -> None:
        """Keys that were struck before the line that they are meant for had the focus belong to that line:
        `/Enter`, arriving in one go, must search and not enter anything."""
        for prompt in self.screen.query(Prompt):
            if prompt.is_open and prompt.take(event):
                event.stop()
                event.prevent_default()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and where there is only ASCII what sees to that in all widgets."""
        return [*super().get_line_filters(), *self._last_filters]

    # ---- the end

    def _listen_to_signals(self) -> None:
        """A terminal that hangs up, or a polite request to end, leaves the terminal whole too."""
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, self.exit)

    def refuse(self, reason: str) -> None:
        """End with this on standard error."""
        self._refused = reason
        self.exit()

    def run_to_the_end(self) -> int:
        gc.enable()  # short commands are better off without
        switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        input_thread.make_wakeable()
        hung_up.end_with_the_terminal()
        try:
            self.run(mouse=self.config.mouse)
        finally:
            hung_up.let_threads_end(self._driver)
            sys.setswitchinterval(switch)
            self.live.stop(wait=1.0)
        if self._crash is not None:
            print(f"nsview: {clean(_told(self._crash), 400)}", file=sys.stderr)
            return 1
        if self._refused:
            print(f"nsview: {clean(self._refused, 400)}; {terminal.INSTEAD}", file=sys.stderr)
            return 1
        return self.return_code or 0

    def _handle_exception(self, error: Exception) -> None:
        """Textual would paint the traceback with all local variables, among them other people's names."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        if self._crash is None:
            self._crash = error
            self._return_code = 1
        self.exit(return_code=1)

    def on_unmount(self) -> None:
        self.live.stop()

    def note_first_frame(self) -> None:
        def note() -> None:
            if self.first_frame_after is None and self._started:
                self.first_frame_after = time.monotonic() - self._started

        self.call_after_refresh(note)

    def clear_terminal(self) -> None:
        driver: Driver | None = self._driver
        if driver is not None and not self.is_headless:
            driver.write("\x1b[2J")
            driver.flush()
        self.refresh(repaint=True, layout=True)

    # ---- settings

    def use_config(self, chosen: Chosen | None) -> None:
        """What the set-up screen has come to."""
        if chosen is None:
            return
        config, to_be_written = chosen
        browser = self.browser
        self.config = browser.config = config
        self.chosen_theme = config.theme
        self.use_theme(config.theme)
        self.live.interval = config.interval
        browser.use_keys(keys(config.keys, config.vim)[0])
        browser.tree_.columns = columns(browser.arrangement.view, config.columns)
        browser.lay_out()
        browser.rearrange(sort=SortBy(config.sort), reverse=config.reverse, hide_host=config.hide_host)
        if to_be_written:
            try:
                place = settings.write(config)
            except OSError as error:
                browser.say(f"not saved: {error.filename}: {error.strerror}", "error")
            else:
                browser.say(f"saved in {place}")


def _told(error: BaseException) -> str:
    """Write a crash down where it can be read later; returns one line that says where."""
    place = settings.log_path()
    what = "".join(traceback.format_exception_only(error)).strip().splitlines()[0]
    try:
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        with open(place, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(time.strftime("\n%Y-%m-%d %H:%M:%S\n"))
            traceback.print_exception(error, file=file)
    except OSError as problem:
        return f"crashed: {what} (and {place} cannot be written: {problem.strerror})"
    return f"crashed: {what}; the log is {place}"
