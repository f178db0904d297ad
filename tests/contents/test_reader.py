"""The process that reads inside: it is waited for only so long, and leaves nothing behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nsview.contents import fresh
from nsview.contents.asking import PATIENCE, ask
from nsview.contents.inside import inside
from nsview.contents.pinned import Pinned
from nsview.discovery.scanner import Scanner, Scope
from nsview.model.namespace import Namespace
from nsview.model.snapshot import Snapshot
from tests import leftovers, linux
from tests.contents.looking import hold
from tests.kernel_fixtures import Spawn


def own_uts() -> tuple[Snapshot, Namespace]:
    snapshot = Scanner().scan(Scope())
    ns = snapshot.by_inode(linux.inode("self", "uts"))
    assert ns is not None
    return snapshot, ns


def test_a_reader_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it said before is kept, the rest is told to be missing, and it is killed."""
    program = (
        "import os, sys, time; sys.path += sys.argv[1:]; sys.stdin.read();"
        'os.write(1, b\'{"part": "uts", "value": {"hostname": "said"}}\\n\'); time.sleep(1000)'
    )
    monkeypatch.setattr(fresh, "_BOOT", program)
    snapshot, ns = own_uts()
    before = time.monotonic()
    with Pinned(snapshot, ns) as pinned:
        answers = ask(pinned, {"uts": {}, "clocks": {}}, patience=1.0)
    assert time.monotonic() - before < 10
    assert answers.get("uts") == {"hostname": "said"}
    (unread,) = answers.unread("clocks", "the clocks")
    assert "in time" in unread.why
    assert not [child for child in leftovers.children() if "time.sleep(1000)" in child]


def test_a_reader_that_nobody_waits_for_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys, time; sys.stdin.read(); time.sleep(1000)"
    monkeypatch.setattr(fresh, "_BOOT", program)
    snapshot, ns = own_uts()
    before = time.monotonic()
    (names,) = inside(snapshot, ns, given_up=lambda: time.monotonic() - before > 0.2)
    assert time.monotonic() - before < PATIENCE / 2
    assert names.unread
    assert not [child for child in leftovers.children() if "time.sleep(1000)" in child]


def test_the_netlink_library_is_loaded_in_part(tmp_path: Path) -> None:
    """Or as a whole, where it is laid out in another way."""
    program = (
        "import sys; sys.path += sys.argv[1:]; from nsview.kernel.inside import library;"
        "print(library.iproute().__name__, library.nftables().__name__, 'pyroute2.ndb' in sys.modules)"
    )
    places = fresh._places()
    other = tmp_path / "pyroute2"
    other.mkdir()
    (other / "__init__.py").write_text(
        "import sys, types\n"
        "for name, part in (('iproute.linux', 'IPRoute'), ('nftables.main', 'NFTables')):\n"
        "    module = types.ModuleType(name)\n"
        "    setattr(module, part, type('Other' + part, (), {}))\n"
        "    sys.modules['pyroute2.' + name] = module\n"
        "    sys.modules['pyroute2.' + name.split('.')[0]] = types.ModuleType('')\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", program, *where],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout.split()
        for where in (places, [places[0], str(tmp_path)])
    ]
    assert said == [["IPRoute", "NFTables", "False"], ["OtherIPRoute", "OtherNFTables", "False"]]


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import os; os.write(1, b'nonsense\\n[]\\n{}\\n')", "makes no sense"),
        ("import sys; sys.exit(3)", "without a word"),
        ("import os\nwhile True: os.write(1, b'x' * 65536)", "too long"),
    ],
)
def test_a_reader_that_talks_nonsense(monkeypatch: pytest.MonkeyPatch, program: str, why: str) -> None:
    monkeypatch.setattr(fresh, "_BOOT", program)
    monkeypatch.setattr(fresh, "LIMIT", 1 << 20)
    snapshot, ns = own_uts()
    with Pinned(snapshot, ns) as pinned:
        answers = ask(pinned, {"uts": {}})
    (unread,) = answers.unread("uts", "the names")
    assert why in unread.why


def test_one_part_fails_alone() -> None:
    snapshot, ns = own_uts()
    with Pinned(snapshot, ns) as pinned:
        answers = ask(pinned, {"no_such_part": {}, "uts": {}})
    assert answers.get("uts")["hostname"] == os.uname().nodename
    assert "no_such_part" in answers.unread("no_such_part", "it")[0].why


def test_a_namespace_that_has_ended(require_root: None, spawn: Spawn) -> None:
    """Told in words; nothing is raised."""
    child = spawn(lambda: hold("uts"))
    snapshot = Scanner().scan(Scope())
    ns = snapshot.by_inode(child.value)
    assert ns is not None
    child.end()
    (names,) = inside(snapshot, ns)
    assert names.facts == ()
    assert len(names.unread) == 1


def test_we_do_not_enter(require_root: None, spawn: Spawn) -> None:
    """The process that asks is where it was, has no new threads, and keeps nothing open."""
    child = spawn(unshare=sum(linux.FLAGS.values()) & ~linux.CLONE_NEWUSER)
    snapshot = Scanner().scan(Scope())
    inside(snapshot, _of(snapshot, child.inode("uts")))  # whatever is imported now stays open no longer
    before = (
        leftovers.namespaces(),
        sorted(leftovers.open_files().elements()),
        len(os.listdir("/proc/self/task")),
    )
    for kind in ("cgroup", "ipc", "mnt", "net", "pid", "time", "uts"):
        inside(snapshot, _of(snapshot, child.inode(kind)))
    after = (
        leftovers.namespaces(),
        sorted(leftovers.open_files().elements()),
        len(os.listdir("/proc/self/task")),
    )
    assert after == before
    # It would be slow to load for every short command, and it belongs to the reader alone.
    assert "pyroute2" not in sys.modules


def _of(snapshot: Snapshot, inode: int) -> Namespace:
    ns = snapshot.by_inode(inode)
    assert ns is not None
    return ns


def test_those_inside_cannot_look_into_it(
    require_root: None, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds descriptors on namespaces outside, so it is not dumpable once it is in (PR_GET_DUMPABLE)."""
    program = (
        "import sys; sys.path += sys.argv[1:]; import ctypes; from nsview.contents import reader;"
        "dumpable = lambda: ctypes.CDLL(None).prctl(3);"
        "reader._answer = lambda name, read: reader.tell(part=name, value=dumpable()); reader.main()"
    )
    monkeypatch.setattr(fresh, "_BOOT", program)
    child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWPID | linux.CLONE_NEWUTS)
    snapshot = Scanner().scan(Scope())
    said = {}
    for kind, inode in (
        ("ours", linux.inode("self", "uts")),
        *((kind, child.inode(kind)) for kind in ("user", "pid", "uts")),
    ):
        with Pinned(snapshot, _of(snapshot, inode)) as pinned:
            said[kind] = ask(pinned, {"uts": {}}).get("uts")
    assert said == {"ours": 1, "user": 0, "pid": 0, "uts": 0}
