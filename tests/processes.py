"""Real processes in real namespaces, always ended and reaped.

A function given to `start` or `call` runs in a forked child: it sees the test's variables, its
changes stay there, and what it returns comes back as JSON. The child starts with no file open
beyond 0, 1, 2 and those in `keep`, so that it holds no namespace by accident.
"""

import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from tests import linux

DEADLINE = 20.0
"""Seconds that a child may take to set up what a test asked for, on a busy machine."""


class ChildFailed(AssertionError):
    """The function in the child raised; the text is its traceback."""


class Child:
    """A process that waits until it is told to end.

    `pid` is its number as the test sees it, `value` what its function returned, `pidfd` open until `end`.
    """

    def __init__(self, pid: int, value: Any, parent: int, end_pipe: int) -> None:
        self.pid = pid
        self.value = value
        self.pidfd = os.pidfd_open(pid)
        self._parent = parent
        self._end_pipe = end_pipe

    def end(self) -> None:
        """Kill exactly this process and wait until it is gone; a second time does nothing."""
        if self.pidfd < 0:
            return
        try:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.close(self._end_pipe)
        # With a process between (a new pid namespace needs one), that one reaps the target, and we reap it.
        os.waitpid(self._parent, 0)
        os.close(self.pidfd)
        self.pidfd = -1

    def inode(self, kind: str) -> int:
        """The inode number of its namespace of one kind."""
        return linux.inode(self.pid, kind)

    def pid_for_children(self) -> int:
        """The pid namespace of its next child; 0 where the kernel shows none that is empty."""
        try:
            return self.inode("pid_for_children")
        except FileNotFoundError:
            return 0


def start(
    function: Callable[[], Any] | None = None,
    *,
    unshare: int = 0,
    join: tuple[int, Sequence[str]] | None = None,
    user: int | None = None,
    name: bytes | None = None,
    enter: bool = True,
    keep: Sequence[int] = (),
) -> Child:
    """Fork a child, put it into its namespaces, run `function` there, and return once that has returned.

    In this order it joins the namespaces named in `join` (pid, kinds), becomes `user` (uid and
    gid, no groups), unshares the kinds in `unshare` (flags), being root in a new user namespace,
    and takes the `name`. A new pid or time namespace is for children only, so the child forks once
    more, and the grandchild is the one returned, which runs the function; with `enter=False` it
    does not, and only the child's `*_for_children` links lead there.

    The child dies with the thread that called this. In a test use the `spawn` fixture, which ends
    it; in a child's function, where fixtures do not reach, use this.
    """
    between = enter and bool(
        unshare & (linux.CLONE_NEWPID | linux.CLONE_NEWTIME)
        or (join and {"pid", "pid_for_children", "time", "time_for_children"} & set(join[1]))
    )
    ready_read, ready_write = os.pipe()
    end_read, end_write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _Target(function, ready_write, end_read, keep).run(unshare, join, user, name, between)
    os.close(ready_write)
    os.close(end_read)
    try:
        report = _read_report(ready_read)
    except BaseException:
        os.kill(pid, signal.SIGKILL)  # ours, and not yet waited for: the number cannot be another's
        os.close(end_write)
        os.waitpid(pid, 0)
        raise
    finally:
        os.close(ready_read)
    if "error" in report:
        os.close(end_write)
        os.waitpid(pid, 0)
        raise ChildFailed(report["error"])
    return Child(report.get("pid", pid), report["value"], pid, end_write)


def call(function: Callable[[], Any], **where: Any) -> Any:
    """What `function` returns in a child put where the keywords of `start` say; then it ends."""
    child = start(function, **where)
    child.end()
    return child.value


def eventually(condition: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
    """The first true result of `condition`, asked until then; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.01)
    return result


def _read_report(fd: int) -> dict[str, Any]:
    """The child's lines: first the grandchild's pid if there is one, then a value or an error."""
    deadline = time.monotonic() + DEADLINE
    data = b""
    report: dict[str, Any] = {}
    while not report.keys() & {"value", "error"}:
        if not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise ChildFailed(f"the child was not ready within {DEADLINE:.0f} s")
        chunk = os.read(fd, 65536)
        if not chunk:
            raise ChildFailed("the child ended before it was ready")
        *lines, data = (data + chunk).split(b"\n")
        for line in lines:
            report |= json.loads(line)
    return report


class _Target:
    """The child's side of `start`; nothing here returns into the test's code."""

    def __init__(self, function: Callable[[], Any] | None, ready: int, end: int, keep: Sequence[int]) -> None:
        self._function = function
        self._ready = ready
        self._end = end
        self._keep = keep

    def run(
        self,
        unshare: int,
        join: tuple[int, Sequence[str]] | None,
        user: int | None,
        name: bytes | None,
        between: bool,
    ) -> NoReturn:
        try:
            linux.die_with_parent()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            _close_all_but({0, 1, 2, self._ready, self._end, *self._keep})
            if join:
                for kind in join[1]:
                    linux.join(join[0], kind)
            if user is not None:
                _become(user)
            uid, gid = os.geteuid(), os.getegid()
            if unshare:
                linux.unshare(unshare)
            if unshare & linux.CLONE_NEWUSER:
                linux.map_to_root(uid, gid)
            linux.die_with_parent()
            if between:
                self._fork_target()
            if name is not None:
                linux.set_name(name)
            value = self._function() if self._function else None
            self._report(value=value)
            os.close(self._ready)
            # Returns when the test closes its end, or is no more.
            os.read(self._end, 1)
        except BaseException:
            self._report(error=traceback.format_exc())
        finally:
            os._exit(0)

    def _fork_target(self) -> None:
        """Go on in a child, of which the test is told; what is left here only waits to reap it."""
        told_read, told_write = os.pipe()
        pid = os.fork()
        if pid:
            os.close(self._end)
            self._report(pid=pid)
            os.close(self._ready)
            os.close(told_write)
            os.waitpid(pid, 0)
            os._exit(0)
        linux.die_with_parent()
        os.close(told_write)
        os.read(told_read, 1)
        os.close(told_read)

    def _report(self, **fields: Any) -> None:
        data = json.dumps(fields).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._ready, data) :]
        except OSError:
            os._exit(1)


def _become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    # A change of user leaves /proc/self to root until the next exec; these processes do not exec.
    linux.set_dumpable()


def _close_all_but(keep: set[int]) -> None:
    low = 0
    for fd in sorted(keep):
        if low < fd:  # an empty range would wrap round to all numbers
            os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))
