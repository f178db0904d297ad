"""The kernel's iterators tell what procfs tells: of odd cases, under churn, and to whom they are open."""

import ctypes
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nsview.discovery import bpf_tasks
from nsview.discovery.bpf import Bpf
from nsview.discovery.choice import Choice, Refused, choose
from nsview.discovery.findings import Findings
from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.discovery.source import Context
from nsview.discovery.watching import Watcher
from nsview.kernel.bpf import NoBpf
from nsview.kernel.procfs import Procfs
from nsview.kernel.stat import parse_stat
from nsview.kernel.timens import boottime_offset, parse_boottime_offset
from nsview.model.certainty import Certainty
from nsview.model.holder import Holder, How
from nsview.model.kind import UNREADABLE_LINKS, Kind, Links
from nsview.model.namespace import NamespaceId
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.discovery.building import CLONE_FILES, exit_thread, in_thread, leave_behind, namespace, unreaped
from tests.kernel_fixtures import NOBODY, Spawn, require_kind
from tests.processes import call, eventually, start

SCOPE = Scope(details=Wanted.NONE)
CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_PERFMON, CAP_BPF = 21, 19, 38, 39

_libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture(scope="module")
def _refusal() -> str | None:
    """Why the iterators cannot be used here; None if they can."""
    try:
        bpf = Bpf(Procfs())
    except NoBpf as refusal:
        return f"bpf: {refusal}"
    bpf.close()
    return None


@pytest.fixture
def require_bpf(require_root: None, _refusal: str | None) -> None:
    if _refusal:
        pytest.skip(_refusal)


@pytest.fixture
def kernel(require_bpf: None) -> Iterator[Scanner]:
    """A scanner that asks the kernel's iterators."""
    choice = choose("bpf")
    yield Scanner(tasks=choice.tasks, holders=choice.holders)
    close(choice)


def close(choice: Choice) -> None:
    assert isinstance(choice.tasks, Bpf)
    choice.tasks.close()


# ---- comparing

ATTEMPTS = 8
"""Others use the machine too: what differs only once is what has changed and changed back."""


def compare(kernel: Scanner, procfs: Scanner | None = None) -> Snapshot:
    """Both tell the same of everything that did not change meanwhile; what the kernel's iterators told."""
    procfs = procfs or Scanner()
    for _ in range(ATTEMPTS):
        before, now, after = procfs.scan(SCOPE), kernel.scan(SCOPE), procfs.scan(SCOPE)
        assert now.report.source == "bpf"
        steady = _steady(before.processes, after.processes) | _steady(before.threads, after.threads)
        expected, said = told(before, steady), told(now, steady)
        if expected == said:
            return now
    differences = [
        (key, said[what].get(key), expected[what].get(key))
        for what in expected
        for key in {**expected[what], **said[what]}
        if said[what].get(key) != expected[what].get(key)
    ]
    raise AssertionError(f"the iterators and procfs: {differences}")


def _steady(before: Mapping[int, Task], after: Mapping[int, Task]) -> set[int]:
    """Numbers of the tasks that did not change."""
    return {pid for pid, task in before.items() if pid in after and _plain(task) == _plain(after[pid])}


def _plain(task: Task) -> Task:
    """Without what changes all the time: the state, unless it is dead, and what a kernel worker works at."""
    worker = task.kernel and task.comm.startswith("kworker/")
    return task._replace(state=task.state if task.zombie else "", comm="kworker" if worker else task.comm)


def told(snapshot: Snapshot, steady: set[int]) -> dict[str, Any]:
    """What a snapshot says of these tasks and of the namespaces that they hold."""
    namespaces: dict[int, Any] = {}
    for ns in snapshot.namespaces.values():
        processes = [pid for pid in ns.processes if pid in steady]
        threads = [(tgid, tid) for tgid, tid in ns.threads if {tgid, tid} <= steady]
        pins = sorted((pin for pin in ns.pins if pin.pid in steady and pin.tid in {None, *steady}), key=repr)
        if processes or threads or pins:
            namespaces[ns.inode] = (ns.kind, ns.owner, ns.parent, processes, threads, pins, ns.certainty)
            if not ns.host and ns.nprocs == len(processes):
                namespaces[ns.inode] += (ns.tasks, ns.oldest)
    return {
        "processes": {pid: _plain(task) for pid, task in snapshot.processes.items() if pid in steady},
        "threads": {tid: _plain(task) for tid, task in snapshot.threads.items() if tid in steady},
        "namespaces": namespaces,
    }


# ---- a machine full of odd cases


def test_a_plain_machine(kernel: Scanner) -> None:
    snapshot = compare(kernel)
    assert os.getpid() in snapshot.processes


@pytest.mark.parametrize("kind", linux.FLAGS)
def test_every_kind(kernel: Scanner, spawn: Spawn, kind: str) -> None:
    require_kind(kind)
    child = spawn(unshare=linux.FLAGS[kind])
    ns = namespace(compare(kernel), child.inode(kind))
    assert ns.kind == kind
    assert ns.processes == (child.pid,)


def test_threads_elsewhere(kernel: Scanner, spawn: Spawn) -> None:
    def build() -> dict[str, int]:
        in_thread(lambda: None)
        elsewhere = in_thread(lambda: linux.unshare(linux.CLONE_NEWNET | linux.CLONE_NEWUTS))
        children = in_thread(lambda: linux.unshare(linux.CLONE_NEWPID))
        return {"elsewhere": elsewhere, "children": children}

    child = spawn(build)
    snapshot = compare(kernel)
    assert snapshot.processes[child.pid].threads == 4
    assert snapshot.threads[child.value["elsewhere"]].tgid == child.pid
    assert child.pid not in snapshot.threads


def dead_leader(inside: Callable[[], object]) -> int:
    """A process of which only a thread lives on, which has done `inside`; its number."""
    told_read, told_write = os.pipe()
    pid = os.fork()
    if pid == 0:

        def stay() -> None:
            linux.die_with_parent()
            inside()

        try:
            os.write(told_write, str(in_thread(stay)).encode())
        finally:
            exit_thread()
    assert os.read(told_read, 20)
    return pid


def test_a_dead_leader(kernel: Scanner, spawn: Spawn) -> None:
    def inside() -> None:
        linux.unshare(linux.CLONE_NEWNET)
        os.open("/proc/thread-self/ns/uts", os.O_RDONLY)

    leader = spawn(lambda: dead_leader(inside)).value
    eventually(lambda: Scanner().scan(SCOPE).processes[leader].zombie, "the leader is dead")
    snapshot = compare(kernel)
    assert snapshot.processes[leader].links.net == 0
    assert [task.tgid for task in snapshot.threads.values()].count(leader) == 1
    uts = namespace(snapshot, linux.inode("self", "uts"))
    assert [pin.how for pin in uts.pins if pin.pid == leader] == [How.FD]


def test_a_zombie(kernel: Scanner, spawn: Spawn) -> None:
    pid = spawn(lambda: unreaped(linux.CLONE_NEWUTS | linux.CLONE_NEWUSER)).value
    task = compare(kernel).processes[pid]
    assert task.state == "Z"
    home = linux.inode("self", "user")
    assert task.links == Links(0, 0, 0, 0, linux.inode("self", "pid"), 0, task.links.user, 0)
    assert task.links.user not in (0, home)


def test_nested_pid_and_user_namespaces(kernel: Scanner, spawn: Spawn) -> None:
    flags = linux.CLONE_NEWUSER | linux.CLONE_NEWPID
    outer = spawn(lambda: start(unshare=flags).pid, unshare=flags)
    snapshot = compare(kernel)
    inner = [task for task in snapshot.processes.values() if task.ppid and _above(snapshot, task, outer.pid)]
    depths = {snapshot.namespace_of(task, Kind.USER) for task in inner}
    assert len(inner) >= 2
    assert len(depths) >= 2


def _above(snapshot: Snapshot, task: Task, ancestor: int) -> bool:
    while task.ppid in snapshot.processes and task.pid != ancestor:
        task = snapshot.processes[task.ppid]
    return task.pid == ancestor


def test_the_next_childs_namespaces(kernel: Scanner, spawn: Spawn) -> None:
    require_kind("time")

    def ended_init() -> int:
        linux.unshare(linux.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        return linux.inode("self", "pid_for_children")

    never_entered = spawn(unshare=linux.CLONE_NEWPID, enter=False)
    prepared = spawn(unshare=linux.CLONE_NEWTIME, enter=False)
    ended = spawn(ended_init)
    snapshot = compare(kernel)
    assert snapshot.processes[never_entered.pid].links.pid_for_children == never_entered.pid_for_children()
    (pin,) = namespace(snapshot, prepared.inode("time_for_children")).pins
    assert (pin.how, pin.pid) == (How.FOR_CHILDREN, prepared.pid)
    (pin,) = namespace(snapshot, ended.value).pins
    assert (pin.how, pin.pid) == (How.FOR_CHILDREN, ended.pid)


def keep(path: str, flags: int) -> None:
    os.open(path, flags)


def open_socket(family: int) -> None:
    socket.socket(family, socket.SOCK_DGRAM).detach()


def test_open_files(kernel: Scanner, spawn: Spawn, tmp_path: Path) -> None:
    def build() -> dict[str, Any]:
        made = [
            leave_behind(kind, partial(keep, f"/proc/thread-self/ns/{kind}", flags))
            for kind, flags in (
                ("net", os.O_RDONLY),
                ("uts", os.O_PATH),
                ("ipc", os.O_RDONLY),
                ("cgroup", os.O_PATH),
            )
        ]
        for family in (socket.AF_INET, socket.AF_UNIX, socket.AF_NETLINK):
            made.append(leave_behind("net", partial(open_socket, family)))
        # None of these holds anything: sockets of our own namespace, a socket's name in a directory.
        named = socket.socket(socket.AF_UNIX)
        named.bind(str(tmp_path / "name"))
        named.detach()
        os.open(tmp_path / "name", os.O_PATH)
        open_socket(socket.AF_INET)

        def alone() -> None:
            linux.unshare(CLONE_FILES)
            made.append(leave_behind("uts", lambda: os.open("/proc/thread-self/ns/uts", os.O_RDONLY)))

        tid = in_thread(alone)
        # A second thread without a table of its own.
        in_thread(lambda: None)
        return {"made": made, "tid": tid}

    child = spawn(build)
    snapshot = compare(kernel)
    pins = [namespace(snapshot, inode).pins for inode in child.value["made"]]
    hows = [[pin.how for pin in of if pin.pid == child.pid and not pin.tid] for of in pins]
    assert hows == [[How.FD]] * 4 + [[How.SOCKET]] * 3 + [[]]
    assert [pin.tid for pin in pins[-1]] == [child.value["tid"]]
    assert {namespace(snapshot, inode).kind for inode in child.value["made"]} == {
        "net",
        "uts",
        "ipc",
        "cgroup",
    }


def test_names_and_users(kernel: Scanner, spawn: Spawn) -> None:
    names = [b") R 1 (", b"two\nlines", b"\xff\xfe\x80", b"exactly15bytes!", "🦊".encode(), b""]
    children = [spawn(name=name, user=NOBODY if name else None) for name in names]
    snapshot = compare(kernel)
    for child, name in zip(children, names, strict=True):
        assert os.fsencode(snapshot.processes[child.pid].comm) == name
        assert snapshot.processes[child.pid].uid == (NOBODY if name else 0)


def test_users_inside_a_user_namespace(kernel: Scanner, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUSER, user=NOBODY)
    assert compare(kernel).processes[child.pid].uid == NOBODY


def test_used_time_and_memory(kernel: Scanner, spawn: Spawn) -> None:
    def burn() -> None:
        def spin() -> None:
            while time_used() < 0.3:
                pass

        in_thread(spin)
        threading.Thread(target=lambda: None).start()

    def time_used() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    child = spawn(burn)
    usage = SCOPE._replace(usage=True)
    theirs, snapshot = Scanner().scan(usage).usage, kernel.scan(usage)
    assert snapshot.report.source == "bpf"
    ours = snapshot.usage
    assert ours[child.pid].cpu_ticks >= 25
    # Two numbers rounded down each, added, against one.
    assert 0 <= ours[child.pid].cpu_ticks - theirs[child.pid].cpu_ticks <= 2
    assert ours[child.pid].rss_pages > 100
    assert abs(ours[child.pid].rss_pages - theirs[child.pid].rss_pages) < 300
    assert theirs.keys() - ours.keys() == set() or len(ours) > 10


# ---- between scans


def test_what_has_not_changed_is_the_same_object(kernel: Scanner, spawn: Spawn) -> None:
    child, other = spawn(), spawn()
    first = kernel.scan(SCOPE)
    third = spawn()
    linked = kernel.scan(SCOPE)
    assert linked.processes[child.pid] is first.processes[child.pid]
    assert linked.processes[third.pid].links is first.processes[child.pid].links
    other.end()
    after = kernel.scan(SCOPE)
    assert other.pid not in after.processes
    assert after.processes[child.pid] is first.processes[child.pid]
    # Earlier snapshots stay as they were.
    assert other.pid in first.processes
    assert third.pid not in first.processes


def test_changes_are_seen_at_the_next_scan(kernel: Scanner, spawn: Spawn) -> None:
    ours, theirs = socket.socketpair()

    def build() -> int:
        pid = os.fork()
        if pid == 0:
            linux.die_with_parent()
            for step in (
                lambda: linux.unshare(linux.CLONE_NEWNET),
                lambda: linux.set_name(b"renamed"),
                lambda: os.setresuid(NOBODY, NOBODY, NOBODY),
                lambda: os.open("/proc/self/ns/uts", os.O_RDONLY),
            ):
                theirs.recv(1)
                step()
                theirs.send(b"x")
            theirs.recv(1)
            os._exit(0)
        return pid

    child = spawn(build, keep=[theirs.fileno()])
    theirs.close()

    def next_scan() -> Snapshot:
        ours.send(b"x")
        ours.recv(1)
        return kernel.scan(SCOPE)

    pid = child.value
    before = kernel.scan(SCOPE).processes[pid]
    moved = next_scan().processes[pid]
    assert moved.links.net == linux.inode(pid, "net") != before.links.net
    assert next_scan().processes[pid].comm == "renamed"
    assert next_scan().processes[pid].uid == NOBODY
    uts = namespace(next_scan(), linux.inode("self", "uts"))
    assert pid in [pin.pid for pin in uts.pins]
    ours.close()


def churn(stop: int) -> None:
    """Start and end processes that change their namespaces, until `stop` can be read."""
    import select

    flags = [
        linux.CLONE_NEWNET,
        linux.CLONE_NEWUTS | linux.CLONE_NEWIPC,
        linux.CLONE_NEWUSER,
        linux.CLONE_NEWNS,
    ]
    turn = 0
    while not select.select([stop], [], [], 0)[0]:
        turn += 1
        pid = os.fork()
        if pid == 0:
            linux.die_with_parent()
            linux.unshare(linux.CLONE_NEWUTS)
            linux.unshare(flags[turn % len(flags)])
            os._exit(0)
        os.waitpid(pid, 0)
    os._exit(0)


@pytest.mark.parametrize("listed", [False, True], ids=["", "with /proc listed every time"])
def test_under_churn(kernel: Scanner, spawn: Spawn, listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if listed:
        monkeypatch.setattr(bpf_tasks, "HIDDEN_AFTER", 0.0)
    steady = [spawn(unshare=flag) for flag in (linux.CLONE_NEWNET, linux.CLONE_NEWUTS, linux.CLONE_NEWUSER)]
    stop_read, stop_write = os.pipe()

    def make() -> int:
        for _ in range(2):
            if os.fork() == 0:
                linux.die_with_parent()
                churn(stop_read)
        return os.getpid()

    child = spawn(make, keep=[stop_read])
    fds = set(os.listdir("/proc/self/fd"))
    expected = {one.pid: Procfs().links(one.pid) for one in steady}
    numbers: set[int] = set()
    for _ in range(40):
        snapshot = kernel.scan(SCOPE)
        for pid, links in expected.items():
            assert snapshot.processes[pid].links == links
        for task in snapshot.processes.values():
            numbers.update(task.links[:8])
            assert task.links is UNREADABLE_LINKS or task.links.user > 0
            assert (
                task.ppid in snapshot.processes or task.ppid == 0 or task.ppid not in (child.pid, os.getpid())
            )
    # Inode numbers of nsfs and nothing else.
    assert all(number in (0, -1) or 0xF0000000 - 1000 < number < 0xF0010000 for number in numbers)
    assert set(os.listdir("/proc/self/fd")) == fds
    os.write(stop_write, b"x")
    child.end()
    os.close(stop_read)
    os.close(stop_write)
    # Others' processes may just be ending, but none does twice.
    gone = [vanished(compare(kernel)), vanished(kernel.scan(SCOPE))]
    assert gone[0] & gone[1] == set()


def vanished(snapshot: Snapshot) -> set[NamespaceId]:
    return {ns.id for ns in snapshot.namespaces.values() if ns.certainty is Certainty.VANISHED}


def test_all_odd_cases_together_under_churn(kernel: Scanner, spawn: Spawn) -> None:
    """Both sources tell the same tasks, namespaces and holders while others come, go and move."""
    flags = linux.CLONE_NEWUSER | linux.CLONE_NEWPID

    def threads_and_files() -> dict[str, Any]:
        made = [
            leave_behind("net", lambda: open_socket(socket.AF_INET)),
            leave_behind("uts", partial(keep, "/proc/thread-self/ns/uts", os.O_PATH)),
        ]
        return {"made": made, "tid": in_thread(lambda: linux.unshare(linux.CLONE_NEWNET))}

    rich = spawn(threads_and_files)
    zombie = spawn(lambda: unreaped(linux.CLONE_NEWUSER)).value
    leader = spawn(lambda: dead_leader(lambda: linux.unshare(linux.CLONE_NEWNET))).value
    nested = spawn(lambda: start(unshare=flags).pid, unshare=flags)
    prepared = spawn(unshare=linux.CLONE_NEWPID, enter=False)
    stop_read, stop_write = os.pipe()

    def busy() -> None:
        for _ in range(2):
            if os.fork() == 0:
                linux.die_with_parent()
                churn(stop_read)

    spawn(busy, keep=[stop_read])
    try:
        eventually(lambda: Scanner().scan(SCOPE).processes[leader].zombie, "the leader is dead")
        for _ in range(4):
            snapshot = compare(kernel)
        mine = {rich.pid, zombie, leader, nested.pid, prepared.pid}
        assert mine <= snapshot.processes.keys()
        assert rich.value["tid"] in snapshot.threads
        hows = [[pin.how for pin in namespace(snapshot, inode).pins] for inode in rich.value["made"]]
        assert hows == [[How.SOCKET], [How.FD]]
    finally:
        os.write(stop_write, b"x")
        os.close(stop_read)
        os.close(stop_write)


def test_numbers_that_procfs_does_not_confirm_do_not_count(kernel: Scanner, spawn: Spawn) -> None:
    """As if the kernel had read a namespace that was just being freed."""

    class Elsewhere(Procfs):
        def links(self, pid: int | str, place: str = "") -> Links:
            links = super().links(pid, place)
            return links._replace(net=4711) if pid == child.pid else links

    kernel.scan(SCOPE)
    child = spawn(unshare=linux.CLONE_NEWNET)
    proc = Elsewhere()
    tasks = kernel.tasks
    assert isinstance(tasks, Bpf)
    for _ in range(2):  # also when nothing has changed since
        findings = Findings()
        # What is uncertain is read anew, and here that is left to the true procfs.
        tasks.read(Context(proc, proc.kinds(), findings), False)
        assert findings.processes[child.pid].links.net == child.inode("net")
        assert tasks.tasks.uncertain == {child.pid}
    compare(kernel)
    assert tasks.tasks.uncertain == frozenset()


# ---- pid and time namespaces of the reader


def test_inside_a_pid_namespace(require_bpf: None, spawn: Spawn) -> None:
    def inside() -> dict[str, Any]:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc")
        nested = start(unshare=linux.CLONE_NEWPID | linux.CLONE_NEWNET)
        choice = choose("bpf")
        snapshot = compare(Scanner(tasks=choice.tasks, holders=choice.holders))
        close(choice)
        found = {
            "pids": list(snapshot.processes),
            "ppids": [task.ppid for task in snapshot.processes.values()],
        }
        nested.end()
        return found

    spawn(unshare=linux.CLONE_NEWPID)  # a sibling is not to be seen
    found = spawn(inside, unshare=linux.CLONE_NEWPID | linux.CLONE_NEWNS).value
    assert found["pids"] == [1, 2, 3]
    assert found["ppids"] == [0, 1, 2]


def test_of_another_pid_namespaces_procfs_nothing_is_known(require_bpf: None, spawn: Spawn) -> None:
    with pytest.raises(Refused, match="another pid namespace"):
        spawn_error(lambda: choose("bpf"), unshare=linux.CLONE_NEWPID)
    name = call(lambda: choose("auto").tasks.name, unshare=linux.CLONE_NEWPID)
    assert name == "procfs (bpf: /proc shows another pid namespace than our own)"


def spawn_error(function: Callable[[], object], **where: Any) -> None:
    """Call it in a child; the Refused that it raises there."""

    def inside() -> str:
        try:
            function()
        except Refused as refused:
            return str(refused)
        return ""

    said = call(inside, **where)
    if said:
        raise Refused(said)


def test_inside_a_time_namespace(require_bpf: None, spawn: Spawn) -> None:
    require_kind("time")

    def moved() -> Any:
        linux.unshare(linux.CLONE_NEWTIME)
        Path("/proc/self/timens_offsets").write_text("monotonic 86400 0\nboottime 604800 250000000\n")
        refused = ""
        try:
            boottime_offset()
        except OSError as error:
            refused = str(error.strerror)

        def inside() -> dict[str, Any]:
            choice = choose("bpf")
            snapshot = compare(Scanner(tasks=choice.tasks, holders=choice.holders))
            close(choice)
            stat = parse_stat(Procfs().read_record("self", "stat"))
            told = snapshot.processes[os.getpid()].starttime
            return {"offset": boottime_offset(), "same": stat is not None and stat.starttime == told}

        return {"refused": refused, **call_here(inside)}

    found = spawn(moved).value
    assert found["offset"] == 604800_250000000
    assert found["same"]  # since Linux 5.11 by the namespace's clock
    assert "children" in found["refused"]


def call_here(function: Callable[[], Any]) -> Any:
    child = start(function)
    child.end()
    return child.value


def test_offsets() -> None:
    assert (
        parse_boottime_offset("monotonic           1         2\nboottime           -3         5\n")
        == -3 * 10**9 + 5
    )
    assert parse_boottime_offset("") == 0


# ---- rights


def keep_capabilities(*numbers: int) -> None:
    """Have these and no other, also after a change of user and over exec (capset(2), PR_CAP_AMBIENT)."""
    low, high = (sum(1 << number - base for number in numbers if 0 <= number - base < 32) for base in (0, 32))
    header = struct.pack("Ii", 0x20080522, 0)
    assert _libc.capset(header, struct.pack("6I", low, low, low, high, high, high)) == 0
    for number in numbers:
        assert _libc.prctl(47, ctypes.c_ulong(2), *map(ctypes.c_ulong, (number, 0, 0))) == 0


def as_nobody_with(*numbers: int) -> None:
    assert _libc.prctl(8, *map(ctypes.c_ulong, (1, 0, 0, 0))) == 0  # PR_SET_KEEPCAPS
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    keep_capabilities(*numbers)
    linux.set_dumpable()


NEEDED = "EPERM: needs CAP_BPF and CAP_PERFMON"


def test_root_without_the_capabilities(require_bpf: None) -> None:
    def look(*numbers: int) -> str:
        keep_capabilities(*numbers)
        return choose("auto").tasks.name

    assert call(lambda: look(CAP_SYS_PTRACE)) == f"procfs (bpf: {NEEDED})"
    assert call(lambda: look(CAP_SYS_PTRACE, CAP_BPF)) == f"procfs (bpf: {NEEDED})"
    assert call(lambda: look(CAP_SYS_PTRACE, CAP_BPF, CAP_PERFMON)) == "bpf"
    assert call(lambda: look(CAP_SYS_PTRACE, CAP_SYS_ADMIN)) == "bpf"


def test_nobody(require_bpf: None) -> None:
    assert call(lambda: choose("auto").tasks.name, user=NOBODY) == f"procfs (bpf: {NEEDED})"
    with pytest.raises(Refused, match=NEEDED):
        spawn_error(lambda: choose("bpf"), user=NOBODY)
    assert call(lambda: choose("procfs").tasks.name, user=NOBODY) == "procfs"


def test_root_in_a_user_namespace_is_not_root(require_bpf: None) -> None:
    name = call(lambda: choose("auto").tasks.name, unshare=linux.CLONE_NEWUSER)
    assert name == f"procfs (bpf: {NEEDED})"


def test_an_ordinary_user_with_two_capabilities_sees_everybody(require_bpf: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWNET | linux.CLONE_NEWUTS)
    inode = child.inode("net")

    def look() -> dict[str, Any]:
        as_nobody_with(CAP_BPF, CAP_PERFMON)
        choice = choose("bpf")
        scanner = Scanner(tasks=choice.tasks, holders=choice.holders)
        first, second = scanner.scan(SCOPE), scanner.scan(SCOPE)
        plain = Scanner().scan(SCOPE)
        close(choice)
        return {
            "links": [snapshot.processes[child.pid].links for snapshot in (first, second)],
            "procfs": plain.processes[child.pid].links,
            "unreadable": [snapshot.report.unreadable for snapshot in (plain, second)],
            "members": [ns.processes for ns in second.namespaces.values() if ns.inode == inode],
            "source": second.report.source,
        }

    found = call(look)
    links = list(Procfs().links(child.pid))
    assert found["source"] == "bpf"
    assert found["links"] == [links, links]
    assert found["procfs"] == list(UNREADABLE_LINKS)
    assert found["unreadable"][0] > found["unreadable"][1]
    assert found["members"] == [[child.pid]]


# ---- when it does not work, or no more


def test_without_btf(tmp_path: Path) -> None:
    with pytest.raises(NoBpf, match=f"^no BTF at {tmp_path}/vmlinux$"):
        Bpf(Procfs(), str(tmp_path / "vmlinux"))


def test_what_procfs_denies_is_not_believed(require_bpf: None, spawn: Spawn) -> None:
    """As if the kernel kept the start of its tasks in a way that we do not know."""
    words = _refusal_with(bpf_tasks, "_SECOND", 2 * 10**9)
    assert re.fullmatch(r"starttime of pid \d+ is \d+, in procfs \d+", words), words


def _refusal_with(module: Any, name: str, instead: object) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, instead)
        try:
            Bpf(Procfs())
        except NoBpf as refusal:
            return str(refusal)
    return "none"


def test_few_processes_are_not_worth_it(require_bpf: None) -> None:
    from nsview.discovery import choice

    few = choose("auto", once=True)
    processes = len(os.listdir("/proc"))
    assert few.tasks.name == ("procfs" if processes < choice.MANY else "bpf")
    few.close()
    chosen = choose("bpf", once=True)
    assert chosen.tasks.name == "bpf"
    close(chosen)


def test_procfs_takes_over(require_bpf: None, spawn: Spawn) -> None:
    def starve() -> dict[str, Any]:
        made = leave_behind("uts", lambda: os.open("/proc/thread-self/ns/uts", os.O_RDONLY))
        choice = choose("bpf")
        scanner = Scanner(tasks=choice.tasks, holders=choice.holders)
        scanner.scan(SCOPE)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            failed = scanner.scan(SCOPE).report.source
        except OSError as error:
            failed = str(error)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        snapshot = scanner.scan(SCOPE)
        return {
            "failed": failed,
            "source": snapshot.report.source,
            "pins": [list(pin) for pin in namespace(snapshot, made).pins],
            "open": open_files(),
        }

    found = spawn(starve).value
    assert found["source"].startswith("procfs (bpf: EMFILE: ")
    assert [Holder(*pin).how for pin in found["pins"]] == [How.FD]
    assert not any("bpf" in link for link in found["open"])


def open_files() -> list[str]:
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the one that lists the directory
            found.append(os.readlink(f"/proc/self/fd/{fd}"))
    return found


def test_a_live_view_walks_at_its_own_pace_again(require_bpf: None) -> None:
    def starve() -> list[Any]:
        watcher = Watcher(source="bpf")
        watcher.scan(SCOPE)
        before = sorted(watcher.due())
        assert isinstance(watcher.tasks, Bpf)
        watcher.tasks.close()
        watcher.scan(Scope(sources=watcher.due()))
        watcher.scan(Scope(sources=watcher.due()))
        return [watcher.tasks.name, before, sorted(watcher.due())]

    name, before, after = call(starve)
    assert name == "procfs (bpf: EBADF: the iterator is closed)"
    assert before == ["fds", "for_children", "sockets"]
    assert after == ["for_children"]


def test_nothing_stays_behind(require_bpf: None) -> None:
    def look() -> list[str]:
        choice = choose("bpf")
        scanner = Scanner(tasks=choice.tasks, holders=choice.holders)
        before = set(os.listdir("/proc/self/fd"))
        scanner.scan(SCOPE)
        scanner.scan(SCOPE)
        assert set(os.listdir("/proc/self/fd")) == before
        kept = open_files()
        close(choice)
        assert not any("bpf" in link for link in open_files())
        return kept

    kept = call(look)
    assert sum("bpf" in link for link in kept) == 2
    assert not any(":[" in link and link.partition(":")[0] in linux.FLAGS for link in kept)


def test_signals_do_not_end_a_pass(kernel: Scanner) -> None:
    handler = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        for _ in range(20):
            assert os.getpid() in kernel.scan(SCOPE).processes
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


def test_a_live_view_begins_quickly_and_goes_on_cheaply(require_bpf: None, spawn: Spawn) -> None:
    def watch() -> dict[str, Any]:
        made = leave_behind("uts", lambda: keep("/proc/thread-self/ns/uts", os.O_RDONLY))
        watcher = Watcher(source="auto")
        snapshots = [
            watcher.scan(Scope(dear=False)),
            watcher.scan(),
            watcher.scan(Scope(sources=watcher.due())),
        ]
        assert watcher.due() >= {"fds", "sockets"}
        return {
            "sources": [snapshot.report.source for snapshot in snapshots],
            "identities": [snapshot.processes[os.getpid()].id for snapshot in snapshots],
            "held": namespace(snapshots[-1], made).pins[0].how,
        }

    found = call(watch)
    assert found["sources"][1:] == ["bpf", "bpf"]
    assert len({tuple(identity) for identity in found["identities"]}) == 1
    assert found["held"] == How.FD
    refused = call(lambda: [Watcher(source="auto").scan().report.source, _second_source()], user=NOBODY)
    assert refused[1] == f"procfs (bpf: {NEEDED})"


def _second_source() -> str:
    watcher = Watcher(source="auto")
    watcher.scan()
    return watcher.scan().report.source


def test_the_command_line(require_bpf: None) -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "nsview", "list", "--json", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert json.loads(run("--source", "bpf").stdout)["scan"]["source"] == "bpf"
    assert json.loads(run("--source", "procfs").stdout)["scan"]["source"] == "procfs"

    def without_rights() -> str:
        for capability in (CAP_SYS_ADMIN, CAP_BPF, CAP_PERFMON):  # for good: root has all again after exec
            assert _libc.prctl(24, *map(ctypes.c_ulong, (capability, 0, 0, 0))) == 0  # PR_CAPBSET_DROP
        return run("--source", "bpf").stderr

    assert call(without_rights) == f"nsview: --source bpf: {NEEDED}\n"
