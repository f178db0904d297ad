"""Programs, measured from outside: their time and peak memory."""

import os
import select
import signal
import sys
import tempfile
import time
from typing import NamedTuple

ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    # An installed program finds its modules compiled, and its output buffered.
    if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPROFILEIMPORTTIME")
}
NSVIEW = os.path.join(os.path.dirname(sys.executable), "nsview")
"""The installed program, next to the interpreter that runs us."""
TIMEOUT = 60.0


class Goal(NamedTuple):
    """A figure with a limit."""

    what: str
    value: float
    limit: float

    @property
    def reached(self) -> bool:
        return self.value <= self.limit


class Run(NamedTuple):
    """One program, from start to end."""

    milliseconds: float
    """From start to end."""
    cpu_milliseconds: float
    """In use of a processor. For a program of one thread that never waits it is the same on an idle machine,
    and on a busy one it leaves out the others' share."""
    megabytes: float
    """Peak resident memory; never less than ours, which a child begins with (getrusage(2))."""
    output: bytes


class Failed(Exception):
    """It did not end well; the text tells how, with what it said."""


def run(command: list[str], *, timeout: float = TIMEOUT) -> Run:
    """Run a program; what it writes goes into a file, as in `nsview list > file`."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        files = [(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
        started = time.perf_counter()
        pid = os.posix_spawnp(command[0], command, ENVIRONMENT, file_actions=files)
        status = usage = None
        try:
            pidfd = os.pidfd_open(pid)
            ended = select.select([pidfd], [], [], timeout)[0]
            taken = time.perf_counter() - started
            os.close(pidfd)
            if ended:
                _, status, usage = os.wait4(pid, 0)
        finally:
            if status is None:  # too slow, or we were interrupted
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        output.seek(0)
        errors.seek(0)
        if status is None or usage is None:
            raise Failed(f"{' '.join(command)}: not done after {timeout:.0f} s")
        if status:
            words = errors.read().decode(errors="replace").strip()
            raise Failed(f"{' '.join(command)}: status {os.waitstatus_to_exitcode(status)}: {words}")
        used = usage.ru_utime + usage.ru_stime
        return Run(1e3 * taken, 1e3 * used, usage.ru_maxrss / 1024, output.read())


def best(command: list[str], *, runs: int) -> Run:
    """The quickest of several runs: whatever slows a program down is something else on the machine."""
    return min((run(command) for _ in range(runs)), key=lambda one: one.cpu_milliseconds)
