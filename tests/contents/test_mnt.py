"""Mounts compared with findmnt(8) and stat(2), with and without a process in the namespace."""

import os
from pathlib import Path

import pytest

from nsview.contents.mnt import ONLY_HERE, ONLY_HOST
from nsview.contents.section import Page
from nsview.kernel.mountinfo import parse_mountinfo
from tests import linux
from tests.contents.looking import look, path_to, tool_json
from tests.discovery.silent_fuse import SilentFuse
from tests.kernel_fixtures import Spawn
from tests.processes import start


def build(place: Path) -> None:
    """A file system with a name that needs escapes, and one that covers another."""
    linux.private_tmpfs(place)
    odd = place / "odd \x1b[31m\nname"
    odd.mkdir()
    linux.mount("odd", odd, "tmpfs", data="size=1m")
    (odd / "file").write_bytes(b"x" * 500_000)
    covered = place / "covered"
    covered.mkdir()
    linux.mount("below", covered, "tmpfs")
    linux.mount("above", covered, "tmpfs")


@pytest.mark.parametrize("member", [True, False])
def test_mounts(require_root: None, spawn: Spawn, tmp_path: Path, member: bool) -> None:
    before = {mount.point for mount in parse_mountinfo(Path("/proc/self/mountinfo").read_bytes())}
    if member:
        child = spawn(lambda: build(tmp_path), unshare=linux.CLONE_NEWNS)
        inode, path = child.inode("mnt"), f"/proc/{child.pid}/ns/mnt"
    else:

        def keep() -> int:
            inner = start(lambda: build(tmp_path), unshare=linux.CLONE_NEWNS)
            held = os.open(f"/proc/{inner.pid}/ns/mnt", os.O_RDONLY)
            inner.end()
            return os.fstat(held).st_ino

        child = spawn(keep)
        inode = child.value
        path = path_to(child.pid, inode)
    found = look(inode, Page(limit=10_000))
    mounts = found["mounts"]
    theirs = tool_json("mnt", path, "findmnt", "-J", "-l", "-o", "ID,TARGET,FSTYPE,SOURCE,VFS-OPTIONS")
    ours = {row["id"]: (row["point"], row["fs_type"]) for row in mounts["rows"]}
    # findmnt writes what is no text as \x escapes.
    expected = {
        row["id"]: (row["target"].replace("\\x1b", "\x1b").replace("\\x0a", "\n"), row["fstype"])
        for row in theirs["filesystems"]
    }
    assert ours == expected
    (odd,) = [row for row in mounts["rows"] if row["source"] == "odd"]
    assert odd["point"] == str(tmp_path / "odd \x1b[31m\nname")
    assert odd["size"] == 1 << 20
    assert 500_000 <= odd["used"] < 1 << 20
    hidden = {row["source"]: row["hidden"] for row in mounts["rows"] if row["source"] in ("below", "above")}
    assert hidden == {"below": True, "above": False}
    assert odd["propagation"] == []
    only = {row["source"] for row in found["difference"]["rows"] if row["difference"] == ONLY_HERE}
    assert {"odd", "below", "above"} <= only
    # What others have mounted since is the host's alone.
    missing = {row["point"] for row in found["difference"]["rows"] if row["difference"] == ONLY_HOST}
    assert not missing & before
    roots = found["roots"]["rows"]
    assert roots == ([{"root": "/", "processes": 1, "pids": [str(child.pid)]}] if member else [])


def test_a_chrooted_member(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    """The mounts are all those of the namespace, not only those below the member's root."""

    def confine() -> None:
        linux.private_tmpfs(tmp_path)
        os.chroot(tmp_path)

    child = spawn(confine, unshare=linux.CLONE_NEWNS)
    found = look(child.inode("mnt"), Page(limit=10_000))
    assert str(tmp_path) in {row["point"] for row in found["mounts"]["rows"]}
    assert "/" in {row["point"] for row in found["mounts"]["rows"]}
    assert [row["root"] for row in found["roots"]["rows"]] == [str(tmp_path)]


def test_five_thousand_mounts(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def many() -> None:
        linux.private_tmpfs(tmp_path)
        for number in range(1000):
            place = tmp_path / f"m{number}"
            place.touch()
            linux.bind("/dev/null", place)

    child = spawn(many, unshare=linux.CLONE_NEWNS)
    found = look(child.inode("mnt"), Page(limit=50))
    assert found["mounts"]["total"] > 1000
    assert len(found["mounts"]["rows"]) == len(found["difference"]["rows"]) == 50
    (one,) = look(child.inode("mnt"), Page(find=str(tmp_path / "m777")))["mounts"]["rows"]
    assert one["point"].endswith("/m777")


def test_a_file_system_that_does_not_answer(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    """It is named, but not asked; everything else is told."""
    if not os.path.exists("/dev/fuse"):
        pytest.skip("this machine has no /dev/fuse")

    def silent() -> None:
        linux.private_mounts()
        SilentFuse(tmp_path).fall_silent()

    child = spawn(silent, unshare=linux.CLONE_NEWNS)
    mounts = look(child.inode("mnt"), Page(limit=10_000))["mounts"]
    assert "fuse.silent" in {row["fs_type"] for row in mounts["rows"]}
    assert [problem["what"] for problem in mounts["unread"]] == [f"size of {tmp_path}"]
    assert any(row["size"] for row in mounts["rows"])
