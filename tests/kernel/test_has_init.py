"""Whether a pid namespace has its first process, by the kernel's word and, before Linux 6.11, by looking."""

import os
from collections.abc import Callable

import pytest

from nsview.kernel import own
from tests import linux
from tests.kernel_fixtures import NOBODY, Spawn


@pytest.fixture(params=["asked", "looked"])
def has_init(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], bool | None]:
    if request.param == "looked":
        monkeypatch.setattr(own, "_NS_GET_PID_FROM_PIDNS", 0x8004B77F)
    return own.has_init


def test_alive_and_ended(require_root: None, spawn: Spawn, has_init: Callable[[int], bool | None]) -> None:
    child = spawn(unshare=linux.CLONE_NEWPID)
    fd = os.open(f"/proc/{child.pid}/ns/pid", os.O_RDONLY)
    try:
        assert has_init(fd) is True
        child.end()
        assert has_init(fd) is False
    finally:
        os.close(fd)


def test_who_may_not_look_does_not_know(
    require_root: None, monkeypatch: pytest.MonkeyPatch, spawn: Spawn
) -> None:
    monkeypatch.setattr(own, "_NS_GET_PID_FROM_PIDNS", 0x8004B77F)
    child = spawn(unshare=linux.CLONE_NEWPID)
    spawn(unshare=linux.CLONE_NEWPID)  # may be in there for all that is told
    fd = os.open(f"/proc/{child.pid}/ns/pid", os.O_RDONLY)
    try:
        child.end()
        assert spawn(lambda: own.has_init(fd), user=NOBODY, keep=[fd]).value is None
    finally:
        os.close(fd)
