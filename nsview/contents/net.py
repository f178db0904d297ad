"""A network namespace: interfaces and their other ends, routes, sockets with their processes, filters."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from nsview.contents import net_others, net_settings, net_sockets
from nsview.contents.asking import Answers, Reading
from nsview.contents.pinned import Pinned
from nsview.contents.section import (
    BYTES,
    FIRST,
    NAMESPACE,
    Column,
    Fact,
    Section,
    Unread,
    Value,
    Wanted,
    table,
)

_LINKS = (
    *(Column("index", "INDEX", drop=14), Column("name", "NAME"), Column("kind", "KIND", drop=5)),
    *(Column("state", "STATE", drop=1), Column("up", "UP", drop=12), Column("carrier", "CARRIER", drop=13)),
    *(Column("mac", "MAC", drop=6), Column("mtu", "MTU", drop=8), Column("addresses", "ADDRESSES")),
    *(Column("master", "PORT OF", drop=4), Column("parent", "OTHER END", drop=2)),
    *(Column("parent_ns", "IN NAMESPACE", NAMESPACE, 3), Column("parent_owner", "OF", drop=3)),
    *(Column("alias", "ALIAS", drop=10), Column("vlan", "VLAN", drop=7), Column("vxlan", "VXLAN", drop=7)),
    *(Column("rx_bytes", "RECEIVED", BYTES, 9), Column("rx_packets", "PACKETS", drop=15)),
    *(Column("rx_errors", "ERRORS", drop=16), Column("rx_dropped", "DROPPED", drop=16)),
    *(Column("tx_bytes", "SENT", BYTES, 9), Column("tx_packets", "PACKETS", drop=15)),
    *(Column("tx_errors", "ERRORS", drop=16), Column("tx_dropped", "DROPPED", drop=16)),
)
_BRIDGES = (Column("bridge", "BRIDGE"), Column("ports", "PORTS"))
_ROUTES = (
    *(Column("family", "FAMILY", drop=4), Column("dst", "TO"), Column("gateways", "VIA", drop=1)),
    *(Column("devices", "DEVICE"), Column("source", "FROM", drop=3), Column("metric", "METRIC", drop=6)),
    *(Column("table", "TABLE", drop=2), Column("type", "TYPE", drop=5)),
    *(Column("protocol", "PROTOCOL", drop=7), Column("scope", "SCOPE", drop=8)),
)
_RULES = (
    *(Column("family", "FAMILY", drop=2), Column("priority", "PRIORITY"), Column("src", "FROM")),
    *(Column("dst", "TO"), Column("iif", "IN", drop=3), Column("oif", "OUT", drop=3)),
    *(Column("mark", "MARK", drop=4), Column("action", "ACTION", drop=1), Column("table", "TABLE")),
)
_NEIGHBOURS = (
    *(Column("dst", "ADDRESS"), Column("device", "DEVICE", drop=1), Column("mac", "MAC")),
    Column("states", "STATE", drop=2),
)
_IDS = (Column("id", "ID"), Column("ns", "NS", NAMESPACE), Column("owner", "OF"))

Rows = list[tuple[Value, ...]]


def inside(pinned: Pinned, page: Wanted = FIRST) -> tuple[Section, ...]:
    """Who may not enter still sees the sockets and counters that a member's files of /proc tell."""
    with net_others.known(pinned.snapshot, pinned.proc) as others, net_settings.reference(pinned) as host:
        parts = {"sockets": net_sockets.part(pinned, page.of("sockets")), **host.parts}
        netlink = {"interfaces": {"namespaces": others.ways}, "routing": {}, "firewall": {}}
        # Two readers side by side: what needs no netlink library need not wait for its loading. That has
        # sockets of its own, which are not to be counted.
        with (
            _pipe() as (begin, counted),
            Reading(pinned, netlink, others.descriptors, after=begin) as slow,
            Reading(pinned, parts, host.keep) as quick,
        ):
            answers = quick.answers()
            counted.close()
            sockets = net_sockets.section(pinned, answers, page.of("sockets"))
            settings = net_settings.section(pinned, answers, host, page)
            told = slow.answers()
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
        settings,
    )


@contextmanager
def _pipe() -> Iterator[tuple[int, IO[bytes]]]:
    """A descriptor to wait on, and what to close to end that."""
    reads, writes = os.pipe()
    try:
        with open(writes, "wb") as ended:
            yield reads, ended
    finally:
        os.close(reads)


def _links(pinned: Pinned, links: list[dict[str, Any]], page: Wanted, unread: tuple[Unread, ...]) -> Section:
    for link in links:
        link["master"] = link.get("master_name")
        there = link.get("parent_ns")
        if link.get("parent") is not None and link.get("parent_name") is None:
            name = f"interface {link['parent']}"
            link["parent_name"] = name if link.get("parent_netnsid") is None else f"{name} elsewhere"
        link["parent"] = link.get("parent_name")
        link["parent_owner"] = net_others.owner(pinned.snapshot, there)
        if link.get("parent_error") is not None:
            why = f"its namespace may not be asked: {link['parent_error']}"
            unread = (*unread, Unread(f"the other end of {link['name']}", why))
    return _table("interfaces", "Interfaces", _LINKS, links, page, unread)


def _bridges(links: list[dict[str, Any]], page: Wanted) -> Section:
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
    page: Wanted,
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


def _ids(pinned: Pinned, ids: list[list[int]], page: Wanted) -> Section:
    rows: Rows = [(number, inode, net_others.owner(pinned.snapshot, inode)) for number, inode in ids]
    return table("ids", "Ids of other network namespaces", _IDS, rows, page)
