"""The screen of the map: scrolling, the cursor, along links, searching, copying, and the way back."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nsview.contents.net_map import Progress
from nsview.discovery.once import look
from nsview.drawing import layout
from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.net_map.parts import End, NetMap
from nsview.model.process import ProcessId
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import KindSubject, NamespaceSubject, TaskSubject
from nsview.ui.browser import mapping
from nsview.ui.screens.map import MapScreen
from nsview.ui.screens.menu import Menu
from nsview.ui.widgets.line import Lines
from nsview.ui.widgets.map_view import MapView
from tests import linux
from tests.contents.looking import ip
from tests.drawing.maps import Builder, mesh
from tests.kernel_fixtures import Spawn
from tests.model.snapshots import NET
from tests.ui.app_stage import BLUE, WEB, Stage, stage

HOST_KEY, WEB_KEY, BLUE_KEY = (f"net:[{number}]" for number in (NET, WEB, BLUE))
NGINX = TaskSubject(ProcessId(200, 2000))


def net(inode: int) -> NamespaceSubject:
    return NamespaceSubject(NamespaceId(Kind.NET, inode))


def usual() -> NetMap:
    """The host, with a container on its bridge, and one more behind that."""
    builder = Builder(["the host", "web", "/run/netns/blue"], [NET, WEB, BLUE])
    builder.add(0, "eth0", addresses=["192.0.2.5/24"])
    bridge = builder.add(0, "docker0", "bridge", addresses=["172.17.0.1/16"])
    builder.pair(0, 1, name="veth1", master=bridge)
    builder.pair(1, 2, name="inner")
    return builder.made()


class Reader:
    """Stands in for the reading of the machine: gives a map, when it is let."""

    def __init__(self) -> None:
        self.map = usual()
        self.asked = 0
        self.go = threading.Event()
        self.go.set()
        self.given_up = False

    def __call__(
        self, snapshot: Snapshot, proc: object, progress: Progress, given_up: Callable[[], bool]
    ) -> NetMap:
        self.asked += 1
        progress(3, 7)
        while not self.go.wait(0.01):
            if given_up():
                self.given_up = True
                break
        return self.map


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Reader:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    one = Reader()
    monkeypatch.setattr(mapping, "net_map", one)
    return one


class OnMap:
    def __init__(self, on: Stage) -> None:
        self.on = on

    @property
    def screen(self) -> MapScreen:
        screen = self.on.app.screen
        assert isinstance(screen, MapScreen)
        return screen

    @property
    def view(self) -> MapView:
        return self.screen.query_one(MapView)

    @property
    def cursor(self) -> End:
        spot = self.view.cursor
        assert spot is not None
        return spot.end

    def said(self, id: str) -> str:
        return self.screen.query_one(f"#{id}", Lines).text()


async def opened(on: Stage, key: str = "V") -> OnMap:
    await on.press(key)
    one = OnMap(on)
    await on.until(lambda: one.view.spots, "the map is drawn")
    await on.pilot.pause()
    return one


async def test_it_begins_at_the_row(reader: Reader) -> None:
    async with stage() as on:
        for subject, key, expected in (
            (net(WEB), "m", WEB_KEY),
            (net(BLUE), "V", BLUE_KEY),
            (KindSubject(Kind.NET), "m", HOST_KEY),
        ):
            await on.go(subject)
            at = await opened(on, key)
            assert at.cursor == End(expected, None)
            await on.press("escape")
        await on.press("4")
        await on.go(NGINX)
        at = await opened(on)
        assert at.cursor == End(WEB_KEY, None)


async def test_what_is_to_be_seen(reader: Reader) -> None:
    async with stage() as on:
        at = await opened(on)
        text = on.text()
        assert re.search("│ docker0 +bridge  172.17.0.1/16 +│", text)
        assert re.search("│ └ veth1 +veth +├───┤ eth0 +veth  10.0.1.0/24 +│", text)
        assert "3 namespaces, 2 links between them" in at.said("title")


async def test_to_and_fro_along_a_link(reader: Reader) -> None:
    async with stage() as on:
        at = await opened(on)
        while at.cursor != End(HOST_KEY, 4):
            await on.press("n")
        assert "veth1  veth" in at.said("about")
        assert "paired with eth0 in web" in at.said("about")
        # A port is linked with its bridge too: one is asked which is meant.
        await on.press("g")
        assert isinstance(on.app.screen, Menu)
        assert "port of docker0 in the host" in on.text()
        await on.press("down", "enter")
        assert at.cursor == End(WEB_KEY, 2)
        await on.press("enter")
        assert at.cursor == End(HOST_KEY, 4)
        await on.press("home", "N", "N")
        assert at.cursor == End(HOST_KEY, 2)
        await on.press("enter")
        assert "linked with nothing" in on.told


async def test_from_box_to_box_and_back_to_the_tree(reader: Reader) -> None:
    async with stage() as on:
        await on.press("4")
        at = await opened(on)
        seen = []
        for _ in range(3):
            seen.append(at.cursor)
            await on.press("tab")
        assert seen == [End(HOST_KEY, None), End(WEB_KEY, None), End(BLUE_KEY, None)]
        assert at.cursor == seen[0]
        await on.press("shift+tab")
        assert at.cursor == seen[-1]
        await on.press("enter")
        assert on.app.screen is on.browser
        assert on.subject == net(BLUE)


async def test_scrolling_in_both_directions(reader: Reader) -> None:
    reader.map = mesh(60, 12, 4)
    async with stage(size=(80, 24)) as on:
        at = await opened(on)
        view = at.view
        await on.press("home")
        assert view.scroll_offset == (0, 0)
        await on.press("down", "down", "right")
        assert view.scroll_offset == (8, 2)
        await on.press("up", "left", "pagedown")
        assert view.scroll_offset == (0, 1 + view.scrollable_content_region.height - 1)
        await on.press("end")
        assert view.scroll_offset.y == view.max_scroll_y > 0
        # What the cursor goes to comes into sight, wherever that is.
        for key in ("n", "tab", "shift+tab", "shift+tab", "N", *["tab"] * 12):
            await on.press(key)
            spot = view.cursor
            assert spot is not None
            left, top = view.scroll_offset
            assert top <= spot.y < top + view.scrollable_content_region.height
            assert left <= spot.x + 1 < left + view.scrollable_content_region.width


async def test_the_wheel_and_clicks(reader: Reader) -> None:
    reader.map = mesh(60, 12, 4)
    async with stage(size=(80, 24)) as on:
        at = await opened(on)
        first = at.cursor.box
        await on.press("home")
        at.view.scroll_down(animate=False)
        await on.settled()
        assert at.view.scroll_offset.y > 0
        await on.press("home")
        at.view.go_to(End(first, None))
        await on.settled()
        spot = next(spot for spot in at.view.spots if spot.end == End(first, 2))
        corner = at.view.scroll_offset
        await on.pilot.click(MapView, offset=(spot.x + 2 - corner.x, spot.y - corner.y))
        assert at.cursor == spot.end
        title = next(spot for spot in at.view.spots if spot.end == End(first, None))
        corner = at.view.scroll_offset
        await on.pilot.click(MapView, offset=(title.x + 2 - corner.x, title.y - corner.y), times=2)
        await on.settled()
        assert on.app.screen is on.browser


async def test_searching(reader: Reader) -> None:
    async with stage() as on:
        at = await opened(on)
        await on.press("slash")
        await on.type("17.0")
        assert at.cursor == End(HOST_KEY, 3)
        await on.press("enter", "escape", "slash")
        await on.type("veth")
        first = at.cursor
        await on.press("enter", "n", "n")
        seen = {first, at.cursor}
        await on.press("n", "n", "N", "n")
        assert len(seen | {at.cursor}) >= 2
        await on.press("escape", "slash")
        await on.type("zzz")
        assert "nowhere" in on.text()
        before = at.cursor
        await on.press("escape")
        assert at.cursor == before
        await on.press("escape")
        assert on.app.screen is on.browser


async def test_copying(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with stage() as on:
        monkeypatch.setattr(type(on.browser), "copy_text", lambda self, text: copied.append(text))
        at = await opened(on)
        await on.press("n", "y", "n")
        await on.press("y", "l")
        for letter, begin in (
            ("t", "┌──"),
            ("s", "<svg "),
            ("m", "flowchart LR"),
            ("d", "graph namespaces {"),
        ):
            await on.press("y", letter)
            assert copied[-1].startswith(begin)
        assert copied[:2] == ["eth0", "eth0  192.0.2.5/24"]
        assert at.cursor == End(HOST_KEY, 2)


async def test_reading_takes_its_time_and_can_be_given_up(reader: Reader) -> None:
    reader.go.clear()
    async with stage() as on:
        await on.press("V")
        at = OnMap(on)
        await on.until(lambda: "reading 3 of 7" in at.said("title"), "its progress")
        await on.press("down", "tab", "enter", "y", "g")
        await on.press("escape")
        assert on.app.screen is on.browser
        await on.until(lambda: reader.given_up, "the reading ends")
        reader.go.set()
        at = await opened(on)
        assert reader.asked == 2
        reader.map = mesh(4, 0, 1)
        await on.press("r")
        await on.until(lambda: "4 namespaces" in at.said("title"), "the new map")
        # What it stood on is gone: it begins anew.
        assert at.view.cursor == at.view.spots[0]


async def test_the_cursor_stays_when_it_is_read_again(reader: Reader) -> None:
    async with stage() as on:
        at = await opened(on)
        await on.press("tab", "n")
        before = at.cursor
        await on.press("r")
        await on.until(lambda: reader.asked == 2 and "reading" not in at.said("title"), "the new map")
        assert at.cursor == before


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_small_screens(reader: Reader, size: tuple[int, int]) -> None:
    async with stage(size=size) as on:
        at = await opened(on)
        assert "the host" in on.text()
        await on.press("tab")
        assert "web" in on.text()
        wide = at.view.virtual_size.width
        await on.pilot.resize_terminal(120, 30)
        await on.until(lambda: at.view.virtual_size.width > wide or size[0] == 80, "it is drawn anew")


async def test_without_the_library(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any) -> None:
        raise layout.Missing("drawing a map needs the package graphlay, which cannot be loaded: why")

    monkeypatch.setattr("nsview.ui.screens.map.picture", missing)
    async with stage() as on:
        await on.press("V")
        at = OnMap(on)
        await on.until(lambda: "needs the package graphlay" in at.said("title"), "it says so")
        await on.press("n", "tab", "enter", "y", "slash", "escape", "escape")
        assert on.app.screen is on.browser


async def test_on_the_real_machine(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    one, other = (spawn(unshare=linux.CLONE_NEWNET) for _ in range(2))
    path = f"/proc/{one.pid}/ns/net"
    ip(path, "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", str(other.pid))
    async with stage(look()) as on:
        subject = next(
            NamespaceSubject(ns) for ns in on.browser.snapshot.namespaces if ns.inode == one.inode("net")
        )
        await on.go(subject)
        at = await opened(on, "m")
        assert at.cursor == End(f"net:[{one.inode('net')}]", None)
        await on.press("n")
        assert "near  veth" in at.said("about")
        await on.press("enter")
        assert at.cursor.box == f"net:[{other.inode('net')}]"
        await on.press("shift+tab")
        await on.press("enter")
        assert on.app.screen is on.browser
        assert on.subject[0].inode == other.inode("net")
