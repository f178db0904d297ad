"""`nsview list` on the running machine: lsns's options, columns and types, and what lsns does not see."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from nsview.cli.columns import COLUMNS, DEFAULT
from nsview.cli.main import main
from tests import linux
from tests.cli.conftest import Run
from tests.kernel_fixtures import RunNsview, Spawn

LSNS_NUMBERS = {"ns", "nprocs", "pid", "ppid", "uid", "pns", "ons"}


def namespaces(output: str) -> dict[int, dict[str, Any]]:
    return {row["ns"]: row for row in json.loads(output)["namespaces"]}


def test_the_default_columns_are_those_of_lsns(run: Run) -> None:
    head, *rows = run("list").splitlines()
    assert head.split() == list(DEFAULT)
    own = os.stat("/proc/self/ns/net").st_ino
    assert any(row.split()[:2] == [str(own), "net"] for row in rows)
    inodes = [int(row.split()[0]) for row in rows]
    assert inodes == sorted(inodes)


def test_json_has_the_keys_and_types_of_lsns_and_our_own(run: Run) -> None:
    document = json.loads(run("list", "--json", "--output-all"))
    assert list(document["scan"]) == [
        *("processes", "readable", "unreadable", "vanished", "source", "elapsed_ms", "complete"),
        *("known", "explained", "unexplained", "why_not_known"),
    ]
    for row in document["namespaces"]:
        assert {name.lower() for name in COLUMNS} | {"holders", "certainty"} <= set(row)
        for key, value in row.items():
            if key in LSNS_NUMBERS | {"id", "nthreads", "inferred"}:
                assert value is None or type(value) is int, key
            elif key == "host":
                assert type(value) is bool
            elif key == "names":
                assert all(type(name["engine"]) is type(name["name"]) is str for name in value)
            elif key == "holders":
                assert all(type(count) is int and count > 0 for count in value.values())
            else:
                assert value is None or type(value) is str, key
        assert type(row["pns"]) is int
        assert type(row["ons"]) is int


def test_counts_and_holders(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)
    row = namespaces(run("list", "-J"))[child.inode("uts")]
    assert (row["nprocs"], row["pid"], row["nthreads"]) == (1, child.pid, 1)
    assert row["holders"] == {"process": 1}
    assert row["host"] is False
    assert row["certainty"] == "known"


def test_kinds_may_be_repeated_or_listed(run: Run) -> None:
    for options in (("-t", "net", "-t", "uts"), ("-t", "net,uts"), ("--type=uts,net",)):
        assert {row["type"] for row in namespaces(run("list", "-J", *options)).values()} == {"net", "uts"}


def test_net_brings_its_own_columns(run: Run) -> None:
    assert run("list", "-t", "net").split("\n")[0].split() == [
        *("NS", "TYPE", "NPROCS", "PID", "USER", "NETNSID", "NSFS", "COMMAND")
    ]


@pytest.mark.parametrize("kind", ["nat", "", "net,nat"])
def test_unknown_kinds_are_wrong_usage(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["list", "-t", kind])
    assert ended.value.code == 2
    assert "unknown namespace kind '" in capsys.readouterr().err


def test_one_process(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS | linux.CLONE_NEWIPC)
    rows = namespaces(run("list", "-J", "-p", str(child.pid)))
    kinds = os.listdir("/proc/self/ns")
    assert {row["type"] for row in rows.values()} == {kind for kind in kinds if "_" not in kind}
    for inode, row in rows.items():
        assert inode == child.inode(row["type"])


def test_unknown_process_and_namespace(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["list", "-p", "4194304"], ["list", "4026530000"], ["list", "net:[4026530000]"]):
        assert main(arguments) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("nsview: no ")


def test_namespaces_without_a_process(run: Run, require_root: None, spawn: Spawn) -> None:
    def keep() -> int:
        home = os.open("/proc/self/ns/uts", os.O_RDONLY)
        linux.unshare(linux.CLONE_NEWUTS)
        os.dup2(os.open("/proc/self/ns/uts", os.O_RDONLY), 50)
        inode = os.fstat(50).st_ino
        linux.setns(home, 0)
        os.close(home)
        return inode

    child = spawn(keep)
    rows = namespaces(run("list", "-J", "-P", "-o", "+PATH"))
    row = rows[child.value]
    assert (row["nprocs"], row["pid"], row["command"]) == (0, None, None)
    assert row["holders"] == {"fd": 2}
    assert os.stat(row["path"]).st_ino == child.value
    assert all(row["nprocs"] == 0 for row in rows.values())
    assert str(child.value) in run("list", "-P")
    # To the kernel's iterators open files are not dear.
    fast = json.loads(run("list", "-J", "--fast", "--source", "procfs"))
    assert child.value not in [row["ns"] for row in fast["namespaces"]]
    assert fast["scan"]["complete"] is False


def test_columns_are_chosen_and_added(run: Run) -> None:
    assert run("list", "-o", "ns,type").splitlines()[0].split() == ["NS", "TYPE"]
    assert run("list", "-o", "+ID,HELD").splitlines()[0].split() == [*DEFAULT, "ID", "HELD"]
    assert run("list", "--output-all").splitlines()[0].split() == list(COLUMNS)


def test_unknown_columns_are_wrong_usage(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "-o", "NS,NOPE"]) == 2
    assert "unknown column 'NOPE'" in capsys.readouterr().err


def test_columns_are_told(run: Run) -> None:
    lines = run("list", "-H").splitlines()
    assert [line.split()[0] for line in lines] == list(COLUMNS)


def test_no_headings_and_raw(run: Run) -> None:
    assert not run("list", "-n").startswith("        NS")
    head, *rows = run("list", "-r", "-o", "NS,TYPE,COMMAND").splitlines()
    assert head == "NS TYPE COMMAND"
    assert all(row.count(" ") == 2 for row in rows)


def test_trees(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWUTS)
    user, uts, host = child.inode("user"), child.inode("uts"), linux.inode("self", "user")
    lines = run("list", "-T").splitlines()
    at = {line.lstrip("│├└─ ").split()[0]: place for place, line in enumerate(lines)}
    assert lines[at[str(host)]].startswith(str(host))
    assert at[str(host)] < at[str(user)] < at[str(uts)]
    assert lines[at[str(uts)]].index(str(uts)) > lines[at[str(user)]].index(str(user)) > 0
    for options in (("-T", "owner"), ("-Towner",), ("--tree=owner",)):
        roots = json.loads(run("list", "-J", *options))["namespaces"]
        inner = next(row for row in _all(roots) if row["ns"] == user)
        assert uts in [row["ns"] for row in inner["children"]]
    parents = _all(json.loads(run("list", "-J", "-T", "parent"))["namespaces"])
    assert user in [row["ns"] for row in next(r for r in parents if r["ns"] == host)["children"]]
    split = _all(json.loads(run("list", "-J", "-T", "process"))["namespaces"])
    home = linux.inode("self", "uts")
    assert uts in [row["ns"] for row in next(r for r in split if r["ns"] == home)["children"]]


def _all(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for row in rows for found in (row, *_all(row.get("children", [])))]


def test_the_owner_above_a_user_namespace_is_invisible(require_root: None, spawn: Spawn) -> None:
    """From inside a user namespace, what owns the outer ones may not be seen, and that is said."""

    def look() -> str:
        return subprocess.run(
            [sys.executable, "-m", "nsview", "list", "-T"], capture_output=True, text=True, check=True
        ).stdout

    child = spawn(look, unshare=linux.CLONE_NEWUSER)
    assert "invisible" in child.value
    assert str(child.inode("user")) in child.value


def test_processes_of_a_namespace(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS, name=b"resident")
    inode = child.inode("uts")
    rows = json.loads(run("list", "-J", str(inode)))["namespaces"]
    assert [row["pid"] for row in rows] == [child.pid]
    assert set(rows[0]) == {"pid", "ppid", "user", "command"}
    for name in (f"uts:[{inode}]", f"uts:{inode}", f"/proc/{child.pid}/ns/uts"):
        assert str(child.pid) in run("list", name)
    assert run("list", "-l", str(inode)).splitlines()[0].split() == ["PID", "PPID", "USER", "COMMAND"]


def test_a_namespace_of_the_wrong_kind(capsys: pytest.CaptureFixture[str]) -> None:
    inode = linux.inode("self", "uts")
    assert main(["list", f"net:[{inode}]"]) == 1
    assert f"namespace {inode} is a uts namespace, not net" in capsys.readouterr().err


def test_filters(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS, name=b"odd one")
    inode = child.inode("uts")
    for filter_ in (
        "kind:uts !host",
        f"pid:{child.pid}",
        f"pid:{child.pid}..{child.pid}",
        f"NS == {inode}",
        "kind:uts held:process !host user:root",
        f"/uts:.{inode}./",
        f"nonsense|{inode}",
    ):
        assert inode in namespaces(run("list", "-J", "-Q", filter_)), filter_
    for filter_ in ("kind:net", "host", "procs:0", f"pid:{child.pid + 1}", "procs:>1"):
        assert inode not in namespaces(run("list", "-J", "-Q", filter_)), filter_
    commands = namespaces(run("list", "-J", "-Q", "cap:sys_admin kind:uts"))
    assert inode in commands


def test_a_wrong_filter_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "-Q", "knd:net"]) == 2
    err = capsys.readouterr().err
    assert "did you mean 'kind'" in err


@pytest.mark.parametrize(
    "name",
    [b") R 1 (", b"a\nb", b"\x1b[31mred", b"[/nope]", b"\xff\xfe", "😀日本".encode(), b"\\", b"\xe2\x80\xae"],
    ids=repr,
)
def test_hostile_names(run: Run, require_root: None, spawn: Spawn, name: bytes) -> None:
    """Whatever processes call themselves: tables stay printable, JSON stays JSON, in ASCII."""
    child = spawn(unshare=linux.CLONE_NEWUTS, name=name)
    text = run("list", "-Q", f"pid:{child.pid} kind:uts")
    assert str(child.inode("uts")) in text
    assert all(char.isprintable() or char == "\n" for char in text)
    raw = run("list", "-r", "-Q", f"pid:{child.pid} kind:uts")
    assert len(raw.splitlines()) == 2
    output = run("list", "-J")
    assert output.isascii()
    assert child.inode("uts") in namespaces(output)
    json.dumps(json.loads(output)).encode()


def test_the_table_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "48")
    monkeypatch.setenv("NO_COLOR", "1")
    assert all(len(line) <= 48 for line in run("list", "--output-all", "-t", "uts").splitlines())
    uncut = run("list", "--output-all", "-t", "uts", "-u")
    assert any(len(line) > 48 for line in uncut.splitlines())


def test_colour_only_on_a_terminal_that_wants_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in run("list")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in run("list")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in run("list")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("list")


def test_a_closed_pipe_is_silent() -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m nsview list --output-all -T | true"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert b"Broken" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_ordinary_user_is_told_what_is_missing(require_root: None, nsview_as_nobody: RunNsview) -> None:
    done = nsview_as_nobody("list", "-J")
    document = json.loads(done.stdout)
    scan = document["scan"]
    assert done.returncode == 0
    assert scan["unreadable"] > 0
    assert scan["complete"] is False
    assert scan["processes"] == scan["readable"] + scan["unreadable"] + scan["vanished"]
    assert f"{scan['unreadable']} of {scan['processes']} processes could not be read" in done.stderr.decode()
    assert b"run as root" in done.stderr
    home = {row["ns"]: row for row in document["namespaces"]}[linux.inode("self", "net")]
    assert home["inferred"] > 0


def test_another_procfs(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert namespaces(run("list", "-J", "--proc", "/proc/../proc"))
    assert main(["list", "--proc", "/nowhere"]) == 1
    assert "is a proc file system there?" in capsys.readouterr().err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(closed: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m nsview list -t uts {closed}"], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert (b"uts" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))
