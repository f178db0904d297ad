"""Let a fresh process read inside a namespace, and wait for its answers, but not for ever."""

import errno
from collections.abc import Mapping, Sequence
from typing import Any

from nsview.contents.fresh import Fresh
from nsview.contents.pinned import Pinned
from nsview.contents.section import Unread, unread

PATIENCE = 8.0
"""Seconds that a reader may take; what has come by then is shown."""
_READER = "nsview.contents.reader"

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
    """A reader at work: several may be, at the same time. Use as a context, which ends it.

    `after`: a pipe at whose end it begins; until then it gets ready.
    """

    def __init__(
        self, pinned: Pinned, parts: Parts, keep: Sequence[int] = (), after: int | None = None
    ) -> None:
        self._answers = Answers()
        self._given_up = pinned.given_up
        self._reader: Fresh | None = None
        if pinned.fd < 0 and not pinned.is_ours:
            self._answers.failure = pinned.refusal or OSError(errno.ENOENT, "it could not be opened")
            return
        orders = {
            "kind": str(pinned.kind),
            "join": None if pinned.is_ours else pinned.fd,
            "populated": bool(pinned.members),
            "after": after,
            "parts": [[name, dict(arguments)] for name, arguments in parts.items()],
        }
        fds = [fd for fd in (pinned.fd, *keep, -1 if after is None else after) if fd >= 0]
        try:
            self._reader = Fresh(_READER, orders, fds)
        except OSError as error:
            self._answers.failure = error

    def answers(self, patience: float = PATIENCE) -> Answers:
        """Wait for it to say all, but not longer than that many seconds from its start."""
        if self._reader is not None:
            try:
                for message in self._reader.lines(patience, self._given_up):
                    self._answers.take(message)
            except OSError as error:
                self._answers.failure = error
            except (KeyError, TypeError, ValueError) as error:
                self._answers.failure = OSError(errno.EBADMSG, f"an answer makes no sense: {error}")
        return self._answers

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_: object) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.end()
