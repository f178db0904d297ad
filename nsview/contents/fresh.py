"""A fresh process of ours that looks somewhere and tells; it is waited for, but not for ever.

It is a Python of its own without site-packages and without our environment, single-threaded, so that it may
join namespaces (setns(2)). Orders come to it over standard input as one JSON object; it answers on standard
output with one JSON object a line.
"""

import errno
import json
import os
import select
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import Any

LIMIT = 1 << 26
"""Bytes of answers that a process may give in all: more is no honest answer."""
_BOOT = (
    "import sys; from importlib import import_module; sys.path += sys.argv[2:]; "
    "import_module(sys.argv[1]).main()"
)
_GRACE = 0.5
_ASKED_EVERY = 0.05
"""Seconds after which whoever waits is asked whether it is still wanted."""
_PASSED_ON = ("LD_LIBRARY_PATH",)


class Fresh:
    """A process at work: several may be, at the same time. Use it as a context: it is ended with that.

    `module` has a `main()`; `fds` are descriptors of ours that the orders refer to by number. OSError if it
    cannot be started.
    """

    def __init__(self, module: str, orders: dict[str, Any], fds: Sequence[int] = ()) -> None:
        if not sys.executable:
            raise OSError(errno.ENOENT, "this Python does not know where its own program is")
        self._begun = time.monotonic()
        self._process = Popen(
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT, module, *_places()],
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            pass_fds=fds,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            cwd="/",
        )
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps(orders).encode())
            stdin.close()
        except BrokenPipeError:
            pass  # that it says nothing tells enough

    def lines(
        self, patience: float, given_up: Callable[[], bool] = lambda: False
    ) -> Iterator[dict[str, Any]]:
        """What it says, line by line, until it has said all, or that many seconds from its start are over, or
        it is `given_up`.

        OSError where it was cut short: ETIMEDOUT, EFBIG for far too much. EBADMSG for a line that makes no
        sense; what comes after that is lost.
        """
        stdout = self._process.stdout
        assert stdout is not None
        deadline = self._begun + patience
        parts: list[bytes] = []
        received = 0
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or given_up():
                raise OSError(errno.ETIMEDOUT, "no answer came in time")
            if not select.select([stdout], [], [], min(left, _ASKED_EVERY))[0]:
                continue
            more = os.read(stdout.fileno(), 1 << 16)
            received += len(more)
            if not more:
                return
            if received > LIMIT:
                raise OSError(errno.EFBIG, "the answer is too long")
            parts.append(more)
            if b"\n" not in more:
                continue
            *whole, rest = b"".join(parts).split(b"\n")
            parts = [rest]
            for line in whole:
                yield _object(line)

    def end(self) -> None:
        """Kill it if it still runs. One that hangs in a file system is not waited for."""
        process = self._process
        try:
            process.wait(0.02)
        except TimeoutExpired:
            # Our child, and not yet waited for: the number is its own.
            process.kill()
            try:
                process.wait(_GRACE)
            except TimeoutExpired:
                pass
        finally:
            assert process.stdout is not None
            process.stdout.close()

    def __enter__(self) -> "Fresh":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise OSError(errno.EBADMSG, f"an answer makes no sense: {error}") from None
    if not isinstance(found, dict):
        raise OSError(errno.EBADMSG, f"an answer makes no sense: {type(found).__name__}")
    return found


def _places() -> list[str]:
    """Where nsview and pyroute2 were, or would be, imported from: the process has no site-packages."""
    from importlib.util import find_spec

    here = os.path.abspath(__file__)
    places = [here[: -len(os.path.join("nsview", "contents", os.path.basename(here))) - 1]]
    found = find_spec("pyroute2")
    if found is not None and found.origin is not None:
        places.append(os.path.dirname(os.path.dirname(found.origin)))
    return places
