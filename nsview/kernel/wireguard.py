"""Whom a WireGuard interface talks to (generic netlink, linux/wireguard.h, Linux 5.6).

The kernel tells private and preshared keys too, to those who may ask: they are passed over unread.
"""

import base64
import errno
import os
import struct
from typing import Any

from nsview.kernel.link_kinds import address
from nsview.kernel.netlink import Netlink, attribute, attributes, each_attribute

_GENERIC = 16
"""NETLINK_GENERIC"""
_CONTROLLER, _GETFAMILY, _FAMILY_ID, _FAMILY_NAME = 16, 3, 1, 2
_GET_DEVICE, _DEVICE_IFINDEX = 0, 1
_DEVICE_PUBLIC_KEY, _DEVICE_LISTEN_PORT, _DEVICE_PEERS = 4, 6, 8
_PEER_PUBLIC_KEY, _PEER_ENDPOINT = 1, 4
_HEADER = struct.Struct("=BBH")
"""struct genlmsghdr: command, version, reserved."""


def tell(links: list[dict[str, Any]]) -> None:
    """Add to the facts of each WireGuard interface its public key, its port, and its peers with their ends.

    The interfaces are those of the network namespace that we are in. Where the kernel refuses (it wants
    CAP_NET_ADMIN there), their facts say so.
    """
    try:
        with Netlink(_GENERIC) as generic:
            family = _family(generic)
            for link in links:
                if link["kind"] == "wireguard":
                    link["facts"].update(_device(generic, family, link["index"]))
    except OSError as error:
        for link in links:
            if link["kind"] == "wireguard":
                link["facts"]["unread"] = error.strerror or str(error)


def _family(generic: Netlink) -> int:
    request = _HEADER.pack(_GETFAMILY, 1, 0) + attribute(_FAMILY_NAME, b"wireguard\0")
    found = attributes(generic.ask(_CONTROLLER, request), _HEADER.size).get(_FAMILY_ID)
    if found is None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), "wireguard")
    return int(struct.unpack("=H", found)[0])


def _device(generic: Netlink, family: int, index: int) -> dict[str, Any]:
    request = _HEADER.pack(_GET_DEVICE, 1, 0) + attribute(_DEVICE_IFINDEX, struct.pack("=I", index))
    return device(generic.dump(family, request))


def device(messages: list[bytes]) -> dict[str, Any]:
    """From the messages of one dump: an interface with many peers takes several."""
    found: dict[str, Any] = {}
    peers: dict[str, str | None] = {}
    for message in messages:
        told = attributes(message, _HEADER.size)
        if _DEVICE_PUBLIC_KEY in told:
            found["key"] = _key(told[_DEVICE_PUBLIC_KEY])
        if told.get(_DEVICE_LISTEN_PORT, b"\0\0") != b"\0\0":
            (found["port"],) = struct.unpack("=H", told[_DEVICE_LISTEN_PORT])
        for _, data in each_attribute(told.get(_DEVICE_PEERS, b"")):
            peer = attributes(data)
            if _PEER_PUBLIC_KEY in peer:
                key = _key(peer[_PEER_PUBLIC_KEY])
                peers[key] = _endpoint(peer.get(_PEER_ENDPOINT, b"")) or peers.get(key)
    found["peers"] = [[key, end] for key, end in peers.items()]
    return found


def _key(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _endpoint(data: bytes) -> str | None:
    """struct sockaddr_in or sockaddr_in6."""
    if len(data) == 16:
        return f"{address(data[4:8])}:{int.from_bytes(data[2:4], 'big')}"
    if len(data) == 28:
        return f"[{address(data[8:24])}]:{int.from_bytes(data[2:4], 'big')}"
    return None
