"""Names of containers wherever a command takes or shows something: real sandboxes and network namespaces."""

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nsview.cli.main import main
from nsview.discovery.targets import is_name
from tests import linux, processes
from tests.sandboxes import bubblewrap


@pytest.fixture
def sandboxes(require_root: None, tmp_path: Path) -> Iterator[tuple[str, list[int]]]:
    """Two bubblewrap sandboxes of one program: its name, and the first process of each."""
    program = tmp_path / f"zoo-{uuid.uuid4().hex[:8]}"
    shutil.copy2(shutil.which("sleep") or "/bin/sleep", program)
    options = ("--ro-bind", "/", "/", "--unshare-net", "--unshare-pid")
    command = (str(program), "300")
    with bubblewrap(*options, program=command) as first, bubblewrap(*options, program=command) as second:
        yield program.name, [first.init, second.init]


@pytest.fixture
def netns(require_root: None) -> Iterator[str]:
    if shutil.which("ip") is None:
        pytest.skip("ip is not installed")
    name = f"zoo-{uuid.uuid4().hex[:8]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "delete", name], check=True)


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["list", "--json", *arguments]) == 0
    return list(json.loads(capsys.readouterr().out)["namespaces"])


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) != 0
    return capsys.readouterr().err


def test_columns(sandboxes: tuple[str, list[int]], capsys: pytest.CaptureFixture[str]) -> None:
    program, inits = sandboxes
    rows = {row["ns"]: row for row in listed(capsys, "-o", "NS,NAME,ENGINE,IMAGE")}
    for init in inits:
        row = rows[linux.inode(init, "net")]
        assert (row["name"], row["engine"], row["image"]) == (program, "bubblewrap", None)
        (name,) = row["names"]
        assert (name["engine"], name["name"]) == ("bubblewrap", program)
        assert name["witness"].startswith("command line of ")
    assert rows[linux.inode("self", "net")]["name"] is None
    assert rows[linux.inode("self", "net")]["names"] == []


@pytest.mark.parametrize("expression", ["name={}", "container:{}", "engine:bubblewrap container:{}", "{}"])
def test_filters(
    sandboxes: tuple[str, list[int]], capsys: pytest.CaptureFixture[str], expression: str
) -> None:
    program, inits = sandboxes
    rows = listed(capsys, "-t", "net", "-Q", expression.format(program))
    assert {row["ns"] for row in rows} >= {linux.inode(init, "net") for init in inits}
    if "=" in expression or ":" in expression:
        assert len(rows) == 2
    assert listed(capsys, "-Q", f"container:{program} engine:docker") == []


def test_two_of_one_name(sandboxes: tuple[str, list[int]], capsys: pytest.CaptureFixture[str]) -> None:
    program, inits = sandboxes
    for command in (["show"], ["enter"], ["list", "-p"]):
        words = refusal(capsys, *command, program)
        assert f"'{program}' may be any of" in words
        for init in inits:
            assert f"(pid {init})" in words


def test_one_of_a_name(sandboxes: tuple[str, list[int]], capsys: pytest.CaptureFixture[str]) -> None:
    program, (first, second) = sandboxes
    os.kill(second, 9)
    processes.eventually(lambda: not Path(f"/proc/{second}").exists(), "it has ended")
    for target in (program, f"bubblewrap:{program}"):
        capsys.readouterr()
        assert main(["show", "--json", target]) == 0
        shown = json.loads(capsys.readouterr().out)["process"]
        assert shown["pid"] == first
        assert shown["container"]["name"] == program
        assert shown["capabilities"] is not None
    capsys.readouterr()
    assert main(["holders", "--json", f"net:{program}"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["namespace"]["ns"] == linux.inode(first, "net")
    for command in (["holders", program], ["list", program]):
        assert f"{program} is a container; name one of its namespaces, for example net:{program}" in refusal(
            capsys, *command
        )
    rows = listed(capsys, "-t", "pid", "-p", program)
    assert [row["ns"] for row in rows] == [linux.inode(first, "pid")]


def test_enter_by_name(
    sandboxes: tuple[str, list[int]], netns: str, capfd: pytest.CaptureFixture[str]
) -> None:
    program, (first, second) = sandboxes
    os.kill(second, 9)
    processes.eventually(lambda: not Path(f"/proc/{second}").exists(), "it has ended")
    for target, inode in (
        (program, linux.inode(first, "net")),
        (netns, os.stat(f"/run/netns/{netns}").st_ino),
    ):
        capfd.readouterr()
        assert main(["enter", target, "-n", "--", "readlink", "/proc/self/ns/net"]) == 0
        assert capfd.readouterr().out.strip() == f"net:[{inode}]"


def test_names_of_network_namespaces(netns: str, capsys: pytest.CaptureFixture[str]) -> None:
    inode = os.stat(f"/run/netns/{netns}").st_ino
    (row,) = listed(capsys, "-Q", f"name={netns}", "-o", "NS,NAME,ENGINE")
    assert (row["ns"], row["name"], row["engine"]) == (inode, netns, "ip netns")
    for target in (netns, f"net:{netns}"):
        capsys.readouterr()
        assert main(["holders", "--json", target]) == 0
        assert json.loads(capsys.readouterr().out)["namespace"]["ns"] == inode
    assert "is no pid" in refusal(capsys, "holders", f"uts:{netns}")


def test_a_number_is_a_process_or_namespace_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert "a container of that name is ENGINE:4194303" in refusal(capsys, "show", "4194303")
    assert "no name of anything" in refusal(capsys, "show", "350405529123")
    assert "no name of anything" in refusal(capsys, "enter", "docker:1234")


def test_nothing_is_called_that(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["show"], ["holders"], ["enter"], ["list", "-p"], ["list"]):
        assert "no name of anything" in refusal(capsys, *command, "no-such-container")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        *(
            (text, False)
            for text in ("1", "4026531840", "net:[4026531840]", "net:4026531840", "/proc/1/ns/net")
        ),
        *((text, False) for text in ("./x", "../x", ".hidden/x", "4194304", "4294967295")),
        *((text, True) for text in ("350405529123", "docker:350405529123", "docker:1234")),
        *((text, True) for text in ("web", "net:web", "docker:web", "default/pod/web", "net:[x]", "")),
    ],
)
def test_what_may_be_a_name(text: str, named: bool) -> None:
    assert is_name(text) == named


def test_a_file_is_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_name("dir/file")
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir/file").touch()
    assert not is_name("dir/file")
