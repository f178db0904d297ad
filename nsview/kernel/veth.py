"""A pair of virtual network interfaces, one in our network namespace, one in another (veth(4),
rtnetlink(7))."""

import os
import socket
import struct

_RTM_NEWLINK = 16
_NLM_F_REQUEST, _NLM_F_ACK, _NLM_F_EXCL, _NLM_F_CREATE = 1, 4, 0x200, 0x400
_NLMSG_ERROR = 2
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_NET_NS_FD = 3, 18, 28
_IFLA_INFO_KIND, _IFLA_INFO_DATA = 1, 2
_VETH_INFO_PEER = 1


def add_pair(outside: str, inside: str, namespace: int) -> None:
    """Make the interface `outside` here and its peer `inside` in the network namespace behind the descriptor.

    The pair goes away with that namespace. Both ends are down: neither may be up before it has its peer.

    OSError: EEXIST where a name is taken, EPERM without CAP_NET_ADMIN in both, EOPNOTSUPP without the driver.
    """
    peer = _interface() + _attribute(_IFLA_IFNAME, inside.encode() + b"\0")
    peer += _attribute(_IFLA_NET_NS_FD, struct.pack("=I", namespace))
    info = _attribute(_IFLA_INFO_KIND, b"veth")
    info += _attribute(_IFLA_INFO_DATA, _attribute(_VETH_INFO_PEER, peer))
    body = _interface() + _attribute(_IFLA_IFNAME, outside.encode() + b"\0")
    body += _attribute(_IFLA_LINKINFO, info)
    flags = _NLM_F_REQUEST | _NLM_F_ACK | _NLM_F_EXCL | _NLM_F_CREATE
    header = struct.pack("=IHHII", 16 + len(body), _RTM_NEWLINK, flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as link:
        link.settimeout(5.0)
        link.send(header + body)
        answer = link.recv(4096)
    _, kind, _, _, _ = struct.unpack_from("=IHHII", answer)
    (number,) = struct.unpack_from("=i", answer, 16)
    if kind == _NLMSG_ERROR and number:
        raise OSError(-number, os.strerror(-number), outside)


def _interface() -> bytes:
    """struct ifinfomsg of an interface that has no number yet."""
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, 0, 0)


def _attribute(kind: int, data: bytes) -> bytes:
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + bytes(-size % 4)
