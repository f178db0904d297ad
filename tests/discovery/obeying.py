"""Processes that do something whenever a test tells them to, and the test goes on when it is done."""

import os
import socket
from collections.abc import Callable
from types import TracebackType

from tests import linux
from tests.kernel_fixtures import Spawn


class Obeying:
    """A process of its own that runs `obey` with its end of a connection; a context that ends that."""

    def __init__(self, spawn: Spawn, obey: Callable[[socket.socket], None], **where: object) -> None:
        self._ours, theirs = socket.socketpair()

        def build() -> int:
            # The child itself waits to be ended.
            pid = os.fork()
            if pid == 0:
                try:
                    linux.die_with_parent()
                    obey(theirs)
                finally:
                    os._exit(0)
            return pid

        with theirs:
            self.pid: int = spawn(build, keep=[theirs.fileno()], **where).value
        self._ours.settimeout(20)

    def tell(self, order: bytes = b"x") -> bytes:
        """Its answer, once it has done so."""
        self._ours.send(order)
        answer = self._ours.recv(1 << 16)
        assert answer, "it has ended"
        return answer

    def close(self) -> None:
        self._ours.close()

    def __enter__(self) -> "Obeying":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def in_order(*deeds: Callable[[], object]) -> Callable[[socket.socket], None]:
    """What obeys by doing one thing after the other, one at each order."""

    def obey(orders: socket.socket) -> None:
        for deed in deeds:
            if not orders.recv(1):
                return
            deed()
            orders.send(b"x")
        orders.recv(1)

    return obey
