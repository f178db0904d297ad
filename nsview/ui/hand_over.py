"""The terminal in another program's hands until that has ended, then the app's screen again.

The app stands still meanwhile: nothing is looked at, and no key reaches it.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App, SuspendNotSupported

from nsview.actions import typed
from nsview.actions.plan import Plan
from nsview.actions.relay import Ending, run_in_foreground
from nsview.text import clean
from nsview.ui import input_thread

HASTY = 1.0
"""Seconds within which a program has ended too early for anybody to have read what it wrote."""

_END_US = (signal.SIGTERM, signal.SIGHUP)
# SGR pixel mouse reports: the terminal library asks for them and does not take that back.
_NO_PIXELS = b"\x1b[?1016l"


class CannotHandOver(Exception):
    """This terminal stays with the app; says why."""


def hand_over(app: App[Any], plan: Plan) -> Ending:
    """Run a plan's program on the app's terminal; how it ended. CannotHandOver if that is no real one.

    To be called on the event loop, which waits. A polite request to end that comes meanwhile ends the
    program first and then the app.
    """
    problem: BaseException | None = None
    ending: Ending | None = None
    with _noted_signals() as signals:
        try:
            input_thread.wake()
            with app.suspend():
                input_thread.leave()
                # Nothing may be raised in here: the app would never come back.
                try:
                    ending = _run(plan, signals)
                except BaseException as error:
                    problem = error
        except SuspendNotSupported:
            input_thread.leave()
            raise CannotHandOver("this terminal cannot be handed over to a program") from None
        asked_to_end = any(number in _END_US for number in _read_all(signals))
    if asked_to_end:
        app.exit()
    if problem is not None:
        raise problem
    assert ending is not None
    return ending


def _run(plan: Plan, signals: int) -> Ending:
    _write(_NO_PIXELS + f"nsview: {title(plan)}\r\n".encode())
    ending = run_in_foreground(plan)
    if ending.failure is None:
        hasty = ending.elapsed < HASTY
        _write(f"\r\nnsview: {how_it_ended(ending)}{' · press a key' if hasty else ''}\r\n".encode())
        if hasty:
            typed.wait_for_key(0, signals)
    typed.forget()
    return ending


def title(plan: Plan) -> str:
    """What a plan does, in one line. Clean."""
    joined = " ".join(join.kind for join in plan.joins)
    return clean(f"{plan.action} {plan.subject}" + (f": {joined}" if joined else ""), 200)


def how_it_ended(ending: Ending) -> str:
    """In a few words. Clean."""
    if ending.failure is not None:
        return clean("; ".join(part for part in (ending.failure.message, ending.failure.help) if part), 500)
    code = ending.returncode or 0
    if code >= 0:
        return f"exit {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _write(data: bytes) -> None:
    try:
        while data:
            data = data[os.write(1, data) :]
    except OSError:
        pass  # nobody is there to see it


# ---- signals


@contextmanager
def _noted_signals() -> Iterator[int]:
    """Keep signals from the event loop: it would act on a Ctrl-C that was meant for a program as soon as it
    runs again. Gives a file descriptor from which their numbers can be read."""
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        yield read
    finally:
        signal.set_wakeup_fd(before)
        os.close(read)
        os.close(write)


def _read_all(fd: int) -> bytes:
    try:
        return os.read(fd, 1 << 16)
    except BlockingIOError:
        return b""
