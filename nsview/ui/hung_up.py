"""A terminal that has gone: the app ends, where the terminal library would wait for it for ever.

Its writing thread dies of the first EIO, after which the queue to it fills up and blocks the event loop.
"""

import os
import signal
from typing import IO, Any


class _Lenient:
    """The terminal as a file; what can no longer be written is dropped, and tells the app that it is over."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._gone = False

    def write(self, text: str) -> None:
        try:
            if not self._gone:
                self._file.write(text)
        except OSError:
            self._hang_up()

    def flush(self) -> None:
        try:
            if not self._gone:
                self._file.flush()
        except OSError:
            self._hang_up()

    def fileno(self) -> int:
        return self._file.fileno()

    def _hang_up(self) -> None:
        # The kernel sends it to the terminal's own session only, and not to who ignores it (nohup).
        self._gone = True
        os.kill(os.getpid(), signal.SIGHUP)


def end_with_the_terminal() -> None:
    """To be called before the app runs."""
    from textual.drivers import linux_driver

    threaded = getattr(linux_driver, "WriterThread")  # noqa: B009 (not exported)
    if threaded.__name__ == "WriterThread":

        class Writer(threaded):  # type: ignore[misc, valid-type]
            def __init__(self, file: Any) -> None:
                super().__init__(_Lenient(file))

        setattr(linux_driver, "WriterThread", Writer)  # noqa: B010


def let_threads_end(driver: Any) -> None:
    """After the app has run: its thread for keys would read the end of input for ever."""
    ended = getattr(driver, "exit_event", None)
    if ended is not None:
        ended.set()
