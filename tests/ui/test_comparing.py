"""Two rows side by side: which ones, what is told of them, and the way back."""

import socket
import time

import pytest

from nsview.contents import asking, fresh
from nsview.contents.difference import difference
from nsview.discovery.scanner import Scanner, Scope
from nsview.model.kind import Kind
from nsview.model.views.subject import ContainerSubject, KindSubject, NamespaceSubject, TaskSubject
from nsview.model.views.view import Arrangement, ViewName
from nsview.ui.screens.difference import DifferenceScreen
from nsview.ui.screens.menu import Menu
from nsview.ui.widgets.sheet import Sheet
from tests import linux
from tests.kernel_fixtures import Spawn
from tests.processes import Child
from tests.ui.app_stage import Stage, scene, stage
from tests.ui.test_app_keys import BASH, NGINX
from tests.ui.test_app_live import Running, identity, running
from tests.ui.test_inside import HANGS, readers
from tests.ui.test_names import machine

PROCESSES = Arrangement(view=ViewName.PROCESS)


@pytest.fixture
def pair(require_root: None, spawn: Spawn) -> tuple[Child, Child]:
    """Two processes with host names of their own, one of which would like to be more than text."""
    flags = linux.CLONE_NEWUTS | linux.CLONE_NEWIPC
    first = spawn(lambda: socket.sethostname("one"), unshare=flags)
    second = spawn(
        lambda: socket.sethostname("\x1b]0;two\a[/x]"), join=(first.pid, ["ipc"]), unshare=linux.CLONE_NEWUTS
    )
    return first, second


def text(on: Running | Stage) -> str:
    screen = on.app.screen
    return screen.query_one(Sheet).text() if isinstance(screen, DifferenceScreen) else ""


async def put(on: Running, child: Child) -> None:
    subject = TaskSubject(identity(child.pid))
    on.browser.go_to(subject)
    await on.pilot.pause()
    assert on.browser.subject == subject


async def test_one_row_after_the_other(pair: tuple[Child, Child], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    first, second = pair
    async with running(PROCESSES) as on:
        await put(on, first)
        await on.pilot.press("x")
        assert any("x again on another row" in note.message for note in on.app._notifications)
        await put(on, second)
        await on.pilot.press("x")
        await on.until(lambda: "Differs inside: uts" in text(on), "the comparison")
        told = text(on)
        assert "uts different" in told
        assert "ipc same" in told
        assert "net ! host" in told
        assert f"Host name one {NAME}" in " ".join(told.split("Names ")[-1].split())
        assert "\x1b" not in told
        await on.pilot.press("y")
        await on.until(lambda: on.app.clipboard, "the copy")
        copied = on.app.clipboard
        assert f"First               {first.pid} " in copied
        assert "Host name one" in " ".join(copied.split())
        await on.pilot.press("slash", *"uts")
        await on.until(lambda: "ipc same" not in text(on), "only what has it")
        assert "uts different" in text(on)
        await on.pilot.press("escape")
        await on.until(lambda: "ipc same" in text(on), "all again")
        await on.pilot.press("O")
        await on.until(lambda: isinstance(on.app.screen, Menu), "the links")
        await on.pilot.press("end", "enter")
        await on.until(lambda: on.app.screen is on.browser, "the tree")
        await on.until(
            lambda: isinstance(on.browser.subject, NamespaceSubject), "a namespace that was named there"
        )


NAME = "\\x1b]0;two\\x07[/x]"


async def test_tagged_rows(pair: tuple[Child, Child]) -> None:
    first, second = pair
    async with running(PROCESSES) as on:
        await put(on, first)
        await on.pilot.press("space")
        await put(on, second)
        await on.pilot.press("x")
        await on.until(lambda: "Differs inside: uts" in text(on), "the tagged one and the cursor's")
        assert str(first.pid) in text(on).splitlines()[0]
        await on.pilot.press("escape")
        await on.until(lambda: on.app.screen is on.browser, "the tree")
        await on.pilot.press("space")
        await on.pilot.press("home", "x")
        await on.until(lambda: "Differs inside: uts" in text(on), "both tagged ones, wherever the cursor is")
        assert str(second.pid) in text(on).splitlines()[1]
        await on.pilot.press("q")


async def test_what_cannot_be_compared() -> None:
    async with stage(scene()) as on:
        await on.go(KindSubject(Kind.NET))
        await on.press("x")
        assert "nothing of it can be compared" in on.told
        await on.press("4")
        await on.press("home", "space", "down", "space", "down", "space", "x")
        assert "3 are tagged" in on.told
        await on.press("escape")
        await on.go(NGINX)
        await on.press("x", "x")
        assert "is chosen already" in on.told
        await on.press("escape")
        await on.go(BASH)
        on.app.clear_notifications()
        await on.press("x")
        assert "x again on another row" in on.told, "Esc has forgotten the first"
        await on.go(NGINX)
        await on.press("x")
        await on.until(lambda: "Rights that differ" in text(on), "the comparison")
        assert "it has ended" in text(on), "there is no such process on this machine"


async def test_of_a_container_the_first_process_is_compared() -> None:
    async with stage(scene()) as on:
        await on.press("3")
        names = on.names()
        place = next(place for place, name in enumerate(names) if "session-1" in name)
        await on.press("home", *["down"] * place, "x")
        assert on.browser._compare_with == BASH


async def test_a_container_by_its_name() -> None:
    async with stage(machine()) as on:
        await on.press("3")
        await on.press("asterisk")
        place = next(place for place, name in enumerate(on.names()) if name.split()[-1:] == ["web"])
        await on.press("home", *["down"] * place, "i")
        assert isinstance(on.subject, ContainerSubject)
        await on.until(lambda: "net  mnt  pid" in on.text(), "the kinds in which it is by itself")
        await on.press("x", "4")
        await on.go(BASH)
        await on.press("x")
        await on.until(lambda: "Rights that differ" in text(on), "the comparison")
        told = text(on)
        assert "200 root of docker web: /usr/bin/nginx" in told
        assert "net different" in told


async def test_nobody_waits_for_what_hangs(
    pair: tuple[Child, Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair
    monkeypatch.setattr(fresh, "_BOOT", HANGS)
    async with running(PROCESSES) as on:
        await put(on, first)
        await on.pilot.press("space")
        await put(on, second)
        await on.pilot.press("x")
        await on.until(readers, "a reader")
        assert "is being compared" in text(on)
        left = time.monotonic()
        await on.pilot.press("escape")
        await on.until(lambda: not readers(), "it has been ended")
        assert time.monotonic() - left < asking.PATIENCE / 2


def test_another_process_with_the_number_is_not_taken_for_it(spawn: Spawn) -> None:
    first, second = spawn(), spawn()
    snapshot = Scanner().scan(Scope())
    a, b = (snapshot.processes[child.pid] for child in (first, second))
    sections = {one.key: one for one in difference(snapshot, a, b._replace(starttime=b.starttime + 1))}
    assert sections["rights"].rows == ()
    assert [one.why for one in sections["rights"].unread] == ["it has ended"]
