"""The app on the real kernel: what comes and goes is seen within a tick, and nothing moves the cursor."""

import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nsview.actions.signal import send
from nsview.config import NO_OPTIONS, USUAL
from nsview.discovery.watching import Watcher
from nsview.kernel.stat import parse_stat
from nsview.model.kind import Kind
from nsview.model.process import ProcessId
from nsview.model.views.subject import TaskSubject
from nsview.model.views.tree import ENDED, NEW
from nsview.model.views.view import Arrangement, ViewName
from nsview.ui.cells import cells_of
from nsview.ui.live import Live, Names, Wish
from nsview.ui.textual_app import NsviewApp
from tests import linux
from tests.processes import Child

DEADLINE = 20.0
SELDOM = 600.0

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="making namespaces without a user namespace takes root"
)


def identity(pid: int) -> ProcessId:
    stat = parse_stat(Path(f"/proc/{pid}/stat").read_bytes())
    assert stat is not None
    return ProcessId(pid, stat.starttime)


class Running:
    """The app on the real machine, which looks when it is told to."""

    def __init__(self, app: NsviewApp, pilot: Any) -> None:
        self.app, self.pilot = app, pilot
        self.browser: Any = app.browser

    async def until(self, condition: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f"not within {DEADLINE:.0f} s: {what}"
            await self.pilot.pause(0.01)

    async def tick(self) -> None:
        before = self.browser.frame
        self.app.live.rescan()
        await self.until(lambda: self.browser.frame is not before, "a new frame")

    async def view(self, name: ViewName) -> None:
        self.browser.action_view(str(name))
        await self.until(lambda: self.browser.frame.arrangement.view == name, "the view")

    def namespace(self, inode: int) -> Any:
        """The row of a namespace in the view by kind, its marks, or None."""
        view = self.browser.view
        for key in view.kids.get(("kind", Kind.NET), ()):
            if view.subject(key).id.inode == inode:
                return view.marks(key)
        return None


@asynccontextmanager
async def running(
    arrangement: Arrangement = Arrangement(),  # noqa: B008
    naming: Callable[[], Names] | None = None,
    size: tuple[int, int] = (120, 40),
) -> AsyncIterator[Running]:
    watcher = Watcher()
    live = Live(watcher, cells_of, SELDOM, naming)
    live.wish(Wish(arrangement), at_once=False)
    live.start()
    app = NsviewApp(live, USUAL._replace(interval=SELDOM), NO_OPTIONS, arrangement)
    app.animation_level = "none"
    try:
        async with app.run_test(size=size) as pilot:
            one = Running(app, pilot)
            await one.until(
                lambda: one.browser.frame is not None and not live._preview and live.at_rest, "frames"
            )
            yield one
    finally:
        live.stop(wait=DEADLINE)
        watcher.close()


@needs_root
async def test_a_namespace_appears_within_one_tick_and_is_struck_before_it_goes(
    spawn: Callable[..., Child],
) -> None:
    async with running() as on:
        child = spawn(unshare=linux.CLONE_NEWNET, name=b"newcomer")
        inode = child.inode("net")
        await on.tick()
        assert NEW in on.namespace(inode)
        await on.view(ViewName.LOG)
        born = [entry for entry in on.browser.frame.moment.log.entries if entry.change.what == "born"]
        assert any(ns.inode == inode for entry in born for ns in entry.namespaces)
        assert any(entry.pid == child.pid for entry in born)
        await on.view(ViewName.KIND)
        child.end()
        deadline = time.monotonic() + DEADLINE
        while ENDED not in (
            on.namespace(inode) or ()
        ):  # the kernel takes network namespaces down in its own time
            assert time.monotonic() < deadline
            await on.tick()
        died = [entry for entry in on.browser.frame.moment.log.entries if entry.change.what == "died"]
        assert any(ns.inode == inode for entry in died for ns in entry.namespaces)
        for _ in range(4):
            await on.tick()
        assert on.namespace(inode) is None


async def test_the_cursor_stays_while_two_hundred_processes_come_and_go_above_it(
    spawn: Callable[..., Child],
) -> None:
    async with running(Arrangement(view=ViewName.PROCESS)) as on:
        mine = spawn(name=b"mine")
        await on.tick()
        process = identity(mine.pid)
        subject = TaskSubject(process)
        on.browser.go_to(subject)
        await on.pilot.pause()
        assert on.browser.subject == subject
        line = on.browser.tree_.window.line
        pids = []
        try:
            for _ in range(200):
                pid = os.fork()
                if pid == 0:
                    signal.pause()
                    os._exit(0)
                pids.append(pid)
            await on.tick()
            assert on.browser.subject == subject
            assert on.browser.tree_.window.line == line
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        for _ in range(5):
            await on.tick()
            assert on.browser.subject == subject
            assert on.browser.tree_.window.line is not None
        mine.end()
        await on.tick()
        assert on.browser.subject == subject, "it stays on the struck row"
        assert ENDED in on.browser.view.marks(on.browser.cursor)


@needs_root
async def test_the_details_of_a_real_process(spawn: Callable[..., Child]) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS, name=b"detailed")
    async with running(Arrangement(view=ViewName.PROCESS)) as on:
        process = identity(child.pid)
        on.browser.go_to(TaskSubject(process))
        # Until the cursor has come, the details are those of the first row, perhaps with its refusals.
        await on.until(
            lambda: on.browser._looked is not None and on.browser._looked.process == process,
            "the process has been looked at",
        )
        details = on.browser.query_one("Details")
        details.choose("Files")
        text = details.query_one("Sheet").text()
        assert os.getcwd() in text
        assert "Environment" in text
        details.choose("Ids")
        assert "every id is itself" in details.query_one("Sheet").text()


async def test_nothing_is_looked_at_while_paused_or_suspended() -> None:
    async with running() as on:
        scans: list[object] = []
        scanner: Any = on.app.live._scanner
        scan = scanner.scan

        def counted(scope: object) -> object:
            scans.append(scope)
            return scan(scope)

        scanner.scan = counted
        on.app.live.paused = True
        on.app.live.interval = 0.2
        await on.pilot.pause(0.8)
        assert scans == []
        on.app.live.paused = False
        await on.until(lambda: len(scans) > 1, "it goes on")
        on.app.live.suspended = True
        await on.until(lambda: on.app.live.at_rest, "the last scan has ended")
        seen = len(scans)
        await on.pilot.pause(0.8)
        assert len(scans) == seen


def test_a_signal_reaches_the_process_that_was_meant_and_no_other(spawn: Callable[..., Child]) -> None:
    child = spawn(name=b"victim")
    process = identity(child.pid)
    right, wrong = process, process._replace(starttime=process.starttime + 1)
    outcome = send([wrong], signal.SIGKILL)[0]
    assert "another process" in outcome.error
    os.kill(child.pid, 0)
    assert send([right], signal.SIGKILL)[0].error == ""
    child.end()
    assert "ended" in send([right], signal.SIGTERM)[0].error


async def test_a_failed_scan_is_told_and_the_next_one_goes_on() -> None:
    async with running() as on:
        scanner: Any = on.app.live._scanner
        scan = scanner.scan

        def fail(scope: object) -> object:
            raise OSError(5, "Input/output error", "/proc")

        scanner.scan = fail
        on.app.live.rescan()
        await on.until(lambda: "Input/output error" in on.browser.query_one("Header").text(), "it is told")
        scanner.scan = scan
        await on.tick()
        assert "Input/output error" not in on.browser.query_one("Header").text()
