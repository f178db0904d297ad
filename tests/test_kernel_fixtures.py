"""The ground the other tests stand on: children are where they should be, and go away."""

import os
import signal
from pathlib import Path

import pytest

from tests import leftovers, linux
from tests.kernel_fixtures import NOBODY, AsNobody, RunNsview, Spawn, require_kind
from tests.processes import ChildFailed, call, eventually, start


@pytest.mark.parametrize("kind", linux.FLAGS)
def test_a_child_is_in_the_new_namespace(require_root: None, spawn: Spawn, kind: str) -> None:
    require_kind(kind)
    child = spawn(unshare=linux.FLAGS[kind])
    assert child.inode(kind) != linux.inode("self", kind)
    other = "uts" if kind == "net" else "net"
    assert child.inode(other) == linux.inode("self", other)


def test_a_new_pid_namespace_has_the_child_as_its_first_process(require_root: None, spawn: Spawn) -> None:
    child = spawn(os.getpid, unshare=linux.CLONE_NEWPID)
    assert child.value == 1
    assert child.pid != 1


def test_without_entering_only_the_link_for_children_leads_there(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWPID, enter=False)
    assert child.inode("pid") == linux.inode("self", "pid")
    # Nothing was ever born there; until Linux 7 the kernel shows such a link only once something was.
    assert child.pid_for_children() != child.inode("pid")


def test_a_new_user_namespace_is_rooted_in_its_maker(require_root: None, spawn: Spawn) -> None:
    def identity() -> tuple[int, str]:
        return os.getuid(), Path("/proc/self/uid_map").read_text()

    assert spawn(identity, unshare=linux.CLONE_NEWUSER).value[0] == 0
    uid, map_ = spawn(identity, unshare=linux.CLONE_NEWUSER, user=NOBODY).value
    assert uid == 0
    assert map_.split() == ["0", str(NOBODY), "1"]


def test_a_child_joins_another(require_root: None, spawn: Spawn) -> None:
    first = spawn(unshare=linux.CLONE_NEWNET | linux.CLONE_NEWPID)
    second = spawn(os.getpid, join=(first.pid, ["net", "pid"]))
    assert second.inode("net") == first.inode("net")
    assert second.inode("pid") == first.inode("pid")
    assert second.value == 2


def test_a_child_in_a_child(require_root: None, spawn: Spawn) -> None:
    def nested() -> int:
        return start(unshare=linux.CLONE_NEWUTS).pid

    outer = spawn(nested, unshare=linux.CLONE_NEWNET)
    inner = outer.value
    assert linux.inode(inner, "net") == outer.inode("net")
    assert linux.inode(inner, "uts") != outer.inode("uts")
    outer.end()
    eventually(lambda: _is_gone(inner), "the inner child ends with the outer one")


def test_a_tmpfs_of_a_child_is_seen_by_nobody_else(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def hide() -> list[str]:
        linux.private_tmpfs(tmp_path)
        (tmp_path / "inside").touch()
        return os.listdir(tmp_path)

    child = spawn(hide, unshare=linux.CLONE_NEWNS)
    assert child.value == ["inside"]
    assert os.listdir(tmp_path) == []
    assert os.listdir(f"/proc/{child.pid}/root{tmp_path}") == ["inside"]


def test_a_child_has_no_file_of_ours_but_those_it_keeps(spawn: Spawn, tmp_path: Path) -> None:
    def targets() -> list[str]:
        return sorted(leftovers.open_files())

    (tmp_path / "kept").touch()
    kept = os.open(tmp_path / "kept", os.O_RDONLY)
    other = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        assert str(tmp_path / "kept") in spawn(targets, keep=[kept]).value
        assert not any("net" in target for target in spawn(targets).value)
    finally:
        os.close(kept)
        os.close(other)


def test_a_child_takes_a_name_of_any_bytes(spawn: Spawn) -> None:
    child = spawn(name=b") R 1 (\n\x1b\xff")
    assert Path(f"/proc/{child.pid}/comm").read_bytes() == b") R 1 (\n\x1b\xff\n"


@pytest.mark.parametrize("flags", [0, linux.CLONE_NEWPID])
def test_an_error_in_the_child_is_an_error_here(require_root: None, flags: int) -> None:
    def fail() -> None:
        raise LookupError("what the child said")

    with pytest.raises(ChildFailed, match="LookupError: what the child said"):
        start(fail, unshare=flags)
    assert leftovers.children() == []


@pytest.mark.parametrize("flags", [0, linux.CLONE_NEWPID])
def test_a_child_that_dies_at_once_is_an_error_here(require_root: None, flags: int) -> None:
    with pytest.raises(ChildFailed, match="ended before it was ready"):
        start(lambda: os._exit(3), unshare=flags)
    assert leftovers.children() == []


@pytest.mark.parametrize("flags", [0, linux.CLONE_NEWPID])
def test_ending_kills_and_reaps(require_root: None, flags: int) -> None:
    before = leftovers.open_files()
    child = start(unshare=flags)
    assert not _is_gone(child.pid)
    child.end()
    child.end()
    assert _is_gone(child.pid)
    assert leftovers.children() == []
    assert leftovers.open_files() == before


def test_a_child_may_be_gone_before_it_is_ended(spawn: Spawn) -> None:
    child = spawn()
    signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
    child.end()


def test_a_call_returns_the_value_and_leaves_nothing() -> None:
    assert call(lambda: {"a": [1, "é"]}) == {"a": [1, "é"]}
    assert call(lambda: "x" * 300_000) == "x" * 300_000
    assert leftovers.children() == []


def test_nobody_is_nobody(as_nobody: AsNobody) -> None:
    def identity() -> list[object]:
        status = Path("/proc/self/status").read_text()
        capabilities = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff")]
        return [os.getresuid(), os.getresgid(), os.getgroups(), capabilities]

    assert as_nobody(identity) == [[NOBODY] * 3, [NOBODY] * 3, [], ["0" * 16]]
    with pytest.raises(ChildFailed, match="PermissionError"):
        as_nobody(lambda: os.stat("/proc/1/ns/net").st_ino)


def test_nobody_runs_nsview(nsview_as_nobody: RunNsview) -> None:
    result = nsview_as_nobody("--version")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(b"nsview ")


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


class TestWhatIsLeftBehindIsSeen:
    def test_a_process(self) -> None:
        linux.adopt_orphans()
        child = start(name=b"left (behind) ")
        assert ["left (behind)" in left for left in leftovers.children(seconds=0)] == [True]
        child.end()
        assert leftovers.children() == []

    def test_an_orphan(self) -> None:
        def leave() -> int:
            if pid := os.fork():
                return pid
            signal.pause()
            os._exit(0)

        child = start(leave)
        child.end()
        assert leftovers.children(seconds=0) != []
        os.kill(child.value, signal.SIGKILL)
        assert leftovers.children() == []

    def test_an_open_namespace(self) -> None:
        before = leftovers.open_files()
        fd = os.open("/proc/self/ns/net", os.O_RDONLY)
        assert list((leftovers.open_files() - before).elements()) == ["net"]
        os.close(fd)
        assert leftovers.open_files() == before

    def test_a_mount_and_an_entered_namespace(self, require_root: None, tmp_path: Path) -> None:
        home = leftovers.namespaces()

        def enter_and_mount() -> tuple[list[str], list[str]]:
            linux.private_tmpfs(tmp_path)
            entered = dict(leftovers.namespaces().items() - home.items())
            return leftovers.mounts(str(tmp_path)), list(entered)

        assert call(enter_and_mount, unshare=linux.CLONE_NEWNS) == [[str(tmp_path)], ["mnt"]]
