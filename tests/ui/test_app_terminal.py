"""The app on a real terminal: what is written to it, and what is left of it afterwards."""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.ui.test_tree_terminal import ROWS, Terminal

ROOT = Path(__file__).parents[2]

# What leaves the alternate screen, shows the cursor, and ends mouse and focus reports, and bracketed paste.
LEFT = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l")


@pytest.fixture
def count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "count"
    path.touch()
    return path


@pytest.fixture
def start(count: Path) -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def begin(*arguments: str, **environ: str) -> Terminal:
        program = [sys.executable, "-m", "tests.ui.app_on_terminal", str(count), *arguments]
        terminal = Terminal(program, environ)
        started.append(terminal)
        return terminal

    yield begin
    for terminal in started:
        terminal.close()


def lines(terminal: Terminal) -> list[str]:
    return list(terminal.screen.display)


def shows(terminal: Terminal, text: str) -> bool:
    return any(text in line for line in lines(terminal))


def resize(terminal: Terminal, rows: int, columns: int) -> None:
    terminal.screen.resize(rows, columns)
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.kill(terminal.process.pid, signal.SIGWINCH)


def ended(terminal: Terminal) -> int:
    """Read on until the program has ended; its exit status."""
    deadline = time.monotonic() + 20
    while True:
        assert time.monotonic() < deadline, "it does not end"
        try:
            data = os.read(terminal.fd, 65536)
        except OSError:  # EIO: nobody has the terminal open any more
            return terminal.process.wait(20)
        terminal.written += data
        terminal.stream.feed(data)


def test_start_resize_and_quit(start: Callable[..., Terminal]) -> None:
    terminal = start("kind")
    terminal.until(lambda: shows(terminal, "HELD BY") or shows(terminal, "NPROC"), "the first picture")
    terminal.until(lambda: shows(terminal, "qQuit"), "the function bar")
    resize(terminal, 12, 40)
    terminal.until(lambda: len(lines(terminal)) == 12 and shows(terminal, "NAMESPACE"), "the small picture")
    terminal.until(lambda: "q" in lines(terminal)[-1], "the small function bar")
    assert all(len(line) == 40 for line in lines(terminal))
    os.write(terminal.fd, b"\x1b[B\x1b[B")
    terminal.until(lambda: any(line.startswith("▌") for line in lines(terminal)[4:]), "the cursor below")
    resize(terminal, ROWS, 90)
    terminal.until(lambda: shows(terminal, "NPROC") and len(lines(terminal)) == ROWS, "the picture as before")
    os.write(terminal.fd, b"q")
    assert ended(terminal) == 0
    for sequence in LEFT:
        assert sequence in terminal.written, sequence


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_a_clean_terminal(start: Callable[..., Terminal], number: signal.Signals) -> None:
    terminal = start("kind")
    before = termios.tcgetattr(terminal.fd)
    terminal.until(lambda: shows(terminal, "qQuit"), "the first picture")
    assert termios.tcgetattr(terminal.fd) != before, "it is raw while the app runs"
    terminal.process.send_signal(number)
    assert ended(terminal) == 0
    for sequence in LEFT:
        assert sequence in terminal.written, sequence
    assert termios.tcgetattr(terminal.fd) == before


def test_a_crash_says_where_the_log_lies(start: Callable[..., Terminal], count: Path) -> None:
    terminal = start("kind", "crash")
    assert ended(terminal) == 1
    for sequence in LEFT:
        assert sequence in terminal.written, sequence
    log = count.parent / "state" / "nsview" / "crash.log"
    assert "RuntimeError" in log.read_text()
    said = terminal.written.split(b"\x1b[?1049l")[-1].decode()
    assert "crashed: RuntimeError: on purpose" in said
    assert "crash.log" in said
    assert "\x1b]0;" not in terminal.written.decode("utf-8", "replace")


@pytest.mark.parametrize("view", ["kind", "process", "container"])
def test_hostile_names_are_only_text(start: Callable[..., Terminal], view: str) -> None:
    terminal = start(view)
    terminal.until(lambda: shows(terminal, "qQuit") and shows(terminal, "WHO"), "the first picture")
    for keys in (
        b"*",
        b"\x1b[6~",
        b"\x1b[6~",
        b"\r",
        b"\t",
        b"\x1b",
        b"y",
        b"\x1b",
        b"w",
        b"\x1b",
        b"u",
        b"\x1b",
        b"V",
    ):
        os.write(terminal.fd, keys)
        terminal.read(0.25)
    terminal.until(lambda: shows(terminal, "links between them"), "the map")
    os.write(terminal.fd, b"\t\t\tq")
    terminal.until(lambda: shows(terminal, "qQuit"), "the tree")
    os.write(terminal.fd, b"q")
    ended(terminal)
    assert b"\x1b]0;" not in terminal.written, "a name has set the title"
    assert b"PWNED\x07" not in terminal.written
    assert b"\x9b2J" not in terminal.written.replace("›".encode(), b"")
    text = terminal.written.decode("utf-8", "replace")
    assert not set("\u202e\u200b\u200d") & set(text), "format characters reach the terminal"


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [(("ascii",), {}), ((), {"TERM": "linux", "COLORTERM": ""})],
    ids=["asked for", "the Linux console"],
)
def test_where_there_is_only_ascii_nothing_else_is_written(
    start: Callable[..., Terminal], arguments: tuple[str, ...], environ: dict[str, str]
) -> None:
    """In no screen, whoever draws it, and whatever names there are (the machine has them in all scripts)."""
    terminal = start("process", *arguments, **environ)
    terminal.until(lambda: shows(terminal, "qQuit") and shows(terminal, "plain"), "the first picture")
    assert shows(terminal, "|-"), "the guides of the tree"
    border = next(line for line in lines(terminal) if line.startswith("---"))
    for keys, title in (
        (b"*", "WHO"),  # all open, and a scroll bar
        (b"\r", "Summary"),  # the details on the whole screen
        (b"\x1b", "WHO"),
        (b"h", "keys and signs"),
        (b"\x1b", "WHO"),
        (b"S", "Set-up"),
        (b"\x1b", "WHO"),
        (b":", "what to do"),
        (b"\x1b", "WHO"),
        (b"y", "Copy"),
        (b"\x1b", "WHO"),
        (b"u", "Whose processes"),
        (b"\x1b", "WHO"),
        (b"V", "links between them"),
        (b"\x1b", "WHO"),
        (b"\\", "filter:"),
        (b"\x1b", "WHO"),
        (b"3", "CONTAINER - UNIT"),
        (b"1", "NAMESPACE"),
    ):
        os.write(terminal.fd, keys)
        terminal.until(partial(shows, terminal, title), f"{title!r} after {keys!r}")
        # Long enough that Escape and the next key are not taken for one.
        until = time.monotonic() + 0.3
        while (left := until - time.monotonic()) > 0:
            terminal.read(left)
        if title in ("Set-up", "Copy", "Whose processes"):
            assert shows(terminal, "+--"), f"{title}: a border that can be drawn"
    os.write(terminal.fd, b"q")
    assert ended(terminal) == 0
    other = sorted({byte for byte in terminal.written if byte > 0x7F})
    assert not other, terminal.written.decode().encode("ascii", "namereplace")[-3000:]
    assert set(border) == {"-"}


def test_no_name_shifts_a_column(start: Callable[..., Terminal]) -> None:
    terminal = start("process")
    terminal.until(lambda: shows(terminal, "WHO") and shows(terminal, "plain"), "the rows")
    terminal.read(0.5)
    header = next(line for line in lines(terminal) if "WHO" in line)
    user = header.index("USER")
    border = next(number for number, line in enumerate(lines(terminal)) if line.startswith("───"))
    first = lines(terminal).index(header) + 1
    starts = {cells(terminal, y, user) for y in range(first, border)}
    assert border - first > 5
    assert starts == {"\\"}, (
        "\n".join(lines(terminal)) + "the user's name begins in the same cell of each row"
    )


def cells(terminal: Terminal, line: int, column: int) -> str:
    """The character in a cell of the screen, whatever the widths before it."""
    return str(terminal.screen.buffer[line][column].data)


def test_an_idle_tick_writes_nothing(start: Callable[..., Terminal], count: Path) -> None:
    terminal = start("kind")
    terminal.until(lambda: shows(terminal, "qQuit") and count.stat().st_size > 4, "some looks")
    while terminal.read(0.5):
        pass
    before = count.stat().st_size
    written = terminal.read(2.0)
    assert count.stat().st_size - before >= 4, "it has looked meanwhile"
    assert written == b""


def test_an_idle_tick_writes_nothing_below_a_dialog_either(
    start: Callable[..., Terminal], count: Path
) -> None:
    terminal = start("kind")
    terminal.until(lambda: shows(terminal, "qQuit") and count.stat().st_size > 4, "some looks")
    os.write(terminal.fd, b"h")
    terminal.until(lambda: shows(terminal, "keys and signs"), "the help")
    terminal.read(0.5)
    before = count.stat().st_size
    deadline = time.monotonic() + 10
    written = b"?"
    while written and time.monotonic() < deadline:
        written = terminal.read(1.5)
    assert count.stat().st_size - before >= 4, "it has looked meanwhile"
    assert written == b""


def test_invalid_utf8_and_unknown_keys_do_no_harm(start: Callable[..., Terminal]) -> None:
    terminal = start("kind")
    terminal.until(lambda: shows(terminal, "qQuit"), "the first picture")
    os.write(terminal.fd, b"\xff\xfe\x80")
    terminal.read(0.5)
    os.write(terminal.fd, b"2")
    terminal.until(lambda: shows(terminal, "OWNER"), "the app lives on")


@pytest.mark.parametrize("opens", ["/", "\\"])
def test_what_is_typed_in_one_go_with_the_key_that_opens_a_line_is_in_the_line(
    start: Callable[..., Terminal], opens: str
) -> None:
    terminal = start("kind")
    terminal.until(lambda: shows(terminal, "qQuit"), "the first picture")
    os.write(terminal.fd, f"{opens}Eqks2".encode())
    terminal.until(lambda: shows(terminal, " Eqks2"), "the whole text in the line")
    assert not shows(terminal, "OWNER")
    assert not shows(terminal, "Enter at once")
    os.write(terminal.fd, b"\x1b")
    terminal.until(lambda: not shows(terminal, "Eqks2"), "the line is closed")
    os.write(terminal.fd, b"q")
    assert ended(terminal) == 0


def run_app(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nsview", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_terminal_is_said_in_one_line() -> None:
    result = run_app()
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "nsview list" in result.stderr


@pytest.mark.parametrize(
    ("environ", "arguments", "expected"),
    [
        ({"TERM": "dumb"}, (), "TERM=dumb"),
        ({"TERM": "xterm"}, ("--proc", "/nonexistent"), "/nonexistent"),
        ({"TERM": "xterm"}, ("--filter", "kind:("), "parentheses"),
        ({"TERM": "xterm", "XDG_CONFIG_HOME": "BROKEN"}, (), "interval"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(
    tmp_path: Path,
    environ: dict[str, str],
    arguments: tuple[str, ...],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "nsview").mkdir()
    (tmp_path / "nsview" / "config.toml").write_text("interval = 'soon'\n")
    for name, value in environ.items():
        monkeypatch.setenv(name, str(tmp_path) if value == "BROKEN" else value)
    master, slave = os.openpty()
    try:
        result = subprocess.run(
            [sys.executable, "-m", "nsview", *arguments],
            cwd=ROOT,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            timeout=60,
            check=False,
        )
        said = os.read(master, 65536).decode()
    finally:
        os.close(master)
        os.close(slave)
    assert result.returncode in (1, 2)
    assert expected in said
    assert said.count("\n") <= 3
    assert "\x1b[?1049h" not in said, "the screen was never taken"
