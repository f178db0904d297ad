"""The sockets of our own network namespace, as the kernel dumps them (sock_diag(7), Linux 3.3).

One pass, however many there are: the files of /proc/net begin anew at every read, which takes half a minute
for 100,000 UDP sockets. And a unix socket's name cannot pass for another line.
"""

import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from nsview.kernel.netlink import Netlink, attributes

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_ALL_STATES = 0xFFFFFFFF
_SHOW_NAME, _NAME = 1, 0

_INET = struct.Struct("=4B4x32s12x12x2I")
"""struct inet_diag_msg: state, addresses, user, inode. Ports are cut out as they travel."""
_UNIX = struct.Struct("=4BI8x")


class Inet(NamedTuple):
    state: int
    local: bytes
    """Address and port as they travel: 4 or 16 bytes, then 2."""
    remote: bytes
    uid: int
    inode: int


class Unix(NamedTuple):
    state: int
    type: int
    inode: int
    name: bytes
    """As sun_path: b"" for none, with NUL first for an abstract one."""


def inet(family: int, protocol: int) -> Iterator[Inet]:
    """Sockets of AF_INET or AF_INET6 and IPPROTO_TCP, _UDP …; OSError: ENOENT where the kernel has none."""
    size = 4 if family == socket.AF_INET else 16
    request = struct.pack("=4BI48x", family, protocol, 0, 0, _ALL_STATES)
    for data in _dump(request):
        _, state, _, _, ids, uid, inode = _INET.unpack_from(data)
        local, remote = ids[:size] + data[4:6], ids[16 : 16 + size] + data[6:8]
        yield Inet(state, local, remote, uid, inode)


def unix() -> Iterator[Unix]:
    """Sockets of AF_UNIX; OSError: ENOENT where the kernel has no unix_diag."""
    request = struct.pack("=2BHIII8x", socket.AF_UNIX, 0, 0, _ALL_STATES, 0, _SHOW_NAME)
    for data in _dump(request):
        _, kind, state, _, inode = _UNIX.unpack_from(data)
        yield Unix(state, kind, inode, attributes(data, _UNIX.size).get(_NAME, b""))


def _dump(request: bytes) -> Iterator[bytes]:
    with Netlink(_NETLINK_SOCK_DIAG) as asked:
        yield from asked.each(_SOCK_DIAG_BY_FAMILY, request)
