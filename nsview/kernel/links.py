"""The network interfaces of one network namespace and their addresses, quickly and without a library.

RTM_GETLINK and RTM_GETADDR of rtnetlink(7), over a socket that was made in that namespace. Counters are left
out (RTEXT_FILTER_SKIP_STATS, Linux 4.4).
"""

import os
import struct
from typing import Any

from nsview.kernel import wireguard
from nsview.kernel.link_kinds import address, facts, number
from nsview.kernel.netlink import Netlink, attribute, attributes

_RTM_GETLINK, _RTM_GETADDR = 18, 22
_IFINFO = struct.Struct("=BxHiII")
"""struct ifinfomsg: family, type, index, flags, changed flags."""
_IFADDR = struct.Struct("=4BI")
"""struct ifaddrmsg: family, length of the prefix, flags, scope, index."""
_ADDRESS, _IFNAME, _MTU, _LINK, _MASTER, _OPERSTATE = 1, 3, 4, 5, 10, 16
_LINKINFO, _IFALIAS, _EXT_MASK, _LINK_NETNSID, _PARENT_DEV_NAME = 18, 20, 29, 37, 56
_INFO_KIND, _INFO_DATA = 1, 2
_SKIP_STATS = 8
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IP_TUNNELS = (768, 769, 776, 778, 823)
"""ARPHRD_TUNNEL, _TUNNEL6, _SIT, _IPGRE, _IP6GRE of linux/if_arp.h."""
_UP, _LOOPBACK, _LOWER_UP = 0x1, 0x8, 0x10000
_STATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
"""IF_OPER_ of linux/if.h."""


def read(asked: Netlink) -> list[dict[str, Any]]:
    """What is in the socket's network namespace, in which we are, as JSON can say it.

    OSError as the kernel said it.
    """
    request = _IFINFO.pack(0, 0, 0, 0, 0) + attribute(_EXT_MASK, struct.pack("=I", _SKIP_STATS))
    links = [_link(data) for data in asked.dump(_RTM_GETLINK, request)]
    by_index = {link["index"]: link for link in links}
    for data in asked.dump(_RTM_GETADDR, _IFADDR.pack(0, 0, 0, 0, 0)):
        _, prefix, _, _, index = _IFADDR.unpack_from(data)
        told = attributes(data, _IFADDR.size)
        # Of a pair of addresses that face each other, ADDRESS is the other one's.
        own = address(told.get(_IFA_LOCAL) or told.get(_IFA_ADDRESS, b""))
        if own is not None and index in by_index:
            by_index[index]["addresses"].append(f"{own}/{prefix}")
    if any(link["kind"] == "wireguard" for link in links):
        wireguard.tell(links)
    return links


def _link(data: bytes) -> dict[str, Any]:
    _, hardware, index, flags, _ = _IFINFO.unpack_from(data)
    told = attributes(data, _IFINFO.size)
    info = attributes(told.get(_LINKINFO, b""))
    kind = _text(info.get(_INFO_KIND, b""))
    state = number(told.get(_OPERSTATE, b"\0"))
    netns = told.get(_LINK_NETNSID)
    return {
        "index": index,
        "name": _text(told.get(_IFNAME, b"")),
        "kind": kind,
        "up": bool(flags & _UP),
        "carrier": bool(flags & _LOWER_UP),
        "loopback": bool(flags & _LOOPBACK),
        "state": _STATES[state] if state < len(_STATES) else str(state),
        "mac": _hardware_address(hardware, told.get(_ADDRESS, b"")),
        "mtu": number(told[_MTU]) if _MTU in told else None,
        "alias": _text(told[_IFALIAS]) if _IFALIAS in told else None,
        "bus": _text(told[_PARENT_DEV_NAME]) if _PARENT_DEV_NAME in told else None,
        "master": number(told[_MASTER]) if _MASTER in told else None,
        "link": (number(told[_LINK]) or None) if _LINK in told else None,
        "link_netnsid": struct.unpack("=i", netns)[0] if netns is not None else None,
        "facts": facts(kind, info.get(_INFO_DATA, b"")),
        "addresses": [],
    }


def _hardware_address(hardware: int, data: bytes) -> str | None:
    """What tunnels of IP have for one is their IP address."""
    return address(data) if hardware in _IP_TUNNELS else data.hex(":") or None


def _text(data: bytes) -> str:
    return os.fsdecode(data.rstrip(b"\0"))
