"""Control groups, user maps and process trees, for namespaces with and without processes."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsview.contents.section import Page
from nsview.kernel.cgroup import parse_cgroup
from nsview.kernel.mountinfo import parse_mountinfo
from tests import linux
from tests.contents.looking import hold, look, tool
from tests.kernel_fixtures import Spawn, require_kind
from tests.leftovers import OURS
from tests.processes import eventually, start


def mounted(controller: str) -> Path | None:
    """Where a controller of version 1 is, or version 2 if that has it."""
    for mount in parse_mountinfo(Path("/proc/self/mountinfo").read_bytes()):
        place = Path(mount.point)
        if mount.fs_type == "cgroup" and controller in mount.super_options.split(","):
            return place
        if mount.fs_type == "cgroup2":
            controllers = (place / "cgroup.subtree_control").read_text().split()
            if controller in controllers:
                return place
    return None


@pytest.fixture
def limited(require_root: None) -> Iterator[Path]:
    """A control group with room for 77 processes."""
    root = mounted("pids")
    if root is None:
        pytest.skip("no hierarchy with the pids controller is mounted and handed down")
    group = root / OURS
    try:
        group.mkdir()
        (group / "pids.max").write_text("77")
    except OSError as error:
        pytest.skip(f"control groups may not be made here: {error}")
    yield group
    eventually(lambda: not (group / "cgroup.procs").read_text(), "the group is empty")
    group.rmdir()


@pytest.mark.parametrize("member", [True, False])
def test_cgroup(limited: Path, spawn: Spawn, member: bool) -> None:
    require_kind("cgroup")

    def inside() -> int:
        (limited / "cgroup.procs").write_text("0")
        if not member:
            return hold("cgroup")
        linux.unshare(linux.CLONE_NEWCGROUP)
        return linux.inode("self", "cgroup")

    child = spawn(inside)
    try:
        found = look(child.value)
    finally:
        child.end()
    assert found["groups"]["unread"] == []
    roots = {row["hierarchy"]: row for row in found["groups"]["rows"]}
    names = {
        ",".join(path.controllers) or "unified"
        for path in parse_cgroup(Path("/proc/self/cgroup").read_bytes())
    }
    assert roots.keys() == names
    (ours,) = [row for row in roots.values() if row["path"] and row["path"].endswith(f"/{OURS}")]
    assert "pids" in ours["controllers"]
    assert found["pids"]["facts"] == {"use": 1, "limit": 77}
    assert found["state"]["facts"].get("frozen") in (False, None)


def test_a_frozen_cgroup(require_root: None, spawn: Spawn) -> None:
    """It is said of a group whose processes do not run; they are thawed again."""
    root, file, frozen, thawed = mounted("freezer"), "freezer.state", "FROZEN", "THAWED"
    if root is None:
        mounts = parse_mountinfo(Path("/proc/self/mountinfo").read_bytes())
        root = next((Path(mount.point) for mount in mounts if mount.fs_type == "cgroup2"), None)
        file, frozen, thawed = "cgroup.freeze", "1", "0"
    if root is None:
        pytest.skip("no hierarchy that can freeze is mounted")
    group = root / f"{OURS}-frozen"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"control groups may not be made here: {error}")

    def inside() -> int:
        (group / "cgroup.procs").write_text("0")
        linux.unshare(linux.CLONE_NEWCGROUP)
        return linux.inode("self", "cgroup")

    try:
        child = spawn(inside)
        (group / file).write_text(frozen)
        try:
            eventually(
                lambda: look(child.value)["state"]["facts"].get("frozen") is True, "it is told to be frozen"
            )
        finally:
            (group / file).write_text(thawed)
        assert look(child.value)["state"]["facts"]["frozen"] is False
        child.end()
    finally:
        eventually(lambda: not (group / "cgroup.procs").read_text(), "the group is empty")
        group.rmdir()


def test_our_own_cgroup(require_root: None) -> None:
    found = look(linux.inode("self", "cgroup"))
    assert found["groups"]["total"] == len(parse_cgroup(Path("/proc/self/cgroup").read_bytes()))


def test_user(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWUTS)
    found = look(child.inode("user"))
    assert found["maps"]["facts"]["setgroups"] == "deny"
    assert found["maps"]["facts"]["creator"] == "root"
    maps = {row["map"]: row for row in found["maps"]["rows"]}
    for name in ("uid", "gid"):
        assert (maps[name]["inside"], maps[name]["outside"], maps[name]["count"]) == (0, 0, 1)
        assert (maps[name]["inside_name"], maps[name]["outside_name"]) == ("root", "root")
    (member,) = found["members"]["rows"]
    assert (member["pid"], member["inner_uid"], member["effective"]) == (child.pid, 0, "all")
    assert [(row["type"], row["ns"]) for row in found["owned"]["rows"]] == [("uts", child.inode("uts"))]
    theirs = tool("user", f"/proc/{child.pid}/ns/user", "cat", "/proc/sys/user/max_net_namespaces")
    assert found["limits"]["facts"]["max_net_namespaces"] == int(theirs)


def test_user_without_process(require_root: None, spawn: Spawn) -> None:
    """Numbers outside are ours, not those of the namespace's parent."""

    def keep() -> list[int]:
        def nest() -> None:
            linux.unshare(linux.CLONE_NEWUSER)

        inner = start(nest)
        Path(f"/proc/{inner.pid}/uid_map").write_text("0 100000 1000\n5000 7 1")
        Path(f"/proc/{inner.pid}/gid_map").write_text("0 200000 10")
        held = os.open(f"/proc/{inner.pid}/ns/user", os.O_RDONLY)
        inner.end()
        return [os.fstat(held).st_ino]

    child = spawn(keep)
    (inode,) = child.value
    found = look(inode)
    rows = [(row["map"], row["inside"], row["outside"], row["count"]) for row in found["maps"]["rows"]]
    assert rows == [("uid", 0, 100000, 1000), ("uid", 5000, 7, 1), ("gid", 0, 200000, 10)]
    assert found["maps"]["facts"]["setgroups"] == "allow"
    assert found["maps"]["unread"] == found["limits"]["unread"] == []
    assert found["members"]["total"] == 0
    assert found["limits"]["facts"]["max_user_namespaces"] > 0


def test_pid(require_root: None, spawn: Spawn) -> None:
    """Inner numbers as ps(1) inside would say, of namespaces below too."""

    def family() -> list[int]:
        kid = os.fork()
        if kid == 0:
            linux.die_with_parent()
            signal.pause()
        return [start(unshare=linux.CLONE_NEWPID).pid]

    child = spawn(family, unshare=linux.CLONE_NEWPID, name=b"init here")
    found = look(child.inode("pid"))
    facts = found["numbers"]["facts"]
    assert (facts["init"], facts["level"]) == (child.pid, 1)
    assert facts["limit"] > 300
    rows = {row["inner"]: row for row in found["processes"]["rows"]}
    assert rows[1]["pid"] == child.pid
    assert (rows[1]["depth"], rows[2]["depth"]) == (0, 1)
    assert rows[2]["ppid"] == child.pid
    nested = rows[child.value[0]]
    assert nested["numbers"][-1] == "1"
    assert nested["ns"] != child.inode("pid")
    assert facts["processes"] == len(rows) == found["processes"]["total"]
    assert facts["last"] >= max(rows)
    second = look(child.inode("pid"), Page(offset=1, limit=1))
    assert second["numbers"]["facts"]["init"] == child.pid
    assert [row["inner"] for row in second["processes"]["rows"]] == [2]


def test_pid_whose_init_has_ended(require_root: None, spawn: Spawn) -> None:
    def outlive() -> list[int]:
        inner = start(unshare=linux.CLONE_NEWPID)
        held = os.open(f"/proc/{inner.pid}/ns/pid", os.O_RDONLY)
        inner.end()
        return [os.fstat(held).st_ino]

    """To enter is refused before it is tried: in one that is new, we would be the init that ends it."""
    child = spawn(outlive)
    found = look(child.value[0])
    assert "no init" in found["numbers"]["unread"][0]["why"]
