"""Namespaces that outlive their processes, and letting go of them."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nsview.actions.failure import LaunchError
from nsview.actions.kept import NETNS, PLACE, Kept, drop, kept, path_of
from nsview.actions.launch import Program
from nsview.actions.spawn import SpawnRequest, plan_spawn
from nsview.model.kind import Kind
from tests import linux
from tests.actions.kept_names import NAME
from tests.actions.programs import run
from tests.actions.terminals import nsview
from tests.kernel_fixtures import Spawn

Keep = Callable[..., list[Kept]]


@pytest.fixture
def keep(require_root: None) -> Iterator[Keep]:
    """Spawn with these kinds kept, and let go afterwards."""

    def make(*kinds: Kind, command: tuple[str, ...] = ("true",), **wanted: Any) -> list[Kept]:
        request = SpawnRequest(kinds=kinds, keep=NAME, command=command, **wanted)
        assert run(plan_spawn(request)).status == 0
        return [each for each in kept() if each.name == NAME]

    yield make
    if any(each.name == NAME for each in kept()):
        drop(NAME)
    assert not os.path.exists(f"{PLACE}/{NAME}")


def enter(*arguments: str) -> str:
    line = nsview("enter", *arguments)
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=True).stdout


def test_every_kind_that_lives_without_processes(keep: Keep) -> None:
    kinds = (Kind.UTS, Kind.IPC, Kind.NET, Kind.MNT, Kind.CGROUP, Kind.USER)
    found = keep(*kinds, hostname="kept")
    assert {each.kind for each in found} == set(kinds)
    for each in found:
        assert each.inode != linux.inode("self", each.kind)
        assert (
            enter(each.path, "--", "readlink", f"/proc/self/ns/{each.kind}").strip()
            == f"{each.kind}:[{each.inode}]"
        )
    assert enter(f"{PLACE}/{NAME}/uts", "--", "uname", "-n") == "kept\n"


def test_a_net_namespace_that_ip_knows(keep: Keep) -> None:
    (net,) = keep(Kind.NET)
    assert net.netns == f"{NETNS}/{NAME}"
    assert os.stat(net.netns).st_ino == net.inode
    drop(NAME)
    assert not os.path.exists(f"{NETNS}/{NAME}")


def test_a_pid_namespace_lives_as_long_as_its_init(require_root: None) -> None:
    request = SpawnRequest(kinds=(Kind.PID,), keep=NAME, command=("sleep", "1000"))
    try:
        with Program(plan_spawn(request)) as init:
            (pid,) = (each for each in kept() if each.name == NAME)
            assert not pid.dead
            assert int(enter(pid.path, "--", "sh", "-c", "echo $$")) > 1
            init.kill()
            init.wait()
        (pid,) = (each for each in kept() if each.name == NAME)
        assert pid.dead
        line = nsview("enter", pid.path, "--", "true")
        result = subprocess.run(line, capture_output=True, timeout=60, check=False)
        assert result.returncode == 125
        assert b"its init" in result.stderr
    finally:
        drop(NAME)


def test_a_name_is_used_once(keep: Keep) -> None:
    keep(Kind.UTS)
    again = plan_spawn(SpawnRequest(kinds=(Kind.UTS,), keep=NAME))
    assert any(check.words.startswith("EEXIST") for check in again.failures)
    with pytest.raises(LaunchError) as caught:
        run(again, "true")
    assert caught.value.failure.help
    assert len([each for each in kept() if each.name == NAME]) == 1


def test_names_that_are_none() -> None:
    for name in ("", ".", "..", "a/b", "x\n", "\x1b[31m"):
        with pytest.raises(ValueError, match="no name to keep"):
            path_of(name, Kind.NET)


def test_what_a_crash_left_behind_is_listed_and_dropped(require_root: None) -> None:
    place = Path(PLACE, NAME)
    place.mkdir(parents=True)
    try:
        (place / "net").touch()
        (left,) = (each for each in kept() if each.name == NAME)
        assert left.inode is None
        shown = subprocess.run(nsview("kept"), capture_output=True, text=True, timeout=60, check=True).stdout
        assert any(NAME in line and "left over" in line for line in shown.splitlines())
    finally:
        drop(NAME)
    assert not place.exists()
    with pytest.raises(LookupError):
        drop(NAME)


def test_the_commands(keep: Keep) -> None:
    keep(Kind.UTS, Kind.NET)
    shown = json.loads(
        subprocess.run(nsview("kept", "--json"), capture_output=True, timeout=60, check=True).stdout
    )
    assert [row["kind"] for row in shown["kept"] if row["name"] == NAME] == ["net", "uts"]
    dropped = subprocess.run(
        nsview("drop", NAME), capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert dropped.count("dropped") == 2
    again = subprocess.run(nsview("drop", NAME), capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 1
    assert NAME in again.stderr


def test_kept_at_a_file(require_root: None, tmp_path: Path) -> None:
    place = tmp_path / "held"
    try:
        subprocess.run(nsview("spawn", f"--uts={place}", "--", "hostname", "held"), timeout=60, check=True)
        assert enter(f"--uts={place}", "--", "hostname") == "held\n"
    finally:
        linux.umount(place)


def test_a_dropped_namespace_is_not_held_by_later_mount_namespaces(keep: Keep, spawn: Spawn) -> None:
    (uts,) = keep(Kind.UTS)
    request = SpawnRequest(kinds=(Kind.MNT,), command=("sh", "-c", f"grep -c {NAME} /proc/self/mountinfo"))
    assert run(plan_spawn(request)).out == "0\n"
    assert uts.inode is not None


def test_a_failure_keeps_nothing(require_root: None) -> None:
    request = SpawnRequest(kinds=(Kind.UTS, Kind.NET), keep=NAME)
    Path(NETNS).mkdir(exist_ok=True)
    blocked = Path(NETNS, NAME)
    plan = plan_spawn(request)
    blocked.touch()
    try:
        with pytest.raises(LaunchError):
            run(plan, "true")
        assert [each for each in kept() if each.name == NAME] == []
    finally:
        blocked.unlink(missing_ok=True)
        os.rmdir(f"{PLACE}/{NAME}") if os.path.isdir(f"{PLACE}/{NAME}") else None
