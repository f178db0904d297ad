"""An inode number is given out again at once; the snapshot tells the namespaces apart all the same."""

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

from nsview.discovery.identity import Identities
from nsview.discovery.scanner import Scanner, Scope
from nsview.kernel import handles, nsfs
from nsview.kernel.procfs import Procfs
from nsview.model.changes import What, changes
from nsview.model.namespace import NamespaceId
from tests import linux
from tests.discovery.building import bind_new, namespace
from tests.kernel_fixtures import Spawn
from tests.processes import Child

without_ids = pytest.mark.parametrize("kernel_ids", [True, False], ids=["kernel ids", "no kernel ids"])


def scanner(kernel_ids: bool) -> Scanner:
    return Scanner(identities=Identities(kernel_ids))


def reused(spawn: Spawn, make: Callable[[], Child]) -> tuple[Child, Callable[[], Child]]:
    """A first child, and a way to get one whose namespace has the number of the first's."""
    first = make()
    inode = first.inode("uts")

    def again() -> Child:
        others = []
        for _ in range(200):
            child = make()
            if child.inode("uts") == inode:
                return child
            others.append(child)
        raise AssertionError("the kernel did not give the number out again")

    return first, again


@without_ids
def test_a_number_that_is_given_out_again(require_root: None, spawn: Spawn, kernel_ids: bool) -> None:
    if kernel_ids and not nsfs.gives_ids():
        pytest.skip("this kernel gives no ids (Linux 6.18 does)")
    looking = scanner(kernel_ids)
    first, again = reused(spawn, lambda: spawn(unshare=linux.CLONE_NEWUTS))
    inode = first.inode("uts")
    seen: list[NamespaceId] = []
    child = first
    for _ in range(3):
        before = looking.scan()
        after = looking.scan()
        assert namespace(before, inode).id == namespace(after, inode).id
        seen.append(namespace(before, inode).id)
        child.end()
        child = again()
    assert len(set(seen)) == 3
    snapshot = looking.scan()
    found = changes(after, snapshot)
    assert [change.what for change in found if change.namespace.inode == inode] == [
        What.BORN,
        What.LEFT,
        What.ENTERED,
        What.DIED,
    ]


def test_one_holder_that_stays_is_enough(require_root: None, spawn: Spawn) -> None:
    """Members come and go; as long as one of the last scan is still there it is the same namespace."""
    looking = scanner(kernel_ids=False)
    member = spawn(unshare=linux.CLONE_NEWUTS)
    inode = member.inode("uts")
    seen = set()
    for _ in range(4):
        seen.add(namespace(looking.scan(), inode).id)
        following = spawn(join=(member.pid, ["uts"]))
        seen.add(namespace(looking.scan(), inode).id)
        member.end()
        member = following
    assert len(seen) == 1


def test_an_fd_that_stays_is_enough(require_root: None, spawn: Spawn) -> None:
    looking = scanner(kernel_ids=False)
    child = spawn(unshare=linux.CLONE_NEWUTS)
    inode = child.inode("uts")
    fd = os.open(f"/proc/{child.pid}/ns/uts", os.O_RDONLY)
    try:
        seen = {namespace(looking.scan(), inode).id}
        child.end()
        seen.add(namespace(looking.scan(), inode).id)
        seen.add(namespace(looking.scan(Scope(sources=frozenset())), inode).id)
    finally:
        os.close(fd)
    assert len(seen) == 1


def test_what_hangs_from_it_is_enough(require_root: None, spawn: Spawn) -> None:
    """A user namespace without a process stays the same as long as its child does."""

    def nested() -> int:
        uid, gid = os.geteuid(), os.getegid()
        linux.unshare(linux.CLONE_NEWUSER)
        linux.map_to_root(uid, gid)
        between = linux.inode("self", "user")
        linux.unshare(linux.CLONE_NEWUSER)
        return between

    looking = scanner(kernel_ids=False)
    child = spawn(nested)
    seen = {namespace(looking.scan(), child.value).id for _ in range(3)}
    assert len(seen) == 1


def test_a_bind_mount_that_stays_is_enough(require_root: None, spawn: Spawn, tmp_path: Any) -> None:
    def build() -> int:
        linux.private_tmpfs(tmp_path)
        return bind_new("uts", tmp_path / "kept")

    looking = scanner(kernel_ids=False)
    child = spawn(build, unshare=linux.CLONE_NEWNS)
    scopes = [Scope(), Scope(sources=frozenset()), Scope()]
    assert len({namespace(looking.scan(scope), child.value).id for scope in scopes}) == 1


def test_an_unreadable_link_is_no_other_namespace(
    require_root: None, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could be opened once and cannot now keeps its identity while somebody is in it."""

    def unknown(*number: object) -> int:
        raise OSError(errno.EBADF, "as before Linux 6.18")

    monkeypatch.setattr(handles, "open_by_id", unknown)

    class Closed(Procfs):
        closed = False

        def path(self, pid: int | str, name: str = "") -> str:
            return "/nonexistent" if self.closed and name.startswith("ns/") else super().path(pid, name)

    proc = Closed()
    looking = Scanner(proc)
    child = spawn(unshare=linux.CLONE_NEWUTS)
    before = looking.scan()
    proc.closed = True
    after = looking.scan()
    assert namespace(after, child.inode("uts")).device == 0
    assert namespace(before, child.inode("uts")).id == namespace(after, child.inode("uts")).id
