"""`nsview diff`: two processes or namespaces side by side."""

import json
import os
import resource
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nsview.cli.main import main
from tests import linux
from tests.kernel_fixtures import NOBODY, Spawn

Diff = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def diff(capsys: pytest.CaptureFixture[str]) -> Diff:
    """Section → what it tells."""

    def one(*arguments: object) -> dict[str, dict[str, Any]]:
        capsys.readouterr()
        assert main(["diff", "--json", *map(str, arguments)]) == 0
        return {section["section"]: section for section in json.loads(capsys.readouterr().out)["sections"]}

    return one


def differing(section: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {row["what"]: (row["a"], row["b"]) for row in section["rows"]}


def test_kinds(diff: Diff, require_root: None, spawn: Spawn) -> None:
    first = spawn(unshare=linux.CLONE_NEWUTS | linux.CLONE_NEWIPC)
    second = spawn(join=(first.pid, ["ipc"]), unshare=linux.CLONE_NEWUTS)
    states = {row["type"]: row for row in diff(first.pid, second.pid)["kinds"]["rows"]}
    assert states["uts"]["state"] == "different"
    assert (states["uts"]["a"], states["uts"]["b"]) == (first.inode("uts"), second.inode("uts"))
    assert states["ipc"]["state"] == "same"
    assert states["user"]["state"] in ("host", "same")
    assert states["uts"]["a_host"] is False


def test_rights_and_limits(diff: Diff, require_root: None, spawn: Spawn) -> None:
    def limit() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (4096, hard))

    first, second = spawn(limit), spawn(user=NOBODY)
    found = diff(first.pid, second.pid)
    rights = differing(found["rights"])
    assert rights["uids"] == (["0"] * 4, [str(NOBODY)] * 4)
    assert rights["effective capabilities"][1] == "none"
    assert "uid_map" not in rights
    assert differing(found["limits"])["Max core file size"][0].startswith("4096 of ")


def test_inside(diff: Diff, require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def one() -> None:
        socket.sethostname("one")
        linux.private_tmpfs(tmp_path)
        Path("/proc/sys/net/ipv4/ip_default_ttl").write_text("33")

    def two() -> None:
        socket.sethostname("two")
        linux.private_mounts()

    flags = linux.CLONE_NEWUTS | linux.CLONE_NEWNS | linux.CLONE_NEWNET
    first, second = spawn(one, unshare=flags), spawn(two, unshare=flags)
    found = diff(first.pid, second.pid, "--limit", 10_000)
    assert differing(found["uts"]) == {"Host name": ("one", "two")}
    assert found["net"]["unread"] == [] or all("nft" in one["what"] for one in found["net"]["unread"])
    outside = Path("/proc/sys/net/ipv4/ip_default_ttl").read_text().strip()
    assert differing(found["net"])["net.ipv4.ip_default_ttl"] == ("33", outside)
    (mount,) = [what for what in differing(found["mnt"]) if what.startswith(f"{tmp_path} ")]
    assert differing(found["mnt"])[mount][1] is None
    turned = diff(second.pid, first.pid, "-t", "uts")
    assert differing(turned["uts"]) == {"Host name": ("two", "one")}
    assert "net" not in turned


def test_two_namespaces(diff: Diff, require_root: None, spawn: Spawn) -> None:
    first = spawn(lambda: socket.sethostname("one"), unshare=linux.CLONE_NEWUTS)
    found = diff(f"uts:[{first.inode('uts')}]", os.getpid())
    assert list(found) == ["kinds", "uts"]
    assert differing(found["uts"]) == {"Host name": ("one", socket.gethostname())}


def test_the_same(diff: Diff) -> None:
    found = diff(os.getpid(), os.getpid())
    assert {row["state"] for row in found["kinds"]["rows"]} <= {"host", "same"}
    assert list(found) == ["kinds", "rights", "limits"]
    assert found["rights"]["rows"] == found["limits"]["rows"] == []


def test_as_text(capsys: pytest.CaptureFixture[str], require_root: None, spawn: Spawn) -> None:
    first = spawn(lambda: socket.sethostname("\x1b[31m"), unshare=linux.CLONE_NEWUTS)
    assert main(["diff", str(first.pid), str(os.getpid())]) == 0
    out = capsys.readouterr().out
    assert "Differs inside: uts" in out
    assert "\x1b" not in out


def test_different_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    uts, ipc = (f"{kind}:[{linux.inode('self', kind)}]" for kind in ("uts", "ipc"))
    assert main(["diff", uts, ipc]) == 1
    assert "different kinds" in capsys.readouterr().err
