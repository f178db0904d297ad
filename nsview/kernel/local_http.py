"""One GET over a Unix socket, for services of this machine that speak HTTP (Docker's and Podman's APIs)."""

import errno
import io
import os
import socket
import stat
import time

LARGEST = 1 << 23
"""Bytes of an answer."""


def get(path: str, question: str, seconds: float) -> bytes:
    """The body of a 200 answer. OSError when there is no socket, no such answer, or it takes longer.

    The limit holds for the whole: a server that gives a byte now and then does not stretch it.
    """
    if not stat.S_ISSOCK(os.stat(path).st_mode):
        raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK), path)
    return _body(_exchange(path, question, time.monotonic() + seconds), path)


def _exchange(path: str, question: str, deadline: float) -> bytes:
    """All that the server says until it hangs up, which ends an answer of HTTP/1.0."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_left(deadline, path))
        connection.connect(path)
        connection.sendall(f"GET {question} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode("ascii"))
        said = bytearray()
        while True:
            connection.settimeout(_left(deadline, path))
            data = connection.recv(1 << 16)
            if not data:
                return bytes(said)
            said += data
            if len(said) > LARGEST:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)


def _left(deadline: float, path: str) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), path)
    return left


def _body(said: bytes, path: str) -> bytes:
    from http.client import HTTPException, HTTPResponse

    try:
        response = HTTPResponse(_Said(said))  # type: ignore[arg-type]  # makefile is all that it calls
        response.begin()
        body = response.read()
    except (HTTPException, ValueError) as error:
        raise OSError(errno.EPROTO, f"it speaks no HTTP: {error!r}", path) from None
    if response.status != 200:
        raise OSError(errno.EPROTO, f"it answered {response.status}", path)
    return body


class _Said:
    """A socket from which everything has been read."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)
