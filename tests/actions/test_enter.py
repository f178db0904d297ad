"""Entering real namespaces, seen from inside."""

import os
from pathlib import Path

import pytest

from nsview.model.kind import Kind
from tests import linux
from tests.actions import containers
from tests.actions.programs import namespaces_inside, plan_for, run
from tests.kernel_fixtures import Spawn, require_kind

KINDS = [str(kind) for kind in Kind]
# /proc/self is that of the /proc we see; where the pid namespace is entered and /proc is not, it is none.
INSIDE = ("sh", "-c", "readlink /proc/self/ns/* || readlink /proc/$PPID/ns/*")


def readlinks(pid: int) -> dict[str, int]:
    return {kind: linux.inode(pid, kind) for kind in KINDS if os.path.exists(f"/proc/self/ns/{kind}")}


def fresh_proc() -> None:
    linux.private_mounts()
    linux.mount("proc", "/proc", "proc")


ALL = sum(linux.FLAGS[kind] for kind in KINDS if os.path.exists(f"/proc/self/ns/{kind}"))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("user", "pid")])
def test_one_kind(require_root: None, spawn: Spawn, kind: str) -> None:
    require_kind(kind)
    child = spawn(unshare=linux.FLAGS[kind])
    plan = plan_for(child.pid)
    assert [join.kind for join in plan.joins] == [kind]
    assert plan.possible
    found = namespaces_inside(run(plan, "readlink", *(f"/proc/self/ns/{each}" for each in KINDS)))
    assert found[kind] == child.inode(kind)
    assert found == readlinks(os.getpid()) | {kind: child.inode(kind)}


def test_a_pid_namespace(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWPID | linux.CLONE_NEWNS, function=fresh_proc)
    ran = run(
        plan_for(child.pid),
        "sh",
        "-c",
        "echo $$; readlink /proc/self/ns/pid /proc/1/ns/pid; ls /proc | grep -c '^[0-9]'",
    )
    number, mine, first, count = ran.out.split()
    assert int(number) > 1
    assert mine == first == f"pid:[{child.inode('pid')}]"
    assert int(count) <= 5


def test_a_pid_namespace_alone_and_a_fresh_proc(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWPID)
    plain = plan_for(child.pid)
    assert any(check.verdict == "note" and "--mount-proc" in check.words for check in plain.checks)
    mine, outer = run(plain, "sh", "-c", "echo $$; readlink /proc/self").out.split()
    assert int(mine) < int(outer)
    fresh = plan_for(child.pid, mount_proc=True)
    ran = run(fresh, "sh", "-c", "readlink /proc/self/ns/pid /proc/1/ns/pid /proc/self/ns/mnt")
    mine, first, mnt = ran.out.split()
    assert mine == first == f"pid:[{child.inode('pid')}]"
    assert mnt != os.readlink("/proc/self/ns/mnt")


def test_all_at_once(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=ALL & ~linux.CLONE_NEWUSER, function=fresh_proc)
    ran = run(plan_for(child.pid), "sh", "-c", "readlink /proc/self/ns/*; pwd")
    found = namespaces_inside(ran)
    assert found == readlinks(child.pid)


def test_root_into_a_user_namespace(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=ALL, function=fresh_proc)
    plan = plan_for(child.pid)
    assert plan.possible
    assert plan.identity.uid == plan.identity.gid == 0
    ran = run(plan, "sh", "-c", "readlink /proc/self/ns/*; id -u; id -g; cat /proc/self/uid_map")
    assert namespaces_inside(ran) == readlinks(child.pid)
    lines = ran.out.splitlines()
    assert lines[-3:-1] == ["0", "0"]
    assert lines[-1].split()[0] == "0"


def test_root_into_an_ordinary_users_namespaces(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=ALL, user=1234, function=fresh_proc)
    ran = run(plan_for(child.pid), "sh", "-c", "readlink /proc/self/ns/*; id -u; hostname inside && hostname")
    assert namespaces_inside(ran) == readlinks(child.pid)
    assert ran.out.splitlines()[-2:] == ["0", "inside"]


def test_an_unmapped_user_namespace(require_root: None, spawn: Spawn) -> None:
    child = spawn(function=lambda: linux.unshare(linux.CLONE_NEWUSER))
    plan = plan_for(child.pid)
    assert plan.identity.uid is None
    assert any("no ids are mapped" in check.words for check in plan.checks)
    assert run(plan, "id", "-u").out == "65534\n"


def test_kinds_that_are_not_asked_for_are_left(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS | linux.CLONE_NEWIPC)
    plan = plan_for(child.pid, kinds=(Kind.UTS, Kind.NET))
    assert [join.kind for join in plan.joins] == [Kind.UTS]
    why = {left.kind: left.why for left in plan.left}
    assert why[Kind.IPC] == "not asked for"
    assert why[Kind.NET].startswith("shared")
    assert run(plan, "readlink", "/proc/self/ns/uts", "/proc/self/ns/ipc").out.split() == [
        f"uts:[{child.inode('uts')}]",
        os.readlink("/proc/self/ns/ipc"),
    ]


def become() -> None:
    os.setgroups([7, 8])
    os.setgid(77)
    os.setuid(66)


def test_as_the_targets_user(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS, function=become)
    plan = plan_for(child.pid, identity="target")
    assert run(plan, "sh", "-c", "id -u; id -g; id -G").out.split("\n")[:3] == ["66", "77", "77 7 8"]


def test_given_ids_and_kept_capabilities(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)
    plain = run(
        plan_for(child.pid, uid=1000, gid=1001), "sh", "-c", "id -u; id -g; grep CapEff /proc/self/status"
    )
    assert plain.out.split() == ["1000", "1001", "CapEff:", "0" * 16]
    kept = run(
        plan_for(child.pid, uid=1000, gid=1001, keep_capabilities=True), "grep", "CapEff", "/proc/self/status"
    )
    assert int(kept.out.split()[1], 16) == int(_status("CapPrm"), 16)


def _status(name: str) -> str:
    with open("/proc/self/status") as file:
        return next(line.split()[1] for line in file if line.startswith(name))


def test_join_the_control_group(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)
    plan = plan_for(child.pid, join_cgroup=True)
    if not plan.cgroup_files:
        pytest.skip("no control group hierarchy is mounted here")
    with open(f"/proc/{child.pid}/cgroup") as file:
        assert run(plan, "cat", "/proc/self/cgroup").out == file.read()


def test_more_than_one_thread_may_ask(require_root: None, spawn: Spawn) -> None:
    import threading

    child = spawn(unshare=linux.CLONE_NEWNS | linux.CLONE_NEWUTS)
    outs: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: outs.append(run(plan_for(child.pid), "readlink", "/proc/self/ns/mnt").out)
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outs == [f"mnt:[{child.inode('mnt')}]\n"] * 3


def test_a_fresh_proc_where_the_mount_namespace_is_joined(
    require_root: None, spawn: Spawn, tmp_path: Path
) -> None:
    def no_proc() -> None:
        containers.host_programs(tmp_path)
        linux.umount("/proc")

    child = spawn(no_proc, unshare=containers.KINDS)
    assert run(plan_for(child.pid), "ls", "/proc").out == ""
    ran = run(
        plan_for(child.pid, mount_proc=True), "sh", "-c", "readlink /proc/1/ns/pid /proc/self/ns/uts; pwd"
    )
    assert ran.out.split() == [f"pid:[{child.inode('pid')}]", f"uts:[{child.inode('uts')}]", "/home"]
    assert os.listdir(f"/proc/{child.pid}/root/proc") == []


def test_a_mount_namespace_without_its_pid_namespace(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWNS | linux.CLONE_NEWPID, function=fresh_proc)
    plan = plan_for(child.pid, kinds=(Kind.MNT,))
    assert any(check.verdict == "note" and "/proc/self is missing" in check.words for check in plan.checks)
    ran = run(plan, "sh", "-c", "ls -d /proc/1; ls -d /proc/self/ns || echo none")
    assert ran.out.split() == ["/proc/1", "none"]
