"""A terminal for tests: a command runs on a pseudo-terminal, the test types and reads."""

import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time
from types import TracebackType

DEADLINE = 20.0


class Terminal:
    """A command as the leader of its own session on a terminal of 24 x 80, as from a login shell."""

    def __init__(self, *command: str, rows: int = 24, columns: int = 80) -> None:
        self.master, slave = os.openpty()
        self.slave = slave
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.output = b""
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for fd in (0, 1, 2):
                    os.dup2(slave, fd)
                os.closerange(3, 256)
                os.execvpe(command[0], command, {**os.environ, "TERM": "xterm", "PS1": "$ "})
            finally:
                os._exit(99)
        self.status: int | None = None

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def write(self, text: str) -> None:
        os.write(self.master, text.encode())

    def expect(self, pattern: str, seconds: float = DEADLINE) -> "re.Match[str]":
        """Read until the pattern is in what has not been read yet; that is then read."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.output.decode("utf-8", "replace"))
            if found:
                self.output = self.output.decode("utf-8", "replace")[found.end() :].encode()
                return found
            left = deadline - time.monotonic()
            assert left > 0, f"no {pattern!r} in {self.output!r}"
            if select.select([self.master], [], [], left)[0]:
                self.output += os.read(self.master, 65536)

    def wait(self, seconds: float = DEADLINE) -> int:
        """The exit status, or the negated signal, of the command; output is read meanwhile."""
        deadline = time.monotonic() + seconds
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, f"still running; it wrote {self.output!r}"
            if select.select([self.master], [], [], 0.02)[0]:
                self.output += os.read(self.master, 65536)
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 65536)
        return self.status

    def settings(self) -> list[object]:
        return termios.tcgetattr(self.slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.slave)
        os.close(self.master)


def nsview(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "nsview", *arguments)
