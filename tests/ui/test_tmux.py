"""Shift-F7 and Shift-F8 in a real tmux: the shell gets a pane or window of its own, the live view stays."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsview.ui import tmux
from tests import linux
from tests.kernel_fixtures import Spawn
from tests.leftovers import OURS
from tests.processes import Child, eventually

ROOT = Path(__file__).parents[2]


class Session:
    """A tmux server of our own with the app in it."""

    def __init__(self, pid: int, config: Path, rows: int) -> None:
        self._socket = f"{OURS}-{pid}"
        environ = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
        self._environ = {
            **environ,
            "XDG_CONFIG_HOME": str(config),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
        }
        command = [sys.executable, "-m", "tests.ui.entering_on_terminal", str(pid), "0"]
        self.tmux(
            "-f", os.devnull, "new-session", "-d", "-x", "100", "-y", str(rows), "-c", str(ROOT), *command
        )

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *words],
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return done.stdout

    def panes(self) -> list[str]:
        return self.tmux("list-panes", "-s", "-F", "#{pane_id}").split()

    def until(self, pane: str, text: str) -> str:
        shown = ""

        def look() -> bool:
            nonlocal shown
            shown = self.tmux("capture-pane", "-p", "-t", pane)
            return text in shown

        eventually(look, f"{text!r} in pane {pane}; there is {shown}")
        return shown

    def new_pane(self) -> str:
        (first,) = self.panes()[:1]
        eventually(lambda: len(self.panes()) == 2, "a second pane")
        return next(pane for pane in self.panes() if pane != first)

    def end(self) -> None:
        """As when somebody closes the terminal's window."""
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], env=self._environ, check=False)
        place = Path(f"/tmp/tmux-{os.getuid()}") / self._socket
        place.unlink(missing_ok=True)


@pytest.fixture
def child(require_root: None, spawn: Spawn) -> Child:
    return spawn(unshare=linux.CLONE_NEWUTS, name=b"target")


@pytest.fixture(params=[30, 60], ids=["window", "pane"])
def session(request: pytest.FixtureRequest, child: Child, tmp_path: Path) -> Iterator[Session]:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    started = Session(child.pid, tmp_path, request.param)
    try:
        yield started
    finally:
        started.end()


def test_a_shell_beside_the_live_view(session: Session, child: Child) -> None:
    (app,) = session.panes()
    session.until(app, "target")
    session.tmux("send-keys", "-t", app, "Down")
    session.until(app, "▌ └── ")
    session.tmux("send-keys", "-t", app, "S-F7")
    beside = session.new_pane()
    session.tmux("send-keys", "-t", beside, "readlink /proc/self/ns/uts; echo rea''dy", "Enter")
    assert f"uts:[{child.inode('uts')}]" in session.until(beside, "ready\n")
    session.until(app, "WHO")
    session.tmux("send-keys", "-t", beside, "exit 3", "Enter")
    eventually(lambda: session.panes() == [app], "its pane has gone with it")
    session.tmux("send-keys", "-t", app, "5")
    session.until(app, "nothing has changed")


def test_what_could_not_be_run_can_be_read(session: Session, child: Child) -> None:
    (app,) = session.panes()
    session.until(app, "target")
    session.tmux("send-keys", "-t", app, "Down")
    session.until(app, "▌ └── ")
    session.tmux("send-keys", "-t", app, "F7")
    session.until(app, "Cancel")
    # Past the one kind that differs, and the four rows of choices.
    for _ in range(5):
        session.tmux("send-keys", "-t", app, "Down")
    session.until(app, "quoted as for a shell")
    session.tmux("send-keys", "-t", app, "-l", "/no/such\\;")
    session.until(app, "-- '/no/such;'")
    session.tmux("send-keys", "-t", app, "Enter")
    session.until(app, "on this terminal, until it ends")
    session.tmux("send-keys", "-t", app, "W")
    beside = session.new_pane()
    assert "/no/such;" in session.until(beside, "exit 127")
    session.tmux("send-keys", "-t", beside, "Enter")
    eventually(lambda: session.panes() == [app], "its pane has gone")


def test_no_tmux() -> None:
    assert not tmux.is_inside({})
    assert not tmux.is_inside({"TMUX": ""})
