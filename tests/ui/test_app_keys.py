"""Every key of the app, on a machine that stands still."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nsview import config as settings
from nsview.config import Config, Options
from nsview.keys import ACTIONS, BY_ID, keys
from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.process import ProcessId
from nsview.model.views.subject import KindSubject, NamespaceSubject, TaskSubject
from nsview.model.views.view import SortBy, ViewName
from nsview.ui.screens.help import Help
from nsview.ui.screens.map import MapScreen
from nsview.ui.screens.menu import Menu
from nsview.ui.screens.palette import Palette
from nsview.ui.screens.setup import Setup
from nsview.ui.screens.signal import SignalDialog
from nsview.ui.screens.text import TextScreen
from nsview.ui.widgets.prompt import Prompt
from tests.model.snapshots import NET, USER
from tests.ui.app_stage import BLUE, SANDBOX, SANDBOX_MOUNTS, WEB, WEB_MOUNTS, WEB_PIDS, Stage, scene, stage

NGINX = TaskSubject(ProcessId(200, 2000))
BASH = TaskSubject(ProcessId(110, 1100))


def net(inode: int) -> NamespaceSubject:
    return NamespaceSubject(NamespaceId(Kind.NET, inode))


@pytest.fixture(autouse=True)
def _own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)


# ---- moving and folding


async def test_arrows_pages_and_ends() -> None:
    async with stage() as on:
        assert on.subject == KindSubject(Kind.CGROUP)
        await on.press("down")
        assert on.is_namespace
        await on.press("up")
        assert on.subject == KindSubject(Kind.CGROUP)
        await on.press("end")
        assert on.subject == NamespaceSubject(NamespaceId(Kind.UTS, 4026531840))
        await on.press("home", "pagedown")
        assert on.subject != KindSubject(Kind.CGROUP)
        await on.press("pageup")
        assert on.subject == KindSubject(Kind.CGROUP)


async def test_siblings() -> None:
    async with stage() as on:
        await on.press("J")
        assert on.subject == KindSubject(Kind.IPC)
        await on.press("B")
        assert on.subject == KindSubject(Kind.CGROUP)


async def test_folding_by_key() -> None:
    async with stage() as on:
        await on.go(net(WEB))
        await on.press("plus")
        assert "200 nginx" in on.names()
        await on.press("minus")
        assert "200 nginx" not in on.names()
        await on.press("right", "right")
        assert on.subject == NGINX
        await on.press("left", "left")
        assert on.subject == net(WEB)
        before = len(on.names())
        await on.press("asterisk")
        assert len(on.names()) > before
        await on.press("asterisk")
        assert len(on.names()) == 8


async def test_tags_are_shown_counted_and_forgotten() -> None:
    async with stage() as on:
        await on.go(net(WEB))
        await on.press("space")
        assert "1 tagged" in on.header
        await on.go(net(WEB))
        await on.press("c")
        assert "3 tagged" in on.header
        await on.press("U")
        assert "tagged" not in on.header


async def test_panning_long_commands() -> None:
    async with stage(size=(60, 30)) as on:
        await on.press("4")
        await on.press("full_stop")
        assert on.tree._pan > 0
        await on.press("comma")
        assert on.tree._pan == 0


# ---- views


@pytest.mark.parametrize(
    ("key", "view", "expected"),
    [
        ("1", ViewName.KIND, "net  3 ns"),
        ("2", ViewName.OWNER, "user 4026531839 host"),
        ("3", ViewName.CONTAINER, "docker 0123456789ab"),
        ("4", ViewName.PROCESS, "200 nginx"),
    ],
)
async def test_each_view_has_its_rows(key: str, view: ViewName, expected: str) -> None:
    async with stage() as on:
        await on.press("5", key)
        assert on.browser.arrangement.view == view
        assert expected in on.names()
        assert expected in on.text()


async def test_t_goes_round_all_views() -> None:
    async with stage() as on:
        seen = []
        for _ in range(5):
            await on.press("t")
            seen.append(on.browser.arrangement.view)
        assert seen == [*list(ViewName)[1:], ViewName.KIND]
        await on.press("f5")
        assert on.browser.arrangement.view == ViewName.OWNER


async def test_a_view_remembers_where_one_was() -> None:
    async with stage() as on:
        await on.go(net(WEB))
        await on.press("plus", "4", "end", "1")
        assert on.subject == net(WEB)
        assert "200 nginx" in on.names()


async def test_the_process_view_tells_where_a_process_is_elsewhere_than_its_parent() -> None:
    async with stage() as on:
        await on.press("4")
        assert on.cell(NGINX, "held") == "mnt net pid"
        assert on.cell(BASH, "held") == ""


async def test_the_log_tells_what_came_and_went() -> None:
    async with stage() as on:
        await on.press("5")
        assert "nothing has changed yet" in on.text()
        full = scene()
        without = {pid: task for pid, task in full.processes.items() if pid not in (200, 201)}
        await on.tick(scene(processes=list(without.values())))
        text = on.text()
        assert "ended" in text
        assert f"net:{WEB}" in text
        assert "nginx" in text
        await on.tick(full)
        assert "born" in on.text()
        first = on.names()[0]
        await on.press("I")
        assert len(on.names()) > 2
        assert on.names()[-1] == first


async def test_ordinary_events_only_when_asked_for() -> None:
    async with stage() as on:
        await on.press("5")
        full = scene()
        await on.tick(
            scene(processes=[task for pid, task in full.processes.items() if pid != 110 and pid != 300])
        )
        before = len(on.names())
        await on.press("a")
        assert len(on.names()) > before
        assert "all events" in on.header


# ---- order


async def test_sorting_by_menu_by_letter_and_by_title() -> None:
    async with stage() as on:
        await on.press("f6")
        assert isinstance(on.app.screen, Menu)
        await on.press("down", "enter")
        assert on.browser.arrangement.sort is SortBy.NPROCS
        for key, sort in (("P", SortBy.CPU), ("M", SortBy.MEM), ("T", SortBy.AGE)):
            await on.press(key)
            assert on.browser.arrangement.sort is sort
        column = next(place for place in on.tree.placed if place.column.name == "nprocs")
        await on.pilot.click(type(on.tree), offset=(column.x + 1, 0))
        await on.settled()
        assert on.browser.arrangement.sort is SortBy.NPROCS
        assert not on.browser.arrangement.reverse
        await on.pilot.click(type(on.tree), offset=(column.x + 1, 0))
        await on.settled()
        assert on.browser.arrangement.reverse


async def test_inverting_turns_siblings_round() -> None:
    async with stage() as on:
        await on.press("4", "M")
        await on.press("asterisk")
        first = [name for name in on.names() if name.startswith(("200", "100"))]
        await on.press("I")
        assert [name for name in on.names() if name.startswith(("200", "100"))] == first[::-1]


# ---- finding


async def test_search_goes_along_while_typing_and_back_with_escape() -> None:
    async with stage() as on:
        await on.press("slash")
        await on.type("nginx")
        await on.settled()
        assert "200" in on.name(on.tree.cursor_key) or on.subject == net(WEB)
        found = on.subject
        await on.press("escape")
        assert on.subject == KindSubject(Kind.CGROUP)
        await on.press("f3")
        await on.type("nginx")
        await on.press("enter")
        assert on.subject == found
        assert on.app.focused is on.tree
        await on.press("n")
        second = on.subject
        assert second != found
        await on.press("N")
        assert on.subject == found


async def test_a_search_without_result_says_so_and_stays() -> None:
    async with stage() as on:
        await on.press("slash")
        await on.type("zebra")
        assert "nowhere" in on.text()
        await on.press("enter", "n")
        assert "nowhere" in on.told


async def test_search_again_needs_a_search() -> None:
    async with stage() as on:
        await on.press("n")
        assert "nothing has been searched for yet" in on.told


async def test_filter_while_typing_with_errors_and_back() -> None:
    async with stage() as on:
        await on.press("f4")
        await on.type("kind:net")
        assert [name for name in on.names() if name.endswith(" ns")] == ["net  3 ns"]
        assert "filter: kind:net" in on.header
        await on.type(" (")
        assert "net  3 ns" in on.names(), "an unfinished filter leaves the one before"
        error = on.browser.query_one(Prompt).query_one(".error")
        assert error.display
        await on.press("enter")
        assert on.browser.query_one(Prompt).is_open, "a wrong filter is not accepted"
        await on.press("escape")
        assert "filter" not in on.header
        await on.press("backslash")
        await on.type("user:alice")
        await on.press("enter")
        assert "filter: user:alice" in on.header
        assert not on.browser.query_one(Prompt).is_open
        await on.press("escape")
        assert "filter" not in on.header


async def test_a_filter_keeps_ancestors() -> None:
    async with stage() as on:
        await on.press("4", "backslash")
        await on.type("comm:bash")
        await on.press("enter")
        assert on.names() == ["1 systemd", "100 sshd", "110 bash"]
        sshd = on.browser.view.find(TaskSubject(ProcessId(100, 1000)))
        assert "dim" in on.browser.view.marks(sshd)


async def test_user_filter() -> None:
    async with stage() as on:
        await on.press("4", "u")
        assert isinstance(on.app.screen, Menu)
        await on.press("down", "enter")
        assert "user: alice" in on.header
        assert "200 nginx" not in on.names()
        await on.press("u", "asterisk")
        assert "200 nginx" in on.names()


async def test_hiding_the_hosts() -> None:
    async with stage() as on:
        await on.press("H")
        assert not [name for name in on.names() if name.endswith("host")]
        assert "without the host's" in on.header
        await on.press("H")
        assert [name for name in on.names() if name.endswith("host")]


# ---- going


async def test_warp_from_a_process_to_its_namespace_and_back() -> None:
    async with stage() as on:
        await on.press("4")
        await on.go(NGINX)
        await on.press("w")
        assert isinstance(on.app.screen, Menu)
        await on.press("enter")
        assert on.browser.arrangement.view == ViewName.KIND
        assert on.is_namespace
        assert on.subject.id.inode in (WEB, WEB_MOUNTS, WEB_PIDS)
        await on.press("w")
        assert on.browser.arrangement.view == ViewName.PROCESS
        assert on.subject == NGINX


async def test_owner_and_parent() -> None:
    async with stage() as on:
        await on.go(NamespaceSubject(NamespaceId(Kind.MNT, SANDBOX_MOUNTS)))
        await on.press("o")
        assert on.subject == NamespaceSubject(NamespaceId(Kind.USER, SANDBOX))
        await on.press("p")
        assert on.subject == NamespaceSubject(NamespaceId(Kind.USER, USER))
        await on.press("o")
        assert "has no owner" in on.told
        await on.press("4")
        await on.go(BASH)
        await on.press("p")
        assert on.subject == TaskSubject(ProcessId(100, 1000))


async def test_bookmarks_over_views() -> None:
    async with stage() as on:
        await on.press("apostrophe")
        assert "no bookmark" in on.told
        await on.go(net(BLUE))
        await on.press("b", "x")
        await on.press("4")
        await on.press("apostrophe", "x")
        assert on.subject == net(BLUE)
        assert on.browser.arrangement.view == ViewName.KIND


async def test_follow_ends_when_one_moves() -> None:
    async with stage() as on:
        await on.go(net(WEB))
        await on.press("F")
        assert "following" in on.header
        await on.press("down")
        assert "following" not in on.header


# ---- details


async def test_details_beside_below_and_on_the_whole_screen() -> None:
    async with stage(size=(160, 40)) as on:
        await on.go(net(WEB))
        assert on.browser.has_class("-wide")
        assert "Alive because of" in on.details
        await on.press("enter")
        assert not on.tree.display
        assert "Alive because of" in on.text()
        await on.press("escape")
        assert on.tree.display
        await on.press("D")
        assert on.browser.has_class("-no-pane")
        await on.press("D", "d")
        assert not on.tree.display
        await on.press("d")
        assert on.tree.display


async def test_every_tab_of_a_namespace_and_of_a_process() -> None:
    async with stage(size=(160, 40)) as on:
        await on.go(net(WEB))
        expected = ["Process", "nginx", "is being read", "User namespace", "net"]
        for part in expected:
            await on.press("tab")
            assert part in on.text()
        await on.press("shift+tab", "shift+tab", "shift+tab", "shift+tab", "shift+tab")
        await on.press("4")
        await on.go(NGINX)
        for _ in range(4):
            await on.press("tab")
        assert "User" in on.details
        await on.press("tab")
        assert "SHARED WITH THE HOST" in on.details


async def test_a_click_on_a_tab_and_on_a_relative(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(size=(160, 40)) as on:
        await on.go(net(WEB))
        await on.pilot.click("Tabs", offset=(12, 1))
        await on.settled()
        assert "Held by" in on.browser.query_one("Details").tab
        await on.press("tab")
        sheet = on.browser.query_one("Details").query_one("Sheet")
        row = next(i for i, line in enumerate(sheet._drawn) if NGINX in line.subjects)
        await on.pilot.click("Sheet", offset=(25, row))
        await on.settled()
        assert on.subject == NGINX


async def test_scrolling_long_details() -> None:
    async with stage(size=(80, 24)) as on:
        await on.press("4")
        await on.go(NGINX)
        await on.press("tab", "tab", "tab", "tab", "tab", "right_curly_bracket")
        sheet = on.browser.query_one("Details").query_one("Sheet")
        assert sheet.scroll_offset.y > 0
        await on.press("left_curly_bracket")
        assert sheet.scroll_offset.y == 0


async def test_dragging_the_border() -> None:
    async with stage(size=(160, 40)) as on:
        splitter = on.browser.query_one("Splitter")
        before = on.browser.query_one("Details").size.width
        await on.pilot.mouse_down("Splitter", offset=(0, 5))
        await on.pilot.hover("Rows", offset=(40, 5))
        await on.pilot.mouse_up("Rows", offset=(40, 5))
        await on.pilot.pause()
        assert on.browser.query_one("Details").size.width > before
        assert not splitter.has_class("-dragging")


# ---- the pace


async def test_pause_and_rescan() -> None:
    async with stage() as on:
        await on.press("Z")
        assert "PAUSED" in on.header
        assert on.app.live.paused
        scans = len(on.scanner.scans)
        await on.press("ctrl+r")
        assert len(on.scanner.scans) == scans + 1
        assert on.scanner.scans[-1].sources is None, "all sources"
        await on.press("Z")
        assert "PAUSED" not in on.header


async def test_interval() -> None:
    async with stage(config=Config()) as on:
        on.app.live.interval = 2.0
        on.scanner.hold.clear()
        await on.press("left_square_bracket")
        assert on.app.live.interval == 3.0
        await on.press("right_square_bracket", "right_square_bracket")
        assert on.app.live.interval == 1.5
        assert "1.5s" in on.header


async def test_header_and_redraw() -> None:
    async with stage() as on:
        await on.press("number_sign")
        assert not on.browser.query_one("Header").display
        await on.press("number_sign", "ctrl+l")
        assert on.browser.query_one("Header").display


@pytest.mark.parametrize("key", ["q", "f10", "ctrl+c"])
async def test_quit(key: str) -> None:
    async with stage() as on:
        await on.pilot.press(key)
        assert on.app._exit


async def test_ctrl_c_quits_while_typing() -> None:
    async with stage() as on:
        await on.press("slash")
        await on.pilot.press("ctrl+c")
        assert on.app._exit


# ---- acting


def recorded(sent: list[Any], outcome: str = "") -> Callable[..., str]:
    """A kernel that only notes which signals it was to send."""

    def send(*what: Any) -> str:
        sent.append(what)
        return outcome

    return send


async def test_copying_says_what_was_sent_and_how() -> None:
    async with stage() as on:
        await on.go(net(WEB))
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, Menu), "the menu")
        await on.press("i")
        assert on.app.clipboard == str(WEB)
        assert f"{WEB}" in on.told
        assert "OSC 52" in on.told


async def test_a_text_can_be_shown_instead() -> None:
    async with stage() as on:
        await on.press("4")
        await on.go(NGINX)
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, Menu), "the menu")
        await on.press("t")
        assert isinstance(on.app.screen, TextScreen)
        assert "/usr/bin/nginx --of=200" in on.text()


async def test_signal_menu_starts_with_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("nsview.actions.signal._send", recorded(sent))
    async with stage() as on:
        await on.press("4")
        await on.go(NGINX)
        await on.press("k")
        assert isinstance(on.app.screen, SignalDialog)
        assert "200 nginx" in on.text()
        assert "init of its pid namespace" in on.text().replace("\n", " ")
        await on.press("enter")
        assert on.app.focused is not None
        assert on.app.focused.id == "cancel"
        await on.press("enter")
        assert sent == []
        await on.press("f9", "down", "enter", "right", "enter")
        await on.until(lambda: sent, "the signal")
        assert sent == [(ProcessId(200, 2000), signal.SIGKILL)]


async def test_a_signal_goes_to_all_that_is_tagged(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("nsview.actions.signal._send", recorded(sent, "not permitted"))
    async with stage() as on:
        await on.press("4", "asterisk")
        await on.go(NGINX)
        await on.press("c")
        await on.press("k", "enter", "right", "enter")
        await on.until(lambda: len(sent) == 2, "both")
        assert {process.pid for process, _ in sent} == {200, 201}
        await on.until(lambda: "not permitted" in on.told, "what the kernel said")


async def test_nothing_moves_while_a_menu_is_open() -> None:
    async with stage() as on:
        await on.press("4")
        frame = on.browser.frame
        await on.press("f6")
        await on.tick(
            scene(processes=[task for pid, task in scene().processes.items() if pid != 200 and pid != 201])
        )
        assert on.browser.frame is frame
        await on.press("escape")
        assert on.browser.frame is not frame
        assert on.browser.frame.moment.snapshot is on.scanner.now


async def test_read_only_refuses_and_says_why() -> None:
    async with stage(config=Config(readonly=True)) as on:
        assert "read-only" in on.header
        await on.press("4")
        await on.go(NGINX)
        for key in ("k", "e", "E", "f19", "s", "f20"):
            await on.press(key)
            assert on.app.screen is on.browser
        assert "the app is read-only" in on.told


# ---- help, palette, set-up


@pytest.mark.parametrize("key", ["f1", "h", "question_mark"])
async def test_help_is_searched_while_typing(key: str) -> None:
    async with stage() as on:
        await on.press(key)
        assert isinstance(on.app.screen, Help)
        assert "Moving" in on.text() or "The app" in on.text()
        await on.type("bookmark")
        assert "remember the row under a letter" in on.text()
        assert "search while typing" not in on.text()
        await on.press("escape")
        assert on.app.screen is on.browser


async def test_help_says_what_cannot_be_done_now() -> None:
    async with stage() as on:
        await on.press("f1")
        await on.type("signal")
        assert "not now: no" in on.text()


async def test_the_palette_has_every_action() -> None:
    async with stage() as on:
        await on.press("ctrl+p")
        assert isinstance(on.app.screen, Palette)
        assert len(on.app.screen._shown) == len(ACTIONS)
        await on.type("owners")
        await on.press("enter")
        assert on.browser.arrangement.view == ViewName.OWNER
        await on.press("colon", "escape")
        assert on.app.screen is on.browser


async def test_setup_changes_and_saves_only_when_asked() -> None:
    async with stage() as on:
        await on.press("f2")
        assert isinstance(on.app.screen, Setup)
        await on.press("space", "escape")
        assert "nprocs" in {place.column.name for place in on.tree.placed}
        await on.press("S", "space", "u")
        assert "nprocs" not in {place.column.name for place in on.tree.placed}
        assert not Path(settings.path()).exists()
        await on.press("S", "down", "greater_than_sign", "s")
        assert Path(settings.path()).exists()
        saved = settings.read()
        assert "nprocs" not in saved.columns
        assert "saved in" in on.told


async def test_escape_peels_one_layer_at_a_time() -> None:
    async with stage() as on:
        await on.press("backslash")
        await on.type("nginx")
        await on.press("enter")
        await on.go(net(WEB))
        await on.press("space", "F")
        await on.press("d", "slash")
        for gone in ("prompt", "details", "follow", "tags", "filter"):
            await on.press("escape")
            state = {
                "prompt": on.browser.query_one(Prompt).is_open,
                "details": not on.tree.display,
                "follow": on.tree.follow is not None,
                "tags": bool(on.tree.tagged),
                "filter": on.browser.arrangement.filter is not None,
            }
            assert not state[gone], gone
        assert not any(state.values())


async def test_own_keys_take_the_place_of_the_usual_ones() -> None:
    own = {"pause": ("p",), "parent": ("ctrl+o",)}
    async with stage(config=Config(keys=own)) as on:
        await on.press("p")
        assert on.app.live.paused
        await on.press("Z")
        assert on.app.live.paused, "Z is free now"
        await on.press("f1")
        await on.type("stop looking")
        assert "p " in on.text()


async def test_vim_keys() -> None:
    async with stage(config=Config(vim=True)) as on:
        await on.press("j", "j", "k")
        assert on.is_namespace
        await on.press("G")
        last = on.subject
        await on.press("g")
        assert on.subject != last
        await on.press("4")
        await on.go(NGINX)
        await on.press("K")
        assert isinstance(on.app.screen, SignalDialog)


async def test_every_action_is_bound_and_there() -> None:
    async with stage() as on:
        bound = {
            binding.id for bindings in on.browser._bindings.key_to_bindings.values() for binding in bindings
        }
        assert bound == {action.id for action in ACTIONS}
        for action in ACTIONS:
            assert hasattr(on.browser, f"action_{action.call.partition('(')[0]}"), action.id


def test_keys_are_shared_only_by_actions_that_are_possible_now_and_then() -> None:
    """Else those after it could never be done."""
    for vim in (False, True):
        table, problems = keys(vim=vim)
        assert problems == ()
        shared = {key: actions for key, actions in table.sharing().items() if len(actions) > 1}
        assert shared == {"m": ("map.here", "mark")}
        for actions in shared.values():
            assert all(BY_ID[action].needs for action in actions[:-1])
            # And each has a key that is its own, or needs none.
            assert any(table.of[actions[-1]] != (key,) for key in shared)


async def test_the_first_that_can_be_done_of_those_that_share_a_key() -> None:
    async with stage() as on:
        await on.go(net(WEB))
        await on.press("m")
        assert isinstance(on.app.screen, MapScreen)
        await on.press("escape")
        await on.press("4")
        await on.go(BASH)
        await on.press("m", "x")
        await on.press("1")
        await on.press("apostrophe", "x")
        assert on.subject == BASH


async def test_the_function_bar_dims_what_cannot_be_done_and_is_clicked() -> None:
    async with stage() as on:
        assert "F9kKill" in on.bar
        parts = {part.text: part.style for part in on.browser.query_one("FunctionBar")._parts[0]}
        assert parts["Kill"] == "off"
        assert parts["Help"] == "label"
        await on.press("4")
        await on.go(NGINX)
        parts = {part.text: part.style for part in on.browser.query_one("FunctionBar")._parts[0]}
        assert parts["Kill"] == "label"
        await on.pilot.click("FunctionBar", offset=(2, 0))
        await on.settled()
        assert isinstance(on.app.screen, Help)


async def test_a_click_on_a_view_in_the_header() -> None:
    async with stage() as on:
        await on.pilot.click("Header", offset=(on.header.splitlines()[1].index("4 Proc") + 1, 1))
        await on.settled()
        assert on.browser.arrangement.view == ViewName.PROCESS


async def test_options_choose_what_is_shown_first() -> None:
    options = Options(kinds=("net",), view="kind", user=None, pid=200)
    config = Config(view="kind")
    async with stage(config=config, options=options) as on:
        assert [name for name in on.names() if name.endswith("ns")] == ["net  1 ns"]
        assert "only net" in on.header
        assert "pid 200" in on.header


def test_stage_machine_is_what_it_says() -> None:
    found = scene()
    assert found.by_inode(BLUE) is not None
    assert found.by_inode(NET) is not None
    assert isinstance(Stage, type)
