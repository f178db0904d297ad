"""Owners and parents, also those in which no process is, and those above what we may see."""

import os
from pathlib import Path
from typing import Any

import pytest

from nsview.discovery.scanner import Scanner, Scope
from nsview.kernel.procfs import Procfs
from nsview.model.holder import How
from nsview.model.kind import KINDS, Kind
from nsview.model.namespace import Unseen
from tests import linux
from tests.discovery.building import holders, namespace, scan
from tests.kernel_fixtures import NOBODY, Spawn
from tests.processes import start


def nested_user_namespaces() -> dict[str, int]:
    """Go two user namespaces down; in the one between no process stays, and it owns a network namespace."""
    uid, gid = os.geteuid(), os.getegid()
    linux.unshare(linux.CLONE_NEWUSER | linux.CLONE_NEWNET)
    linux.map_to_root(uid, gid)
    between = linux.inode("self", "user")
    linux.unshare(linux.CLONE_NEWUSER | linux.CLONE_NEWUTS)
    linux.map_to_root(0, 0)
    return {"between": between, "net": linux.inode("self", "net")}


@pytest.mark.parametrize("user", [0, NOBODY])
def test_a_user_namespace_without_a_process(require_root: None, spawn: Spawn, user: int) -> None:
    child = spawn(nested_user_namespaces, user=user)
    snapshot = scan()
    between = namespace(snapshot, child.value["between"])
    inner = namespace(snapshot, child.inode("user"))
    outer = namespace(snapshot, linux.inode("self", "user"))
    assert between.nprocs == 0
    assert not between.threads
    assert inner.parent == inner.owner == between.id
    assert between.parent == outer.id
    assert outer.parent is None
    assert outer.owner is None
    net, uts = namespace(snapshot, child.value["net"]), namespace(snapshot, child.inode("uts"))
    assert net.owner == between.id
    assert uts.owner == inner.id
    assert [(h.how, h.ns, h.ns_kind) for h in snapshot.holders(between)] == [
        (How.CHILD, inner.inode, Kind.USER),
        (How.OWNED, net.inode, Kind.NET),
        (How.OWNED, inner.inode, Kind.USER),
    ]
    # Who made them: known of user namespaces, and of the others by their owner.
    assert (between.creator_uid, net.creator_uid) == (user, user)
    assert inner.creator_uid == user


def test_the_initial_namespaces_have_nothing_above(require_root: None) -> None:
    snapshot = scan()
    if not any(task.kernel for task in snapshot.processes.values()):
        pytest.skip("no kernel thread can be seen, so these are not the initial namespaces")
    first = next(task for task in snapshot.processes.values() if task.kernel)
    user = snapshot.namespace_of(first, Kind.USER)
    assert user is not None
    assert user.owner is None
    for kind in snapshot.kinds:
        ns = snapshot.namespace_of(first, kind)
        assert ns is not None
        assert ns.parent is None
        assert ns.owner == (None if kind is Kind.USER else user.id)
        assert ns.host


def look_around() -> dict[str, Any]:
    snapshot = scan(Scope(details_of=frozenset([os.getpid()])))
    us = snapshot.processes[os.getpid()]
    found = {}
    for kind in snapshot.kinds:
        ns = snapshot.namespace_of(us, kind)
        assert ns is not None
        found[str(kind)] = {
            "owner": ns.owner.value if isinstance(ns.owner, Unseen) else ns.owner and ns.owner.inode,
            "parent": ns.parent.value if isinstance(ns.parent, Unseen) else ns.parent and ns.parent.inode,
        }
    return {
        "pid": os.getpid(),
        "processes": list(snapshot.processes),
        "kinds": found,
        "witness": snapshot.host.witness,
        "ns_pids": snapshot.detail(os.getpid()).ns_pids,
        "left_out": dict(snapshot.report.left_out),
        "host": [str(kind) for kind in snapshot.is_host(us)],
    }


def test_from_inside_a_user_namespace_what_is_above_is_invisible(require_root: None, spawn: Spawn) -> None:
    child = spawn(look_around, unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWUTS)
    kinds = child.value["kinds"]
    assert kinds["user"] == {"owner": "invisible", "parent": "invisible"}
    assert kinds["net"] == {"owner": "invisible", "parent": None}
    assert kinds["uts"] == {"owner": child.inode("user"), "parent": None}
    # That of the initial pid namespace: there is none, and it is known by its fixed number.
    initial = linux.inode("self", "pid") == Kind.PID.initial_inode
    assert kinds["pid"] == {"owner": "invisible", "parent": None if initial else "invisible"}
    assert os.getpid() in child.value["processes"]


def test_from_inside_a_pid_namespace(require_root: None, spawn: Spawn) -> None:
    def inside() -> dict[str, Any]:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc")
        start()
        return look_around()

    flags = linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWNET
    found = spawn(inside, unshare=flags).value
    assert found["pid"] == 1
    assert found["processes"] == [1, 2]
    assert found["kinds"]["pid"]["parent"] == "invisible"
    assert found["kinds"]["pid"]["owner"] == linux.inode("self", "user")
    assert found["witness"] == "pid 1"
    assert found["ns_pids"] == [1]
    assert "net" in found["host"]
    why = found["left_out"]["mount namespaces"]
    assert "initial pid" in why or "Linux 6.12" in why


def test_a_proc_of_another_pid_namespace(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    """`--proc`: the numbers there are not ours, so nothing is asked of the kernel by number."""

    def inside() -> None:
        linux.private_tmpfs(tmp_path)
        linux.mount("proc", tmp_path, "proc")

    child = spawn(inside, unshare=linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWUTS)
    proc = Procfs(f"/proc/{child.pid}/root{tmp_path}")
    assert not proc.is_ours
    snapshot = Scanner(proc).scan(Scope(details_of=frozenset([1])))
    assert list(snapshot.processes) == [1]
    assert namespace(snapshot, child.inode("uts")).processes == (1,)
    assert snapshot.detail(1).ns_pids == (1,)
    assert "pid namespace" in snapshot.report.left_out["sockets"]
    assert snapshot.processes[1].links == Procfs().links(child.pid)
    # The parents are found all the same: fds know no numbers.
    assert namespace(snapshot, child.inode("pid")).parent is not None
    assert Procfs().is_ours


def test_a_proc_that_shows_only_processes(require_root: None, spawn: Spawn) -> None:
    def inside() -> list[int]:
        linux.private_mounts()
        try:
            linux.mount("proc", "/proc", "proc", data="subset=pid")
        except OSError:
            return []
        return list(scan().processes)

    pids = spawn(inside, unshare=linux.CLONE_NEWNS | linux.CLONE_NEWPID).value
    if not pids:
        pytest.skip("this kernel has no subset=pid for proc (Linux 5.8 has)")
    assert pids == [1]


class _Older(Procfs):
    """The proc file system of a kernel that has fewer links, with the real content of the others."""

    def __init__(self, absent: frozenset[str]) -> None:
        self.absent = absent
        super().__init__()

    def _names(self) -> frozenset[str]:
        return super()._names() - self.absent


@pytest.mark.parametrize(
    "absent",
    [{"time", "time_for_children"}, {"cgroup", "time", "time_for_children"}, {"pid_for_children"}],
    ids=["5.4", "4.5", "4.11"],
)
def test_kinds_that_the_kernel_lacks(require_root: None, spawn: Spawn, absent: set[str]) -> None:
    child = spawn(unshare=linux.CLONE_NEWNET)
    snapshot = Scanner(_Older(frozenset(absent))).scan()
    assert set(snapshot.kinds) == {kind for kind in KINDS if kind not in absent}
    # Files that are open on this kernel's may lead to others.
    assert {ns.kind for ns in snapshot.namespaces.values() if ns.nprocs} == set(snapshot.kinds)
    assert namespace(snapshot, child.inode("net")).processes == (child.pid,)
    task = snapshot.processes[child.pid]
    assert [getattr(task.links, name) for name in absent] == [0] * len(absent)
    assert holders(snapshot, child.inode("net"), How.PROCESS)
    assert snapshot.host.links.net > 0
    assert not task.zombie
