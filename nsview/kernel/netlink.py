"""The number by which our own network namespace knows another (RTM_GETNSID of rtnetlink(7), Linux 4.0)."""

import os
import socket
import struct

_RTM_NEWNSID, _RTM_GETNSID = 88, 90
_NLMSG_ERROR = 2
_NLM_F_REQUEST = 1
_NETNSA_NSID, _NETNSA_FD = 1, 3

UNASSIGNED = -1


class NetIds:
    """Asks for netns ids over one netlink socket; use it as a context."""

    def __enter__(self) -> "NetIds":
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._socket.settimeout(1.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def of(self, fd: int) -> int:
        """The id of the network namespace behind `fd`; UNASSIGNED if ours has given it none.

        OSError as the kernel said it (EOPNOTSUPP before Linux 4.0).
        """
        attribute = struct.pack("=HHI", 8, _NETNSA_FD, fd)
        body = struct.pack("=B3x", socket.AF_UNSPEC) + attribute
        header = struct.pack("=IHHII", 16 + len(body), _RTM_GETNSID, _NLM_F_REQUEST, 1, 0)
        self._socket.send(header + body)
        answer = self._socket.recv(4096)
        _, kind, _, _, _ = struct.unpack_from("=IHHII", answer)
        if kind == _NLMSG_ERROR:
            (number,) = struct.unpack_from("=i", answer, 16)
            raise OSError(-number, os.strerror(-number), "RTM_GETNSID")
        place = 20
        while kind == _RTM_NEWNSID and place + 4 <= len(answer):
            size, name = struct.unpack_from("=HH", answer, place)
            if name == _NETNSA_NSID:
                return int(struct.unpack_from("=i", answer, place + 4)[0])
            place += max(4, (size + 3) & ~3)
        return UNASSIGNED
