"""The terminal library's thread that reads keys, made to let go of the terminal at once.

Left to itself it notices only every tenth of a second that it is to end, and waits for another: a fifth of a
second between a key and the shell that it starts.
"""

import os
import selectors
import time
from types import SimpleNamespace

_woken: tuple[int, int] | None = None


class _Selector(selectors.SelectSelector):
    """Listens to the wake-up pipe too, and never waits for nothing."""

    def __init__(self) -> None:
        super().__init__()
        assert _woken is not None
        self._wake = _woken[0]
        self.register(self._wake, selectors.EVENT_READ)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if len(self.get_map()) <= 1:
            return []
        ready = super().select(timeout)
        found = [(key, mask) for key, mask in ready if key.fd != self._wake]
        if not found and ready:
            time.sleep(0.001)  # it is to end, but does not know it yet
        return found


def make_wakeable() -> None:
    """To be called before the app runs."""
    global _woken
    if _woken is None:
        from textual.drivers import linux_driver

        _woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        setattr(linux_driver, "selectors", SimpleNamespace(**vars(selectors) | {"SelectSelector": _Selector}))  # noqa: B010


def wake() -> None:
    """Make it look at once, and again and again, whether it is to end."""
    if _woken is not None:
        os.write(_woken[1], b".")


def leave() -> None:
    """Let its successor wait for keys again."""
    if _woken is not None:
        try:
            os.read(_woken[0], 64)
        except BlockingIOError:
            pass
