"""The app as an ordinary user: what it cannot see is said, with what would help."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel_fixtures import NOBODY
from tests.processes import eventually
from tests.ui.test_app_terminal import ended, lines, resize
from tests.ui.test_tree_terminal import Terminal


@pytest.fixture
def app(
    require_root: None, _nsview_for_nobody: tuple[str, dict[str, str]] | str, tmp_path: Path
) -> Iterator[Terminal]:
    if isinstance(_nsview_for_nobody, str):
        pytest.skip(_nsview_for_nobody)
    executable, environment = _nsview_for_nobody
    probe = [executable, "-c", "import textual, sys; sys.exit(0)"]
    trial = Terminal(probe, environment, NOBODY)
    status = ended(trial)
    trial.close()
    if status:
        pytest.skip(f"user nobody cannot load Textual: {trial.written.decode(errors='replace')[-200:]}")
    own = {**environment, "XDG_CONFIG_HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent"}
    terminal = Terminal([executable, "-m", "nsview"], own, NOBODY)
    resize(terminal, 36, 160)
    yield terminal
    terminal.close()


def test_the_header_says_how_many_processes_are_unreadable_and_what_would_help(app: Terminal) -> None:
    def said() -> re.Match[str] | None:
        return re.search(
            r"([\d,]+) processes, ([\d,]+) unreadable \(run as root to see them\)", lines(app)[0]
        )

    app.until(lambda: said() is not None, "the count of the unreadable")
    found = said()
    assert found is not None
    processes, unreadable = (int(number.replace(",", "")) for number in found.groups())
    assert 0 < unreadable < processes, "our own is among those that can be read"
    app.until(
        lambda: lines(app)[1].endswith("by procfs (bpf: EPERM: needs CAP_BPF and CAP_PERFMON) "),
        "where the tasks come from, and why",
    )
    os.write(app.fd, b"4")
    app.until(lambda: any("PROCESS" in line for line in lines(app)), "the processes")
    # Of the first process, which is root's, the links are hidden; where it is can be told, and who has a
    # socket open cannot.
    os.write(app.fd, b"i")
    app.until(lambda: any("Interfaces" in line for line in lines(app)), "what is inside, as far as it goes")
    os.write(app.fd, b"\r)))")
    app.until(lambda: any("Not read" in line for line in lines(app)), "what may not be read")
    assert any("EACCES" in line for line in lines(app))
    os.write(app.fd, b"q")
    assert ended(app) == 0


@pytest.fixture
def sandbox(require_root: None) -> Iterator[int]:
    """A bubblewrap sandbox of the ordinary user's own; its keeper."""
    if shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    command = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    started = subprocess.Popen(
        [*command, "sleep", "300"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
    )
    try:
        with started:
            below = Path(f"/proc/{started.pid}/task/{started.pid}/children")
            eventually(lambda: started.poll() is not None or below.read_text().split(), "the sandbox")
            if started.poll() is not None:
                assert started.stderr is not None
                pytest.skip(f"bwrap as nobody: {started.stderr.read()[-200:].decode()}")
            yield started.pid
            for pid in below.read_text().split():
                os.kill(int(pid), signal.SIGKILL)
    finally:
        started.kill()


def test_containers_of_ones_own_are_seen_in_full(sandbox: int, app: Terminal) -> None:
    os.write(app.fd, b"3")
    app.until(lambda: any("CONTAINER" in line for line in lines(app)), "the containers")
    app.until(
        lambda: any(" sleep " in line and "·······T" in line for line in lines(app)),
        "the sandbox, of which all but the clocks is its own",
    )
    assert any("bubblewrap" in line for line in lines(app))
    os.write(app.fd, b"q")
    assert ended(app) == 0
