"""The app as an ordinary user: what it cannot see is said, with what would help."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel_fixtures import NOBODY
from tests.sandboxes import bubblewrap
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


def test_containers_of_ones_own_are_seen_in_full(app: Terminal) -> None:
    with bubblewrap("--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", user=NOBODY):
        os.write(app.fd, b"3")
        app.until(lambda: any("CONTAINER" in line for line in lines(app)), "the containers")
        app.until(
            lambda: any(" sleep " in line and "·······T" in line for line in lines(app)),
            "the sandbox, of which all but the clocks is its own",
        )
        assert any("bubblewrap" in line for line in lines(app))
    os.write(app.fd, b"q")
    assert ended(app) == 0
