"""A live view reads most processes of /proc only in turn: what it sees at once, and what soon."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nsview.discovery.scanner import Scanner, Scope
from nsview.discovery.tasks import SLICE, YOUNG, ProcfsTasks
from nsview.discovery.turns import Turns
from nsview.kernel.procfs import Procfs
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.discovery.building import in_thread, namespace
from tests.discovery.obeying import Obeying, in_order
from tests.kernel_fixtures import Spawn
from tests.processes import eventually

LIVE = Scope(dear=False, sources=frozenset())
"""Nothing but tasks, and of those what a live view reads."""


class Counting(Procfs):
    """Counts how often each process is read."""

    def __init__(self, root: str = "/proc") -> None:
        super().__init__(root)
        self.read_of: dict[int | str, int] = {}

    def links(self, pid: int | str, place: str = "") -> Any:
        self.read_of[pid] = self.read_of.get(pid, 0) + (not place)
        return super().links(pid, place)


class Live:
    """A scanner of a live view that has looked for a while."""

    def __init__(self, events: bool) -> None:
        self.proc = Counting()
        self.tasks = ProcfsTasks(events)
        self.scanner = Scanner(self.proc, self.tasks)
        self.age()

    def age(self) -> None:
        for _ in range(YOUNG + 1):
            self.look()

    def look(self, **scope: Any) -> Snapshot:
        self.proc.read_of.clear()
        return self.scanner.scan(LIVE._replace(**scope))

    def soon(self, condition: Callable[[Snapshot], Any]) -> int:
        """In which of the next scans it is true: at most as many as there are turns."""
        return next(number for number in range(1, SLICE + 2) if condition(self.look()))


@pytest.fixture
def watch() -> Iterator[Callable[..., Live]]:
    made: list[Live] = []

    def make(*, events: bool = False) -> Live:
        made.append(Live(events))
        return made[-1]

    yield make
    for live in made:
        live.tasks.close()


@pytest.fixture
def obedient(require_root: None, spawn: Spawn) -> Iterator[Callable[..., Obeying]]:
    made: list[Obeying] = []

    def make(*deeds: Callable[[], object]) -> Obeying:
        made.append(Obeying(spawn, in_order(*deeds)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def require_events(live: Live) -> None:
    if live.tasks._events is None:
        pytest.skip("the kernel tells of no events here")


# ---- how much is read


def test_old_processes_are_read_in_turn(require_root: None, spawn: Spawn, watch: Any) -> None:
    children = [spawn() for _ in range(3)]
    live = watch()
    known = live.look().processes
    often: dict[int, int] = {child.pid: 0 for child in children}
    for _ in range(SLICE):
        snapshot = live.look()
        assert len(live.proc.read_of) < len(snapshot.processes) / 2
        for pid in often:
            often[pid] += live.proc.read_of.get(pid, 0)
            assert snapshot.processes[pid] is known[pid]
    assert set(often.values()) <= {1, 2}
    live.scanner.scan(Scope(dear=False))
    assert live.proc.read_of.keys() >= often.keys(), "all are when everything is asked for"


def test_turns() -> None:
    turns = Turns(4)
    crowd = list(range(10))
    rounds = [turns.next(crowd) for _ in range(4)]
    assert set().union(*rounds) == set(crowd)
    assert {len(share) for share in rounds} == {3}
    assert turns.next([]) == set()
    assert turns.next([7]) <= {7, *crowd}


def test_a_process_that_somebody_looks_at_is_read(spawn: Spawn, watch: Any) -> None:
    child = spawn()
    live = watch()
    for _ in range(3):
        live.look(details_of=frozenset({child.pid}))
        assert live.proc.read_of[child.pid] == 1


def test_who_uses_the_processor_is_read_every_time(require_root: None, obedient: Any, watch: Any) -> None:
    def spin() -> None:
        in_thread(lambda: None)
        import threading

        threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()

    worker = obedient(spin)
    live = watch()
    live.look(usage=True)
    worker.tell()

    def busy() -> bool:
        time.sleep(0.03)
        live.look(usage=True)
        return worker.pid in live.tasks._busy

    eventually(busy, "it is found to be busy")
    used = []
    for _ in range(3):
        time.sleep(0.05)
        snapshot = live.look(usage=True)
        assert live.proc.read_of[worker.pid] == 1
        used.append(snapshot.usage[worker.pid])
    assert used[0].cpu_ticks < used[1].cpu_ticks < used[2].cpu_ticks
    assert used[0].at < used[1].at < used[2].at
    assert snapshot.usage.keys() == snapshot.processes.keys()


# ---- what is seen at once


def test_new_and_ended_processes(spawn: Spawn, watch: Any) -> None:
    live = watch()
    child = spawn()
    assert child.pid in live.look().processes
    child.end()
    assert child.pid not in live.look().processes


def test_a_number_that_was_given_away_again(require_root: None, spawn: Spawn) -> None:
    def inside() -> list[Any]:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc")

        def fork(name: bytes) -> int:
            pid = os.fork()
            if pid == 0:
                linux.die_with_parent()
                linux.set_name(name)
                linux.unshare(linux.CLONE_NEWUTS)
                time.sleep(600)
            eventually(lambda: linux.inode(pid, "uts") != linux.inode("self", "uts"), "it has moved")
            return pid

        first = fork(b"first")
        live = Live(events=False)
        seen = [live.look().processes[first]]
        os.kill(first, 9)
        os.waitpid(first, 0)
        time.sleep(0.02)  # the kernel counts starts in hundredths of a second
        Path("/proc/sys/kernel/ns_last_pid").write_text(str(first - 1))
        second = fork(b"second")
        seen.append(live.look().processes[second])
        return [first == second, [task.comm for task in seen], seen[0].starttime < seen[1].starttime]

    found = spawn(inside, unshare=linux.CLONE_NEWPID | linux.CLONE_NEWNS).value
    assert found == [True, ["first", "second"], True]


def test_a_thread_elsewhere_is_looked_at_every_time(obedient: Any, watch: Any) -> None:
    names: list[bytes] = []

    def elsewhere() -> None:
        names.append(b"x")
        in_thread(lambda: linux.unshare(linux.CLONE_NEWUTS))

    worker = obedient(elsewhere)
    worker.tell()
    live = watch()
    for _ in range(3):
        snapshot = live.look()
        assert live.proc.read_of[worker.pid] == 1
        assert [task.tgid for task in snapshot.threads.values()].count(worker.pid) == 1


def test_a_new_name_where_the_kernel_tells_of_it(obedient: Any, watch: Any) -> None:
    worker = obedient(lambda: linux.set_name(b"renamed"))
    live = watch(events=True)
    require_events(live)
    assert live.look().processes[worker.pid].comm != "renamed"
    worker.tell()
    assert live.look().processes[worker.pid].comm == "renamed"


# ---- what is seen soon


def test_a_move_and_a_new_name(obedient: Any, watch: Any) -> None:
    worker = obedient(lambda: linux.unshare(linux.CLONE_NEWUTS), lambda: linux.set_name(b"renamed"))
    live = watch()
    home = live.look().processes[worker.pid].links
    worker.tell()
    inode = linux.inode(worker.pid, "uts")
    live.soon(lambda snapshot: snapshot.processes[worker.pid].links != home)
    snapshot = live.look()
    assert namespace(snapshot, inode).processes == (worker.pid,)
    assert worker.pid not in namespace(snapshot, home.uts).processes
    worker.tell()
    live.soon(lambda snapshot: snapshot.processes[worker.pid].comm == "renamed")


def test_threads_and_where_they_went(obedient: Any, watch: Any) -> None:
    worker = obedient(
        lambda: in_thread(lambda: None), lambda: in_thread(lambda: linux.unshare(linux.CLONE_NEWUTS))
    )
    live = watch()
    worker.tell()
    live.soon(lambda snapshot: snapshot.processes[worker.pid].threads == 2)
    worker.tell()
    live.soon(lambda snapshot: worker.pid in [task.tgid for task in snapshot.threads.values()])


def test_a_zombie(obedient: Any, watch: Any) -> None:
    worker = obedient()
    live = watch()
    os.kill(worker.pid, 9)  # its parent does not wait for it
    eventually(lambda: not os.path.exists(f"/proc/{worker.pid}/ns/uts"), "a zombie")
    live.soon(lambda snapshot: snapshot.processes[worker.pid].zombie)
