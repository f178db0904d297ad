"""Against the tool that everybody knows: what lsns(8) finds, nsview finds, with the same numbers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from nsview.discovery.scanner import Scanner, Scope
from nsview.model.namespace import NamespaceId, Relation
from nsview.model.snapshot import Snapshot
from tests import linux
from tests.kernel_fixtures import NOBODY, Spawn
from tests.processes import start

COLUMNS = "NS,TYPE,NPROCS,PID,PNS,ONS"


class Row(NamedTuple):
    """One namespace in the terms of lsns: 0 is no process, no relative, or none that may be seen."""

    ns: int
    kind: str
    nprocs: int
    pid: int
    parent: int
    owner: int


@pytest.fixture(scope="module")
def lsns() -> str:
    path = shutil.which("lsns")
    if path is None:
        pytest.skip("lsns is not installed")
    told = subprocess.run([path, "-J", "-o", COLUMNS], capture_output=True, check=False)
    if told.returncode or b'"ons"' not in told.stdout:
        pytest.skip(f"this lsns cannot tell {COLUMNS}: {told.stderr.decode(errors='replace').strip()}")
    return path


def by_lsns(path: str) -> dict[int, Row] | None:
    """What lsns says; None when it says nothing, as it does when a process ends under its hands."""
    told = subprocess.run([path, "-J", "-o", COLUMNS], capture_output=True, timeout=60, check=False)
    if not told.stdout.strip():
        return None
    # It counts itself, and it runs where we are.
    here = {os.stat(f"/proc/self/ns/{name}").st_ino for name in os.listdir("/proc/self/ns")}
    rows: list[dict[str, Any]] = json.loads(told.stdout)["namespaces"]
    found = {}
    for row in rows:
        inode, nprocs, pid, parent, owner = (
            int(row[key] or 0) for key in ("ns", "nprocs", "pid", "pns", "ons")
        )
        found[inode] = Row(inode, row["type"], nprocs - (inode in here), pid, parent, owner)
    return found


def by_nsview(snapshot: Snapshot) -> dict[int, Row]:
    """The same from a snapshot; only what can be read counts, as lsns infers nothing."""
    return {
        ns.inode: Row(
            ns.inode,
            str(ns.kind),
            len(ns.processes),
            ns.processes[0] if ns.processes else 0,
            _inode(ns.parent),
            _inode(ns.owner),
        )
        for ns in snapshot.namespaces.values()
    }


def _inode(relation: Relation) -> int:
    return relation.inode if isinstance(relation, NamespaceId) else 0


class Comparison(NamedTuple):
    """Of the namespaces that lsns told of: those on which both agree, and where they do not, in words."""

    equal: set[int]
    different: dict[int, str]


def compare(path: str, scanner: Scanner) -> Comparison:
    """What lsns says against a scan before and one after it; what changed meanwhile is left out."""
    before = by_nsview(scanner.scan(Scope()))
    theirs = by_lsns(path)
    after = by_nsview(scanner.scan(Scope()))
    equal: set[int] = set()
    different: dict[int, str] = {}
    for inode, row in (theirs or {}).items():
        if inode not in before and inode not in after:
            different[inode] = f"missed {row}"
        elif before.get(inode) == after.get(inode) == row:
            equal.add(inode)
        elif before.get(inode) == after.get(inode):
            different[inode] = f"lsns {row} nsview {before[inode]}"
    return Comparison(equal, different)


def agree(path: str, scanner: Scanner, least: int) -> None:
    """Both say the same of every namespace.

    Who starts and ends between two equal scans is excused by asking again: on a busy machine there is always
    somebody, but not in every namespace every time, and nothing that is missed lives so shortly.
    """
    equal: set[int] = set()
    for _ in range(20):
        latest = compare(path, scanner)
        equal |= latest.equal
        if len(equal) >= least and not latest.different.keys() - equal:
            return
    raise AssertionError(f"agreed on {len(equal)}, not on {latest.different}")


@pytest.fixture
def zoo(require_root: None, spawn: Spawn) -> set[int]:
    """Some of everything that both tools look at; inode numbers of the namespaces of these processes."""

    def zombie() -> None:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    kinds = [kind for kind in linux.FLAGS if os.path.exists(f"/proc/self/ns/{kind}")]
    members = [spawn(unshare=linux.FLAGS[kind]) for kind in kinds]
    first = spawn(unshare=linux.CLONE_NEWNET | linux.CLONE_NEWUTS | linux.CLONE_NEWIPC)
    nested_pid = linux.CLONE_NEWPID | linux.CLONE_NEWUSER
    nested_user = linux.CLONE_NEWUSER | linux.CLONE_NEWNET
    members += [
        first,
        spawn(join=(first.pid, ["net", "uts"])),
        spawn(lambda: start(unshare=linux.CLONE_NEWPID).pid, unshare=nested_pid),
        spawn(lambda: start(unshare=nested_user).pid, unshare=linux.CLONE_NEWUSER),
        spawn(user=NOBODY, unshare=linux.CLONE_NEWUSER),
        spawn(name=b") R 1 (", unshare=linux.CLONE_NEWUTS),
        spawn(zombie, unshare=linux.CLONE_NEWCGROUP),
    ]
    return {child.inode(kind) for child in members for kind in kinds} - {
        linux.inode("self", kind) for kind in kinds
    }


def test_nsview_finds_what_lsns_finds(lsns: str, zoo: set[int]) -> None:
    agree(lsns, Scanner(), least=25)


def test_an_ordinary_user_too(require_root: None, lsns: str, zoo: set[int], spawn: Spawn) -> None:
    def look() -> str:
        try:
            agree(lsns, Scanner(), least=7)
        except AssertionError as error:
            return str(error)
        return ""

    def is_led_astray() -> bool:
        # It takes what the links of another's process lead to for namespaces.
        return os.access("/proc/1/ns/mnt", os.F_OK)

    if spawn(is_led_astray, user=NOBODY).value:
        pytest.skip("this kernel does not refuse links that may not be read, which deceives lsns")
    spawn(user=NOBODY)
    assert spawn(look, user=NOBODY).value == ""


# ---- while processes come and go

CHURN = """
import ctypes, os, signal
unshare = ctypes.CDLL(None).unshare
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
turn = 0
while True:
    turn += 1
    if os.fork() == 0:
        if turn % 3 == 0:
            unshare(0x0C000000)  # ipc and uts namespaces that end with the process
        os._exit(0)
"""


@contextmanager
def churn() -> Iterator[subprocess.Popen[bytes]]:
    """Processes that start and end as fast as they can."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", CHURN], stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def listed(*arguments: str) -> bytes:
    """What `nsview list` prints; it must succeed."""
    told = subprocess.run(
        [sys.executable, "-m", "nsview", "list", *arguments], capture_output=True, timeout=60, check=False
    )
    assert told.returncode == 0, (told.returncode, told.stderr)
    return told.stdout


def test_under_fork_churn(lsns: str, zoo: set[int]) -> None:
    """The namespaces that hold still are told right at every moment, however fast processes end."""
    scanner = Scanner()
    compared = vanished = 0
    with churn():
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = compare(lsns, scanner)
            assert not zoo & found.different.keys(), found.different
            compared += len(zoo & found.equal)
            snapshot = Scanner().scan()
            vanished += snapshot.report.vanished
            assert os.getpid() in snapshot.processes
            assert zoo <= {ns.inode for ns in snapshot.namespaces.values() if ns.nprocs}
            # What ended meanwhile is nothing that could not be read.
            assert {problem.error for problem in snapshot.report.problems} <= {"EACCES", "EPERM"}
            in_json = json.loads(listed("--json"))["namespaces"]
            assert zoo <= {row["ns"] for row in in_json}
            in_table = [int(line.split()[0]) for line in listed("-n").splitlines()]
            assert zoo <= set(in_table)
    assert compared >= len(zoo)
    assert vanished, "no process ended during a scan: this test has proven nothing"
