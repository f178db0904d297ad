"""The terminal handed over to a shell and taken back: by real keys on a real pty, whatever the shell does."""

import fcntl
import os
import re
import shutil
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import linux
from tests.kernel_fixtures import Spawn
from tests.processes import Child, eventually
from tests.ui.test_tree_terminal import Terminal

UP, DOWN, F7 = b"\x1b[A", b"\x1b[B", b"\x1b[18~"
AT_ONCE, NEVER, LONG = b"E", "0", "600"
LEFT = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l")


@pytest.fixture
def child(require_root: None, spawn: Spawn) -> Child:
    return spawn(unshare=linux.CLONE_NEWUTS | linux.CLONE_NEWNS | linux.CLONE_NEWIPC, name=b"target")


class App:
    """nsview on a terminal, and somebody who types."""

    def __init__(self, child: Child, hold_below: str = NEVER) -> None:
        self.child = child
        self.terminal = Terminal(
            [sys.executable, "-m", "tests.ui.entering_on_terminal", str(child.pid), hold_below]
        )
        self.before = termios.tcgetattr(self.terminal.fd)
        self.until("qQuit", "the first picture")
        self.until("target", "its row")
        self.type(DOWN)
        self.terminal.until(
            lambda: any(line.startswith("▌") and "target" in line for line in self.lines), "the cursor on it"
        )
        self.raw = termios.tcgetattr(self.terminal.fd)
        self.top = self.picture()

    def type(self, keys: bytes | str) -> None:
        os.write(self.terminal.fd, keys if isinstance(keys, bytes) else keys.encode())

    @property
    def lines(self) -> list[str]:
        return list(self.terminal.screen.display)

    def picture(self) -> list[str]:
        """What stands still: the tabs, the titles, the rows; no load, no times, no notes."""
        return [line[:24] for line in self.lines[1:5]]

    def until(self, text: str, what: str) -> None:
        self.terminal.until(lambda: any(text in line for line in self.lines), what)

    def said(self, pattern: str) -> re.Match[bytes]:
        """Wait for output since the last `enter` or `said`."""
        found: list[re.Match[bytes]] = []

        def look() -> bool:
            found[:] = list(re.finditer(pattern.encode(), self.terminal.written[self._read :]))[:1]
            return bool(found)

        self.terminal.until(look, f"{pattern} written")
        self._read += found[0].end()
        return found[0]

    def enter(self) -> None:
        """A shell at its prompt, in the target."""
        self._read = len(self.terminal.written)
        self.type(AT_ONCE)
        self.said("nsview: enter process")
        self.type("PS1='$'' '; echo rea''dy\n")
        self.said(r"ready\r\n[^\n]*\$ ")

    def is_whole(self) -> None:
        """The app's screen is there again, all of it, and takes keys."""
        self.terminal.until(lambda: self.picture() == self.top, f"the same picture as {self.top}")
        self.until("qQuit", "the function bar")
        self.terminal.until(lambda: termios.tcgetattr(self.terminal.fd) == self.raw, "raw mode")
        self.type("5")
        self.until("nothing has changed", "the log after a key")
        self.type("4")
        self.terminal.until(lambda: self.picture() == self.top, "the processes after a key")

    def quit(self) -> None:
        self.type("q")
        assert self.ended() == 0
        assert termios.tcgetattr(self.terminal.fd) == self.before
        for sequence in LEFT:
            assert sequence in self.terminal.written[-400:], sequence

    def ended(self) -> int:
        """Read on until nobody has the terminal open any more; the exit status."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.terminal.written += os.read(self.terminal.fd, 65536)
            except OSError:  # EIO
                break
        return self.terminal.process.wait(20)


@pytest.fixture
def start(child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., App]]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("TMUX", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    started: list[App] = []

    def begin(*arguments: str) -> App:
        started.append(App(child, *arguments))
        return started[-1]

    yield begin
    for app in started:
        app.terminal.close()


def test_bash_with_jobs_and_back(start: Callable[..., App], child: Child) -> None:
    app = start()
    app.enter()
    app.type("readlink /proc/self/ns/uts\n")
    app.said(rf"uts:\[{child.inode('uts')}\]")
    app.type("bash -c 'echo awa''ke; exec sleep 100'\n")
    app.said("awake")
    app.type(b"\x03")
    app.said(r"\$ ")
    app.type("echo status $?\n")
    app.said("status 130")
    app.type("""bash -c 'trap "echo agai""n" CONT; echo awa""ke; while :; do sleep 0.1; done'\n""")
    app.said("awake")
    app.type(b"\x1a")
    app.said("Stopped")
    app.said(r"\$ ")
    app.type("fg\n")
    app.said("again")
    app.type(b"\x03")
    app.said(r"\$ ")
    app.type("exit 3\n")
    app.until("exit 3", "how it ended")
    app.is_whole()
    app.quit()


def test_twice_by_the_dialog(start: Callable[..., App], child: Child) -> None:
    app = start()
    for number in (5, 0):
        app.type(F7)
        app.until("Cancel", "the dialog")
        app._read = len(app.terminal.written)
        app.type(F7)
        app.said("nsview: enter process")
        app.type(f"echo rea''dy; exit {number}\n")
        app.said("ready")
        app.until(f"exit {number}", "how it ended")
        app.is_whole()
    app.quit()


def test_a_killed_shell(start: Callable[..., App]) -> None:
    app = start()
    app.enter()
    app.type("echo shell=$$\n")
    shell = int(app.said(r"shell=(\d+)\r\n")[1])
    os.kill(shell, signal.SIGKILL)
    app.until("killed by SIGKILL", "how it ended")
    app.is_whole()
    app.quit()


def test_what_a_shell_leaves_switched_on(start: Callable[..., App]) -> None:
    app = start()
    app.enter()
    modes = r"\033[?1049h\033[?1000h\033[?1002h\033[?1006h\033[?2004h\033[?25l\033[?7l\033[5;9r\033(0\033[31m"
    app.type(f"stty raw -echo -isig; printf '{modes}'; kill -KILL $$\n")
    app.until("killed by SIGKILL", "how it ended")
    app.is_whole()
    after = app.terminal.written[app.terminal.written.index(b"\x1b[5;9r") :]
    back = after.index(b"\x1b[?1049h")  # the app's own screen
    for mode in (1000, 1002, 1006, 1049, 2004):
        assert b"\x1b[?%dl" % mode in after[:back], mode
    for sequence in (b"\x1b[?25h", b"\x1b[?7h", b"\x1b[r", b"\x1b(B", b"\x1b[m"):
        assert sequence in after[:back], sequence
    app.quit()


def test_the_size_goes_in_and_comes_back(start: Callable[..., App]) -> None:
    app = start()
    app.enter()
    app.terminal.screen.resize(30, 100)
    fcntl.ioctl(app.terminal.fd, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0))
    app.terminal.process.send_signal(signal.SIGWINCH)
    for _ in range(50):
        app.type("stty size\n")
        if app.said(r"(\d+ \d+)\r\n")[1] == b"30 100":
            break
    else:
        pytest.fail("the size inside has not changed")
    app.type("exit\n")
    app.until("exit 0", "how it ended")
    app.terminal.until(lambda: "qQuit" in app.lines[-1] and len(app.lines) == 30, "the larger picture")
    app.terminal.until(lambda: len(app.lines[0].rstrip()) > 90, "the header over the whole width")
    app.quit()


def test_less_takes_the_screen_and_gives_it_back(start: Callable[..., App]) -> None:
    if shutil.which("less") is None:
        pytest.skip("less is not installed")
    app = start()
    app.enter()
    app.type("seq 1 500 > /tmp/numbers; less /tmp/numbers; rm /tmp/numbers; echo do''ne\n")
    app.said(r"\x1b\[\?1049h")
    app.type("G")
    app.said("500")
    app.type("q")
    app.said("done")
    app.type("exit\n")
    app.until("exit 0", "how it ended")
    app.is_whole()
    app.quit()


def test_a_program_that_ends_at_once_keeps_its_words(start: Callable[..., App]) -> None:
    app = start(LONG)
    app.type(F7)
    app.until("instead of a shell", "the dialog")
    # Past the three kinds that differ, and the four rows of choices.
    app.type(DOWN * 7)
    app.until("quoted as for a shell", "the hint about the command")
    app.type("sh -c 'echo last words; exit 4'")
    app.until("sh -c 'echo last words; exit 4'", "the command")
    app.type(b"\r")
    app.until("on this terminal, until it ends", "the hint about the button")
    app._read = len(app.terminal.written)
    app.type(b"\r")
    app.said(r"last words\r\n")
    app.said(r"exit 4 .* press a key")
    assert b"\x1b[?1049h" not in app.terminal.written[app._read :]
    app.until("last words", "its words on the screen")
    app.type("k")  # which would ask for a signal, in the app
    app.is_whole()
    app.quit()


def test_what_was_typed_too_early_is_dropped(start: Callable[..., App]) -> None:
    app = start()
    app.enter()
    app.type("stty -echo; echo re''ady; sleep 0.7; kill -KILL $$\n")
    app.said("ready")
    app.type("qkq")
    app.until("killed by SIGKILL", "how it ended")
    app.is_whole()
    app.quit()


def test_a_request_to_end_ends_the_shell_too(start: Callable[..., App]) -> None:
    app = start()
    app.enter()
    app.type("echo shell=$$\n")
    shell = int(app.said(r"shell=(\d+)\r\n")[1])
    app.terminal.process.send_signal(signal.SIGTERM)
    assert app.ended() == 0
    eventually(lambda: not os.path.exists(f"/proc/{shell}"), "the shell has ended")
    assert termios.tcgetattr(app.terminal.fd) == app.before
    for sequence in LEFT:
        assert sequence in app.terminal.written[-2000:], sequence


def test_an_interrupt_from_outside_ends_nobody(start: Callable[..., App]) -> None:
    app = start()
    app.enter()
    app.terminal.process.send_signal(signal.SIGINT)
    app.type("echo still he''re\n")
    app.said("still here")
    app.type("exit\n")
    app.until("exit 0", "how it ended")
    app.is_whole()
    app.quit()
