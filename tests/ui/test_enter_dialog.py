"""The dialogs for entering and spawning, with a real process to enter."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nsview.actions.presets import PRESETS
from nsview.actions.spawn import SpawnRequest, plan_spawn
from nsview.cli.main import main
from nsview.config import Options
from nsview.discovery.one_task import task_of
from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import NamespaceSubject, TaskSubject
from nsview.ui.browser.screen import Browser
from nsview.ui.screens.enter import EnterDialog
from nsview.ui.screens.plan_dialog import Decision
from nsview.ui.screens.spawn import SpawnDialog
from tests import linux
from tests.actions.programs import namespaces_inside, run
from tests.kernel_fixtures import Spawn
from tests.model.snapshots import process, snapshot
from tests.processes import Child
from tests.ui.app_stage import Stage, stage


@pytest.fixture(autouse=True)
def _own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def child(require_root: None, spawn: Spawn) -> Child:
    return spawn(unshare=linux.CLONE_NEWUTS | linux.CLONE_NEWNET, name=b"target")


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[Decision]:
    """What would have been carried out on a real terminal."""
    found: list[Decision] = []
    monkeypatch.setattr(Browser, "carry_out", lambda self, decision: found.append(decision))
    return found


def machine(*tasks: Task) -> Snapshot:
    init = process(1, "init", links=task_of(1).links)
    return snapshot([init, *(task._replace(ppid=1) for task in tasks)])


@asynccontextmanager
async def at(pid: int, size: tuple[int, int] = (100, 40)) -> AsyncIterator[Stage]:
    """The app with the cursor on this process."""
    task = task_of(pid)
    async with stage(machine(task), options=Options(view="process"), size=size) as on:
        await on.go(TaskSubject(task.id))
        yield on


@asynccontextmanager
async def dialog(pid: int, key: str = "f7", size: tuple[int, int] = (100, 40)) -> AsyncIterator[Stage]:
    async with at(pid, size) as on:
        await on.press(key)
        wanted = EnterDialog if key == "f7" else SpawnDialog
        await on.until(lambda: isinstance(on.app.screen, wanted), "the dialog")
        await on.pilot.pause()
        yield on


def screen(on: Stage) -> Any:
    return on.app.screen


async def planned(on: Stage) -> None:
    await on.until(lambda: screen(on)._shown == screen(on)._number, "the plan for the last choice")
    await on.pilot.pause()


async def set_field(on: Stage, name: str, key: str = "space") -> None:
    screen(on).query_one(f"#{name}").focus()
    await on.pilot.pause()
    await on.pilot.press(key)
    await planned(on)


async def write(on: Stage, name: str, text: str) -> None:
    screen(on).query_one(f"#{name}").value = text
    await on.pilot.pause()
    await planned(on)


def printed(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> str:
    """The line that the command line prints for the same words."""
    words = list(arguments)
    place = words.index("--") if "--" in words else len(words)
    words[place:place] = ["--print-command"]
    capsys.readouterr()
    assert main(words) == 0
    return capsys.readouterr().out.strip()


# ---- entering


async def test_it_says_what_each_kind_would_change(child: Child) -> None:
    async with dialog(child.pid) as on:
        for kind in ("net", "uts"):
            tick = screen(on).query_one(f"#{kind}")
            assert tick.on
            assert not tick.disabled
            assert str(child.inode(kind)) in tick.hint
        for kind in ("mnt", "user", "pid"):
            tick = screen(on).query_one(f"#{kind}")
            assert not tick.on
            assert tick.disabled
            assert "we are in it already" in tick.hint
        text = on.text()
        assert "[x] uts     host name and domain name" in text
        assert "[ ] mnt     the same as ours" in text
        assert f"nsenter -t {child.pid} -u -n" in text
        assert "ok      net uts:" in text


async def test_the_line_follows_and_is_copied(child: Child) -> None:
    async with dialog(child.pid) as on:
        await set_field(on, "net")
        assert screen(on).plan.equivalent.count(f"nsenter -t {child.pid} -u -S") == 1
        assert f"nsenter -t {child.pid} -u -S" in " ".join(on.text().split())
        await on.pilot.press("y")
        assert on.app.clipboard == screen(on).plan.equivalent
        await set_field(on, "env", "right")
        assert "-e" in screen(on).plan.equivalent.split()
        await set_field(on, "as", "left")
        assert "-S" not in screen(on).plan.equivalent.split()
        await on.pilot.press("T")
        await planned(on)
        assert "no such line: nsenter cannot keep our own files" in " ".join(on.text().split())


@pytest.mark.parametrize(
    "keys", [("f7", "f7"), ("f7", "E"), ("E",), ("f7", "enter", "enter")], ids=lambda keys: "-".join(keys)
)
async def test_the_defaults_are_carried_out(
    child: Child, decided: list[Decision], keys: tuple[str, ...]
) -> None:
    async with at(child.pid) as on:
        await on.press(keys[0])
        if len(keys) > 1:
            await on.until(lambda: isinstance(on.app.screen, EnterDialog), "the dialog")
            await on.press(*keys[1:])
        await on.until(lambda: decided, "the decision")
        assert on.app.screen is on.browser
    ran = run(decided[0].plan, "sh", "-c", "readlink /proc/self/ns/*")
    inside = namespaces_inside(ran)
    assert inside["uts"] == child.inode("uts")
    assert inside["net"] == child.inode("net")
    assert inside["mnt"] == linux.inode("self", "mnt")
    assert not decided[0].apart


@pytest.mark.parametrize("keys", [("escape",), ("q",), ("f10",), ("up", "enter")], ids=str)
async def test_it_is_left_without_a_deed(
    child: Child, decided: list[Decision], keys: tuple[str, ...]
) -> None:
    async with dialog(child.pid) as on:
        await on.press(*keys)
        assert on.app.screen is on.browser
        await on.pilot.pause()
        assert decided == []


async def test_letters_go_into_the_command(child: Child, decided: list[Decision]) -> None:
    async with dialog(child.pid) as on:
        screen(on).query_one("#command").focus()
        await on.pilot.pause()
        await on.type("qyEWT")
        await planned(on)
        assert screen(on).query_one("#command").value == "qyEWT"
        assert screen(on).plan.equivalent.endswith("-- qyEWT")
        await write(on, "command", "echo 'open")
        assert "No closing quotation" in on.text()
        await on.pilot.press("f7")
        await on.until(lambda: "No closing quotation" in on.told, "why not")
        await write(on, "command", "echo 'two words'")
        await on.pilot.press("f7")
        await on.until(lambda: decided, "the decision")
    assert run(decided[0].plan).out == "two words\n"


def is_seen(on: Stage) -> bool:
    """Whether what has the focus is wholly on the screen, and not scrolled away."""
    focused = screen(on).focused
    shown = screen(on).find_widget(focused).visible_region
    return bool(shown.height == focused.region.height > 0 and shown.bottom <= screen(on).size.height)


@pytest.mark.parametrize("size", [(200, 50), (80, 24), (40, 12), (30, 8)], ids=str)
@pytest.mark.parametrize("key", ["f7", "f8"])
async def test_every_field_can_be_reached(child: Child, key: str, size: tuple[int, int]) -> None:
    async with dialog(child.pid, key, size) as on:
        first = screen(on).focused
        seen: set[str] = set()
        while screen(on).focused is not first or not seen:
            await on.until(lambda: is_seen(on), f"{screen(on).focused} on the screen")
            seen.add(screen(on).focused.id)
            await on.pilot.press("down")
        assert {"net", "command", "go", "cancel"} <= seen
        lines = on.text().splitlines()
        assert len(lines) == size[1]
        assert any("Cancel" in line for line in lines)


async def test_a_target_that_has_ended(child: Child, decided: list[Decision]) -> None:
    async with dialog(child.pid) as on:
        child.end()
        await set_field(on, "net")
        assert "fail" in on.text()
        await on.pilot.press("f7")
        await on.until(lambda: on.told, "why not")
        await on.press("escape")
        assert on.app.screen is on.browser
        await on.press("E")
        await on.until(lambda: "cannot enter" in on.told, "why not")
    assert decided == []


async def test_nothing_to_enter(child: Child, decided: list[Decision], spawn: Spawn) -> None:
    async with at(spawn(name=b"at home").pid) as on:
        await on.press("E")
        await on.until(lambda: "there is nothing to enter" in on.told, "why not")
        await on.press("f7")
        await on.until(lambda: isinstance(on.app.screen, EnterDialog), "the dialog")
        await on.pilot.press("f7")
        await on.pilot.pause()
        assert isinstance(on.app.screen, EnterDialog)
    assert decided == []


async def test_a_screen_that_is_no_terminal_is_not_handed_over(child: Child) -> None:
    async with at(child.pid) as on:
        await on.press("E")
        await on.until(lambda: "cannot be handed over" in on.told, "why not")
        assert not on.app.live.suspended


async def test_a_window_of_its_own_needs_tmux(child: Child) -> None:
    async with dialog(child.pid) as on:
        await on.pilot.press("W")
        await on.until(lambda: "needs tmux" in on.told, "why not")
        await on.press("f19")
        await on.until(lambda: on.told.count("needs tmux") == 2, "why not")


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"net": "space"},
        {"as": "right", "env": "left"},
        {"as": "left", "files": "right", "cgroups": "space"},
    ],
    ids=str,
)
async def test_the_command_line_does_the_same(
    child: Child, choices: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    async with dialog(child.pid) as on:
        for name, key in choices.items():
            await set_field(on, name, key)
        line, arguments = screen(on).plan.equivalent, screen(on).arguments()
    assert line is not None
    assert printed(arguments, capsys) == line


# ---- spawning


@pytest.mark.parametrize("name", [*PRESETS])
async def test_presets_and_their_lines(child: Child, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with dialog(child.pid, "f8") as on:
        assert screen(on).focused.id == "preset"
        while screen(on).query_one("#preset").value != name:
            await on.pilot.press("right")
        await planned(on)
        line, arguments = screen(on).plan.equivalent, screen(on).arguments()
        assert line is not None
        assert " ".join(line.split()[:3]) in on.text()
    assert printed(("spawn", "--preset", name), capsys) == line
    assert printed(arguments, capsys) == line


async def test_a_choice_beside_a_preset_is_ones_own(child: Child, decided: list[Decision]) -> None:
    async with dialog(child.pid, "f8") as on:
        await set_field(on, "uts")
        assert screen(on).query_one("#preset").value == "own"
        await write(on, "hostname", "spawned")
        await write(on, "clocks", "a day")
        assert "write one or two numbers of seconds" in on.text()
        await write(on, "clocks", "86400")
        assert Kind.TIME in screen(on).plan.makes.kinds
        assert "[+] time" in on.text()
        await write(on, "command", "sh -c 'uname -n; id -u; cat /proc/$$/timens_offsets'")
        await on.pilot.press("f8")
        await on.until(lambda: decided, "the decision")
    ran = run(decided[0].plan)
    assert ran.out.splitlines()[:2] == ["spawned", "0"], ran
    assert "boottime" in ran.out
    assert "86400" in ran.out


async def test_whose_where_and_with_what(
    child: Child, decided: list[Decision], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async with dialog(child.pid, "f8") as on:
        await write(on, "owner", "1000")
        assert "owner: a user and a group" in on.text()
        await write(on, "owner", "65534:x")
        assert "owner: write numbers" in on.text()
        await write(on, "owner", "65534:65534")
        await write(on, "as", "0:0")
        await write(on, "directory", "/proc")
        await write(on, "root", str(tmp_path / "none"))
        assert "fail" in on.text()
        await write(on, "root", "")
        await write(on, "variables", "NOTHING")
        assert "'NOTHING' is not NAME=VALUE" in on.text()
        await write(on, "variables", "SAID='two words'")
        await set_field(on, "kill", "right")
        await write(on, "command", "sh -c 'pwd; echo $SAID; id -u'")
        line, arguments = screen(on).plan.equivalent, screen(on).arguments()
        await on.pilot.press("f8")
        await on.until(lambda: decided, "the decision")
    assert printed(arguments, capsys) == line
    assert {"--owner=65534:65534", "--kill-child=SIGTERM"} < set(arguments)
    ran = run(decided[0].plan)
    assert ran.out.splitlines()[:3] == ["/proc", "two words", "0"], ran


async def test_inside_the_selected(child: Child, decided: list[Decision]) -> None:
    async with dialog(child.pid, "f8") as on:
        await set_field(on, "where", "right")
        await write(on, "command", "sh -c 'readlink /proc/self/ns/*'")
        await on.pilot.press("f8")
        await on.until(lambda: decided, "the decision")
    inside = namespaces_inside(run(decided[0].plan))
    assert inside["net"] == child.inode("net")
    assert inside["user"] != linux.inode("self", "user")


async def test_new_ones_are_selected_when_they_appear(child: Child, spawn: Spawn) -> None:
    async with at(child.pid) as on:
        on.browser._await(plan_spawn(SpawnRequest(kinds=(Kind.UTS,))), frozenset())
        await on.tick(machine(task_of(child.pid)))
        assert on.subject == TaskSubject(task_of(child.pid).id), "nothing new yet"
        other = spawn(unshare=linux.CLONE_NEWUTS)
        await on.tick(machine(task_of(child.pid), task_of(other.pid)))
        await on.until(
            lambda: on.subject == NamespaceSubject(NamespaceId(Kind.UTS, other.inode("uts"))), "the new one"
        )
