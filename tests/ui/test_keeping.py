"""What nsview keeps, from the app: real namespaces under a name, gone to and let go of."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from nsview.actions.kept import drop, kept
from nsview.cli.main import main
from nsview.config import Config
from nsview.model.kind import Kind
from nsview.model.snapshot import Snapshot
from nsview.ui.screens.menu import Menu
from tests.actions.kept_names import NAME
from tests.model.snapshots import namespace, process, snapshot
from tests.ui.app_stage import Stage, stage


@pytest.fixture(autouse=True)
def _own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def inode(require_root: None) -> Iterator[int]:
    """A uts namespace that is kept under NAME."""
    assert main(["spawn", "uts", "--keep", NAME, "--", "true"]) == 0
    (found,) = [each for each in kept() if each.name == NAME]
    assert found.inode is not None
    yield found.inode
    with suppress(LookupError):
        drop(NAME)


def machine(inode: int) -> Snapshot:
    return snapshot([process(1, "init")], namespaces=[namespace(Kind.UTS, inode)])


async def choose(on: Stage, title: str, *keys: str) -> None:
    await on.until(
        lambda: isinstance(on.app.screen, Menu) and on.app.screen._title.startswith(title),
        f"the menu {title}",
    )
    await on.press(*keys)


async def of_ours(on: Stage) -> None:
    """Choose NAME among all that may be kept on this machine."""
    await on.press("L")
    names = sorted({each.name for each in kept()})
    await choose(on, "Kept namespaces", *["down"] * names.index(NAME), "enter")


async def test_going_to_what_is_kept(inode: int) -> None:
    async with stage(machine(inode)) as on:
        await of_ours(on)
        await choose(on, f"Kept as {NAME}", "g")
        assert on.is_namespace
        assert on.subject.id.inode == inode


async def test_letting_go_asks_first(inode: int) -> None:
    async with stage(machine(inode)) as on:
        await of_ours(on)
        await choose(on, f"Kept as {NAME}", "d")
        await choose(on, f"Let go of {NAME}?", "enter")  # Cancel
        assert [each.inode for each in kept() if each.name == NAME] == [inode]
        await of_ours(on)
        await choose(on, f"Kept as {NAME}", "d")
        await choose(on, f"Let go of {NAME}?", "d")
        await on.until(lambda: "let go of uts" in on.told, "the word of it")
        assert not [each for each in kept() if each.name == NAME]


async def test_what_changed_meanwhile_stays(inode: int) -> None:
    async with stage(machine(inode)) as on:
        await of_ours(on)
        await choose(on, f"Kept as {NAME}", "d")
        drop(NAME)
        assert main(["spawn", "ipc", "--keep", NAME, "--", "true"]) == 0
        await choose(on, f"Let go of {NAME}?", "d")
        await on.until(lambda: "something else by now" in on.told, "the refusal")
        assert [str(each.kind) for each in kept() if each.name == NAME] == ["ipc"]


async def test_read_only_keeps(inode: int) -> None:
    async with stage(machine(inode), config=Config(readonly=True)) as on:
        await of_ours(on)
        await choose(on, f"Kept as {NAME}", "d")
        assert isinstance(on.app.screen, Menu)
        assert on.app.screen._title == f"Kept as {NAME}"
        assert [each.inode for each in kept() if each.name == NAME] == [inode]


async def test_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.path.isdir("/run/nsview/kept") and kept():
        pytest.skip("something is kept on this machine")
    async with stage() as on:
        await on.press("L")
        await on.until(lambda: "nothing is kept" in on.told, "the word of it")
