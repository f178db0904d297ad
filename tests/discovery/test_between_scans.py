"""What a second scan of the same scanner sees, and what two snapshots say has happened."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nsview.discovery.scanner import Scanner, Scope
from nsview.discovery.tasks import SLICE, YOUNG
from nsview.model.changes import Change, What, changes
from nsview.model.holder import How
from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.discovery.building import bind_new, in_thread, namespace
from tests.discovery.obeying import Obeying, in_order
from tests.kernel_fixtures import Spawn
from tests.processes import eventually

Told = Callable[..., Obeying]


@pytest.fixture
def told(spawn: Spawn) -> Iterator[Told]:
    """A process that does one thing when it is told to."""
    made: list[Obeying] = []

    def make(
        then: Callable[[], object], first: Callable[[], object] = lambda: None, **where: object
    ) -> Obeying:
        made.append(Obeying(spawn, in_order(first, then), **where))
        made[-1].tell()
        return made[-1]

    yield make
    for one in made:
        one.close()


def aged(scanner: Scanner) -> Snapshot:
    """Scans until what is there now is old enough to be read less often."""
    for _ in range(YOUNG + SLICE):
        snapshot = scanner.scan(Scope(dear=False))
    return snapshot


def of(found: list[Change], what: What, namespace: NamespaceId) -> list[Change]:
    return [change for change in found if change.what is what and change.namespace == namespace]


# ---- a warm scan


def test_a_new_name_by_exec_is_seen() -> None:
    process = subprocess.Popen(["/bin/sh", "-c", "read line; exec sleep 600"], stdin=subprocess.PIPE)
    try:
        eventually(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sh\n", "sh")
        scanner = Scanner()
        assert aged(scanner).processes[process.pid].comm == "sh"
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        eventually(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n", "sleep")
        names = [scanner.scan().processes[process.pid].comm for _ in range(SLICE)]
        assert names[-1] == "sleep"
    finally:
        process.kill()
        process.communicate()


def test_a_move_is_seen_at_once(require_root: None, told: Told) -> None:
    mover = told(lambda: linux.unshare(linux.CLONE_NEWUTS))
    scanner = Scanner()
    before = aged(scanner)
    mover.tell()
    after = scanner.scan()
    inode = linux.inode(mover.pid, "uts")
    assert before.by_inode(inode) is None
    assert namespace(after, inode).processes == (mover.pid,)
    assert mover.pid not in namespace(after, linux.inode("self", "uts")).processes


def test_threads_that_start_later_are_seen_at_once(require_root: None, told: Told) -> None:
    worker = told(lambda: in_thread(lambda: linux.unshare(linux.CLONE_NEWUTS)))
    scanner = Scanner()
    assert aged(scanner).processes[worker.pid].threads == 1
    worker.tell()
    after = scanner.scan()
    assert after.processes[worker.pid].threads == 2
    assert [task.tgid for task in after.threads.values() if task.tgid == worker.pid] == [worker.pid]


def test_an_old_thread_that_moves_is_seen_soon(require_root: None, told: Told) -> None:
    move = threading.Event()

    def wait_and_move() -> None:
        def run() -> None:
            move.wait()
            linux.unshare(linux.CLONE_NEWUTS)
            moved.set()
            threading.Event().wait()

        moved = threading.Event()
        threading.Thread(target=run, daemon=True).start()
        steps.append(moved)

    steps: list[threading.Event] = []

    def later() -> None:
        move.set()
        assert steps[0].wait(20)

    worker = told(later, first=wait_and_move)
    scanner = Scanner()
    before = aged(scanner)
    assert before.processes[worker.pid].threads == 2
    assert not any(task.tgid == worker.pid for task in before.threads.values())
    worker.tell()
    seen = [any(t.tgid == worker.pid for t in scanner.scan().threads.values()) for _ in range(SLICE + 1)]
    assert seen[SLICE - 1]
    assert seen == sorted(seen), "once seen, it is looked at in every scan"


def test_a_new_user_is_seen_at_once(require_root: None, told: Told) -> None:
    def become() -> None:
        os.setresuid(65534, 65534, 65534)
        linux.set_dumpable()

    worker = told(become)
    scanner = Scanner()
    assert aged(scanner).processes[worker.pid].uid == 0
    worker.tell()
    assert scanner.scan().processes[worker.pid].uid == 65534


def test_a_process_that_has_ended_is_gone(spawn: Spawn) -> None:
    child = spawn()
    scanner = Scanner()
    assert child.pid in aged(scanner).processes
    child.end()
    assert child.pid not in scanner.scan().processes


def test_cpu_and_memory_when_asked_for(spawn: Spawn) -> None:
    child = spawn()
    scanner = Scanner()
    aged(scanner)
    snapshot = scanner.scan(Scope(usage=True))
    assert snapshot.usage.keys() == snapshot.processes.keys()
    assert snapshot.usage[child.pid].rss_pages > 0


# ---- changes


def test_born_entered_left_died(require_root: None, spawn: Spawn) -> None:
    scanner = Scanner()
    empty = scanner.scan()
    child = spawn(unshare=linux.CLONE_NEWUTS)
    full = scanner.scan()
    ns = namespace(full, child.inode("uts")).id
    home = namespace(full, linux.inode("self", "net")).id
    found = changes(empty, full)
    (born,) = of(found, What.BORN, ns)
    assert born.task is not None
    assert born.task.pid == child.pid
    assert [(c.task and c.task.pid, c.moved) for c in of(found, What.ENTERED, ns)] == [(child.pid, False)]
    assert child.pid in [c.task.pid for c in of(found, What.ENTERED, home) if c.task]
    child.end()
    found = changes(full, scanner.scan())
    assert [(c.task and c.task.pid, c.moved) for c in of(found, What.LEFT, ns)] == [(child.pid, False)]
    (died,) = of(found, What.DIED, ns)
    assert died.task is not None
    assert died.task.pid == child.pid
    assert child.pid in [c.task.pid for c in of(found, What.LEFT, home) if c.task]


def test_moved(require_root: None, spawn: Spawn, told: Told) -> None:
    other = spawn(unshare=linux.CLONE_NEWUTS)
    mover = told(lambda: linux.join(other.pid, "uts"))
    scanner = Scanner()
    before = scanner.scan()
    mover.tell()
    after = scanner.scan()
    found = [c for c in changes(before, after) if c.task and c.task.pid == mover.pid]
    home, there = (namespace(after, linux.inode(pid, "uts")).id for pid in ("self", other.pid))
    assert [(c.what, c.namespace, c.moved) for c in found] == [
        (What.LEFT, home, True),
        (What.ENTERED, there, True),
    ]
    again = changes(after, scanner.scan())
    assert not any(change.task and change.task.pid == mover.pid for change in again)


def test_a_thread_that_moves(require_root: None, told: Told) -> None:
    worker = told(lambda: in_thread(lambda: linux.unshare(linux.CLONE_NEWUTS)))
    scanner = Scanner()
    before = scanner.scan()
    worker.tell()
    after = scanner.scan()
    (tid,) = [task.pid for task in after.threads.values() if task.tgid == worker.pid]
    ns = after.namespace_of(after.threads[tid], Kind.UTS)
    assert ns is not None
    (entered,) = of(changes(before, after), What.ENTERED, ns.id)
    assert entered.task is not None
    assert (entered.task.pid, entered.task.tgid) == (tid, worker.pid)


def test_death_by_way_of_a_zombie(require_root: None, told: Told) -> None:
    """It leaves at its death what a zombie has lost, and the rest when it is reaped; it moves nowhere."""

    worker = told(lambda: None, unshare=linux.CLONE_NEWUTS)
    scanner = Scanner()
    alive = scanner.scan()
    uts = namespace(alive, linux.inode(worker.pid, "uts")).id
    pid_ns = namespace(alive, linux.inode("self", "pid")).id
    os.kill(worker.pid, 9)  # a child of our child, which does not wait for it: the number stays its own
    eventually(lambda: not os.path.exists(f"/proc/{worker.pid}/ns/uts"), "a zombie")
    dead = scanner.scan()
    assert dead.processes[worker.pid].zombie
    found = [c for c in changes(alive, dead) if c.task and c.task.pid == worker.pid]
    assert uts in [c.namespace for c in found if c.what is What.LEFT]
    assert pid_ns not in [c.namespace for c in found]
    assert not any(c.moved or c.what is What.ENTERED for c in found)


def test_holders_gained_and_lost(require_root: None, spawn: Spawn, told: Told, tmp_path: Path) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)
    ns_inode = child.inode("uts")
    scanner = Scanner()
    first = scanner.scan()
    ns = namespace(first, ns_inode).id
    fd = os.open(f"/proc/{child.pid}/ns/uts", os.O_RDONLY)
    second = scanner.scan()
    os.close(fd)
    third = scanner.scan()
    (gained,) = of(changes(first, second), What.GAINED, ns)
    assert gained.holder is not None
    assert (gained.holder.how, gained.holder.pid, gained.holder.fd) == (How.FD, os.getpid(), fd)
    (lost,) = of(changes(second, third), What.LOST, ns)
    assert lost.holder == gained.holder
    assert of(changes(first, third), What.GAINED, ns) == []


def test_a_child_namespace_is_a_holder_gained(require_root: None, told: Told) -> None:
    def nest() -> None:
        linux.unshare(linux.CLONE_NEWUSER)

    worker = told(nest)
    scanner = Scanner()
    before = scanner.scan()
    worker.tell()
    after = scanner.scan()
    inner = linux.inode(worker.pid, "user")
    home = namespace(after, linux.inode("self", "user")).id
    gained = [
        c.holder.how
        for c in of(changes(before, after), What.GAINED, home)
        if c.holder and c.holder.ns == inner
    ]
    assert gained == [How.CHILD, How.OWNED]


def test_a_bind_mount_gained_and_lost(require_root: None, told: Told, tmp_path: Path) -> None:
    place = tmp_path / "kept"

    def bind() -> None:
        linux.private_tmpfs(tmp_path)
        bind_new("net", place)

    worker = told(bind, unshare=linux.CLONE_NEWNS)
    scanner = Scanner()
    before = scanner.scan()
    worker.tell()
    after = scanner.scan()
    found = changes(before, after)
    born = [c.namespace for c in found if c.what is What.BORN and c.namespace.kind is Kind.NET]
    assert len(born) == 1
    assert [pin.path for pin in after.namespaces[born[0]].pins] == [str(place)]
