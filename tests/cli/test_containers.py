"""`nsview containers`: one row a container, with what is its own and what is the host's."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nsview.cli.main import main
from tests import linux, processes
from tests.kernel_fixtures import Spawn
from tests.sandboxes import Sandbox, bubblewrap


@pytest.fixture
def sandbox(require_root: None, tmp_path: Path) -> Iterator[Sandbox]:
    """A program of its own name in a bubblewrap sandbox that shares the host's uts namespace."""
    program = tmp_path / f"zoo-{os.getpid()}"
    shutil.copy2(shutil.which("sleep") or "/bin/sleep", program)
    options = ["--ro-bind", "/", "/", "--unshare-net", "--unshare-pid", "--unshare-ipc"]
    with bubblewrap(*options, program=(str(program), "300")) as started:
        yield started


def rows(capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["containers", "--json", *more]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert set(document) == {"containers", "scan"}
    return list(document["containers"])


def test_json(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = [row for row in rows(capsys) if row["id"] == str(sandbox.outer)]
    assert (row["engine"], row["name"], row["pid"]) == ("bubblewrap", sandbox.program, sandbox.init)
    assert row["image"] is None
    assert row["pod"] is None
    assert sandbox.init in row["pids"]
    assert len(row["pids"]) == 2
    assert sandbox.outer not in row["pids"]
    assert row["witness"] == f"command line of {sandbox.outer}"
    for kind, state in (("net", "own"), ("pid", "own"), ("ipc", "own"), ("mnt", "own"), ("uts", "host")):
        assert row["kinds"][kind] == {"ns": linux.inode(sandbox.init, kind), "state": state}
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{sandbox.init}/status").read_text().split("\n") if line
    )
    assert len(row["caps"]) == int(status["CapEff"], 16).bit_count()
    assert row["seccomp"] == {"0": "off", "2": "filter"}[status["Seccomp"]]
    lines = Path(f"/proc/{sandbox.init}/uid_map").read_text().split("\n")
    assert row["user_map"] == [[int(number) for number in line.split()] for line in lines if line]


def test_a_namespace_that_others_are_in_too(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str], spawn: Spawn
) -> None:
    spawn(join=(sandbox.init, ["net"]))
    (row,) = [row for row in rows(capsys) if row["id"] == str(sandbox.outer)]
    assert row["kinds"]["net"]["state"] == "shared"
    assert row["kinds"]["ipc"]["state"] == "own"


def test_table(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["containers"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split()[:4] == ["ENGINE", "NAME", "POD", "IMAGE"]
    (line,) = [line for line in lines if sandbox.program in line]
    assert "HOST" in line
    place = heading.index("UTS")
    assert line[place : place + 4] == "HOST"
    assert line[heading.index("NET") :].startswith("own")


@pytest.mark.parametrize("room", [80, 120])
def test_table_on_a_narrow_terminal(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """The kinds stand in lists, those first that matter most; less important columns are left out."""
    monkeypatch.setattr("nsview.cli.containers_command.width", lambda: room)
    assert main(["containers"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert max(map(len, (heading, *lines))) <= room
    (line,) = [line for line in lines if str(sandbox.init) in line.split()]
    assert sandbox.program in line
    assert line[heading.index("HOST") :].startswith("uts")
    assert line[heading.index("CAPS") :].split()[0] in ("none", "all") or "/" in line
    assert "UTS" not in heading.split()


def test_a_container_without_a_name(
    nsview_as_nobody: Any, capsys: pytest.CaptureFixture[str], spawn: Spawn, require_root: None
) -> None:
    """Nobody tells what the id stands for; that is said, and why."""
    identity = f"{os.getpid():064x}"
    group = Path("/sys/fs/cgroup/unified" if Path("/sys/fs/cgroup/unified").is_dir() else "/sys/fs/cgroup")
    place = group / f"docker-{identity}.scope"
    if not (group / "cgroup.procs").exists():
        pytest.skip("control groups of version 2 are mounted nowhere here")
    try:
        place.mkdir()
    except OSError as failure:
        pytest.skip(f"no control group can be made here: {failure}")
    try:
        child = spawn(unshare=linux.CLONE_NEWUTS)
        (place / "cgroup.procs").write_text(str(child.pid))
        (row,) = [row for row in rows(capsys) if row["id"] == identity]
        assert (row["engine"], row["name"], row["witness"]) == ("docker", identity[:12], "control group")
        assert main(["containers"]) == 0
        assert "called by the id alone" in capsys.readouterr().err
        result = nsview_as_nobody("containers")
        assert identity[:12].encode() in result.stdout
        assert b"may not be read; run as root" in result.stderr
    finally:
        child.end()
        processes.eventually(lambda: not (place / "cgroup.procs").read_text(), "the cgroup is empty")
        place.rmdir()


def test_asking_engines_that_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(rows(capsys, "--ask-engines"), list)


def test_as_an_ordinary_user(nsview_as_nobody: Any, sandbox: Sandbox) -> None:
    result = nsview_as_nobody("containers", "--json")
    assert result.returncode == 0, result.stderr
    assert b"partial view" in result.stderr
    json.loads(result.stdout)
