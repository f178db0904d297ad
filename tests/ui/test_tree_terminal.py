"""The tree on a real terminal: what is written to it, byte by byte."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyte
import pytest

from tests.ui.tree_on_terminal import NAMES

ROWS, COLUMNS = 24, 90
DEADLINE = 30.0


class Terminal:
    """The master's side of a pty with a program on it, and a screen that understands what it writes."""

    def __init__(
        self, argv: list[str], environ: Mapping[str, str] | None = None, user: int | None = None
    ) -> None:
        self.fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            cwd="/" if user is not None else Path(__file__).parents[2],
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "LC_ALL": "C.UTF-8",
                **(environ or {}),
            },
        )
        os.close(slave)
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""

    def read(self, seconds: float) -> bytes:
        """What comes within that time."""
        until, got = time.monotonic() + seconds, b""
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                break
            got += os.read(self.fd, 65536)
        self.written += got
        self.stream.feed(got)
        return got

    def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert self.process.poll() is None, f"ended early: {self.written[-2000:]!r}"
            assert time.monotonic() < deadline, f"{what}: not within {DEADLINE} s\n" + "\n".join(
                self.screen.display
            )
            self.read(0.05)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.fd)


@pytest.fixture
def count(tmp_path: Path) -> Path:
    path = tmp_path / "count"
    path.touch()
    return path


@pytest.fixture
def terminal(count: Path) -> Iterator[Terminal]:
    started = Terminal([sys.executable, "-m", "tests.ui.tree_on_terminal", str(count)])
    try:
        started.until(lambda: "row 10" in "\n".join(started.screen.display), "the first picture")
        yield started
    finally:
        started.close()


def settle(terminal: Terminal) -> None:
    deadline = time.monotonic() + DEADLINE
    while terminal.read(0.3):
        assert time.monotonic() < deadline, "the terminal is never silent"


def test_a_refresh_without_news_writes_nothing(terminal: Terminal, count: Path) -> None:
    settle(terminal)
    before = count.stat().st_size
    deadline = time.monotonic() + DEADLINE
    while count.stat().st_size < before + 20:
        assert terminal.read(0.1) == b""
        assert time.monotonic() < deadline
    os.write(terminal.fd, b"\x1b[B")
    terminal.until(lambda: terminal.screen.display[2].startswith("▌"), "the cursor on the second row")
    settle(terminal)
    start = len(terminal.written)
    os.write(terminal.fd, b"\x1b[B")
    terminal.until(lambda: terminal.screen.display[3].startswith("▌"), "the cursor on the third row")
    settle(terminal)
    # Two lines of 90 cells with their colours; the whole screen would be more than 3,000.
    assert len(terminal.written) - start < 1500


def test_hostile_names_reach_the_terminal_as_text_only(terminal: Terminal) -> None:
    settle(terminal)
    display = terminal.screen.display
    heading = display[0].index("NUMBER")
    for row, name in enumerate(NAMES, 1):
        cells = [terminal.screen.buffer[row][x].data for x in range(COLUMNS)]
        number = "".join(cells[heading : heading + len("NUMBER")])
        assert number == f"{row:>6}", f"{name!r} shifted the columns: {display[row]!r}"
        assert "".join(cells).startswith((f"▌   row {row} ", f"    row {row} "))
    assert "[/nope]" in display[2]
    assert "…" in display[len(NAMES)]
    assert terminal.screen.title != "PWNED"
    assert b"PWNED\x07" not in terminal.written
    assert b"\x1b[31m\x1b]" not in terminal.written
    assert b"\xc2\x9b" not in terminal.written
    assert not re.search(rb"\xe2\x80[\x8b\x8d\xae]", terminal.written), "no zero width, no bidi"
