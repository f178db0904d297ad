"""What keeps a namespace without being in it: fds, sockets, links for children; what is remembered of it."""

import errno
import os
import socket
from typing import Any

import pytest

from nsview.discovery.scanner import Scanner, Scope
from nsview.kernel import syscalls
from nsview.model.holder import How
from nsview.model.kind import Kind
from tests import linux
from tests.discovery.building import (
    CLONE_FILES,
    KCMP,
    PIDFD_GETFD,
    deny,
    holders,
    in_thread,
    leave_behind,
    namespace,
    scan,
)
from tests.discovery.ending import Ends
from tests.kernel_fixtures import Spawn, require_kind
from tests.processes import start

REMEMBERED = Scope(sources=frozenset())


def keep_fd(kind: str, flags: int = os.O_RDONLY) -> dict[str, int]:
    """Make a namespace that only an fd of ours keeps."""
    fds: list[int] = []
    inode = leave_behind(
        kind, lambda: fds.append(os.open(f"/proc/thread-self/ns/{kind}", flags | os.O_CLOEXEC))
    )
    return {"inode": inode, "fd": fds[0]}


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_PATH], ids=["readable", "O_PATH"])
@pytest.mark.parametrize("kind", ["net", "uts", "ipc", "cgroup"])
def test_kept_by_an_open_fd(require_root: None, spawn: Spawn, kind: str, flags: int) -> None:
    require_kind(kind)
    child = spawn(lambda: keep_fd(kind, flags))
    snapshot = scan()
    ns = namespace(snapshot, child.value["inode"])
    assert ns.nprocs == 0
    assert [(pin.how, pin.pid, pin.fd, pin.tid) for pin in ns.pins] == [
        (How.FD, child.pid, child.value["fd"], None)
    ]
    assert ns.kind == kind
    # It could be opened through that fd.
    assert ns.owner == namespace(snapshot, linux.inode("self", "user")).id
    assert ns.device


@pytest.mark.parametrize("kind", linux.FLAGS)
def test_kept_by_an_fd_of_another_when_all_have_left(require_root: None, spawn: Spawn, kind: str) -> None:
    require_kind(kind)
    child = spawn(unshare=linux.FLAGS[kind])
    inode = child.inode(kind)
    fd = os.open(f"/proc/{child.pid}/ns/{kind}", os.O_RDONLY)
    try:
        child.end()
        snapshot = scan()
    finally:
        os.close(fd)
    ns = namespace(snapshot, inode)
    assert [(pin.how, pin.pid, pin.fd) for pin in ns.pins] == [(How.FD, os.getpid(), fd)]
    assert (ns.kind, ns.nprocs, ns.oldest) == (kind, 0, None)
    assert ns.owner == namespace(snapshot, linux.inode("self", "user")).id


def test_kept_by_an_fd_of_a_thread_with_files_of_its_own(require_root: None, spawn: Spawn) -> None:
    def build() -> dict[str, int]:
        kept: dict[str, int] = {}

        def alone() -> None:
            linux.unshare(CLONE_FILES)
            kept.update(keep_fd("net"))

        tid = in_thread(alone)
        return {**kept, "tid": tid}

    child = spawn(build)
    assert not os.path.exists(f"/proc/{child.pid}/fd/{child.value['fd']}")
    snapshot = scan()
    (pin,) = namespace(snapshot, child.value["inode"]).pins
    assert (pin.how, pin.pid, pin.tid, pin.fd) == (
        How.FD,
        child.pid,
        child.value["tid"],
        child.value["fd"],
    )


@pytest.mark.parametrize("refusal", [errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
def test_under_a_seccomp_filter(require_root: None, spawn: Spawn, refusal: int) -> None:
    """As in a container whose runtime forbids kcmp and pidfd_getfd: no fd is missed, none told twice."""

    def build() -> dict[str, int]:
        shared = keep_fd("uts")
        own: dict[str, int] = {}

        def alone() -> None:
            linux.unshare(CLONE_FILES)
            own.update(keep_fd("net"))

        in_thread(lambda: None)
        tid = in_thread(alone)
        return {"shared": shared["inode"], "own": own["inode"], "tid": tid}

    child = spawn(build)
    spawn(lambda: socket.socket().detach(), unshare=linux.CLONE_NEWNET)

    def scan_filtered() -> dict[str, Any]:
        deny([KCMP, PIDFD_GETFD], refusal)
        snapshot = scan()
        return {
            "own": [holder.tid for holder in holders(snapshot, child.value["own"])],
            "shared": [holder.tid for holder in holders(snapshot, child.value["shared"])],
            "problems": {problem.source: problem.error for problem in snapshot.report.problems},
            "complete": snapshot.report.complete,
        }

    found = spawn(scan_filtered).value
    assert found["own"] == [child.value["tid"]]
    # That of the process, and the copy in the table that the thread took with it.
    assert found["shared"] == [None, child.value["tid"]]
    assert found["problems"]["sockets"] == errno.errorcode[refusal]
    assert not found["complete"]


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX, socket.AF_NETLINK])
def test_kept_by_a_socket(require_root: None, spawn: Spawn, family: int) -> None:
    def build() -> dict[str, int]:
        sockets: list[socket.socket] = []
        inode = leave_behind("net", lambda: sockets.append(socket.socket(family, socket.SOCK_DGRAM)))
        return {"inode": inode, "fd": sockets[0].detach()}

    child = spawn(build)
    snapshot = scan()
    ns = namespace(snapshot, child.value["inode"])
    assert ns.nprocs == 0
    assert [(pin.how, pin.pid, pin.fd) for pin in ns.pins] == [(How.SOCKET, child.pid, child.value["fd"])]
    assert ns.owner == namespace(snapshot, linux.inode("self", "user")).id
    assert scan(Scope(dear=False)).by_inode(ns.inode) is None
    assert scan(Scope(dear=False)).report.left_out.keys() >= {"fds", "sockets"}


def test_a_shared_socket_outlives_the_first_who_had_it(require_root: None, spawn: Spawn) -> None:
    """Who is asked for it ends before the question: the next who has it is asked."""
    waiting, end = os.pipe()

    def build() -> dict[str, int]:
        sockets: list[socket.socket] = []
        inode = leave_behind("net", lambda: sockets.append(socket.socket()))
        pid = os.fork()
        if pid == 0:
            os.read(waiting, 1)  # until the test closes its end
            os._exit(0)
        return {"inode": inode, "pid": pid, "fd": sockets[0].detach()}

    child = spawn(build, keep=[waiting])
    try:
        snapshot = Scanner(Ends("descriptors", child, after=True, reap=True)).scan()
        assert child.pid < child.value["pid"]
        assert [(h.how, h.pid) for h in holders(snapshot, child.value["inode"])] == [
            (How.SOCKET, child.value["pid"])
        ]
    finally:
        os.close(end)
        os.close(waiting)


def test_sockets_of_members_are_not_told(require_root: None, spawn: Spawn) -> None:
    child = spawn(lambda: socket.socket().detach(), unshare=linux.CLONE_NEWNET)
    assert namespace(scan(), child.inode("net")).pins == ()


def test_a_pid_namespace_whose_init_has_ended(require_root: None, spawn: Spawn) -> None:
    def build() -> int:
        linux.unshare(linux.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        return os.stat("/proc/self/ns/pid_for_children").st_ino

    child = spawn(build)
    snapshot = scan()
    ns = namespace(snapshot, child.value)
    assert ns.kind is Kind.PID
    assert ns.nprocs == 0
    assert [(holder.how, holder.pid) for holder in snapshot.holders(ns)] == [(How.FOR_CHILDREN, child.pid)]
    assert ns.parent == namespace(snapshot, child.inode("pid")).id


def test_a_pid_namespace_before_the_first_fork(require_root: None, spawn: Spawn) -> None:
    """Older kernels do not show it; then it is not found, and the process's own is not taken for it."""
    child = spawn(unshare=linux.CLONE_NEWPID, enter=False)
    snapshot = scan()
    links = snapshot.processes[child.pid].links
    assert links.pid == child.inode("pid")
    assert links.pid_for_children == child.pid_for_children()
    assert links.net == child.inode("net")
    if links.pid_for_children:
        found = [(h.how, h.pid) for h in holders(snapshot, links.pid_for_children)]
        assert found == [(How.FOR_CHILDREN, child.pid)]


def test_an_unentered_time_namespace(require_root: None, spawn: Spawn) -> None:
    require_kind("time")
    child = spawn(unshare=linux.CLONE_NEWTIME, enter=False)
    snapshot = scan()
    inode = os.stat(f"/proc/{child.pid}/ns/time_for_children").st_ino
    assert [(h.how, h.pid) for h in holders(snapshot, inode)] == [(How.FOR_CHILDREN, child.pid)]
    assert child.inode("time") != inode
    assert child.pid in namespace(snapshot, child.inode("time")).processes


def test_the_link_for_children_of_a_thread(require_root: None, spawn: Spawn) -> None:
    def prepare() -> None:
        linux.unshare(linux.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)

    child = spawn(lambda: in_thread(prepare))
    inode = os.stat(f"/proc/{child.pid}/task/{child.value}/ns/pid_for_children").st_ino
    snapshot = scan()
    assert [(h.how, h.pid, h.tid) for h in holders(snapshot, inode)] == [
        (How.FOR_CHILDREN, child.pid, child.value)
    ]


def test_what_is_remembered_is_checked(require_root: None, spawn: Spawn) -> None:
    """A scan that runs no source keeps the earlier holders, but none whose fd was closed since."""
    child = spawn(unshare=linux.CLONE_NEWNET | linux.CLONE_NEWUTS)
    nets = os.open(f"/proc/{child.pid}/ns/net", os.O_RDONLY)
    uts = os.open(f"/proc/{child.pid}/ns/uts", os.O_RDONLY)
    try:
        net_inode, uts_inode = child.inode("net"), child.inode("uts")
        scanner = Scanner()
        assert len(holders(scanner.scan(), net_inode, How.FD)) == 1
        assert len(holders(scanner.scan(REMEMBERED), net_inode, How.FD)) == 1
        # The number goes to something else at once.
        os.dup2(uts, nets)
        snapshot = scanner.scan(REMEMBERED)
        assert holders(snapshot, net_inode, How.FD) == []
        assert len(holders(snapshot, uts_inode, How.FD)) == 1
        os.close(uts)
        assert holders(scanner.scan(REMEMBERED), uts_inode, How.FD) == []
        # What came meanwhile is seen when the source runs again.
        assert len(holders(scanner.scan(), uts_inode, How.FD)) == 1
    finally:
        os.close(nets)


def test_holders_of_a_process_that_has_ended_are_forgotten(require_root: None, spawn: Spawn) -> None:
    def build() -> dict[str, int]:
        sockets: list[socket.socket] = []
        inode = leave_behind("net", lambda: sockets.append(socket.socket()))
        sockets[0].detach()
        return {"socket": inode, "fd": keep_fd("uts")["inode"], "for_children": _for_children()}

    def _for_children() -> int:
        linux.unshare(linux.CLONE_NEWTIME)
        return os.stat("/proc/self/ns/time_for_children").st_ino

    require_kind("time")
    child = spawn(build)
    scanner = Scanner()
    for scope in (Scope(), REMEMBERED, REMEMBERED):
        snapshot = scanner.scan(scope)
        for how, inode in child.value.items():
            assert [(h.how, h.pid) for h in holders(snapshot, inode)] == [(how, child.pid)]
    child.end()
    snapshot = scanner.scan(REMEMBERED)
    for inode in child.value.values():
        assert snapshot.by_inode(inode) is None


def test_a_closed_socket_is_forgotten(require_root: None) -> None:
    child = start(lambda: socket.socket().detach(), unshare=linux.CLONE_NEWNET)
    try:
        pidfd = syscalls.pidfd_open(child.pid)
        copy = syscalls.pidfd_getfd(pidfd, child.value)
        os.close(pidfd)
        inode = child.inode("net")
    finally:
        child.end()
    try:
        scanner = Scanner()
        assert [(h.how, h.pid) for h in holders(scanner.scan(), inode)] == [(How.SOCKET, os.getpid())]
        assert len(holders(scanner.scan(REMEMBERED), inode)) == 1
    finally:
        os.close(copy)
    assert scanner.scan(REMEMBERED).by_inode(inode) is None


def test_sources_fall_due_together_and_one_may_run_alone(require_root: None, spawn: Spawn) -> None:
    scanner = Scanner()
    assert scanner.due() == {"for_children", "fds", "sockets", "mounts"}
    child = spawn(lambda: socket.socket().detach())
    scanner.scan()
    assert scanner.due() == {"for_children"}
    child.end()
    # The walk over the fds is that of the scan before: of processes that have ended meanwhile.
    scanner.scan(Scope(sources=frozenset({"sockets"})))
