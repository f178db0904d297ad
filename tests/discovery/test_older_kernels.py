"""The same facts on a kernel without namespace ids, statmount, kcmp, pidfd_getfd and the rest."""

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from nsview.discovery.scanner import Scanner, Scope
from nsview.kernel import nsfs
from nsview.kernel.procfs import Procfs
from nsview.model.holder import Holder
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, Relation, Unseen
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.discovery.building import be_linux_5_4, bind_mnt, bind_new, leave_behind, namespace, scan
from tests.kernel_fixtures import Spawn
from tests.processes import start


class Older(Procfs):
    """Without the links that came with Linux 5.6."""

    def _names(self) -> frozenset[str]:
        return super()._names() - {"time", "time_for_children"}


def zoo(place: Path) -> list[int]:
    """Namespaces kept in many ways; their inode numbers."""
    linux.private_tmpfs(place)
    (place / "mnt").mkdir()

    def inside() -> int:
        linux.mount("tmpfs", place / "mnt", "tmpfs")
        return bind_new("net", place / "mnt" / "kept")

    mnt, within = bind_mnt(place / "door", inside)
    assert isinstance(within, int)
    member = start(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWNET | linux.CLONE_NEWPID)
    fd = leave_behind("uts", lambda: os.open("/proc/thread-self/ns/uts", os.O_RDONLY))
    return [mnt, within, fd, *(member.inode(kind) for kind in ("user", "net", "pid"))]


def facts(snapshot: Snapshot, inode: int) -> dict[str, Any]:
    ns: Namespace = namespace(snapshot, inode)
    return {
        "kind": str(ns.kind),
        "owner": relation(ns.owner),
        "parent": relation(ns.parent),
        "creator": ns.creator_uid,
        "processes": list(ns.processes),
        "pins": [pin(holder) for holder in ns.pins],
    }


def relation(above: Relation) -> int | str | None:
    return above.value if isinstance(above, Unseen) else above and above.inode


def pin(holder: Holder) -> list[object]:
    return [holder.how, holder.pid, holder.fd, holder.path, holder.mnt_ns, holder.hidden]


def test_the_same_is_found(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    child = spawn(lambda: zoo(tmp_path), unshare=linux.CLONE_NEWNS)

    def look() -> dict[str, Any]:
        be_linux_5_4()
        scanner = Scanner(Older())
        snapshots = [scanner.scan(), scanner.scan(Scope(sources=frozenset())), scanner.scan()]
        return {
            "facts": [[facts(snapshot, inode) for inode in child.value] for snapshot in snapshots],
            "ids": [ns.kernel_id for ns in snapshots[0].namespaces.values()],
            "serials": [[namespace(s, inode).id.serial for inode in child.value] for s in snapshots],
            "left_out": dict(snapshots[0].report.left_out),
            "kinds": list(snapshots[0].kinds),
        }

    found = spawn(look).value
    snapshot = scan()
    expected = [facts(snapshot, inode) for inode in child.value]
    assert found["facts"] == [expected] * 3
    assert not any(found["ids"])
    # The same namespaces are taken for the same.
    assert found["serials"] == [[0] * len(child.value)] * 3
    assert "Linux 6.12" in found["left_out"]["mount namespaces"]
    assert Kind.TIME not in found["kinds"]


def test_sockets_cannot_be_asked_and_that_is_said(require_root: None, spawn: Spawn) -> None:
    def look() -> list[list[object]]:
        be_linux_5_4()
        problems = scan().report.problems
        return [[p.source, p.error] for p in problems if p.source == "sockets"]

    spawn(lambda: socket.socket().detach())
    assert spawn(look).value == [["sockets", "ENOSYS"]]


# ---- reading


def test_a_long_line_does_not_cut_a_file_short(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    """A read ends before a line that does not fit the kernel's page: a short answer is not the end."""

    def build() -> None:
        linux.private_tmpfs(tmp_path)
        for name in ("long", "last"):
            (tmp_path / name).mkdir()
        linux.mount("x" * 4000, tmp_path / "long", "tmpfs")
        linux.mount("last", tmp_path / "last", "tmpfs")
        os.chroot(tmp_path)

    child = spawn(build, unshare=linux.CLONE_NEWNS)
    lines = Procfs().read(child.pid, "mountinfo").splitlines()
    assert [line.split(b" ")[4] for line in lines] == [b"/", b"/long", b"/last"]


def test_what_is_no_namespace_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").touch()
    for name in ("fifo", "file", "."):
        with pytest.raises(OSError) as refusal:
            nsfs.open_path(str(tmp_path / name))
        assert refusal.value.errno == errno.ENOTTY


def test_kinds_and_ids_of_our_own() -> None:
    for kind in Procfs().kinds():
        fd = nsfs.open_own(kind)
        try:
            assert nsfs.kind_of(fd) is kind
            assert nsfs.is_namespace(fd)
        finally:
            os.close(fd)
