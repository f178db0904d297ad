"""Bind mounts of namespaces, in every mount namespace, however odd their place."""

import errno
import os
from pathlib import Path

import pytest

from nsview.discovery import bind_mounts
from nsview.discovery.scanner import Scanner, Scope
from nsview.kernel import nsfs
from nsview.model.holder import How
from nsview.model.kind import Kind
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.discovery.building import (
    CLONE,
    LISTMOUNT,
    STATMOUNT,
    bind_mnt,
    bind_new,
    deny,
    has_list,
    holders,
    namespace,
    scan,
)
from tests.kernel_fixtures import NOBODY, Spawn
from tests.processes import start


def where(snapshot: Snapshot, inode: int) -> list[tuple[str | None, int | None]]:
    return [(holder.path, holder.mnt_ns) for holder in holders(snapshot, inode, How.MOUNT)]


@pytest.mark.parametrize("kind", ["net", "uts", "ipc", "cgroup"])
def test_in_another_mount_namespace(require_root: None, spawn: Spawn, tmp_path: Path, kind: str) -> None:
    def build() -> int:
        linux.private_tmpfs(tmp_path)
        return bind_new(kind, tmp_path / "kept")

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    snapshot = scan()
    ns = namespace(snapshot, child.value)
    assert ns.kind == kind
    assert ns.nprocs == 0
    assert where(snapshot, ns.inode) == [(str(tmp_path / "kept"), child.inode("mnt"))]
    assert not ns.pins[0].hidden
    # It could be opened, through the root of the process there.
    assert ns.owner == namespace(snapshot, child.inode("user")).id


def test_bound_twice(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def build() -> int:
        linux.private_tmpfs(tmp_path)
        (tmp_path / "again").touch()
        inode = bind_new("net", tmp_path / "kept")
        linux.bind(tmp_path / "kept", tmp_path / "again")
        return inode

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    snapshot = scan()
    assert where(snapshot, child.value) == [
        (str(tmp_path / "kept"), child.inode("mnt")),
        (str(tmp_path / "again"), child.inode("mnt")),
    ]
    ids = {holder.mount_id for holder in holders(snapshot, child.value)}
    assert len(ids) == 2


def test_a_copy_in_a_second_mount_namespace(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def build() -> int:
        linux.private_tmpfs(tmp_path)
        return bind_new("net", tmp_path / "kept")

    first = spawn(build, unshare=linux.CLONE_NEWNS)
    second = spawn(lambda: linux.unshare(linux.CLONE_NEWNS), join=(first.pid, ["mnt"]))
    assert sorted(mnt_ns or 0 for _, mnt_ns in where(scan(), first.value)) == sorted(
        [first.inode("mnt"), second.inode("mnt")]
    )


@pytest.mark.parametrize(
    "name",
    [b"with space", b"two\nlines", b"back\\slash\\040", b"tab\t", b"\xff\xfe", b" - nsfs ", "é🦊".encode()],
)
def test_odd_places(require_root: None, spawn: Spawn, tmp_path: Path, name: bytes) -> None:
    place = os.fsencode(tmp_path) + b"/" + name

    def build() -> int:
        linux.private_tmpfs(tmp_path)
        return bind_new("net", place)

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    snapshot = scan()
    (holder,) = holders(snapshot, child.value)
    assert holder.path is not None
    assert os.fsencode(holder.path) == place
    assert namespace(snapshot, child.value).device  # opened


def test_under_another_mount(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def build() -> int:
        linux.private_tmpfs(tmp_path)
        (tmp_path / "below").mkdir()
        inode = bind_new("net", tmp_path / "below" / "kept")
        linux.mount("tmpfs", tmp_path / "below", "tmpfs")
        return inode

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    snapshot = scan()
    (holder,) = holders(snapshot, child.value)
    assert holder.hidden
    assert holder.path == str(tmp_path / "below" / "kept")
    ns = namespace(snapshot, child.value)
    problems = [p.error for p in snapshot.report.problems if str(child.value) in p.subject]
    if has_list():
        # Its path leads elsewhere, its number does not.
        assert ns.owner == namespace(snapshot, linux.inode("self", "user")).id
        assert (ns.device, problems) == (os.stat("/proc/self/ns/net").st_dev, [])
    else:
        # Known to be there and nothing more.
        assert (ns.device, problems) == (0, ["ENOTDIR"])


def test_a_place_that_was_unlinked(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    """The kernel takes the mounts away with the place (since Linux 3.18), and with them the namespace."""

    def build() -> int:
        linux.private_tmpfs(tmp_path)
        inode = bind_new("net", tmp_path / "kept")
        assert holders(scan(), inode)

        def unlink() -> None:
            # Allowed in a mount namespace in which nothing is mounted there.
            linux.umount(tmp_path / "kept")
            (tmp_path / "kept").unlink()

        start(unlink, unshare=linux.CLONE_NEWNS)
        return inode

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    assert scan().by_inode(child.value) is None


def test_a_plain_file_in_run_netns_is_no_namespace(require_root: None, spawn: Spawn) -> None:
    def build() -> int:
        linux.private_tmpfs("/run")
        Path("/run/netns").mkdir()
        Path("/run/netns/plain").write_text("net:[4026531840]")
        return bind_new("net", Path("/run/netns/real"))

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    snapshot = scan()
    assert where(snapshot, child.value) == [("/run/netns/real", child.inode("mnt"))]
    paths = {pin.path for ns in snapshot.namespaces.values() for pin in ns.pins}
    assert "/run/netns/plain" not in paths
    with pytest.raises(OSError, match="not a namespace"):
        nsfs.open_path(f"/proc/{child.pid}/root/run/netns/plain")


# ---- mount namespaces that no process is in


def chain(place: Path) -> dict[str, int]:
    """A mount namespace that only a bind mount keeps, and in it a bind mount of another namespace."""

    def inside() -> int:
        linux.mount("tmpfs", place / "mnt", "tmpfs")
        return bind_new("net", place / "mnt" / "kept")

    linux.private_tmpfs(place)
    (place / "mnt").mkdir()
    mnt, net = bind_mnt(place / "door", inside)
    assert isinstance(net, int)
    return {"mnt": mnt, "net": net}


def test_a_mount_namespace_that_a_bind_mount_keeps(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    child = spawn(lambda: chain(tmp_path), unshare=linux.CLONE_NEWNS)
    snapshot = scan()
    mnt, net = child.value["mnt"], child.value["net"]
    assert namespace(snapshot, mnt).nprocs == 0
    assert where(snapshot, mnt) == [(str(tmp_path / "door"), child.inode("mnt"))]
    assert where(snapshot, net) == [(str(tmp_path / "mnt" / "kept"), mnt)]
    user = namespace(snapshot, child.inode("user")).id
    assert namespace(snapshot, net).owner == user
    assert namespace(snapshot, mnt).owner == user


def test_the_chain_without_a_list_of_mount_namespaces(
    require_root: None, spawn: Spawn, tmp_path: Path
) -> None:
    """In a pid namespace of its own the kernel lists no mount namespaces, and older kernels never do."""

    def build_and_scan() -> dict[str, object]:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc")
        made = chain(tmp_path)
        scanner = Scanner()
        found = []
        for scope in (Scope(), Scope(sources=frozenset())):
            snapshot = scanner.scan(scope)
            found.append([where(snapshot, made["mnt"]), where(snapshot, made["net"])])
            assert namespace(snapshot, made["net"]).owner is not None
        assert "mount namespaces" in snapshot.report.left_out
        return {**made, "found": found, "home": linux.inode("self", "mnt")}

    value = spawn(build_and_scan, unshare=linux.CLONE_NEWPID | linux.CLONE_NEWNS).value
    expected = [
        [[str(tmp_path / "door"), value["home"]]],
        [[str(tmp_path / "mnt" / "kept"), value["mnt"]]],
    ]
    assert value["found"] == [expected, expected]


def test_a_mount_namespace_that_an_fd_keeps(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def build() -> dict[str, int]:
        def inside() -> int:
            linux.private_tmpfs(tmp_path)
            return bind_new("uts", tmp_path / "kept")

        maker = start(inside, unshare=linux.CLONE_NEWNS)
        fd = os.open(f"/proc/{maker.pid}/ns/mnt", os.O_RDONLY)
        mnt = maker.inode("mnt")
        maker.end()
        return {"mnt": mnt, "fd": fd, "uts": maker.value}

    child = spawn(build)
    snapshot = scan()
    mnt = child.value["mnt"]
    assert [(h.how, h.pid, h.fd) for h in holders(snapshot, mnt)] == [(How.FD, child.pid, child.value["fd"])]
    assert where(snapshot, child.value["uts"]) == [(str(tmp_path / "kept"), mnt)]
    assert namespace(snapshot, child.value["uts"]).device


def test_a_mount_namespace_that_nothing_visible_keeps(
    require_root: None, spawn: Spawn, tmp_path: Path
) -> None:
    """Another's mountinfo, held open, keeps its mount namespace, and no link tells."""

    def build() -> dict[str, int]:
        def inside() -> int:
            linux.private_tmpfs(tmp_path)
            return bind_new("uts", tmp_path / "kept")

        maker = start(inside, unshare=linux.CLONE_NEWNS)
        os.open(f"/proc/{maker.pid}/mountinfo", os.O_RDONLY)
        mnt = maker.inode("mnt")
        maker.end()
        return {"mnt": mnt, "uts": maker.value}

    child = spawn(build)
    scanner = Scanner()
    for scope in (Scope(), Scope(sources=frozenset()), Scope()):
        snapshot = scanner.scan(scope)
        if "mount namespaces" in snapshot.report.left_out:
            pytest.skip(snapshot.report.left_out["mount namespaces"])
        assert list(snapshot.holders(namespace(snapshot, child.value["mnt"]))) == []
        assert where(snapshot, child.value["uts"]) == [(str(tmp_path / "kept"), child.value["mnt"])]


def test_members_in_a_chroot_see_only_a_part(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def build() -> int:
        linux.private_tmpfs(tmp_path)
        (tmp_path / "jail").mkdir()
        inode = bind_new("net", tmp_path / "kept")
        os.chroot(tmp_path / "jail")
        os.chdir("/")
        return inode

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    assert b"nsfs" not in Path(f"/proc/{child.pid}/mountinfo").read_bytes()
    snapshot = scan()
    assert where(snapshot, child.value) == [(str(tmp_path / "kept"), child.inode("mnt"))]
    # Its path is below the namespace's root, not below the member's.
    assert namespace(snapshot, child.value).device


def test_two_ways_to_read_the_same_mounts(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def build() -> list[int]:
        linux.private_tmpfs(tmp_path)
        (tmp_path / "below").mkdir()
        found = [bind_new("net", tmp_path / "kept"), bind_new("uts", tmp_path / "below" / "kept")]
        linux.mount("tmpfs", tmp_path / "below", "tmpfs")
        return found

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    fd = os.open(f"/proc/{child.pid}/ns/mnt", os.O_RDONLY)
    before = len(os.listdir("/proc/self/fd"))
    try:
        visited = list(bind_mounts.pins(bind_mounts.by_visit(fd), 1))
        # The machine's own bind mounts were copied into it.
        ours = [pin for pin in visited if (pin.holder.path or "").startswith(str(tmp_path))]
        assert {(pin.inode, pin.holder.hidden) for pin in ours} == {
            (child.value[0], False),
            (child.value[1], True),
        }
        assert linux.inode("self", "mnt") == linux.inode("thread-self", "mnt")
        assert len(os.listdir("/proc/self/fd")) == before
        try:
            number = nsfs.kernel_id(fd, Kind.MNT)
        except OSError:
            pytest.skip("this kernel has no statmount(2) for other mount namespaces (Linux 6.11 has)")
        read = bind_mounts.by_statmount(number)
        assert set(bind_mounts.pins(read, 1)) == set(visited)
    finally:
        os.close(fd)


def test_a_root_over_the_root(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    """As where an initramfs lies below: whoever goes there stands on the topmost."""

    def build() -> int:
        linux.private_tmpfs(tmp_path)
        (tmp_path / "root").mkdir()
        linux.mount("/", tmp_path / "root", flags=linux.MS_BIND | linux.MS_REC)
        os.chdir(tmp_path / "root")
        linux.mount(".", "/", flags=linux.MS_MOVE)
        os.chroot(".")
        return bind_new("net", tmp_path / "kept")

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    fd = os.open(f"/proc/{child.pid}/ns/mnt", os.O_RDONLY)
    try:
        for read in (bind_mounts.by_visit, bind_mounts.of_open_namespace):
            pins = [pin for pin in bind_mounts.pins(read(fd), 1) if pin.inode == child.value]
            assert [(pin.holder.path, pin.holder.hidden) for pin in pins] == [(str(tmp_path / "kept"), False)]
    finally:
        os.close(fd)


def test_without_statmount_the_namespace_is_visited(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    """As on kernels before 6.11, and under seccomp filters that do not know the call."""
    child = spawn(lambda: chain(tmp_path), unshare=linux.CLONE_NEWNS)

    def scan_filtered() -> list[tuple[str | None, int | None]]:
        deny([STATMOUNT, LISTMOUNT], errno.ENOSYS)
        return where(scan(), child.value["net"])

    assert spawn(scan_filtered).value == [[str(tmp_path / "mnt" / "kept"), child.value["mnt"]]]


def test_where_no_thread_may_start_the_scan_goes_on(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    child = spawn(lambda: chain(tmp_path), unshare=linux.CLONE_NEWNS)

    def scan_filtered() -> list[str]:
        deny([STATMOUNT, LISTMOUNT, *CLONE], errno.EAGAIN)
        snapshot = scan()
        assert os.getpid() in snapshot.processes
        return [problem.error for problem in snapshot.report.problems if problem.source == "mounts"]

    assert child.value
    assert spawn(scan_filtered).value == ["EAGAIN"]


def test_a_visit_refused_is_an_error_and_nothing_stays(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWNS)
    fd = os.open(f"/proc/{child.pid}/ns/mnt", os.O_RDONLY)

    def visit() -> str:
        before = os.listdir("/proc/self/fd")
        try:
            bind_mounts.by_visit(fd)
        except PermissionError as error:
            assert os.listdir("/proc/self/fd") == before
            return type(error).__name__
        return "no error"

    try:
        assert spawn(visit, user=NOBODY, keep=[fd]).value == "PermissionError"
    finally:
        os.close(fd)
