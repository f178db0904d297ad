"""A scanner that has looked before, and looks again only at what differs, finds what a fresh one finds."""

import json
import os
import random
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from nsview.discovery.choice import Refused, choose
from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.kernel import nsfs
from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.discovery.building import in_thread, leave_behind
from tests.discovery.obeying import Obeying
from tests.kernel_fixtures import NOBODY, Spawn

SCOPE = Scope(details=Wanted.NONE)
ATTEMPTS = 8
STEPS, BETWEEN = 100, 10
KINDS = ("net", "uts", "ipc", "cgroup", "mnt")


# ---- processes that do what they are told


class Worker(Obeying):
    """A process that moves, multiplies and opens things, one thing at a time."""

    def __init__(self, spawn: Spawn) -> None:
        super().__init__(spawn, _obey)

    def do(self, *command: Any) -> Any:
        """What comes of it; None where the kernel refuses."""
        return json.loads(self.tell(json.dumps(command).encode()))


def _obey(orders: socket.socket) -> None:
    children: list[int] = []
    files: list[int] = []

    def fork() -> int:
        pid = os.fork()
        if pid == 0:
            linux.die_with_parent()
            signal.pause()
        children.append(pid)
        return pid

    def end(reap: bool) -> None:
        pid = children.pop()
        os.kill(pid, signal.SIGKILL)
        if reap:
            os.waitpid(pid, 0)

    def same_number_again(flag: int, kind: str) -> bool:
        """Other namespaces until one has the number of ours, which we are alone in."""
        first = linux.inode("self", kind)
        for _ in range(200):
            linux.unshare(flag)
            if linux.inode("self", kind) == first:
                return True
        return False

    def below_nobody() -> None:
        linux.unshare(linux.CLONE_NEWUSER)
        linux.unshare(linux.CLONE_NEWUSER)

    actions: dict[str, Callable[..., Any]] = {
        "unshare": linux.unshare,
        "a user namespace below one that nobody is in": below_nobody,
        "again": same_number_again,
        "join": linux.join,
        "fork": fork,
        "end": lambda: end(True),
        "zombie": lambda: end(False),
        "thread": lambda: in_thread(lambda: None),
        "thread elsewhere": lambda flag: in_thread(lambda: linux.unshare(flag)),
        "open": lambda path: files.append(os.open(path, os.O_RDONLY)),
        "close": lambda: os.close(files.pop()),
        "socket": lambda: leave_behind("net", lambda: socket.socket().detach()),
        "name": lambda name: linux.set_name(name.encode()),
    }
    while order := orders.recv(4096):
        name, *arguments = json.loads(order)
        result = None
        with suppress(OSError, IndexError, RuntimeError):  # RuntimeError: no thread
            result = actions[name](*arguments)
        orders.send(json.dumps(result).encode())


@pytest.fixture
def workers(require_root: None, spawn: Spawn) -> Iterator[list[Worker]]:
    made = [Worker(spawn) for _ in range(5)]
    yield made
    for worker in made:
        worker.close()


def something(chance: random.Random, workers: list[Worker]) -> None:
    worker, other = chance.choice(workers), chance.choice(workers)
    kind = chance.choice(KINDS)
    flag = linux.FLAGS[kind]
    orders: list[tuple[int, tuple[Any, ...]]] = [
        (3, ("unshare", flag)),
        (1, ("unshare", linux.CLONE_NEWPID)),
        (2, ("a user namespace below one that nobody is in",)),
        (2, ("again", linux.CLONE_NEWUTS, "uts")),
        (1, ("join", other.pid, kind)),
        (2, ("fork",)),
        (1, ("end",)),
        (1, ("zombie",)),
        (1, ("thread",)),
        (2, ("thread elsewhere", flag)),
        (4, ("open", f"/proc/{other.pid}/ns/{kind}")),
        (2, ("close",)),
        (1, ("socket",)),
        (1, ("name", f"number {chance.randrange(100)}")),
    ]
    worker.do(*chance.choices([order for _, order in orders], [weight for weight, _ in orders])[0])


# ---- comparing


def told(snapshot: Snapshot, ours: set[int]) -> dict[Any, Any]:
    """All that a snapshot says: of the namespaces where others come and go too, only what concerns us."""
    ids = nsfs.gives_ids()

    def plain(identity: Any) -> Any:
        return identity if ids or not isinstance(identity, NamespaceId) else identity._replace(serial=0)

    found: dict[Any, Any] = {}
    for ns in snapshot.namespaces.values():
        found[plain(ns.id)] = (
            ns._replace(id=plain(ns.id), owner=plain(ns.owner), parent=plain(ns.parent)),
            list(map(plain, snapshot.children(ns.id))),
            list(map(plain, snapshot.owned(ns.id))),
            snapshot.holder_counts(ns),
        )
        found["ours", plain(ns.id)] = (
            [pid for pid in ns.processes if pid in ours],
            [place for place in ns.threads if place[0] in ours],
            [pin for pin in ns.pins if pin.pid in ours],
        )
    for pid, task in snapshot.processes.items():
        found[pid] = _lasting(task)
        found[pid, "in"] = [
            None if ns is None else plain(ns.id)
            for ns in (snapshot.namespace_of(task, kind) for kind in snapshot.kinds)
        ]
    found["threads"] = {tid: _lasting(task) for tid, task in snapshot.threads.items()}
    return found


def _lasting(task: Task) -> Task:
    """Without what is read less often, or changes all the time."""
    return task._replace(state=task.state if task.zombie else "", comm="", ppid=0)


def ours(snapshot: Snapshot) -> set[int]:
    """Our descendants."""
    found = {os.getpid()}
    for pid, task in snapshot.processes.items():  # parents mostly first
        if task.ppid in found:
            found.add(pid)
    return found


def compare(lasting: Scanner, workers: list[Worker]) -> Snapshot:
    """What does not change meanwhile is the same to both."""
    mine = {worker.pid for worker in workers}
    differing: dict[Any, Any] = {}
    for _ in range(ATTEMPTS):
        before, now, after = Scanner().scan(SCOPE), lasting.scan(SCOPE), Scanner().scan(SCOPE)
        mine |= ours(now)
        first, said, last = (told(snapshot, mine) for snapshot in (before, now, after))
        steady = {key for key in first.keys() & last.keys() if first[key] == last[key]}
        differing = {key: (said.get(key), first[key]) for key in steady if said.get(key) != first[key]}
        extra = said.keys() - first.keys() - last.keys()
        if not differing and not extra and mine & steady:
            assert list(now.namespaces) == sorted(
                now.namespaces, key=lambda ns: (list(Kind).index(ns.kind), not ns.inode, ns.inode)
            )
            return now
    first_few = [f"{key}: {said}"[:2000] for key, said in list(differing.items())[:2]]
    raise AssertionError(f"the lasting one, a fresh one: {first_few}; only the lasting one: {extra}")


@pytest.mark.parametrize(("source", "seed"), [("bpf", 1), ("bpf", 2), ("procfs", 2)])
def test_as_a_fresh_one(workers: list[Worker], source: str, seed: int) -> None:
    try:
        chosen = choose(source)
    except Refused as refused:
        pytest.skip(f"bpf: {refused}")
    lasting = Scanner(tasks=chosen.tasks, holders=chosen.holders)
    try:
        chance = random.Random(seed)
        compare(lasting, workers)
        for step in range(1, STEPS + 1):
            something(chance, workers)
            if step % BETWEEN == 0:
                compare(lasting, workers)
        for worker in workers:
            worker.close()
        compare(lasting, workers[:0])
    finally:
        chosen.close()


# ---- what an ordinary user makes of processes that cannot be read


def _groups(snapshot: Snapshot, ours: set[int]) -> list[list[Any]]:
    """Which of ours are taken to be together, by kind."""
    found = [
        [str(ns.kind), ns.inode, [pid for pid in ns.inferred if pid in ours]]
        for ns in snapshot.namespaces.values()
    ]
    return sorted(group for group in found if group[2])


def _look_around(orders: socket.socket) -> None:
    """As an ordinary user, with a scanner that lasts and one that is fresh each time."""
    lasting = Scanner()
    while order := orders.recv(4096):
        ours, live = json.loads(order)
        scope = SCOPE._replace(sources=frozenset()) if live else SCOPE
        said = _groups(lasting.scan(scope), set(ours))
        orders.send(json.dumps([said, _groups(Scanner().scan(SCOPE), set(ours))]).encode())


def test_an_ordinary_user_infers_the_same(workers: list[Worker], spawn: Spawn) -> None:
    for worker, flag in zip(
        workers, (0, linux.CLONE_NEWNET, linux.CLONE_NEWNS, linux.CLONE_NEWNET), strict=False
    ):
        worker.do("unshare", flag)
    mine = {worker.pid for worker in workers}
    with Obeying(spawn, _look_around, user=NOBODY) as looking:

        def differing(live: bool) -> Any:
            said, fresh = json.loads(looking.tell(json.dumps([sorted(mine), live]).encode()))
            return None if said == fresh and said else (said, fresh)

        assert differing(live=False) is None
        chance = random.Random(3)
        for _ in range(40):
            worker = chance.choice(workers)
            # Whoever comes or goes is seen at once; who moves is, when everything is looked at.
            live = chance.random() < 0.6
            orders = ["fork", "fork", "end"] if live else ["unshare", "fork"]
            child = worker.do(
                *{"unshare": ("unshare", linux.CLONE_NEWNET)}.get(order := chance.choice(orders), (order,))
            )
            if order == "fork":
                mine.add(child)
            found = differing(live)
            assert found is None, (order, live, found)
