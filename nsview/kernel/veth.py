"""A pair of virtual network interfaces, one in our network namespace, one in another (veth(4),
rtnetlink(7))."""

import socket
import struct

from nsview.kernel.netlink import Netlink, attribute

_RTM_NEWLINK = 16
_ACK, _EXCL, _CREATE = 4, 0x200, 0x400
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_NET_NS_FD = 3, 18, 28
_IFLA_INFO_KIND, _IFLA_INFO_DATA = 1, 2
_VETH_INFO_PEER = 1


def add_pair(outside: str, inside: str, namespace: int) -> None:
    """Make the interface `outside` here and its peer `inside` in the network namespace behind the descriptor.

    The pair goes away with that namespace. Both ends are down: neither may be up before it has its peer.

    OSError: EEXIST where a name is taken, EPERM without CAP_NET_ADMIN in both, EOPNOTSUPP without the driver.
    """
    peer = _interface() + attribute(_IFLA_IFNAME, inside.encode() + b"\0")
    peer += attribute(_IFLA_NET_NS_FD, struct.pack("=I", namespace))
    info = attribute(_IFLA_INFO_KIND, b"veth")
    info += attribute(_IFLA_INFO_DATA, attribute(_VETH_INFO_PEER, peer))
    body = _interface() + attribute(_IFLA_IFNAME, outside.encode() + b"\0")
    body += attribute(_IFLA_LINKINFO, info)
    try:
        with Netlink() as asked:
            asked.ask(_RTM_NEWLINK, body, _ACK | _EXCL | _CREATE)
    except OSError as error:
        raise OSError(error.errno, error.strerror, outside) from None


def _interface() -> bytes:
    """struct ifinfomsg of an interface that has no number yet."""
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, 0, 0)
