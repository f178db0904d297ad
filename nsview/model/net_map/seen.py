"""What was read of one network namespace, before anything is linked."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from nsview.model.net_map.parts import TUNNELS, Box, BoxKey, Interface


class Seen(NamedTuple):
    box: Box
    """Without interfaces, unless their names are all that is known."""
    links: tuple[Mapping[str, Any], ...] = ()
    """As `kernel.links` tells them."""
    ids: Mapping[int, BoxKey] = {}
    """The namespaces that it knows by numbers."""


def unfound(key: BoxKey, number: int) -> BoxKey:
    """The key of a namespace that nobody found and that another one, `key`, knows by this number."""
    return f"{key}/{number}"


def interface(link: Mapping[str, Any], seen: Seen) -> Interface:
    number, parent, facts = link["link_netnsid"], link["link"], dict(link["facts"])
    if link["kind"] in TUNNELS:
        # Only among its own facts. Away from home some tell their own number as if it were another's.
        parent = facts.pop("link", 0) or None
    if link["bus"]:
        facts["device"] = link["bus"]
    where: BoxKey | None = None
    if number is not None:
        where = seen.ids.get(number) or unfound(seen.box.key, number)
    elif parent is not None:
        where = seen.box.key
    return Interface(
        number=link["index"],
        name=link["name"],
        kind=link["kind"],
        up=link["up"],
        carrier=link["carrier"],
        state=link["state"],
        mac=link["mac"],
        mtu=link["mtu"],
        alias=link["alias"],
        addresses=tuple(link["addresses"]),
        master=link["master"],
        parent=parent,
        parent_box=where,
        facts=facts,
        loopback=link["loopback"],
        # What a driver made has no kind, and drivers make all of theirs in the first namespace.
        moved=not link["kind"] and not link["loopback"] and not seen.box.host,
    )


def filled(seen: Iterable[Seen]) -> dict[BoxKey, Box]:
    """The boxes with their interfaces, in the order of their numbers."""
    boxes = {}
    for one in seen:
        found = sorted((interface(link, one) for link in one.links), key=lambda each: each.number)
        boxes[one.box.key] = one.box._replace(interfaces=(*found, *one.box.interfaces))
    return boxes
