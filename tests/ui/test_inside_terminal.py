"""What is inside on a real terminal: names that would like to be more than text."""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import linux
from tests.kernel_fixtures import Spawn
from tests.processes import Child
from tests.ui.test_app_terminal import ended, resize, shows
from tests.ui.test_tree_terminal import Terminal

TITLE = "\x1b]0;PWNED\x07"
NAMED = "\\x1b]0;PWNED\\x07"
"""As it is to be seen."""


@pytest.fixture
def hostile(require_root: None, spawn: Spawn, tmp_path: Path) -> Child:
    """A process that gives this name to whatever can have one."""
    if shutil.which("ip") is None:
        pytest.skip("ip is not installed")

    def name_all() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        socket.sethostname(TITLE)
        subprocess.run(["ip", "link", "set", "lo", "alias", f"{TITLE} alias"], check=True)
        named = socket.socket(socket.AF_UNIX)
        named.bind(f"\0{TITLE} socket")
        named.listen()
        named.detach()
        linux.private_tmpfs(tmp_path)
        place = tmp_path / f"{TITLE}\n\u202e"
        place.mkdir()
        linux.mount(TITLE, place, "tmpfs")
        assert libc.mq_open(f"/{TITLE} queue".encode(), os.O_CREAT | os.O_RDWR, 0o600, None) >= 0

    flags = linux.CLONE_NEWUTS | linux.CLONE_NEWNET | linux.CLONE_NEWNS | linux.CLONE_NEWIPC
    return spawn(name_all, unshare=flags, name=b"\x1b]0;PWNED\x07")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Terminal]]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    started: list[Terminal] = []

    def begin(*arguments: str) -> Terminal:
        terminal = Terminal([sys.executable, "-m", "nsview", *arguments])
        started.append(terminal)
        resize(terminal, 50, 160)
        return terminal

    yield begin
    for terminal in started:
        terminal.close()


def say(terminal: Terminal, keys: bytes, *texts: str) -> None:
    """Press keys, and wait until all of these are to be seen."""
    os.write(terminal.fd, keys)
    terminal.until(lambda: all(shows(terminal, text) for text in texts), f"{texts} after {keys!r}")


def test_no_name_is_more_than_text(app: Callable[..., Terminal], hostile: Child) -> None:
    terminal = app("--view", "process", "-p", str(hostile.pid))
    terminal.until(lambda: shows(terminal, str(hostile.pid)), "the process")
    os.write(terminal.fd, b"\x1b[F")  # its ancestors are above it
    say(terminal, b"i", "Interfaces", "Inside")
    say(terminal, b"\r", "Sockets", f"{NAMED} alias")
    say(terminal, b")))", f"@{NAMED} socket")
    say(terminal, b"i", "MOUNT POINT")
    say(terminal, b"/", "search in the details")
    say(terminal, b"PWNED", NAMED, "only with: PWNED")
    os.write(terminal.fd, b"\r")
    terminal.read(0.5)  # or it would be one key with the next
    say(terminal, b"\x1b", "Propagation groups")
    say(terminal, b"i", "Host name", NAMED)
    say(terminal, b"i", f"/{NAMED} queue")
    terminal.read(0.5)
    say(terminal, b"\x1b", "COMMAND")
    terminal.read(0.3)
    say(terminal, b"x", "x again on another row")
    os.write(terminal.fd, b"q")
    assert ended(terminal) == 0
    assert b"\x1b]0;" not in terminal.written, "a name has set the title"
    text = terminal.written.decode("utf-8", "replace")
    assert "\u202e" not in text
    assert "PWNED\x07" not in text
