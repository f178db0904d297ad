"""Routes, rules and neighbours of a network namespace (rtnetlink(7), ip-route(8))."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nsview.kernel.inside import library

if TYPE_CHECKING:
    from pyroute2 import IPRoute

# linux/rtnetlink.h, linux/fib_rules.h, linux/neighbour.h
_TABLES = {253: "default", 254: "main", 255: "local"}
_PROTOCOLS = {
    1: "redirect",
    2: "kernel",
    3: "boot",
    4: "static",
    9: "ra",
    16: "dhcp",
    186: "bgp",
    188: "ospf",
}
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
_TYPES = {
    1: "unicast",
    2: "local",
    3: "broadcast",
    4: "anycast",
    5: "multicast",
    6: "blackhole",
    7: "unreachable",
    8: "prohibit",
    9: "throw",
    10: "nat",
}
_ACTIONS = {1: "lookup", 2: "goto", 3: "nop", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
_STATES = {
    0x01: "INCOMPLETE",
    0x02: "REACHABLE",
    0x04: "STALE",
    0x08: "DELAY",
    0x10: "PROBE",
    0x20: "FAILED",
    0x40: "NOARP",
    0x80: "PERMANENT",
}
_FAMILIES = {2: "inet", 10: "inet6"}
_CLONED = 0x200


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    netlink = library.iproute()
    return lambda: _read(netlink)


def _read(netlink: "type[IPRoute]") -> dict[str, Any]:
    with netlink() as ipr:
        names = {message["index"]: message.get("ifname") for message in ipr.get_links()}
        return {
            "routes": [
                _route(message, names)
                for message in ipr.get_routes()
                if message["family"] in _FAMILIES and not message["flags"] & _CLONED
            ],
            "rules": [_rule(message) for message in ipr.get_rules() if message["family"] in _FAMILIES],
            "neighbours": [
                _neighbour(message, names)
                for message in ipr.get_neighbours()
                if message["family"] in _FAMILIES
            ],
        }


def _route(message: Any, names: dict[int, str]) -> dict[str, Any]:
    table = message.get("table")
    next_hops = message.get("multipath") or ()
    gateways = [hop.get("gateway") for hop in next_hops] or [message.get("gateway")]
    devices = [names.get(hop["oif"]) for hop in next_hops] or [names.get(message.get("oif"))]
    return {
        "family": _FAMILIES[message["family"]],
        "dst": _prefix(message.get("dst"), message["dst_len"], message["family"]),
        "gateways": [gateway for gateway in gateways if gateway],
        "devices": [device for device in devices if device],
        "source": message.get("prefsrc"),
        "metric": message.get("priority"),
        "table": _TABLES.get(table, str(table)),
        "protocol": _PROTOCOLS.get(message["proto"], str(message["proto"])),
        "scope": _SCOPES.get(message["scope"], str(message["scope"])),
        "type": _TYPES.get(message["type"], str(message["type"])),
    }


def _prefix(address: str | None, length: int, family: int) -> str:
    if not address:
        return "default"
    return address if length == (32 if family == 2 else 128) else f"{address}/{length}"


def _rule(message: Any) -> dict[str, Any]:
    table = message.get("table")
    mark = message.get("fwmark")
    return {
        "family": _FAMILIES[message["family"]],
        "priority": message.get("priority") or 0,
        "src": _prefix(message.get("src"), message["src_len"], message["family"]).replace("default", "all"),
        "dst": _prefix(message.get("dst"), message["dst_len"], message["family"]).replace("default", "all"),
        "iif": message.get("iifname"),
        "oif": message.get("oifname"),
        "mark": None if mark is None else f"0x{mark:x}",
        "action": _ACTIONS.get(message["action"], str(message["action"])),
        "table": _TABLES.get(table, str(table)),
    }


def _neighbour(message: Any, names: dict[int, str]) -> dict[str, Any]:
    return {
        "dst": message.get("dst"),
        "device": names.get(message["ifindex"]),
        "mac": message.get("lladdr"),
        "states": [name for bit, name in _STATES.items() if message["state"] & bit],
    }
