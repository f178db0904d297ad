"""Keys that were typed on our own terminal while it belonged to a program that has ended."""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager

from nsview.kernel import terminal

_MUCH = 1 << 12


def forget(stdin: int = 0) -> None:
    """Drop what was typed for the program and has not been read: it was not meant for who comes after."""
    with _raw(stdin):
        _drop(stdin)


def wait_for_key(stdin: int = 0, *also: int) -> None:
    """Until a key is pressed that was not typed before this call, the terminal hangs up, or one of the
    other file descriptors becomes readable."""
    with _raw(stdin):
        _drop(stdin)
        select.select([stdin, *also], [], [])
        _drop(stdin)


@contextmanager
def _raw(stdin: int) -> Iterator[None]:
    """In a terminal's line mode a key waits for the end of its line."""
    try:
        saved = terminal.settings(stdin)
        terminal.set_raw(stdin, saved)
    except OSError:
        yield  # it has hung up: nobody will press a key, and reading it returns at once
        return
    try:
        yield
    finally:
        terminal.restore(stdin, saved)


def _drop(stdin: int) -> None:
    try:
        while select.select([stdin], [], [], 0)[0] and os.read(stdin, _MUCH):
            pass
    except OSError:
        pass
