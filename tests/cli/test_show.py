"""`nsview show`: one process or namespace, as text and as JSON."""

import json
import os
import threading
from typing import Any

import pytest

from nsview.cli.main import main
from tests import linux
from tests.cli.conftest import Run
from tests.kernel_fixtures import Spawn


def shown(run: Run, target: object) -> dict[str, Any]:
    document = json.loads(run("show", "--json", str(target)))
    (facts,) = [value for key, value in document.items() if key != "scan"]
    return dict(facts)


def test_a_process(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWUTS, name=b"a process")
    facts = shown(run, child.pid)
    assert (facts["pid"], facts["ppid"], facts["comm"]) == (child.pid, os.getpid(), "a process")
    for kind, link in facts["namespaces"].items():
        assert link["ns"] == child.inode(kind)
        assert link["certainty"] == "known"
    assert "uts" not in facts["shared_with_host"]
    assert "net" in facts["shared_with_host"] or linux.inode("self", "net") != linux.inode(2, "net")
    assert [tuple(line) for line in facts["uid_map"]] == [(0, 0, 1)]
    assert "cap_sys_admin" in facts["capabilities"]["effective"]
    assert facts["seccomp"] == "off"
    assert facts["no_new_privs"] is False
    text = run("show", str(child.pid))
    assert f"uts:[{child.inode('uts')}]" in text
    assert "SHARED WITH THE HOST" in text


def test_numbers_in_nested_pid_namespaces(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWPID)
    chain = shown(run, child.pid)["ns_pids"]
    assert chain[-1] == {"pid": 1, "ns": child.inode("pid")}
    assert chain[-2] == {"pid": child.pid, "ns": linux.inode("self", "pid")}


def test_a_thread(run: Run) -> None:
    """A thread of ours that has gone nowhere: told with its process, by its own number."""
    stop, started = threading.Event(), threading.Event()

    def wait() -> None:
        started.set()
        stop.wait()

    thread = threading.Thread(target=wait)
    thread.start()
    started.wait()
    try:
        facts = shown(run, thread.native_id)
    finally:
        stop.set()
        thread.join()
    assert (facts["pid"], facts["tid"]) == (os.getpid(), thread.native_id)
    assert facts["namespaces"]["net"]["ns"] == linux.inode("self", "net")


def test_a_namespace(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWNET, name=b"member")
    inode = child.inode("net")
    for target in (inode, f"net:[{inode}]", f"/proc/{child.pid}/ns/net"):
        facts = shown(run, target)
        assert (facts["ns"], facts["type"], facts["nprocs"]) == (inode, "net", 1)
        assert [above["ns"] for above in facts["owners"]][:2] == [
            child.inode("user"),
            linux.inode("self", "user"),
        ]
        assert [member["pid"] for member in facts["processes"]] == [child.pid]
        assert facts["held_by"] == [{"how": "process", "pid": child.pid, "certainty": "known"}]
    text = run("show", str(inode))
    assert f"user:[{child.inode('user')}]" in text
    assert str(child.pid) in text


def test_maps_of_a_user_namespace(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUSER)
    text = run("show", str(child.inode("user")))
    assert "0 inside → 0 outside" in text
    assert [above["ns"] for above in shown(run, child.inode("user"))["parents"]][:1] == [
        linux.inode("self", "user")
    ]


def test_long_sections_are_cut(run: Run) -> None:
    own = linux.inode("self", "uts")
    lines = run("show", str(own)).splitlines()
    assert len(lines) < 200


def test_what_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    for target in ("4194303", "4026530000", "nothing", "/nowhere", "net:[1"):
        assert main(["show", target]) == 1
        out, err = capsys.readouterr()
        assert not out
        assert err.startswith("nsview: ")
        assert err.count("\n") == 1
