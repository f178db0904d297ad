"""How the roles of the launcher speak: one JSON object a line upwards, single bytes downwards."""

import errno
import json
import os
from typing import Any

from nsview.actions.launcher.failing import Failed

GO = b"g"


def send(fd: int, **message: Any) -> None:
    os.write(fd, json.dumps(message).encode() + b"\n")


def wait_for_go(fd: int) -> None:
    """Block until the other side says go on; Failed if it ended instead."""
    if os.read(fd, 1) != GO:
        raise Failed("prepare", errno.ECANCELED, "", "the process outside has ended")


class Messages:
    """Reads what was sent, one message after the other, until every sender has closed its end."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._rest = b""
        self.ended = False

    def next(self) -> dict[str, Any] | None:
        """The next message; None after the last."""
        while b"\n" not in self._rest:
            data = os.read(self.fd, 65536)
            if not data:
                self.ended = True
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message
