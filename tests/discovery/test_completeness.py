"""What is alive though nothing leads to it, and the kernel's list beside what was found."""

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import ANY

import pytest

from nsview.cli.main import main
from nsview.contents.pinned import Pinned
from nsview.discovery import completeness, once, scanner
from nsview.discovery.completeness import Completeness
from nsview.discovery.findings import Findings, Found
from nsview.discovery.scanner import Scanner, Scope
from nsview.discovery.source import Context
from nsview.kernel import handles, listns, own
from nsview.kernel.procfs import Procfs
from nsview.model.changes import What, changes
from nsview.model.explain import explain
from nsview.model.holder import How
from nsview.model.kind import Kind
from nsview.model.query import parse
from nsview.model.record import NamespaceRecord
from nsview.model.snapshot import Comparison, Snapshot
from tests import leftovers, linux
from tests.discovery.building import alive, has_handles, has_list, holders, namespace
from tests.kernel_fixtures import AsNobody, Spawn

AS_BEFORE = Scope(sources=frozenset())
"""The holders that were found the last time, as in most scans of a live view."""


def require_handles() -> None:
    if not has_handles():
        pytest.skip("this kernel opens no namespaces by handle (Linux 6.18 does)")


def require_list() -> None:
    if not has_list():
        pytest.skip("this kernel has no listns(2) (Linux 6.19 has)")


class Flight:
    """A namespace that a file of ours holds, and when that is sent off, nothing that can be seen."""

    def __init__(self, spawn: Spawn, kind: str) -> None:
        maker = spawn(unshare=linux.FLAGS[kind])
        self.fd = os.open(f"/proc/{maker.pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
        self.inode = maker.inode(kind)
        maker.end()
        self.ours, self.theirs = socket.socketpair()

    def send(self) -> None:
        socket.send_fds(self.ours, [b"x"], [self.fd])
        self.close()

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def land(self) -> None:
        """Nobody receives it: the kernel drops it with the socket."""
        self.close()
        self.ours.close()
        self.theirs.close()


@contextmanager
def flight(spawn: Spawn, kind: str = "uts") -> Iterator[Flight]:
    one = Flight(spawn, kind)
    try:
        yield one
    finally:
        one.land()


def unexplained(snapshot: Snapshot, inode: int) -> bool:
    return snapshot.holder_counts(namespace(snapshot, inode)) == {}


# ---- what was seen before


@pytest.mark.parametrize("kind", ["uts", "net", "mnt", "cgroup"])
def test_in_flight_it_is_told_until_it_ends(require_root: None, spawn: Spawn, kind: str) -> None:
    require_handles()
    looking = Scanner()
    with flight(spawn, kind) as one:
        before = looking.scan()
        assert [holder.how for holder in holders(before, one.inode)] == [How.FD]
        one.send()
        told = [looking.scan(scope) for scope in (Scope(), AS_BEFORE, Scope())]
        for snapshot in told:
            assert unexplained(snapshot, one.inode)
            assert namespace(snapshot, one.inode).owner == namespace(before, one.inode).owner
            assert snapshot.report.comparison.unexplained >= 1
            assert not snapshot.report.complete
            # It is the one of before.
            assert namespace(snapshot, one.inode).id == namespace(before, one.inode).id
        happened = [change for change in changes(before, told[-1]) if change.namespace.inode == one.inode]
        assert [(change.what, change.holder and change.holder.how) for change in happened] == [
            (What.LOST, How.FD)
        ]
    assert namespace(before, one.inode).id not in looking.scan().namespaces


@pytest.mark.parametrize("kind", ["user", "pid"])
def test_what_the_kernel_lets_go_of_late_is_asked_for_later(
    require_root: None, spawn: Spawn, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux 6.18 opens a pid or user namespace a moment longer than it lives."""
    require_handles()
    monkeypatch.setattr(completeness, "LINGER", 0.3)
    looking = Scanner()
    ended = spawn(unshare=linux.FLAGS[kind])
    inode = ended.inode(kind)
    with flight(spawn, kind) as one:
        before = looking.scan()
        gone, sent = namespace(before, inode).id, namespace(before, one.inode).id
        one.send()
        ended.end()
        seen = looking.scan()
        assert gone not in seen.namespaces
        assert has_list() == (sent in seen.namespaces)
        time.sleep(0.3)
        for scope in (Scope(), AS_BEFORE):
            seen = looking.scan(scope)
            assert unexplained(seen, one.inode)
            assert gone not in seen.namespaces


def test_another_namespace_that_gets_its_inode_number(require_root: None, spawn: Spawn) -> None:
    require_handles()
    looking = Scanner()
    with flight(spawn) as one:
        looking.scan()
        one.send()
        before = namespace(looking.scan(), one.inode).id
    for _ in range(200):
        child = spawn(unshare=linux.CLONE_NEWUTS)
        if child.inode("uts") == one.inode:
            break
    after = namespace(looking.scan(), child.inode("uts"))
    assert (after.inode, after.processes) == (before.inode, (child.pid,)), (
        "the number was not given out again"
    )
    assert after.id != before


def test_words_and_filter(require_root: None, spawn: Spawn) -> None:
    require_handles()
    looking = Scanner()
    with flight(spawn) as one:
        looking.scan()
        one.send()
        snapshot = looking.scan()
        ns = namespace(snapshot, one.inode)
        record = NamespaceRecord(snapshot, ns)
        assert record.held() == "unknown"
        assert parse("held:unknown kind:uts").matches(record)
        assert not parse("held:unknown").matches(
            NamespaceRecord(snapshot, namespace(snapshot, linux.inode("self", "uts")))
        )
        explanation = explain(snapshot, ns)
        assert explanation.reasons == explanation.ends_when == ()
        assert "on its way through a unix socket" in explanation.dead_ends[0]


def test_it_can_be_looked_into(require_root: None, spawn: Spawn) -> None:
    """Nothing leads to it but its number."""
    require_handles()
    looking = Scanner()
    with flight(spawn) as one:
        looking.scan()
        one.send()
        snapshot = looking.scan()
        with Pinned(snapshot, namespace(snapshot, one.inode)) as pinned:
            assert os.fstat(pinned.fd).st_ino == one.inode


def test_no_scan_keeps_it_and_no_file_stays_open(require_root: None, spawn: Spawn) -> None:
    require_handles()
    looking = Scanner()
    with flight(spawn) as one:
        looking.scan()
        one.send()
        ns = namespace(looking.scan(), one.inode)
        before = leftovers.open_files()
        for scope in (Scope(), AS_BEFORE):
            assert unexplained(looking.scan(scope), one.inode)
        assert leftovers.open_files() == before
        assert ns.kernel_id is not None
        assert alive("uts", one.inode, ns.kernel_id)
    assert not alive("uts", one.inode, ns.kernel_id)


def test_an_ordinary_user_is_not_told_what_he_may_not_open(
    require_root: None, spawn: Spawn, as_nobody: AsNobody
) -> None:
    require_handles()
    with flight(spawn) as one:

        def look() -> dict[str, Any]:
            looking = Scanner()
            seen = looking.scan().by_inode(one.inode)
            one.send()
            after = looking.scan()
            return {
                "seen": seen is not None,
                "still": seen is not None and seen.id in after.namespaces,
                "comparison": list(after.report.comparison),
                "problems": [problem.source for problem in after.report.problems],
            }

        found = as_nobody(look, keep=[one.fd, one.ours.fileno()])
    why = completeness.NOT_ALL if has_list() else completeness.NO_LIST
    assert found == {"seen": True, "still": False, "comparison": [None, None, 0, why], "problems": ANY}
    assert "completeness" not in found["problems"]


def test_a_holder_that_has_moved_is_looked_for_soon(
    require_root: None, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_handles()
    monkeypatch.setattr(scanner, "MOUNTS", 0.0)
    looking = Scanner()
    with flight(spawn) as one:
        looking.scan()
        assert "fds" not in looking.due()
        moved = os.dup(one.fd)
        os.close(one.fd)
        snapshot = looking.scan(AS_BEFORE)
        # It is alive, but not called a puzzle before it was looked for.
        assert unexplained(snapshot, one.inode)
        assert "fds" in looking.due()
        quiet = looking.scan(Scope(sources=looking.due()))
        assert [holder.fd for holder in holders(quiet, one.inode)] == [moved]
        assert "fds" not in looking.due()
        one.fd = moved
        one.send()
        looking.scan()
        # Everything was asked, and nothing knows: no reason to ask again and again.
        assert unexplained(looking.scan(AS_BEFORE), one.inode)
        assert "fds" not in looking.due()


# ---- the kernel's list


def test_the_list_has_what_no_scan_has_seen(require_root: None, spawn: Spawn) -> None:
    require_list()
    with flight(spawn, "net") as one:
        one.send()
        snapshot = Scanner().scan()
        assert unexplained(snapshot, one.inode)
        assert namespace(snapshot, one.inode).owner == namespace(snapshot, linux.inode("self", "user")).id
        known, explained, found, why = snapshot.report.comparison
        assert known is not None
        assert explained is not None
        assert known - explained == found >= 1
        assert why == ""
        assert not snapshot.report.complete


def test_a_machine_on_which_everything_is_explained(require_root: None, spawn: Spawn) -> None:
    """Every kind, members, files, sockets and relatives: as many as the kernel knows."""
    require_list()
    spawn(unshare=sum(linux.FLAGS.values()))
    before = Scanner().scan().report.comparison
    assert before.known == before.explained, before
    with flight(spawn, "user") as one:
        held = Scanner().scan()
        assert held.report.comparison.known == held.report.comparison.explained == (before.known or 0) + 1
        assert holders(held, one.inode, How.FD)


def test_what_is_new_on_the_list_waits_until_it_was_looked_for(
    require_root: None, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_list()
    monkeypatch.setattr(scanner, "MOUNTS", 0.0)
    looking = Scanner()
    known = looking.scan().report.comparison.known
    with flight(spawn) as one:
        quick = looking.scan(AS_BEFORE)
        assert one.inode not in {ns.inode for ns in quick.namespaces.values() if not quick.holder_counts(ns)}
        assert quick.report.comparison[:3] == (known, known, 0)
        assert "fds" in looking.due()
        whole = looking.scan(Scope(sources=looking.due()))
        assert holders(whole, one.inode, How.FD)
        one.send()
        assert unexplained(looking.scan(), one.inode)
        assert "fds" not in looking.due()


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ({"user": 65534}, completeness.NOT_ALL),
        ({"unshare": linux.CLONE_NEWUSER}, completeness.NOT_ALL),
        ({"unshare": linux.CLONE_NEWPID}, completeness.NOT_ALL),
    ],
    ids=["an ordinary user", "root of a user namespace", "root in a pid namespace"],
)
def test_who_may_not_see_all_is_told_so(
    require_root: None, spawn: Spawn, where: dict[str, int], why: str
) -> None:
    def look() -> list[object]:
        return list(Scanner().scan().report.comparison)

    found = spawn(look, **where).value
    assert found == [None, None, 0, why if has_list() else completeness.NO_LIST]


def test_without_the_dear_sources_nothing_is_claimed(require_root: None, spawn: Spawn) -> None:
    looking = Scanner()
    with flight(spawn) as one:
        snapshot = looking.scan(Scope(dear=False))
        assert snapshot.report.comparison == Comparison(why=completeness.NOT_WHOLE)
        assert snapshot.by_inode(one.inode) is None


def test_another_procfs_is_not_compared(require_root: None, spawn: Spawn) -> None:
    require_list()

    def fresh() -> None:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc")

    child = spawn(fresh, unshare=linux.CLONE_NEWPID | linux.CLONE_NEWNS)
    snapshot = Scanner(Procfs(f"/proc/{child.pid}/root/proc")).scan()
    assert snapshot.report.comparison[:2] == (None, None)
    assert snapshot.report.comparison.why == completeness.ELSEWHERE


def test_the_command_line_tells(require_root: None, spawn: Spawn, capsys: pytest.CaptureFixture[str]) -> None:
    """In JSON always; in words where it matters."""

    def run(*arguments: str) -> str:
        assert main(["list", *arguments]) == 0
        told = capsys.readouterr()
        errors.append(told.err)
        return told.out

    errors: list[str] = []
    scan = json.loads(run("--json"))["scan"]
    if not has_list():
        assert (scan["known"], scan["explained"], scan["why_not_known"]) == (None, None, completeness.NO_LIST)
        return
    with flight(spawn, "net") as one:
        one.send()
        scan = json.loads(run("--json"))["scan"]
        assert scan["known"] - scan["explained"] == scan["unexplained"] >= 1
        assert scan["complete"] is False
        assert str(one.inode) in run("-Q", "held:unknown", "-o", "NS,HELD")
        assert f"the kernel knows {scan['known']:,} namespaces, we explain" in errors[-1]


# ---- the rules, with a kernel that says what the test says


class Kernel:
    """Lists these numbers, look after look, and opens none but what the test lets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *looks: set[int]) -> None:
        self.looks = iter(looks)
        self.asked: list[int] = []
        self.error = errno.ESTALE
        monkeypatch.setattr(listns, "listns", lambda kinds: sorted(next(self.looks)))
        monkeypatch.setattr(handles, "open_by_id", self.open_by_id)
        monkeypatch.setattr(own, "sees_all", lambda: True)

    def open_by_id(self, number: int, *_: object) -> int:
        self.asked.append(number)
        raise OSError(self.error, os.strerror(self.error))


def findings(**numbers: int) -> Findings:
    """Network namespaces by what holds them and their number."""
    found = Findings()
    for inode, (holder, number) in enumerate(numbers.items(), 1000):
        ns = found.namespace(Kind.NET, inode)
        ns.opened, ns.kernel_id = True, number
        if holder != "nothing":
            ns.processes = (inode,)
    return found


def never(*_: object) -> None:
    raise AssertionError("nothing can be met")


def compare(looking: Completeness, found: Findings, whole: bool = True) -> Comparison:
    context = Context(Procfs(), (Kind.NET,), found)
    looking.look(context, True)
    looking.collect(context, never, whole)
    return looking.compare(found, whole)


def test_only_what_both_looks_have_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch, {1, 2, 3}, {1, 2, 4})
    assert compare(Completeness(), findings(a=1, nothing=2, b=3, c=4)) == Comparison(2, 1, 1, "")
    assert kernel.asked == []


def test_what_ends_while_it_is_asked_for_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch, {1, 2}, {1, 2})
    assert compare(Completeness(), findings(a=1)) == Comparison(1, 1, 0, "")
    assert kernel.asked == [2]


def test_what_may_not_be_opened_counts_and_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a seccomp filter that lets a list be had but no handle opened."""
    kernel = Kernel(monkeypatch, {1, 2}, {1, 2})
    kernel.error = errno.EPERM
    found = findings(a=1)
    comparison = compare(Completeness(), found)
    assert comparison == Comparison(2, 1, 0, "")
    assert not comparison.all_explained
    assert [(problem.source, problem.error) for problem in found.problems] == [("completeness", "EPERM")]


def test_what_is_new_in_a_part_of_a_scan_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch, {1}, {1}, {1, 2}, {1, 2}, {1, 2}, {1, 2})
    looking = Completeness()
    compare(looking, findings(a=1))
    assert compare(looking, findings(a=1), whole=False) == Comparison(1, 1, 0, "")
    assert looking.unsettled
    assert kernel.asked == []
    assert compare(looking, findings(a=1, b=2)) == Comparison(2, 2, 0, "")
    assert not looking.unsettled


def test_a_puzzle_stays_one_in_a_part_of_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    Kernel(monkeypatch, *[{1, 2, 3}] * 6)
    looking = Completeness()
    assert compare(looking, findings(a=1, nothing=2, b=3)) == Comparison(3, 2, 1, "")
    assert compare(looking, findings(a=1, nothing=2, b=3), whole=False) == Comparison(3, 2, 1, "")
    assert not looking.unsettled
    # What else lost its holder since is no puzzle before all is looked at.
    found = findings(a=1, nothing=2, b=3)
    found.namespaces[1002].processes = ()
    assert compare(looking, found, whole=False) == Comparison(2, 1, 1, "")
    assert looking.unsettled


@pytest.mark.parametrize(
    ("told", "looks"),
    [
        ([Comparison(3, 3)], 1),
        ([Comparison(why="no list")], 1),
        ([Comparison(3, 2, 1), Comparison(3, 3)], 2),
        ([Comparison(3, 2, 1), Comparison(3, 2, 1)], 2),
    ],
)
def test_a_single_look_is_taken_again_where_something_is_a_puzzle(
    monkeypatch: pytest.MonkeyPatch, told: list[Comparison], looks: int
) -> None:
    """Somebody may just have handed it on."""
    answers = iter(told)
    monkeypatch.setattr(Completeness, "compare", lambda *_: next(answers))
    elapsed: list[float] = []
    scan = Scanner.scan

    def counted(self: Scanner, scope: Scope) -> Snapshot:
        snapshot = scan(self, scope)
        elapsed.append(snapshot.report.elapsed)
        return snapshot

    monkeypatch.setattr(Scanner, "scan", counted)
    report = once.look().report
    assert report.comparison == told[-1]
    assert len(elapsed) == looks
    assert report.elapsed == sum(elapsed)


def test_relatives_hold_and_the_first_of_a_kind_needs_none() -> None:
    found = Findings()
    for inode in (1, 2, Kind.USER.initial_inode or 0):
        found.namespace(Kind.USER, inode)
    child: Found = found.namespaces[2]
    child.parent = 1
    assert [ns.inode for ns in found.unheld()] == [2]
