"""Reading below a root that others control: nothing outside, nothing that blocks, nothing without end."""

import errno
import os
from pathlib import Path

import pytest

from nsview.kernel import confined
from nsview.kernel.confined import Confined
from tests import linux
from tests.kernel_fixtures import Spawn

LIMIT = 1000


@pytest.fixture(params=["openat2", "without openat2"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "openat2":
        monkeypatch.setattr(confined, "_openat2_works", False)
    elif not confined._has_openat2():
        pytest.skip("this kernel has no openat2 (Linux 5.6), or a seccomp filter forbids it")
    return str(request.param)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "root"
    (place / "run").mkdir(parents=True)
    (place / "run/state").write_bytes(b"content")
    (tmp_path / "outside").write_bytes(b"secret")
    return place


def refusal(root: Path, path: str, limit: int = LIMIT) -> int | None:
    with Confined(str(root)) as files, pytest.raises(OSError) as caught:
        files.read(path, limit)
    return caught.value.errno


def test_plain_files(way: str, root: Path) -> None:
    with Confined(str(root)) as files:
        assert files.read("/run/state", LIMIT) == b"content"
        assert files.read("run//./state", LIMIT) == b"content"
        assert files.names("/run") == ["state"]
        assert files.read("/run/state", 7) == b"content"
    assert refusal(root, "/run/none") == errno.ENOENT
    assert refusal(root, "/run/state/deeper") == errno.ENOTDIR
    assert refusal(root, "/run") == errno.EINVAL
    assert refusal(root, "/run/sta\0te") == errno.EINVAL


@pytest.mark.parametrize("target", ["../../outside", "/../../outside", "{}/outside"])
def test_links_out_of_the_root(way: str, root: Path, target: str) -> None:
    (root / "run/link").symlink_to(target.format(root.parent))
    assert refusal(root, "/run/link") in (errno.ENOENT, errno.ELOOP, errno.EXDEV)
    (root / "up").symlink_to(target.format(root.parent).removesuffix("outside") or "/")
    assert refusal(root, "/up/outside") in (errno.ENOENT, errno.ELOOP, errno.EXDEV, errno.ENOTDIR)


def test_paths_that_lead_upwards(way: str, root: Path) -> None:
    assert refusal(root, "/run/../../outside") in (errno.ENOENT, errno.EXDEV)
    assert refusal(root, "../outside") in (errno.ENOENT, errno.EXDEV)


def test_links_within_the_root(way: str, root: Path) -> None:
    (root / "var").symlink_to("/run")
    if way == "openat2":
        with Confined(str(root)) as files:
            assert files.read("/var/state", LIMIT) == b"content"
    else:
        assert refusal(root, "/var/state") in (errno.ELOOP, errno.ENOTDIR)


def test_links_in_a_circle(way: str, root: Path) -> None:
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    assert refusal(root, "/one") == errno.ELOOP


def test_magic_links(way: str, root: Path, require_root: None, spawn: Spawn) -> None:
    """A proc file system in the root: its links lead anywhere without any path."""

    def mount_proc() -> None:
        linux.private_mounts()
        (root / "proc").mkdir()
        linux.mount("proc", root / "proc", "proc")

    child = spawn(mount_proc, unshare=linux.CLONE_NEWNS)
    with Confined(f"/proc/{child.pid}/root{root}") as files:
        assert files.read(f"/proc/{child.pid}/comm", LIMIT)
        for link in ("root", "cwd", "exe"):
            with pytest.raises(OSError) as caught:
                files.read(f"/proc/{child.pid}/{link}/etc/passwd", 1 << 20)
            assert caught.value.errno in (errno.ELOOP, errno.ENOTDIR)


def test_fifos_sockets_and_devices(way: str, root: Path) -> None:
    os.mkfifo(root / "run/fifo")
    assert refusal(root, "/run/fifo") == errno.EINVAL
    if os.geteuid() == 0:
        os.mknod(root / "run/zero", 0o20666, os.makedev(1, 5))
        assert refusal(root, "/run/zero") == errno.EINVAL


def test_large_files(way: str, root: Path) -> None:
    with open(root / "run/large", "wb") as file:
        file.truncate(1 << 40)
    assert refusal(root, "/run/large") == errno.EFBIG
    assert refusal(root, "/run/state", 6) == errno.EFBIG


def test_files_that_say_that_they_are_empty_and_do_not_end(root: Path) -> None:
    """procfs gives no sizes: the limit counts what is read."""
    with Confined("/proc/self") as files, pytest.raises(OSError) as caught:
        files.read("status", 10)
    assert caught.value.errno == errno.EFBIG


def test_full_directories(way: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "MOST_NAMES", 50)
    full = root / "full"
    full.mkdir()
    for number in range(50):
        (full / str(number)).touch()
    with Confined(str(root)) as files:
        assert len(files.names("/full")) == 50
        (full / "one more").touch()
        with pytest.raises(OSError) as caught:
            files.names("/full")
    assert caught.value.errno == errno.E2BIG


def test_file_systems_that_may_not_answer(root: Path, tmp_path: Path) -> None:
    """Refused by their mount points, without a look at them; and links are, for they might lead there."""
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(
        "22 1 0:1 / / rw - ext4 /dev/sda rw\n"
        "23 22 0:99 / /run/slow rw - fuse.sshfs host: rw\n"
        "24 22 0:98 / /srv rw - nfs4 host:/ rw\n"
    )
    (root / "var").symlink_to("run")
    with Confined(str(root), str(mountinfo)) as files:
        assert files.read("/run/state", LIMIT) == b"content"
        for path in ("/run/slow/state", "/srv", "/srv/x"):
            with pytest.raises(OSError) as caught:
                files.read(path, LIMIT)
            assert caught.value.errno == errno.EREMOTE
        with pytest.raises(OSError):
            files.read("/var/state", LIMIT)


def test_nothing_stays_open(root: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    with Confined(str(root)) as files:
        files.read("/run/state", LIMIT)
        files.names("/run")
        for path in ("/none", "/run"):
            with pytest.raises(OSError):
                files.read(path, LIMIT)
    assert set(os.listdir("/proc/self/fd")) == before


def test_the_root_of_another_process(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def fill() -> None:
        linux.private_tmpfs(tmp_path)
        (tmp_path / "inside").write_text("there")

    child = spawn(fill, unshare=linux.CLONE_NEWNS)
    assert not (tmp_path / "inside").exists()
    with Confined(f"/proc/{child.pid}/root", f"/proc/{child.pid}/mountinfo") as files:
        assert files.read(f"{tmp_path}/inside", LIMIT) == b"there"
