"""Let a fresh process read inside a namespace, and wait for its answers, but not for ever."""

import errno
import json
import os
import select
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from nsview.contents.pinned import Pinned
from nsview.contents.section import Unread, unread

if TYPE_CHECKING:
    from subprocess import Popen

PATIENCE = 8.0
"""Seconds that a reader may take; what has come by then is shown."""
_LIMIT = 1 << 26
"""Bytes of answers: every part gives at most a page, so more than this is no honest answer."""
_BOOT = "import sys; sys.path += sys.argv[1:]; from nsview.contents.reader import main; main()"
_GRACE = 0.5
_ASKED_EVERY = 0.05
"""Seconds after which whoever waits is asked whether it is still wanted."""
_PASSED_ON = ("LD_LIBRARY_PATH",)

Parts = Mapping[str, Mapping[str, Any]]
"""Names of parts (reader.py) and their arguments."""


class Answers:
    """What a reader said of each part that was asked for."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._errors: dict[str, OSError] = {}
        self.failure: OSError = OSError(errno.EIO, "the reader ended without a word")
        """Why nothing more came."""

    def get(self, part: str) -> Any:
        """What was read, or None."""
        return self._values.get(part)

    def unread(self, part: str, what: str) -> tuple[Unread, ...]:
        """That this part could not be read, if so; with what it could read only partly."""
        if part in self._values:
            value = self._values[part]
            partly = value.get("unread", ()) if isinstance(value, dict) else ()
            return tuple(Unread(str(what), str(why)) for what, why in partly)
        return (unread(what, self._errors.get(part, self.failure)),)

    def take(self, message: dict[str, Any]) -> None:
        if "failed" in message:
            self.failure = _error(message["failed"])
        elif "error" in message:
            self._errors[message["part"]] = _error(message["error"])
        else:
            self._values[message["part"]] = message["value"]


def _error(data: Sequence[Any]) -> OSError:
    number, words = data
    return OSError(int(number), str(words))


def ask(pinned: Pinned, parts: Parts, patience: float = PATIENCE, keep: Sequence[int] = ()) -> Answers:
    """Have the parts read inside; whatever happens to the reader, this returns about `patience` later.

    `keep`: descriptors of ours that the parts refer to by number.
    """
    with Reading(pinned, parts, keep) as reading:
        return reading.answers(patience)


class Reading:
    """A reader at work: several may be, at the same time. Use as a context, which ends it."""

    def __init__(self, pinned: Pinned, parts: Parts, keep: Sequence[int] = ()) -> None:
        self._answers = Answers()
        self._begun = time.monotonic()
        self._given_up = pinned.given_up
        self._reader: Popen[bytes] | None = None
        if pinned.fd < 0 and not pinned.is_ours:
            self._answers.failure = pinned.refusal or OSError(errno.ENOENT, "it could not be opened")
            return
        orders = {
            "kind": str(pinned.kind),
            "join": None if pinned.is_ours else pinned.fd,
            "populated": bool(pinned.members),
            "parts": [[name, dict(arguments)] for name, arguments in parts.items()],
        }
        try:
            self._reader = _start([fd for fd in (pinned.fd, *keep) if fd >= 0])
        except OSError as error:
            self._answers.failure = error
            return
        stdin = self._reader.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps(orders).encode())
            stdin.close()
        except BrokenPipeError:
            pass  # that it says nothing tells enough

    def answers(self, patience: float = PATIENCE) -> Answers:
        """Wait for it to say all, but not longer than that many seconds from its start."""
        if self._reader is not None:
            assert self._reader.stdout is not None
            _listen(self._reader.stdout, self._answers, self._begun + patience, self._given_up)
        return self._answers

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_: object) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            assert reader.stdout is not None
            _end(reader)
            reader.stdout.close()


def _start(fds: Sequence[int]) -> "Popen[bytes]":
    import subprocess

    if not sys.executable:
        raise OSError(errno.ENOENT, "this Python does not know where its own program is")
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT, *_places()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=fds,
        env=environment,
        cwd="/",
    )


def _places() -> list[str]:
    """Where nsview and pyroute2 were, or would be, imported from: the reader has no site-packages."""
    from importlib.util import find_spec

    here = os.path.abspath(__file__)
    places = [here[: -len(os.path.join("nsview", "contents", os.path.basename(here))) - 1]]
    found = find_spec("pyroute2")
    if found is not None and found.origin is not None:
        places.append(os.path.dirname(os.path.dirname(found.origin)))
    return places


def _listen(stdout: IO[bytes], answers: Answers, deadline: float, given_up: Callable[[], bool]) -> None:
    fd = stdout.fileno()
    data, received = b"", 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or given_up():
            answers.failure = OSError(errno.ETIMEDOUT, "no answer came in time")
            return
        if not select.select([fd], [], [], min(left, _ASKED_EVERY))[0]:
            continue
        more = os.read(fd, 1 << 16)
        received += len(more)
        if not more:
            return
        if received > _LIMIT:
            answers.failure = OSError(errno.EFBIG, "the answer is too long")
            return
        if b"\n" not in more:
            data += more
            continue
        *lines, data = (data + more).split(b"\n")
        for line in lines:
            try:
                answers.take(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                answers.failure = OSError(errno.EBADMSG, f"an answer makes no sense: {error}")


def _end(reader: "Popen[bytes]") -> None:
    """Kill it if it still runs. One that hangs in a file system ends when that answers; we do not wait."""
    import subprocess

    try:
        reader.wait(0.02)
    except subprocess.TimeoutExpired:
        # Our child, and not yet waited for: the number is its own.
        reader.kill()
        try:
            reader.wait(_GRACE)
        except subprocess.TimeoutExpired:
            pass
