"""Asking the kernel over netlink sockets (netlink(7), rtnetlink(7)), with no library to load first."""

import errno
import os
import socket
import struct
from collections.abc import Iterator

_HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence, port."""
_ATTRIBUTE = struct.Struct("=HH")
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_REQUEST, _MULTI, _DUMP = 1, 2, 0x300
_INTERRUPTED = 0x10
"""NLM_F_DUMP_INTR: something changed while the kernel told."""
_TYPE = 0x3FFF
"""NLA_TYPE_MASK: without the bits that say "nested" and "big-endian"."""
_BUFFER = 1 << 18
_ATTEMPTS = 3
_PATIENCE = 3.0

_RTM_GETNSID = 90
_NETNSA_NSID, _NETNSA_FD = 1, 3

UNASSIGNED = -1


class Netlink:
    """One netlink socket, in the network namespace where it was made whatever is joined later.

    Use it as a context or close it. OSError from all methods, as the kernel said it; ETIMEDOUT if it said
    nothing for `patience` seconds.
    """

    def __init__(self, protocol: int = 0, patience: float = _PATIENCE) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        self._socket.settimeout(patience)
        self._number = 0
        self._interrupted = False

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> "Netlink":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, kind: int, request: bytes, flags: int = 0) -> bytes:
        """The one message with which the kernel answers; b"" where it only says that all is well."""
        return next(self._answers(kind, request, _REQUEST | flags), b"")

    def dump(self, kind: int, request: bytes) -> list[bytes]:
        """All messages of a dump; asked again, a few times, if something changed while the kernel told."""
        found: list[bytes] = []
        for _ in range(_ATTEMPTS):
            self._interrupted = False
            found = list(self._answers(kind, request, _REQUEST | _DUMP))
            if not self._interrupted:
                break
        return found

    def each(self, kind: int, request: bytes) -> Iterator[bytes]:
        """As `dump`, one by one, and once: for what may be very long."""
        return self._answers(kind, request, _REQUEST | _DUMP)

    def _answers(self, kind: int, request: bytes, flags: int) -> Iterator[bytes]:
        self._number += 1
        header = _HEADER.pack(_HEADER.size + len(request), kind, flags, self._number, 0)
        self._socket.send(header + request)
        while True:
            try:
                data = self._socket.recv(_BUFFER)
            except TimeoutError:
                raise OSError(errno.ETIMEDOUT, "the kernel did not answer in time", "netlink") from None
            place = 0
            while place + _HEADER.size <= len(data):
                length, told, marks, number, _ = _HEADER.unpack_from(data, place)
                if length < _HEADER.size:
                    raise OSError(errno.EBADMSG, os.strerror(errno.EBADMSG), "netlink")
                body = data[place + _HEADER.size : place + length]
                place += (length + 3) & ~3
                if number != self._number:
                    continue  # left over from a question that was given up
                self._interrupted = bool(marks & _INTERRUPTED) or self._interrupted
                if told in (_NLMSG_DONE, _NLMSG_ERROR):
                    (error,) = struct.unpack_from("=i", body)
                    if error < 0:
                        raise OSError(-error, os.strerror(-error), "netlink")
                    return
                yield body
                if not marks & _MULTI:
                    return


def attribute(kind: int, data: bytes) -> bytes:
    """struct nlattr with its padding."""
    size = _ATTRIBUTE.size + len(data)
    return _ATTRIBUTE.pack(size, kind) + data + bytes(-size % 4)


def attributes(data: bytes, place: int = 0) -> dict[int, bytes]:
    """The attributes from a place on, by their numbers; of several with one number the last."""
    return dict(each_attribute(data, place))


def each_attribute(data: bytes, place: int = 0) -> Iterator[tuple[int, bytes]]:
    while place + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, place)
        if size < _ATTRIBUTE.size:
            return
        yield kind & _TYPE, data[place + _ATTRIBUTE.size : place + size]
        place += (size + 3) & ~3


def net_id(asked: Netlink, fd: int) -> int:
    """The number by which the socket's network namespace knows the one behind `fd`; UNASSIGNED if by none.

    RTM_GETNSID of rtnetlink(7). OSError: EOPNOTSUPP before Linux 4.0.
    """
    request = struct.pack("=B3x", socket.AF_UNSPEC) + attribute(_NETNSA_FD, struct.pack("=I", fd))
    found = attributes(asked.ask(_RTM_GETNSID, request), 4).get(_NETNSA_NSID)
    return UNASSIGNED if found is None else int(struct.unpack("=i", found)[0])
