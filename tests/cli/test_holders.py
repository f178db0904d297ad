"""`nsview holders`: every way to keep a namespace alive, made for real, and what would end it."""

import json
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from nsview.cli.main import main
from tests import linux
from tests.cli.conftest import Run
from tests.kernel_fixtures import Spawn, require_kind


def holders(run: Run, inode: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("holders", "--json", str(inode)))
    assert document["namespace"]["ns"] == inode
    counts: dict[str, int] = {}
    for holder in document["holders"]:
        counts[holder["how"]] = counts.get(holder["how"], 0) + 1
    assert counts == document["namespace"]["holders"]
    return document


def left_behind(kind: str, hold: Callable[[], Any]) -> Callable[[], int]:
    """In a child: make a namespace, hold it somehow, go back; returns its inode."""

    def function() -> int:
        home = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY)
        linux.unshare(linux.FLAGS[kind])
        inode = linux.inode("self", kind)
        hold()
        linux.setns(home, 0)
        os.close(home)
        return inode

    return function


def test_a_process(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS, name=b"keeper")
    document = holders(run, child.inode("uts"))
    assert document["holders"] == [{"how": "process", "pid": child.pid, "certainty": "known"}]
    text = run("holders", f"uts:[{child.inode('uts')}]")
    assert f"pid {child.pid} (keeper)" in text
    assert "ends or leaves it" in text


def test_an_open_file(run: Run, require_root: None, spawn: Spawn) -> None:
    held: list[int] = []
    child = spawn(left_behind("uts", lambda: held.append(os.open("/proc/self/ns/uts", os.O_RDONLY))))
    (holder,) = holders(run, child.value)["holders"]
    assert holder["how"] == "fd"
    assert holder["pid"] == child.pid
    assert os.stat(holder["path"]).st_ino == child.value
    assert f"closes fd {holder['fd']}" in run("holders", str(child.value))


def test_a_socket(run: Run, require_root: None, spawn: Spawn) -> None:
    held: list[socket.socket] = []
    child = spawn(left_behind("net", lambda: held.append(socket.socket())))
    (holder,) = holders(run, child.value)["holders"]
    assert (holder["how"], holder["pid"]) == ("socket", child.pid)
    assert "closes its socket, fd" in run("holders", str(child.value))


def test_bind_mounts(run: Run, require_root: None, spawn: Spawn) -> None:
    def bind_twice() -> int:
        linux.private_tmpfs("/tmp")
        linux.unshare(linux.CLONE_NEWUTS)
        for name in ("one", "two words"):
            with open(f"/tmp/{name}", "w"):
                pass
            linux.bind("/proc/self/ns/uts", f"/tmp/{name}")
        inode = linux.inode("self", "uts")
        linux.join(os.getppid(), "uts")
        return inode

    child = spawn(bind_twice, unshare=linux.CLONE_NEWNS)
    found = holders(run, child.value)["holders"]
    assert sorted(holder["path"] for holder in found) == ["/tmp/one", "/tmp/two words"]
    assert {holder["mnt_ns"] for holder in found} == {child.inode("mnt")}
    assert "umount '/tmp/two words'" in run("holders", str(child.value))


def test_a_link_for_children(run: Run, require_root: None, spawn: Spawn) -> None:
    require_kind("time")
    child = spawn(unshare=linux.CLONE_NEWTIME, enter=False)
    inode = linux.inode(child.pid, "time_for_children")
    (holder,) = holders(run, inode)["holders"]
    assert (holder["how"], holder["pid"]) == ("for_children", child.pid)


def test_children_and_what_it_owns(run: Run, require_root: None, spawn: Spawn) -> None:
    """A user namespace that its last process has left for a child of it: held by the child alone."""

    def two_levels() -> int:
        middle = linux.inode("self", "user")
        linux.unshare(linux.CLONE_NEWUSER | linux.CLONE_NEWUTS)
        return middle

    child = spawn(two_levels, unshare=linux.CLONE_NEWUSER)
    document = holders(run, child.value)
    assert [(h["how"], h["ns"]) for h in document["holders"]] == [("child", child.inode("user"))] or {
        (h["how"], h["ns"]) for h in document["holders"]
    } == {("child", child.inode("user")), ("owned", child.inode("user"))}
    assert document["namespace"]["nprocs"] == 0
    inner = holders(run, child.inode("user"))
    assert ("owned", child.inode("uts")) in [(h["how"], h.get("ns")) for h in inner["holders"]]
    assert str(child.pid) in " ".join(document["ends_when"])


def test_a_process_is_no_namespace(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["holders", str(os.getpid())]) == 1
    assert "is a process; name one of its namespaces" in capsys.readouterr().err


def test_plain_files_and_missing_ones(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    plain = tmp_path / "blue"
    plain.touch()
    assert main(["holders", str(plain)]) == 1
    assert "is no namespace" in capsys.readouterr().err
    assert main(["holders", str(tmp_path / "gone")]) == 1
    assert "No such file" in capsys.readouterr().err
    assert main(["holders", "blue"]) == 1
    assert "is no pid, namespace number" in capsys.readouterr().err
