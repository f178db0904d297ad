"""What the boxes of a map say, clean: the same words in all pictures."""

from collections.abc import Iterator
from typing import NamedTuple

from nsview.model.net_map.parts import PAIRED, TUNNELS, Box, End, Interface, Link, NetMap, Sort
from nsview.text import clean

NAME = 40
"""Characters of a name that are told."""
LONG = 200


class Row(NamedTuple):
    """An interface as a box lists it."""

    end: End
    depth: int
    """0, or below which row it stands: a port below its bridge, a VLAN below what it was made upon."""
    name: str
    what: str
    """Its kind, with what matters of it."""
    addresses: tuple[str, ...]
    state: str
    """"" where all is well."""
    one: Interface


def title(box: Box) -> str:
    if box.ns is None:
        return "elsewhere"
    return clean(box.owner, LONG) or "nobody"


def below_title(box: Box) -> str:
    """The second line: which namespace it is, and how many are in it."""
    if box.ns is None:
        return "a namespace that was not found"
    members = f" · {box.processes} process{'' if box.processes == 1 else 'es'}" if box.processes else ""
    return f"{box.key}{members}"


def refusal(box: Box) -> str:
    """Why there is no more to tell; what would help is the same for all. "" where all was read."""
    why = clean(box.refused.partition(";")[0], LONG)
    return f"not read: {why}" if why and box.ns is not None else ""


def rows(found: NetMap, box: Box) -> list[Row]:
    """Its interfaces without those of which there is nothing to tell, each below what it belongs to."""
    shown = {one.number: one for one in box.interfaces if not _is_nothing(found, box, one)}
    below: dict[int, list[Interface]] = {}
    top = []
    for one in shown.values():
        above = _above(box, one)
        if above in shown and above != one.number:
            below.setdefault(above, []).append(one)
        else:
            top.append(one)
    listed: list[Row] = []
    seen: set[int] = set()
    # A loop of interfaces below each other would hang in the air: the first of them begins it.
    for first in (*top, *shown.values()):
        waiting = [(first, 0)]
        while waiting:
            one, depth = waiting.pop()
            if one.number and one.number in seen:
                continue
            seen.add(one.number)
            listed.append(_row(box, one, depth))
            waiting += [(each, depth + 1) for each in reversed(below.get(one.number, []))]
    names_only = [_row(box, one, 0) for one in box.interfaces if not one.number and not one.loopback]
    return listed + names_only


def names(box: Box) -> str:
    """What is in one that could not be read, as far as that is known."""
    return ", ".join(clean(one.name, NAME) for one in box.interfaces if one.name and not one.loopback)


def left_out(found: NetMap, box: Box) -> str:
    """What the rows leave out, in words."""
    hidden = (one for one in box.interfaces if one.number and not one.loopback)
    unused = sum(1 for one in hidden if _is_nothing(found, box, one))
    return f"and {unused} unused tunnel{'s' if unused > 1 else ''}" if unused else ""


def _is_nothing(found: NetMap, box: Box, one: Interface) -> bool:
    """lo as it always is; and the device that some tunnel drivers make in every namespace by themselves."""
    if not one.number:
        return True
    if one.loopback:
        return all(address in ("127.0.0.1/8", "::1/128") for address in one.addresses)
    return (
        one.kind in TUNNELS
        and not one.up
        and not one.addresses
        and "remote" not in one.facts
        and not any(found.links_at(End(box.key, one.number)))
    )


def _above(box: Box, one: Interface) -> int:
    if one.master is not None:
        return one.master
    if one.parent is not None and one.parent_box == box.key and one.kind not in PAIRED:
        return one.parent
    return 0


def _row(box: Box, one: Interface, depth: int) -> Row:
    return Row(
        End(box.key, one.number or None),
        depth,
        clean(one.name, NAME) or f"number {one.number}",
        " ".join(filter(None, _what(box, one, depth))),
        tuple(clean(address, LONG) for address in one.addresses if not _is_link_local(address)),
        state(one),
        one,
    )


def _is_link_local(address: str) -> bool:
    """Every interface has one of these, and nobody calls it by that (RFC 4291)."""
    return address.startswith(("fe8", "fe9", "fea", "feb"))


def state(one: Interface) -> str:
    if one.unseen:
        return ""
    if not one.up:
        return "down"
    if not one.carrier:
        return "no carrier"
    return "" if one.state in ("up", "unknown") else clean(one.state, NAME)


def _what(box: Box, one: Interface, depth: int) -> Iterator[str]:
    if one.moved:
        yield "moved from the host"
    yield clean(one.kind, NAME)
    facts = one.facts
    for key in ("id", "mode", "table", "type"):
        if facts.get(key) is not None and facts[key] != one.kind:
            yield clean(str(facts[key]), NAME)
    if facts.get("remote") is not None:
        yield f"to {clean(str(facts['remote']), NAME)}"
    elif one.kind == "wireguard" and facts.get("port") is not None:
        yield f"port {facts['port']}"
    if one.parent is not None and one.parent_box == box.key:
        other = box.interface(one.parent)
        name = clean(other.name, NAME) if other is not None else f"number {one.parent}"
        if one.kind in PAIRED:
            yield f"with {name}"
        elif one.master is not None or not depth:
            yield f"of {name}"


def told(found: NetMap, end: End) -> str:
    """An end in one line: `eth0 in web`."""
    box = found.boxes[end.box]
    one = box.interface(end.number)
    place = title(box) if box.ns is not None else "a namespace that was not found"
    if one is None:
        return place
    return f"{clean(one.name, NAME) or f'number {one.number}'} in {place}"


_VERBS = {
    Sort.PAIR: ("paired with", "paired with"),
    Sort.CHILD: ("below", "made upon"),
    Sort.TUNNEL: ("tunnel to", "tunnel to"),
    Sort.THROUGH: ("carries", "goes through"),
    Sort.PORT: ("has the port", "port of"),
    Sort.MOVED: ("gave away", "moved from"),
}


def link_told(found: NetMap, link: Link, here: End) -> str:
    """A link from one end's sight."""
    first, second = _VERBS[link.sort]
    other = link.other(here)
    return f"{first if here == link.a else second} {told(found, other)}" if other is not None else ""


def whole(found: NetMap, end: End) -> str:
    """All that is known of an interface, in one line."""
    box = found.boxes[end.box]
    one = box.interface(end.number)
    if one is None:
        return "  ".join(filter(None, (title(box), below_title(box), refusal(box))))
    row = _row(box, one, 0)
    parts = [row.name, row.what, row.state, *(clean(address, LONG) for address in one.addresses)]
    parts += [clean(one.mac, NAME) if one.mac and set(one.mac) - set("0:") else ""]
    parts += [f"mtu {one.mtu}" if one.mtu else "", clean(one.alias, NAME) if one.alias else ""]
    parts += [f"{key} {clean(str(value), NAME)}" for key, value in one.facts.items() if key in _MORE]
    parts += [link_told(found, link, end) for link in found.links_at(end)]
    return "  ".join(filter(None, parts))


def searched(found: NetMap) -> dict[End, str]:
    """What a search looks through, of every namespace and interface, in small letters."""
    texts: dict[End, str] = {}
    for box in found.boxes.values():
        texts[End(box.key, None)] = "  ".join((title(box), box.key, refusal(box))).casefold()
        for one in box.interfaces:
            row = _row(box, one, 0)
            addresses = (clean(address, LONG) for address in one.addresses)
            parts = (row.name, row.what, row.state, *addresses, one.mac or "", clean(one.alias or "", NAME))
            texts[row.end] = "  ".join(parts).casefold()
    return texts


_MORE = ("local", "port", "ikey", "okey", "protocol", "device", "external")
