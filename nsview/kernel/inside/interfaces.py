"""The interfaces of a network namespace, with their addresses and the other ends of pairs (rtnetlink(7))."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nsview.kernel import nsfs
from nsview.kernel.inside import library
from nsview.kernel.links import read as read_links
from nsview.kernel.netlink import UNASSIGNED, Netlink, net_id

if TYPE_CHECKING:
    from pyroute2 import IPRoute

_COUNTERS = tuple(
    f"{way}_{what}" for way in ("rx", "tx") for what in ("bytes", "packets", "errors", "dropped")
)
_UP, _LOWER_UP, _PROMISCUOUS = 0x1, 0x10000, 0x100


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    """`namespaces`: (inode, path) or (inode, descriptor) of the network namespaces that are known."""
    netlink = library.iproute()
    others: dict[int, int] = {}
    for inode, way in arguments["namespaces"]:
        try:
            fd = way if isinstance(way, int) else nsfs.open_path(way)
            if os.fstat(fd).st_ino == inode:
                others[inode] = fd
        except OSError:
            continue  # it has ended meanwhile
    return lambda: _read(netlink, others)


def _read(netlink: "type[IPRoute]", others: dict[int, int]) -> dict[str, Any]:
    found: dict[str, Any] = {"unread": []}
    with netlink() as ipr:
        links = [_link(message) for message in ipr.get_links()]
        # After the links: to tell of one whose other end is elsewhere, the kernel gives that place an id.
        ids = _net_ids(others, found["unread"])
        by_index = {link["index"]: link for link in links}
        _name_hardware(by_index)
        for message in ipr.get_addr():
            link = by_index.get(message["index"])
            address = message.get("local") or message.get("address")
            if link is not None and address:
                link["addresses"].append(f"{address}/{message['prefixlen']}")
        for link in links:
            _resolve(ipr, link, by_index, ids)
    found["ids"] = [[number, inode] for number, inode in sorted(ids.items())]
    found["links"] = links
    return found


def _name_hardware(by_index: dict[int, dict[str, Any]]) -> None:
    """The library takes six bytes for a hardware address, where tunnels of IP have four or sixteen."""
    with Netlink() as asked:
        for told in read_links(asked):
            if told["index"] in by_index:
                by_index[told["index"]]["mac"] = told["mac"]


def _net_ids(others: dict[int, int], unread: list[tuple[str, str]]) -> dict[int, int]:
    """The inodes of the network namespaces to which this one has given ids (ip-netns(8))."""
    found = {}
    try:
        with Netlink() as asked:
            for inode, fd in others.items():
                number = net_id(asked, fd)
                if number != UNASSIGNED:
                    found[number] = inode
    except OSError as error:
        unread.append(("netns ids", error.strerror or str(error)))
    return found


def _link(message: Any) -> dict[str, Any]:
    flags = message["flags"]
    statistics = message.get("stats64") or message.get("stats") or {}
    data = message.get(("linkinfo", "data"))
    if not isinstance(data, dict):
        data = {}  # none, or of a kind that the library does not know: its bytes as text
    return {
        "index": message["index"],
        "name": message.get("ifname"),
        "kind": message.get(("linkinfo", "kind")),
        "state": (message.get("operstate") or "UNKNOWN").lower(),
        "up": bool(flags & _UP),
        "carrier": bool(flags & _LOWER_UP),
        "promiscuous": bool(flags & _PROMISCUOUS),
        "mac": message.get("address"),
        "mtu": message.get("mtu"),
        "master": message.get("master"),
        "parent": message.get("link") or None,
        "parent_netnsid": message.get("link_netnsid"),
        "vlan": data.get("vlan_id"),
        "vxlan": data.get("vxlan_id"),
        "alias": message.get("ifalias"),
        "addresses": [],
        **{counter: statistics.get(counter) for counter in _COUNTERS},
    }


def _resolve(
    ipr: "IPRoute", link: dict[str, Any], by_index: dict[int, dict[str, Any]], ids: dict[int, int]
) -> None:
    """Names of the bridge or bond that it is a port of, and of its other end or parent, wherever that is."""
    master = by_index.get(link["master"])
    link["master_name"] = master["name"] if master is not None else None
    link["parent_name"] = link["parent_ns"] = None
    if link["parent"] is None:
        return
    number = link["parent_netnsid"]
    if number is None:
        there = by_index.get(link["parent"])
        link["parent_name"] = there["name"] if there is not None else None
        return
    link["parent_ns"] = ids.get(number)
    try:
        # IFLA_TARGET_NETNSID under its older name (Linux 4.16): asks in the other namespace.
        for message in ipr.link("get", index=link["parent"], if_netnsid=number):
            link["parent_name"] = message.get("ifname")
    except Exception as error:  # pyroute2's own errors: we may not ask there, or it has gone
        link["parent_error"] = str(error)
