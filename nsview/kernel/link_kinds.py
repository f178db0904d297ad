"""What each kind of network interface tells of itself (IFLA_INFO_DATA of rtnetlink(7), linux/if_link.h)."""

import socket
import struct
from collections.abc import Callable, Mapping

from nsview.kernel.netlink import attributes

Told = int | str | bool | None
_Decode = Callable[[bytes], Told]


def address(data: bytes) -> str | None:
    """An IPv4 or IPv6 address; None for the one of all zeros, which stands for any."""
    if len(data) not in (4, 16) or not any(data):
        return None
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)


def number(data: bytes) -> int:
    """In the machine's byte order, of whatever size."""
    return int(struct.unpack({1: "=B", 2: "=H", 4: "=I", 8: "=Q"}[len(data)], data)[0])


def _as_it_travels(data: bytes) -> int | None:
    """A number in network byte order: ports and keys; None for 0, which stands for none."""
    return int.from_bytes(data, "big") or None


def _one_of(names: Mapping[int, str]) -> _Decode:
    return lambda data: names.get(number(data), str(number(data)))


def _flag(data: bytes) -> bool:
    """Set by being there (NLA_FLAG), or a byte."""
    return not data or any(data)


_MACVLAN = {
    1: ("mode", _one_of({1: "private", 2: "vepa", 4: "bridge", 8: "passthru", 16: "source"})),
}
_IPVLAN = {1: ("mode", _one_of({0: "l2", 1: "l3", 2: "l3s"}))}
_GRE = {
    1: ("link", number),
    4: ("ikey", _as_it_travels),
    5: ("okey", _as_it_travels),
    6: ("local", address),
    7: ("remote", address),
    18: ("external", _flag),
}
_IP_TUNNEL = {
    1: ("link", number),
    2: ("local", address),
    3: ("remote", address),
    19: ("external", _flag),
}
_VTI = {
    1: ("link", number),
    2: ("ikey", _as_it_travels),
    3: ("okey", _as_it_travels),
    4: ("local", address),
    5: ("remote", address),
}
_NETKIT = {
    2: ("primary", _flag),
    5: ("mode", _one_of({0: "l2", 1: "l3"})),
}

_KINDS: dict[str, Mapping[int, tuple[str, _Decode]]] = {
    "vlan": {
        1: ("id", number),
        5: ("protocol", lambda data: {0x88A8: "802.1ad"}.get(int.from_bytes(data, "big"))),
    },
    **dict.fromkeys(("macvlan", "macvtap"), _MACVLAN),
    **dict.fromkeys(("ipvlan", "ipvtap"), _IPVLAN),
    "vxlan": {
        1: ("id", number),
        2: ("remote", address),
        3: ("link", number),
        4: ("local", address),
        15: ("port", _as_it_travels),
        16: ("remote", address),
        17: ("local", address),
        25: ("external", _flag),
    },
    "geneve": {
        1: ("id", number),
        2: ("remote", address),
        5: ("port", _as_it_travels),
        6: ("external", _flag),
        7: ("remote", address),
    },
    **dict.fromkeys(("gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan"), _GRE),
    **dict.fromkeys(("ipip", "sit", "ip6tnl"), _IP_TUNNEL),
    **dict.fromkeys(("vti", "vti6"), _VTI),
    "netkit": _NETKIT,
    "vrf": {1: ("table", number)},
    "xfrm": {1: ("link", number), 2: ("id", number)},
    "tun": {3: ("type", _one_of({1: "tun", 2: "tap"}))},
}


def facts(kind: str, data: bytes) -> dict[str, Told]:
    """What an interface of this kind says of itself, as far as it matters to whom it is linked.

    What it does not say is absent.
    """
    known = _KINDS.get(kind)
    if known is None:
        return {}
    found: dict[str, Told] = {}
    for attribute, value in attributes(data).items():
        if attribute not in known:
            continue
        name, decode = known[attribute]
        told = decode(value)
        if told is not None and told is not False:
            found[name] = told
    return found
