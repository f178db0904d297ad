"""Start a plan: a fresh process carries it out, we keep a handle."""

import os
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from nsview.actions.failure import Failure, LaunchError
from nsview.actions.plan import Plan, to_json

if TYPE_CHECKING:
    from subprocess import Popen

_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); from nsview.actions.launcher.main import main; "
    "main(int(sys.argv[2]), int(sys.argv[3]))"
)
_TO_GROUP = 0x80
# What a Python of an unusual place needs to start at all; the program gets none of it.
_PASSED_ON = ("LD_LIBRARY_PATH",)


class Program:
    """A program that a plan has started, with the face of `subprocess.Popen`.

    The constructor returns when the program runs, or raises LaunchError: nothing was run.

    `pid` is the program's process number as we see it. `returncode` is None while it runs, then its exit
    status, or the negated number of the signal that ended it.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        stdin: "int | IO[Any] | None" = None,
        stdout: "int | IO[Any] | None" = None,
        stderr: "int | IO[Any] | None" = None,
        terminal: bool = False,
        outlive: bool = False,
        text: bool | None = None,
        encoding: str | None = None,
        errors: str | None = None,
    ) -> None:
        """stdin, stdout, stderr, text, encoding, errors: as in `subprocess.Popen`.

        terminal  standard input is a terminal that is nobody's yet: it becomes the program's
        outlive   the program goes on when we end; else it gets SIGHUP then
        """
        import json
        import subprocess

        self.plan = plan
        self.args: Sequence[str] = plan.command
        orders, self._orders = os.pipe()
        self._report, report = os.pipe()
        try:
            self._launcher: Popen[Any] = subprocess.Popen(
                [_python(), "-I", "-S", "-X", "utf8", "-c", _BOOT, _package_root(), str(orders), str(report)],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(orders, report),
                env=_launcher_environment(),
                text=text,
                encoding=encoding,
                errors=errors,
            )
        except BaseException:
            os.close(self._orders)
            os.close(self._report)
            raise
        finally:
            os.close(orders)
            os.close(report)
        self.stdin, self.stdout, self.stderr = (
            self._launcher.stdin,
            self._launcher.stdout,
            self._launcher.stderr,
        )
        header = json.dumps({"terminal": terminal, "outlive": outlive})
        try:
            self.pid = self._begin(f"{header}\n{to_json(plan)}\n".encode())
        except BaseException:
            self._abandon()
            raise

    def _begin(self, orders: bytes) -> int:
        import json

        try:
            while orders:
                orders = orders[os.write(self._orders, orders) :]
        except BrokenPipeError:
            pass  # the report or the exit status tells why
        data = b""
        while b"\n" not in data and (more := os.read(self._report, 1 << 16)):
            data += more
        message = json.loads(data.partition(b"\n")[0] or b"{}")
        if "started" in message:
            return int(message["started"])
        if "failed" in message:
            found = message["failed"]
            raise LaunchError(Failure(found["step"], found["errno"], found["subject"], found["words"]))
        status = self._launcher.wait()
        raise LaunchError(Failure("launch", 0, "", f"the launcher ended without a word (status {status})"))

    def _abandon(self) -> None:
        """The launcher has said why it failed, or will end when its orders end."""
        os.close(self._orders)
        os.close(self._report)
        self._orders = self._report = -1
        for file in (self.stdin, self.stdout, self.stderr):
            if file is not None:
                file.close()
        self._launcher.wait()

    def fileno(self) -> int:
        """A file descriptor that becomes readable when the program has ended, to wait for it among others;
        then `wait` returns without delay."""
        return self._report

    # ---- as subprocess.Popen

    @property
    def returncode(self) -> int | None:
        return self._launcher.returncode

    def poll(self) -> int | None:
        """The return code if the program has ended, else None."""
        return self._done(self._launcher.poll())

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the program to end; subprocess.TimeoutExpired after `timeout` seconds."""
        code = self._launcher.wait(timeout)
        self._done(code)
        return code

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Send `input`, read to the end, wait: as in `subprocess.Popen`."""
        found = self._launcher.communicate(input, timeout)
        self._done(self._launcher.returncode)
        return found

    def send_signal(self, number: int, group: bool = False) -> None:
        """Send a signal to the program, or to its whole process group; nothing happens once it has ended."""
        if self.poll() is None:
            try:
                os.write(self._orders, bytes((number | (_TO_GROUP if group else 0),)))
            except BrokenPipeError:
                pass

    def terminate(self) -> None:
        self.send_signal(15)

    def kill(self) -> None:
        self.send_signal(9)

    def _done(self, code: int | None) -> int | None:
        if code is not None:
            for fd in (self._orders, self._report):
                if fd >= 0:
                    os.close(fd)
            self._orders = self._report = -1
        return code

    def __enter__(self) -> "Program":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._launcher.__exit__(kind, error, trace)
        self._done(self._launcher.returncode)

    def __del__(self) -> None:
        for fd in (getattr(self, "_orders", -1), getattr(self, "_report", -1)):
            if fd >= 0:
                os.close(fd)

    def __repr__(self) -> str:
        return f"<Program: pid {self.pid}, returncode {self.returncode}>"


def _python() -> str:
    if not sys.executable:
        raise LaunchError(Failure("launch", 2, "", "this Python does not know where its own program is"))
    return sys.executable


def _package_root() -> str:
    """The directory, or the archive, that nsview was imported from."""
    here = os.path.abspath(__file__)
    return here[: -len(os.path.join("nsview", "actions", os.path.basename(here))) - 1]


def _launcher_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    return {name: environ[name] for name in _PASSED_ON if name in environ}


def as_exit_status(returncode: int) -> int:
    """As a shell says it: 128 and the signal's number."""
    return 128 - returncode if returncode < 0 else returncode
