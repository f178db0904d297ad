"""What the kernel tells of processes by itself."""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from nsview.kernel.process_events import ProcessEvents
from tests import linux
from tests.kernel_fixtures import NOBODY, Spawn
from tests.processes import call, eventually


@pytest.fixture
def events(require_root: None) -> Iterator[ProcessEvents]:
    try:
        listening = ProcessEvents()
    except OSError as error:
        pytest.skip(f"no events of processes: {error}")
    yield listening
    listening.close()


def told(events: ProcessEvents, pid: int) -> bool:
    """Whether a process is told of in the next moments; each is told of once."""
    return bool(eventually(lambda: pid in events.changed(), f"an event of {pid}"))


def forked(function: Callable[[], object]) -> tuple[int, int]:
    """A child that calls this when the pipe that is returned is closed, and stays."""
    wait, begin = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            linux.die_with_parent()
            os.close(begin)
            os.read(wait, 1)
            function()
            time.sleep(600)
        finally:
            os._exit(0)
    os.close(wait)
    return pid, begin


def start_a_thread() -> None:
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


@pytest.mark.parametrize(
    "deed",
    [
        lambda: os.execv("/bin/sleep", ["sleep", "600"]),
        lambda: linux.set_name(b"renamed"),
        lambda: os.setresuid(NOBODY, NOBODY, NOBODY),
        start_a_thread,
        lambda: os._exit(0),
    ],
    ids=["exec", "name", "user", "thread", "end"],
)
def test_what_it_tells_of(events: ProcessEvents, deed: Callable[[], object]) -> None:
    pid, begin = forked(deed)
    try:
        time.sleep(0.05)
        events.changed()  # of its start
        assert pid not in events.changed()
        os.close(begin)
        assert told(events, pid)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def test_nothing_of_moves(events: ProcessEvents) -> None:
    """The reason why old processes are read in turn all the same."""
    pid, begin = forked(lambda: linux.unshare(linux.CLONE_NEWUTS))
    try:
        time.sleep(0.05)
        events.changed()
        home = linux.inode(pid, "uts")
        os.close(begin)
        eventually(lambda: linux.inode(pid, "uts") != home, "it has moved")
        time.sleep(0.05)
        assert pid not in events.changed()
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def test_where_there_are_none(events: ProcessEvents, spawn: Spawn) -> None:
    def refused() -> str:
        try:
            ProcessEvents().close()
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return ""

    assert call(refused, unshare=linux.CLONE_NEWPID) == "EXDEV"
    assert call(refused, unshare=linux.CLONE_NEWNET) == "ECONNREFUSED"
    assert call(refused, user=NOBODY) in ("", "EPERM")


def test_a_flood_is_no_error(events: ProcessEvents) -> None:
    def many() -> None:
        for _ in range(3000):
            for name in (b"one", b"other"):
                linux.set_name(name)

    call(many)
    events.changed()
    assert isinstance(events.changed(), set)
