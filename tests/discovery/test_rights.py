"""What an ordinary user sees, what of it is inferred, and that a partial view is called one."""

import os
from pathlib import Path
from typing import Any

import pytest

from nsview.discovery.scanner import Scope
from nsview.kernel.accounts import UserNames, parse_passwd
from nsview.model.certainty import Certainty
from nsview.model.kind import Kind
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.discovery.building import namespace, scan
from tests.kernel_fixtures import NOBODY, Spawn


def report(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "processes": snapshot.report.processes,
        "readable": snapshot.report.readable,
        "unreadable": snapshot.report.unreadable,
        "complete": snapshot.report.complete,
        "hidden": snapshot.report.hidden,
        "problems": [[p.source, p.subject, p.error, p.times] for p in snapshot.report.problems],
        "seen": list(snapshot.processes),
        "witness": snapshot.host.witness,
    }


def groups(snapshot: Snapshot, kind: Kind) -> list[dict[str, Any]]:
    return [
        {
            "inode": ns.inode,
            "certainty": ns.certainty,
            "processes": ns.processes,
            "inferred": ns.inferred,
            "text": str(ns.id),
        }
        for ns in snapshot.namespaces.values()
        if ns.kind is kind
    ]


def test_an_ordinary_user_sees_a_part_and_it_is_said(require_root: None, spawn: Spawn) -> None:
    def look() -> dict[str, Any]:
        snapshot = scan()
        return {
            "report": report(snapshot),
            "net": groups(snapshot, Kind.NET),
            "mnt": groups(snapshot, Kind.MNT),
            "uts": groups(snapshot, Kind.UTS),
        }

    flags = linux.CLONE_NEWNET | linux.CLONE_NEWNS | linux.CLONE_NEWUTS
    apart = spawn(unshare=flags)
    also_apart = spawn(join=(apart.pid, ["net", "mnt"]))
    beside = spawn()
    ours = spawn(user=NOBODY)
    found = spawn(look, user=NOBODY).value
    told = found["report"]
    assert not told["complete"]
    assert not told["hidden"]
    assert told["unreadable"] > 3
    assert told["readable"] >= 2
    assert told["readable"] + told["unreadable"] <= told["processes"]
    assert {apart.pid, beside.pid, ours.pid} <= set(told["seen"])
    (refusals,) = [problem for problem in told["problems"] if problem[0] == "tasks"]
    assert refusals[2:] == ["EACCES", told["unreadable"]]
    # The host's network namespace is also ours, so those who share it are known to.
    (home,) = [ns for ns in found["net"] if ours.pid in ns["processes"]]
    assert home["inode"] == linux.inode("self", "net")
    assert beside.pid in home["inferred"]
    assert apart.pid not in home["inferred"]
    # The others are groups of their own, without a number.
    for kind in ("net", "mnt"):
        (group,) = [ns for ns in found[kind] if apart.pid in ns["inferred"]]
        assert group["inferred"] == [apart.pid, also_apart.pid]
        assert group["inode"] == 0
        assert group["certainty"] == Certainty.INFERRED
        assert group["text"].startswith(f"{kind}:[?")
    assert all(apart.pid not in ns["inferred"] for ns in found["uts"])


def test_a_chroot_is_no_mount_namespace(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def jailed() -> None:
        linux.mount("tmpfs", tmp_path, "tmpfs")
        os.chroot(tmp_path)

    def look() -> list[dict[str, Any]]:
        return groups(scan(), Kind.MNT)

    apart = spawn(linux.private_mounts, unshare=linux.CLONE_NEWNS)
    # The one in a chroot comes first by number in one pair and last in the other.
    first = spawn(jailed, join=(apart.pid, ["mnt"]))
    second = spawn(join=(apart.pid, ["mnt"]))
    (group,) = [ns for ns in spawn(look, user=NOBODY).value if apart.pid in ns["inferred"]]
    assert group["inferred"] == [apart.pid, first.pid, second.pid]


def test_hidden_processes(require_root: None, spawn: Spawn) -> None:
    def hide(options: str) -> dict[str, Any]:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc", data=options)
        return report(scan())

    def hide_and_look(options: str) -> dict[str, Any]:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc", data=options)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        linux.set_dumpable()
        return report(scan())

    # A pid namespace of its own, so that the options are those of this mount alone.
    flags = linux.CLONE_NEWNS | linux.CLONE_NEWPID
    look = spawn(lambda: hide_and_look("hidepid=2"), unshare=flags).value
    assert look["hidden"]
    assert not look["complete"]
    assert look["seen"] == [1]
    group = spawn(lambda: hide_and_look(f"hidepid=2,gid={NOBODY}"), unshare=flags).value
    assert not group["hidden"]
    assert not spawn(lambda: hide_and_look("hidepid=0"), unshare=flags).value["hidden"]
    assert not spawn(lambda: hide("hidepid=2"), unshare=flags).value["hidden"]


@pytest.mark.parametrize("level", [1, 2])
def test_others_are_hidden_not_lost_silently(require_root: None, spawn: Spawn, level: int) -> None:
    def inside() -> dict[str, Any]:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc", data=f"hidepid={level}")
        pid = os.fork()
        if pid == 0:
            linux.die_with_parent()
            os.read(os.pipe()[0], 1)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        linux.set_dumpable()
        return {**report(scan(Scope(details_of=frozenset([pid])))), "other": pid}

    found = spawn(inside, unshare=linux.CLONE_NEWNS | linux.CLONE_NEWPID).value
    assert found["hidden"]
    assert found["other"] not in found["seen"]
    if level == 1:
        # Its directory is there and nothing in it can be read: counted.
        assert found["unreadable"] == 1
        assert found["processes"] == 2


def test_user_names_are_the_hosts(require_root: None, spawn: Spawn) -> None:
    def inside() -> list[str]:
        linux.private_tmpfs("/etc")
        Path("/etc/passwd").write_text("stranger:x:0:0::/:/bin/sh\n")
        snapshot = scan()
        return [snapshot.user_name(0), UserNames().witness]

    name, witness = spawn(inside, unshare=linux.CLONE_NEWNS).value
    assert (name, witness) in {("root", "pid 1"), ("stranger", "our own /etc/passwd")}
    assert (witness == "pid 1") == os.access("/proc/1/root/etc", os.R_OK)


def test_a_passwd_that_is_no_file_is_not_waited_for(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    (tmp_path / "1/root/etc").mkdir(parents=True)
    os.mkfifo(tmp_path / "1/root/etc/passwd")
    assert UserNames(str(tmp_path)).witness == "our own /etc/passwd"


def test_broken_lines_of_passwd() -> None:
    text = b"\n:x:5\nname\nroot:x:0:0\ntoor:x:0:0\nbad:x:minus\nlong:x:99999999999999\n\xff:x:7:7\n"
    assert parse_passwd(text) == {0: "root", 7: os.fsdecode(b"\xff")}


def test_a_scan_as_root_reads_everybody_it_may(require_root: None, spawn: Spawn) -> None:
    child = spawn(user=NOBODY)
    snapshot = scan()
    assert child.pid in namespace(snapshot, child.inode("net")).processes
    assert snapshot.report.readable >= snapshot.report.processes - snapshot.report.vanished - 1
    assert not snapshot.report.hidden
