"""Run a plan in the foreground, with our own standard input and output, until its program ends."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

from nsview.actions.failure import Failure, LaunchError
from nsview.actions.launch import as_exit_status
from nsview.actions.plan import Plan


class Ending(NamedTuple):
    """How it went."""

    returncode: int | None
    """The program's exit status, or the negated number of the signal that ended it; None if it never ran."""
    failure: Failure | None
    """Why it never ran."""
    elapsed: float
    """Seconds."""

    @property
    def exit_status(self) -> int:
        """For exit(3): 128 + n for a signal, 127, 126 or 125 where nothing was run."""
        if self.failure is not None:
            return self.failure.exit_status
        return as_exit_status(self.returncode or 0)


def run_in_foreground(plan: Plan) -> Ending:
    """On a terminal of its own if we are on one ourselves; else with our files and pipes as they are.

    The rule of ssh(1) and of docker's -it: a terminal inside only for who types at one and looks at one.
    """
    start = time.monotonic()
    _have_standard_files()
    _let_children_be_waited_for()
    try:
        if os.isatty(0) and os.isatty(1):
            from nsview.actions.terminal_relay import run_on_terminal

            code = run_on_terminal(plan)
        else:
            from nsview.actions.pipe_relay import run_on_pipes

            code = run_on_pipes(plan)
    except LaunchError as error:
        return Ending(None, error.failure, time.monotonic() - start)
    return Ending(code, None, time.monotonic() - start)


def _have_standard_files() -> None:
    """Where one of them is closed, a pipe of ours would take its number and be handed in."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _let_children_be_waited_for() -> None:
    """Whoever started us may have had SIGCHLD ignored; then the kernel keeps no exit status (wait(2))."""
    import threading

    ignored = signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN
    if ignored and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


Handler = Callable[[int, FrameType | None], None]


@contextmanager
def handling(handlers: Mapping[signal.Signals, Handler]) -> Iterator[None]:
    """Handle signals while the context lasts. What was ignored stays ignored (nohup), and only the main
    thread of a process gets to handle any."""
    import threading

    saved = {}
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():
            if signal.getsignal(number) != signal.SIG_IGN:
                saved[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, before in saved.items():
            signal.signal(number, before)


def write_all(fd: int, data: bytes) -> None:
    """Also to a file that somebody has made non-blocking."""
    import select

    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            select.select([], [fd], [])
