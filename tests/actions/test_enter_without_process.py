"""Namespaces that no process is in: found by a scan, opened by what holds them."""

import os
import socket
import threading
from pathlib import Path

import pytest

from nsview.actions.enter import plan_enter
from nsview.discovery.one_task import task_of
from nsview.discovery.scanner import Scanner, Scope
from nsview.kernel.procfs import Procfs
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.actions.programs import plan_for, run
from tests.kernel_fixtures import Spawn, require_kind


def scan() -> Snapshot:
    return Scanner(Procfs()).scan(Scope())


def found(snapshot: Snapshot, inode: int) -> Namespace:
    ns = snapshot.by_inode(inode)
    assert ns is not None
    return ns


def inside(ns: Namespace, snapshot: Snapshot, without_handle: bool = True) -> str:
    """The link of its kind as a program inside reads it."""
    plan = plan_enter(ns, snapshot=snapshot)
    assert plan.possible, plan.checks
    (join,) = plan.joins
    if without_handle:
        # The kernel's own id would find anything: here the other ways are what is tested.
        join = join._replace(ways=tuple(way for way in join.ways if way.how != "handle"))
        plan = plan._replace(joins=(join,))
    ran = run(plan, "readlink", f"/proc/self/ns/{ns.kind}")
    assert ran.status == 0, ran.err
    return ran.out.strip()


def hold_by_fd(kind: str) -> int:
    """In a process of its own: make a namespace, keep it open, leave it again."""
    home = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY)
    linux.unshare(linux.FLAGS[kind])
    held = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY)
    linux.setns(home)
    os.close(home)
    return os.fstat(held).st_ino


@pytest.mark.parametrize("kind", ["net", "uts", "ipc", "mnt"])
def test_held_by_a_file_descriptor(require_root: None, spawn: Spawn, kind: str) -> None:
    child = spawn(lambda: hold_by_fd(kind))
    snapshot = scan()
    ns = found(snapshot, child.value)
    assert ns.nprocs == 0
    assert inside(ns, snapshot) == f"{kind}:[{child.value}]"


def test_held_by_a_socket(require_root: None, spawn: Spawn) -> None:
    def hold() -> int:
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        linux.unshare(linux.CLONE_NEWNET)
        inode = linux.inode("self", "net")
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()
        linux.setns(home)
        os.close(home)
        return inode

    child = spawn(hold)
    snapshot = scan()
    assert inside(found(snapshot, child.value), snapshot) == f"net:[{child.value}]"


def test_the_net_namespace_of_a_socket_of_the_target(require_root: None, spawn: Spawn) -> None:
    def hold() -> list[int]:
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        linux.unshare(linux.CLONE_NEWNET)
        inode = linux.inode("self", "net")
        fd = socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()
        linux.setns(home)
        return [inode, fd]

    child = spawn(hold)
    inode, fd = child.value
    plan = plan_for(child.pid, kinds=(Kind.NET,), net_socket=fd)
    assert f"-N{fd}" in (plan.equivalent or "")
    assert run(plan, "readlink", "/proc/self/ns/net").out == f"net:[{inode}]\n"


def test_held_by_a_bind_mount_in_another_mount_namespace(
    require_root: None, spawn: Spawn, tmp_path: Path
) -> None:
    def hold() -> int:
        linux.private_tmpfs(tmp_path)
        place = tmp_path / "held"
        place.touch()
        home = os.open("/proc/self/ns/uts", os.O_RDONLY)
        linux.unshare(linux.CLONE_NEWUTS)
        inode = linux.inode("self", "uts")
        linux.bind("/proc/self/ns/uts", place)
        linux.setns(home)
        os.close(home)
        return inode

    child = spawn(hold, unshare=linux.CLONE_NEWNS)
    snapshot = scan()
    ns = found(snapshot, child.value)
    assert ns.nprocs == 0
    assert inside(ns, snapshot) == f"uts:[{child.value}]"


def test_the_parent_and_the_owner_of_another(require_root: None, spawn: Spawn) -> None:
    def nest() -> list[int]:
        linux.unshare(linux.CLONE_NEWUSER)
        linux.map_to_root(0, 0)
        between = linux.inode("self", "user")
        linux.unshare(linux.CLONE_NEWUSER)
        linux.map_to_root(0, 0)
        return [between]

    child = spawn(nest)
    snapshot = scan()
    ns = found(snapshot, child.value[0])
    assert ns.nprocs == 0
    assert inside(ns, snapshot) == f"user:[{child.value[0]}]"
    plan = plan_for(child.pid, kinds=(Kind.USER,), user_parent=True)
    assert run(plan, "readlink", "/proc/self/ns/user").out == f"user:[{child.value[0]}]\n"


def test_a_link_for_children(require_root: None, spawn: Spawn) -> None:
    require_kind("time")
    child = spawn(unshare=linux.CLONE_NEWTIME, enter=False)
    inode = os.stat(f"/proc/{child.pid}/ns/time_for_children").st_ino
    snapshot = scan()
    assert inside(found(snapshot, inode), snapshot) == f"time:[{inode}]"


def test_by_the_kernels_own_id(require_root: None, spawn: Spawn) -> None:
    child = spawn(lambda: hold_by_fd("net"))
    snapshot = scan()
    ns = found(snapshot, child.value)
    if ns.kernel_id is None:
        pytest.skip("this kernel gives namespaces no id of their own (Linux 6.18)")
    plan = plan_enter(ns, snapshot=snapshot)
    (join,) = plan.joins
    by_id = tuple(way for way in join.ways if way.how == "handle")
    plan = plan._replace(joins=(join._replace(ways=by_id),))
    assert run(plan, "readlink", "/proc/self/ns/net").out == f"net:[{child.value}]\n"


def test_a_thread(require_root: None, spawn: Spawn) -> None:
    def wander() -> list[int]:
        numbers: list[int] = []
        gone = threading.Event()

        def elsewhere() -> None:
            linux.unshare(linux.CLONE_NEWUTS)
            numbers.extend((threading.get_native_id(), os.stat("/proc/thread-self/ns/uts").st_ino))
            gone.set()
            threading.Event().wait()

        threading.Thread(target=elsewhere, daemon=True).start()
        gone.wait()
        return numbers

    child = spawn(wander)
    tid, inode = child.value
    task = task_of(tid)
    assert task.is_thread
    plan = plan_enter(task)
    assert [join.kind for join in plan.joins] == [Kind.UTS]
    assert run(plan, "readlink", "/proc/self/ns/uts").out == f"uts:[{inode}]\n"
    snapshot = scan()
    assert inside(found(snapshot, inode), snapshot) == f"uts:[{inode}]"
