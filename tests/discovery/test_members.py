"""Processes and threads: where they are, whatever they call themselves and whenever they end."""

import os
import subprocess
from pathlib import Path

import pytest

from nsview.discovery.scanner import Scanner, Scope
from nsview.model.holder import How
from nsview.model.kind import BY_NAME, Kind
from tests import linux
from tests.discovery.building import (
    bind_new,
    enter,
    exit_thread,
    give_up_new_privileges,
    holders,
    in_thread,
    namespace,
    scan,
    unreaped,
)
from tests.discovery.ending import Ends
from tests.kernel_fixtures import NOBODY, Spawn, require_kind
from tests.leftovers import OURS
from tests.processes import eventually, start


@pytest.mark.parametrize("kind", linux.FLAGS)
def test_a_process_in_its_own_namespace(require_root: None, spawn: Spawn, kind: str) -> None:
    require_kind(kind)
    child = spawn(unshare=linux.FLAGS[kind])
    snapshot = scan()
    ns = namespace(snapshot, child.inode(kind))
    assert ns.kind == kind
    assert ns.processes == (child.pid,)
    assert ns.oldest == ns.first == child.pid
    assert not ns.host
    assert (ns.nprocs, ns.tasks) == (1, 1)
    assert ns.device == os.stat("/proc/self/ns/mnt").st_dev
    task = snapshot.processes[child.pid]
    assert snapshot.namespace_of(task, BY_NAME[kind]) == ns
    assert BY_NAME[kind] not in snapshot.is_host(task)


def test_everybody_is_in_one_namespace_of_each_kind(spawn: Spawn) -> None:
    snapshot = scan()
    for kind in snapshot.kinds:
        members = [pid for ns in snapshot.namespaces.values() if ns.kind is kind for pid in ns.processes]
        assert len(members) == len(set(members))
        readable = {task.pid for task in snapshot.processes.values() if task.links.of(kind) > 0}
        assert set(members) == readable


def test_nested_pid_namespaces(require_root: None, spawn: Spawn) -> None:
    name = f"{OURS}p".encode()
    outer = spawn(lambda: start(unshare=linux.CLONE_NEWPID, name=name).pid, unshare=linux.CLONE_NEWPID)
    nested = eventually(lambda: _named(name), "the process in the inner namespace")
    snapshot = scan(Scope(details_of=frozenset([nested, outer.pid])))
    inner, middle = (namespace(snapshot, linux.inode(pid, "pid")) for pid in (nested, outer.pid))
    assert inner.parent == middle.id
    assert middle.parent == namespace(snapshot, linux.inode("self", "pid")).id
    assert [holder.ns for holder in holders(snapshot, middle.inode, How.CHILD)] == [inner.inode]
    numbers = snapshot.detail(nested).ns_pids
    assert numbers[0] == nested
    assert len(numbers) == 3
    assert numbers[-1] == 1
    assert snapshot.detail(outer.pid).ns_pids == (outer.pid, 1)


def _named(name: bytes) -> int | None:
    """The process that calls itself so: its maker knows only the number that it has further down."""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_bytes() == name + b"\n":
                return int(comm.parent.name)
        except OSError:
            continue
    return None


def test_a_thread_elsewhere(require_root: None, spawn: Spawn) -> None:
    child = spawn(lambda: in_thread(lambda: linux.unshare(linux.CLONE_NEWUTS)))
    tid = child.value
    inode = os.stat(f"/proc/{child.pid}/task/{tid}/ns/uts").st_ino
    snapshot = scan()
    ns = namespace(snapshot, inode)
    assert ns.processes == ()
    assert ns.threads == ((child.pid, tid),)
    assert ns.tasks == 1
    assert [(holder.pid, holder.tid) for holder in holders(snapshot, inode, How.THREAD)] == [(child.pid, tid)]
    assert snapshot.threads[tid].tgid == child.pid
    # It is counted where it is, not where its process is.
    assert ns.owner == namespace(snapshot, child.inode("user")).id
    assert namespace(snapshot, child.inode("net")).id not in {ns.id}


def test_a_thread_where_its_process_is_is_not_told_of(spawn: Spawn) -> None:
    child = spawn(lambda: in_thread(lambda: None))
    snapshot = scan()
    assert child.value not in snapshot.threads
    assert snapshot.processes[child.pid].threads == 2


def test_a_thread_under_a_dead_leader(require_root: None, spawn: Spawn) -> None:
    def leader_dies() -> int:
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:

            def stay() -> None:
                linux.die_with_parent()
                linux.unshare(linux.CLONE_NEWNET)

            try:
                os.write(tell, str(in_thread(stay)).encode())
            finally:
                exit_thread()
        return pid if os.read(told, 20) else 0

    child = spawn(leader_dies)
    leader: int = child.value
    eventually(lambda: _state(leader) == "Z", "the leader is dead")
    (tid,) = (int(name) for name in os.listdir(f"/proc/{leader}/task") if int(name) != leader)
    inode = os.stat(f"/proc/{leader}/task/{tid}/ns/net").st_ino
    snapshot = scan()
    assert snapshot.processes[leader].zombie
    assert snapshot.processes[leader].links.net == 0
    assert namespace(snapshot, inode).threads == ((leader, tid),)
    # It also keeps the namespaces that it shares with others, as its leader no longer does.
    assert (leader, tid) in namespace(snapshot, linux.inode("self", "uts")).threads
    assert leader in namespace(snapshot, linux.inode("self", "pid")).processes


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0].decode()


def test_a_time_namespace_with_offsets(require_root: None, spawn: Spawn) -> None:
    require_kind("time")

    def moved() -> dict[str, int]:
        linux.unshare(linux.CLONE_NEWTIME)
        Path("/proc/self/timens_offsets").write_text("monotonic 86400 0\nboottime 604800 0\n")
        return {"made": os.stat("/proc/self/ns/time_for_children").st_ino, "in it": start().pid}

    child = spawn(moved)
    snapshot = scan()
    ns = namespace(snapshot, child.value["made"])
    assert ns.kind is Kind.TIME
    assert ns.processes == (child.value["in it"],)
    assert [holder.pid for holder in holders(snapshot, ns.inode, How.FOR_CHILDREN)] == [child.pid]
    # Ages are told in the host's clock: field 22 is that of the reader (time_namespaces(7)).
    assert snapshot.processes[child.value["in it"]].starttime >= snapshot.processes[child.pid].starttime


def test_a_zombie(require_root: None, spawn: Spawn) -> None:
    child = spawn(lambda: unreaped(linux.CLONE_NEWUTS))
    snapshot = scan()
    task = snapshot.processes[child.value]
    assert task.zombie
    assert child.value in namespace(snapshot, linux.inode("self", "pid")).processes
    assert child.value in namespace(snapshot, linux.inode("self", "user")).processes
    assert child.value not in namespace(snapshot, linux.inode("self", "uts")).processes


@pytest.mark.parametrize("reap", [True, False], ids=["gone", "zombie"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "method", ["listing", "owner", "read_record", "links", "descriptors", "readlink", "read", "stat"]
)
def test_a_process_ends_while_it_is_looked_at(
    require_root: None, spawn: Spawn, method: str, after: bool, reap: bool
) -> None:
    # All kinds of its own, a socket and an fd, so that every source has a reason to look.
    def busy() -> int:
        import socket

        return socket.socket().detach()

    child = spawn(busy, unshare=linux.CLONE_NEWNET | linux.CLONE_NEWNS | linux.CLONE_NEWUTS)
    inode = child.inode("net")
    before = set(os.listdir("/proc/self/fd"))
    snapshot = Scanner(Ends(method, child, after, reap)).scan()
    assert set(os.listdir("/proc/self/fd")) <= before
    assert os.getpid() in snapshot.processes
    task = snapshot.processes.get(child.pid)
    if task is None:
        assert reap
        assert snapshot.by_inode(inode) is None
    elif not task.links.net:
        assert task.zombie
    # The scan is no worse for it: what ended is no problem.
    assert [problem for problem in snapshot.report.problems if str(child.pid) in problem.subject] == []
    assert [problem for problem in snapshot.report.problems if str(inode) in problem.subject] == []


NAMES = {
    "a forged stat": b") R 1 (",
    "a newline": b"two\nlines",
    "an escape": b"\x1b[31mred\x1b[0m",
    "markup": b"[bold]x[/bold]",
    "no text": b"\xff\xfe\x80",
    "a cut emoji": "🦊🦊🦊🦊".encode()[:15],
    "an emoji": "🦊".encode(),
    "only spaces": b"   ",
    "one bracket": b")",
    "bidi": "\u202egnp.exe".encode(),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_are_what_the_process_chose(spawn: Spawn, name: bytes) -> None:
    child = spawn(name=name)
    snapshot = scan()
    task = snapshot.processes[child.pid]
    assert os.fsencode(task.comm) == name
    assert task.ppid == os.getpid()
    eventually(lambda: scan().processes[child.pid].state == "S", "it sleeps")


def test_long_and_strange_command_lines(tmp_path: Path) -> None:
    strange = [b"x" * 100_000, b"\xff\xfe", b"", b"\x1b]0;title\x07", b"[red]", "🦊".encode(), b"two\nlines"]
    process = subprocess.Popen([b"/bin/sh", b"-c", b"read line", *strange], stdin=subprocess.PIPE)
    try:
        eventually(lambda: Path(f"/proc/{process.pid}/cmdline").read_bytes()[:7] == b"/bin/sh", "exec")
        snapshot = scan(Scope(details_of=frozenset([process.pid])))
        cmdline = snapshot.detail(process.pid).cmdline
        assert cmdline is not None
        assert [os.fsencode(argument) for argument in cmdline] == [b"/bin/sh", b"-c", b"read line", *strange]
    finally:
        process.kill()
        process.communicate()


def test_details(require_root: None, spawn: Spawn) -> None:
    root, nobody = spawn(give_up_new_privileges), spawn(user=NOBODY)
    snapshot = scan(Scope(details_of=frozenset([root.pid, nobody.pid])))
    details = snapshot.detail(root.pid)
    assert details.no_new_privs
    assert details.seccomp == 0
    assert details.problems == {}
    assert details.capabilities is not None
    assert details.capabilities.effective
    nobodys = snapshot.detail(nobody.pid)
    assert nobodys.uids == (NOBODY,) * 4
    assert nobodys.capabilities is not None
    assert nobodys.capabilities.effective == 0
    assert snapshot.processes[nobody.pid].uid == NOBODY
    assert snapshot.user_name(NOBODY) == "nobody"
    assert snapshot.user_name(4_000_000_000) == "4000000000"


def test_bind_of_a_member_is_told_beside_it(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def build() -> int:
        linux.private_tmpfs(tmp_path)
        return bind_new("uts", tmp_path / "uts")

    keeper = spawn(build, unshare=linux.CLONE_NEWNS)
    member = spawn(lambda: enter(f"/proc/{keeper.pid}/root{tmp_path}/uts"))
    snapshot = scan()
    counts = snapshot.holder_counts(namespace(snapshot, keeper.value))
    assert counts == {How.PROCESS: 1, How.MOUNT: 1}
    assert member.inode("uts") == keeper.value
