"""A network namespace: interfaces and their other ends, routes, sockets with their processes, filters."""

from collections.abc import Mapping
from typing import Any

from nsview.contents import net_others, net_sockets
from nsview.contents.asking import Answers, Reading
from nsview.contents.pinned import Pinned
from nsview.contents.section import BYTES, FIRST, Column, Fact, Page, Section, Unread, Value, table

_LINKS = (
    *(Column("index", "INDEX"), Column("name", "NAME"), Column("kind", "KIND"), Column("state", "STATE")),
    *(Column("up", "UP"), Column("carrier", "CARRIER"), Column("mac", "MAC"), Column("mtu", "MTU")),
    *(Column("addresses", "ADDRESSES"), Column("master", "PORT OF"), Column("parent", "OTHER END")),
    *(Column("parent_ns", "IN NAMESPACE"), Column("parent_owner", "OF"), Column("vlan", "VLAN")),
    *(Column("vxlan", "VXLAN"), Column("rx_bytes", "RECEIVED", BYTES), Column("rx_packets", "PACKETS")),
    *(Column("rx_errors", "ERRORS"), Column("rx_dropped", "DROPPED"), Column("tx_bytes", "SENT", BYTES)),
    *(Column("tx_packets", "PACKETS"), Column("tx_errors", "ERRORS"), Column("tx_dropped", "DROPPED")),
)
_BRIDGES = (Column("bridge", "BRIDGE"), Column("ports", "PORTS"))
_ROUTES = (
    *(
        Column("family", "FAMILY"),
        Column("dst", "TO"),
        Column("gateways", "VIA"),
        Column("devices", "DEVICE"),
    ),
    *(Column("source", "FROM"), Column("metric", "METRIC"), Column("table", "TABLE"), Column("type", "TYPE")),
    *(Column("protocol", "PROTOCOL"), Column("scope", "SCOPE")),
)
_RULES = (
    *(Column("family", "FAMILY"), Column("priority", "PRIORITY"), Column("src", "FROM"), Column("dst", "TO")),
    *(Column("iif", "IN"), Column("oif", "OUT"), Column("mark", "MARK"), Column("action", "ACTION")),
    Column("table", "TABLE"),
)
_NEIGHBOURS = (
    *(Column("dst", "ADDRESS"), Column("device", "DEVICE"), Column("mac", "MAC"), Column("states", "STATE")),
)
_IDS = (Column("id", "ID"), Column("ns", "NS"), Column("owner", "OF"))
_SYSCTLS = (Column("name", "SETTING"), Column("inside", "INSIDE"), Column("outside", "OURS"))

Rows = list[tuple[Value, ...]]


def inside(pinned: Pinned, page: Page = FIRST) -> tuple[Section, ...]:
    """Who may not enter still sees the sockets and counters that a member's files of /proc tell."""
    parts: dict[str, Mapping[str, Any]] = {"sockets": page._asdict()}
    if not pinned.is_ours:
        parts["net_sysctls"] = {}
    # Two readers side by side: what needs no netlink library need not wait for its loading.
    reading = Reading(pinned, parts)
    with net_others.known(pinned) as others:
        netlink = Reading(
            pinned,
            {"interfaces": {"namespaces": others.ways}, "routing": {}, "firewall": {}},
            others.descriptors,
        )
        answers = reading.answers()
        sockets = net_sockets.section(pinned, answers, page)
        told = netlink.answers()
    interfaces = told.get("interfaces") or net_sockets.interfaces_of_member(pinned)
    links = interfaces.get("links", [])
    unread = told.unread("interfaces", "interfaces")
    routing = told.get("routing") or {}
    unrouted = told.unread("routing", "routes, rules and neighbours")
    return (
        _links(pinned, links, page, unread),
        _bridges(links, page),
        sockets,
        _table("routes", "Routes", _ROUTES, routing.get("routes", []), page, unrouted),
        _table("rules", "Rules", _RULES, routing.get("rules", []), page, unrouted),
        _table("neighbours", "Neighbours", _NEIGHBOURS, routing.get("neighbours", []), page, unrouted),
        _filters(told),
        _ids(pinned, interfaces.get("ids", []), page),
        _sysctls(pinned, answers, page),
    )


def _links(pinned: Pinned, links: list[dict[str, Any]], page: Page, unread: tuple[Unread, ...]) -> Section:
    for link in links:
        link["master"] = link.get("master_name")
        there = link.get("parent_ns")
        if link.get("parent") is not None and link.get("parent_name") is None:
            name = f"interface {link['parent']}"
            link["parent_name"] = name if link.get("parent_netnsid") is None else f"{name} elsewhere"
        link["parent"] = link.get("parent_name")
        link["parent_owner"] = net_others.owner(pinned.snapshot, there)
    return _table("interfaces", "Interfaces", _LINKS, links, page, unread)


def _bridges(links: list[dict[str, Any]], page: Page) -> Section:
    ports: dict[str, list[str]] = {
        str(link["name"]): [] for link in links if link.get("kind") in ("bridge", "bond", "team", "vrf")
    }
    for link in links:
        if link["master"] is not None:
            ports.setdefault(str(link["master"]), []).append(str(link["name"]))
    rows: Rows = [(bridge, tuple(names)) for bridge, names in ports.items()]
    return table("bridges", "Bridges and bonds", _BRIDGES, rows, page)


def _table(
    key: str,
    title: str,
    columns: tuple[Column, ...],
    found: list[dict[str, Any]],
    page: Page,
    unread: tuple[Unread, ...],
) -> Section:
    rows: Rows = [tuple(_value(one.get(column.key)) for column in columns) for one in found]
    return table(key, title, columns, rows, page, unread=unread)


def _value(found: Any) -> Value:
    if isinstance(found, list):
        return tuple(map(str, found))
    return found if found is None or isinstance(found, str | int | float) else str(found)


def _filters(answers: Answers) -> Section:
    found = answers.get("firewall") or {}
    facts = [
        Fact(key, label, _value(found.get(key)))
        for key, label in (
            ("nftables", "nftables tables"),
            ("iptables", "iptables tables"),
            ("conntrack", "Connections tracked"),
            ("conntrack_limit", "At most"),
        )
        if found.get(key) is not None
    ]
    return Section("filters", "Filters", tuple(facts), unread=answers.unread("firewall", "filters"))


def _ids(pinned: Pinned, ids: list[list[int]], page: Page) -> Section:
    rows: Rows = [(number, inode, net_others.owner(pinned.snapshot, inode)) for number, inode in ids]
    return table("ids", "Ids of other network namespaces", _IDS, rows, page)


def _sysctls(pinned: Pinned, answers: Answers, page: Page) -> Section:
    title = "Settings that differ from ours"
    if pinned.is_ours:
        return Section("sysctls", title, (Fact("ours", "We are in it", True),))
    rows: Rows = [(name, here, there) for name, here, there in answers.get("net_sysctls") or ()]
    return table("sysctls", title, _SYSCTLS, rows, page, unread=answers.unread("net_sysctls", "settings"))
