"""The tab with what is inside: on the real kernel, with and without processes, read only while it is seen."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nsview.contents import asking, fresh
from nsview.contents import inside as contents
from nsview.contents.section import BYTES, PROCESS, Column, Fact, Page, Section, Unread, Value, table
from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.views.subject import KindSubject, NamespaceSubject, TaskSubject
from nsview.model.views.view import Arrangement, ViewName
from nsview.text import cell_width
from nsview.ui import inside
from nsview.ui.browser import insight
from nsview.ui.inside import Shown
from nsview.ui.screens.menu import Menu
from nsview.ui.widgets.details import Tabs
from nsview.ui.widgets.grid import Grid
from nsview.ui.widgets.sheet import Sheet
from tests import leftovers, linux
from tests.kernel_fixtures import Spawn
from tests.leftovers import OURS
from tests.processes import eventually
from tests.ui.app_stage import BLUE, LONG, scene, stage
from tests.ui.test_app_keys import NGINX, net
from tests.ui.test_app_live import Running, identity, running

pytestmark = pytest.mark.usefixtures("require_root")

PROCESSES = Arrangement(view=ViewName.PROCESS)
HANGS = "import sys, time; sys.stdin.read(); time.sleep(1000)"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes of the namespaces that were read, one for each reading."""
    found: list[int] = []
    read = contents.inside_at

    def counted(root: str, snapshot: Any, ns: Any, *rest: Any) -> Any:
        found.append(ns.inode)
        return read(root, snapshot, ns, *rest)

    monkeypatch.setattr(insight, "inside_at", counted)
    return found


def look(on: Running, inode: int) -> None:
    """Put the cursor on a namespace."""
    ns = on.browser.snapshot.by_inode(inode)
    assert ns is not None
    on.browser.elsewhere(ViewName.KIND, NamespaceSubject(ns.id))


def sheet(on: Running) -> Sheet:
    found: Sheet = on.browser.query_one("Details").query_one(Sheet)
    return found


async def shows(on: Running, *texts: str) -> str:
    await on.until(lambda: all(text in sheet(on).text() for text in texts), f"{texts} in the details")
    return sheet(on).text()


def parts(on: Running) -> str:
    return str(on.browser.query_one(Tabs).text()).split("\n")[-1]


@pytest.fixture
def named() -> Iterator[str]:
    """A network namespace by ip-netns(8), in which no process is."""
    if shutil.which("ip") is None:
        pytest.skip("ip is not installed")
    name = f"{OURS}in"
    added = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if added.returncode:
        pytest.skip(f"no namespace can be added: {added.stderr}")
    try:
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


async def test_a_namespace_without_a_process_and_the_other_end_of_a_pair(named: str, spawn: Spawn) -> None:
    far = spawn(unshare=linux.CLONE_NEWNET, name=b"far end")
    ip = ["ip", "-n", named]
    made = subprocess.run([*ip, "link", "add", "near", "type", "veth", "peer", "far", "netns", str(far.pid)])
    if made.returncode:
        pytest.skip("this kernel has no veth pairs")
    subprocess.run([*ip, "address", "add", "192.0.2.7/24", "dev", "near"], check=True)
    inode = os.stat(f"/run/netns/{named}").st_ino
    async with running() as on:
        look(on, inode)
        await on.pilot.press("i")
        text = await shows(on, "192.0.2.7/24", "Routes")
        assert f"{far.inode('net')}" in text
        assert "interfaces 2" in parts(on)
        await on.pilot.press("O")
        await on.until(lambda: isinstance(on.app.screen, Menu), "the menu of links")
        await on.pilot.press("enter")
        await on.until(lambda: on.browser.subject.id.inode == far.inode("net"), "the other end's namespace")
        text = await shows(on, "near")
        assert "192.0.2.7/24" not in text


async def test_a_process_has_its_own_kinds_first_and_i_goes_round(spawn: Spawn) -> None:
    def rename() -> None:
        socket.sethostname("\x1b[31minside")

    child = spawn(rename, unshare=linux.CLONE_NEWUTS | linux.CLONE_NEWIPC)
    async with running(PROCESSES) as on:
        on.browser.go_to(TaskSubject(identity(child.pid)))
        await on.pilot.press("i")
        await shows(on, "Host name", "\\x1b[31minside")
        assert parts(on).split()[:4] == ["uts", "ipc", "the", "host's:"]
        await on.pilot.press("i")
        await shows(on, "Shared memory", "Semaphores")
        await on.pilot.press("right_parenthesis")
        text = await shows(on, "Shared memory")
        assert "Semaphores" not in text
        assert "shm" in str(on.browser.shown_inside().section)
        await on.pilot.press("left_parenthesis")
        await shows(on, "Semaphores")


async def test_pages_and_a_search(spawn: Spawn) -> None:
    def listen() -> list[int]:
        ports = []
        for _ in range(450):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind(("0.0.0.0", 0))
            ports.append(one.getsockname()[1])
            one.detach()
        return ports

    child = spawn(listen, unshare=linux.CLONE_NEWNET)
    async with running() as on:
        look(on, child.inode("net"))
        await on.pilot.press("i", "enter")
        await shows(on, "Sockets · 450", "… 438 more")
        on.browser.clicked("section:sockets")
        await shows(on, "1–200 of 450")
        await on.pilot.press("end", "down")
        await shows(on, "201–400 of 450")
        assert sheet(on).scroll_offset.y == 0
        await on.pilot.press("end", "pagedown")
        await shows(on, "401–450 of 450")
        await on.pilot.press("end", "pagedown", "home", "pageup")
        await shows(on, "201–400 of 450")
        await on.pilot.press("slash", *str(child.value[7]))
        await shows(on, "Sockets · ", f"0.0.0.0:{child.value[7]}")
        assert str(child.pid) in sheet(on).text()
        await on.pilot.press("escape")
        await shows(on, "of 450")
        assert on.browser.has_class("-full"), "Esc has left the search alone"


async def test_rates_come_with_the_second_reading(spawn: Spawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insight, "AGAIN", 0.2)
    monkeypatch.setattr(insight, "_SHARE", 0)
    child = spawn(unshare=linux.CLONE_NEWNET)
    async with running() as on:
        look(on, child.inode("net"))
        await on.pilot.press("i")
        await on.pilot.resize_terminal(200, 50)
        await shows(on, "RECEIVED/s", "0 B")


async def test_nothing_is_read_but_what_is_looked_at(
    spawn: Spawn, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insight, "AGAIN", 0.1)
    monkeypatch.setattr(insight, "_ASK_AGAIN", 0.1)
    monkeypatch.setattr(insight, "_SHARE", 0)
    child = spawn(unshare=linux.CLONE_NEWUTS)
    inode = child.inode("uts")
    async with running() as on:
        look(on, inode)
        await on.pilot.pause(0.3)
        assert reads == [], "another tab is shown"
        await on.pilot.press("i")
        await on.until(lambda: len(reads) > 1, "it is read again")
        drawn: list[int] = []
        monkeypatch.setattr(sheet(on), "_lay_out", lambda: drawn.append(len(reads)))
        seen = len(reads)
        await on.until(lambda: len(reads) > seen + 2, "and again")
        assert drawn == [], "what says the same is not drawn again"
        on.app.live.paused = True

        async def no_more(why: str) -> None:
            await on.until(lambda: on.browser._reading is None, "the last reading has ended")
            seen = len(reads)
            await on.pilot.pause(0.5)
            assert len(reads) == seen, why

        await no_more("paused")
        seen = len(reads)
        await on.pilot.press("ctrl+r")
        await on.until(lambda: len(reads) == seen + 1, "asked for, it is read all the same")
        await no_more("paused")
        on.app.live.paused = False
        seen = len(reads)
        await on.until(lambda: len(reads) > seen, "it goes on")
        await on.pilot.press("question_mark")
        await no_more("a dialog is open")
        await on.pilot.press("escape")
        on.app.live.suspended = True
        await no_more("the terminal is somebody else's")
        on.app.live.suspended = False
        seen = len(reads)
        await on.until(lambda: len(reads) > seen, "it goes on")
        await on.pilot.press("D")
        await on.pilot.pause()
        await no_more("no details are shown")
        assert set(reads) == {inode}


def readers() -> list[str]:
    return [child for child in leftovers.children(0.0) if "time.sleep(1000)" in child]


async def test_a_reading_is_given_up_when_the_cursor_moves_on_and_at_the_end(
    spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paused first look is made all the same; the reader hangs, and nobody waits for it."""
    child = spawn(unshare=linux.CLONE_NEWUTS)
    async with running() as on:
        on.app.live.paused = True
        look(on, child.inode("uts"))
        monkeypatch.setattr(fresh, "_BOOT", HANGS)
        await on.pilot.press("i")
        await on.until(readers, "the reader runs")
        assert "is being read" in sheet(on).text()
        on.browser.go_to(KindSubject(Kind.UTS))
        await on.until(lambda: not readers(), "the reader has been ended")
        look(on, child.inode("uts"))
        await on.until(readers, "the reader runs")
        ended = time.monotonic()
    assert time.monotonic() - ended < asking.PATIENCE / 2
    eventually(lambda: not readers(), "the reader has been ended")


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (40, 24)])
async def test_tables_keep_to_the_room_there_is(spawn: Spawn, tmp_path: Path, size: tuple[int, int]) -> None:
    def mounts() -> None:
        linux.private_tmpfs(tmp_path)
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            linux.mount("\x1b[31m", tmp_path / name, "tmpfs", data="size=1m")
        linux.mount("above", tmp_path / "two", "tmpfs")

    child = spawn(mounts, unshare=linux.CLONE_NEWNS)
    async with running() as on:
        await on.pilot.resize_terminal(*size)
        look(on, child.inode("mnt"))
        await on.pilot.press("i")
        if not on.browser.has_class("-full"):
            await on.pilot.press("enter")
        await on.pilot.press("slash", *"above", "enter")
        await shows(on, "above")
        await on.pilot.pause()
        width = sheet(on).scrollable_content_region.width
        drawn = [line.text for line in sheet(on)._drawn]
        assert max(map(cell_width, drawn)) < width
        heading = next(line for line in drawn if "MOUNT POINT" in line)
        row = next(line for line in drawn if "tmpfs" in line)
        assert row.index("tmpfs") == heading.index("TYPE")
        shed = {"ID", "DEVICE", "HIDDEN"} - set(heading.split())
        assert shed == {200: set(), 80: {"ID", "DEVICE"}, 40: {"ID", "DEVICE", "HIDDEN"}}[size[0]]
        assert not shed or any("no room for" in line for line in drawn)


async def test_what_there_is_to_say_of_other_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is not there: nothing can be opened, and that is said."""
    async with stage(size=(120, 40)) as on:
        await on.go(KindSubject(Kind.NET))
        await on.press("i")
        assert "something inside" in on.told
        await on.go(net(BLUE))
        await on.press("i")
        await on.until(lambda: "Not read" in on.details, "the reasons")
        assert "is being read" not in on.details
        await on.press("3")
        place = next(place for place, name in enumerate(on.names()) if LONG[:6] in name)
        await on.press("home", *["down"] * place)
        await on.until(lambda: "net" in on.browser.query_one(Tabs).text().split("\n")[-1], "its kinds")
        await on.press("4")
        await on.go(NGINX)
        await on.tick(scene(processes=[]))
        await on.until(lambda: "It has ended" in on.details, "that it has ended")


def test_a_big_table_among_others_is_shown_in_part_and_what_is_missing_is_said() -> None:
    columns = (Column("n", "NUMBER"), Column("s", "SIZE", BYTES), Column("p", "PID", PROCESS))
    rows: list[tuple[Value, ...]] = [(number, None, "200") for number in range(300)]
    facts = [Fact("f", "Fact", 1000)]
    whole = table("t", "Table", columns, rows, Page(limit=inside.PAGE), facts)
    whole = whole._replace(unread=tuple(Unread(f"thing {n}", "\x1b why") for n in range(9)))
    shown = Shown((), NamespaceId(Kind.NET, 1), "", (whole, Section("e", "Empty")))

    def lines(section: str) -> list[str]:
        told: list[str] = []
        for block in inside.blocks(scene(), shown._replace(section=section)):
            if isinstance(block, Grid):
                told.append(f"{len(block.rows)} rows, {len(block.links[0])} links")
            else:
                told.append(f"{block.label} {block.value}".strip())
        return told

    assert lines("") == [
        "Table · 300",
        "Fact 1,000",
        "12 rows, 1 links",
        "… 288 more",
        *(f"Not read thing {n}: \\x1b why" for n in range(4)),
        "Not read and 5 things more",
        "Empty",
        "nothing is counted or limited here",
    ]
    assert lines("t")[:4] == ["Table · 1–200 of 300", "Fact 1,000", "200 rows, 1 links", "… the next 100"]
