"""Containers in the app on the real kernel: sandboxes and a container that are started for the test."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsview.model.name import ContainerId
from nsview.model.views.subject import ContainerSubject
from nsview.model.views.tree import ENDED, plain
from nsview.model.views.view import Arrangement, ViewName
from nsview.naming.live import LiveNames
from nsview.ui.screens.enter import EnterDialog
from tests import linux, processes
from tests.naming.conftest import called, rootfs
from tests.naming.live import run
from tests.naming.test_live import bundle
from tests.sandboxes import Sandbox, bubblewrap, run_detached
from tests.ui.test_app_live import running

__all__ = ("called", "rootfs")  # fixtures

ARRANGEMENT = Arrangement(view=ViewName.CONTAINER)


@pytest.fixture
def sandbox(require_root: None, rootfs: Path) -> Iterator[Sandbox]:
    """A bubblewrap sandbox with our net and user namespaces."""
    options = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--ro-bind", str(rootfs), "/"]
    with bubblewrap(*options, "--proc", "/proc") as started:
        yield started


async def test_a_sandbox_has_its_row_and_is_entered_by_its_first_process(sandbox: Sandbox) -> None:
    keeper, init, _ = sandbox
    row = ContainerSubject(ContainerId("bubblewrap", "/", str(keeper)))
    async with running(ARRANGEMENT, LiveNames, (150, 45)) as on:
        assert on.browser.view.find(row) is not None
        on.browser.go_to(row)
        await on.pilot.pause()
        assert on.browser.subject == row
        cells = on.browser.tree_.model.cells(on.browser.cursor)
        assert plain(cells["name"]) == "sleep"
        assert plain(cells["pid"]) == str(init)
        assert plain(cells["kinds"]) == "U··N··CT"
        await on.until(
            lambda: "Seccomp" in on.browser.query_one("Sheet").text(), "its first process has been looked at"
        )
        told = on.browser.query_one("Sheet").text()
        assert "Shares with host CGROUP, NET, TIME, USER" in told
        assert f"Known by command line of {keeper}" in told
        assert "User map every id is itself" in told
        assert "Capabilities " in told
        await on.pilot.press("e")
        await on.until(lambda: isinstance(on.app.screen, EnterDialog), "the dialog")
        assert str(init) in str(on.app.screen.query_one(".title").render())
        await on.pilot.press("escape")
        await on.pilot.pause()
        os.kill(init, 9)
        processes.eventually(lambda: not Path(f"/proc/{init}").exists(), "it has ended")
        await on.tick()
        assert on.browser.subject == row
        assert ENDED in on.browser.view.marks(on.browser.cursor)


async def test_a_container_of_runc_from_its_birth_to_its_end(
    require_root: None, rootfs: Path, tmp_path: Path, called: str
) -> None:
    if shutil.which("runc") is None:
        pytest.skip("runc is not installed")
    place = bundle(tmp_path / "bundle", rootfs, f"/{called}")
    row = ContainerSubject(ContainerId("runc", "/", called))
    async with running(ARRANGEMENT, LiveNames, (150, 45)) as on:
        assert on.browser.view.find(row) is None
        try:
            run_detached("runc", place, called, tmp_path / "log")
            pid = json.loads(run("runc", "state", called))["pid"]
            await on.tick()
            view = on.browser.view
            key = view.find(row)
            assert key is not None
            assert list(view.pids(key)) == [pid]
            assert view.parent(key) == ("engine", "runc")
            on.browser.rearrange(view=ViewName.KIND)
            await on.until(lambda: on.browser.frame.arrangement.view is ViewName.KIND, "the view")
            net = on.browser.frame.moment.snapshot.by_inode(linux.inode(pid, "net"))
            cells = on.browser.tree_.model.cells(("ns", net.id))
            assert plain(cells["command"]) == f"runc {called} · sleep 300"
            log_entries = on.browser.frame.moment.log.entries
            assert any(name.name == called for entry in log_entries for name in entry.names)
        finally:
            run("runc", "delete", "--force", called, check=False)
