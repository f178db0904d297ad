"""Maps for drawings: made up, of any size, and with whatever names."""

import random
from typing import Any

from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.net_map.linking import linked
from nsview.model.net_map.parts import Box, NetMap
from nsview.model.net_map.seen import Seen

Link = dict[str, Any]


def interface(index: int, name: str, kind: str = "", **more: Any) -> Link:
    usual: dict[str, Any] = {
        **dict.fromkeys(("mac", "mtu", "alias", "bus", "master", "link", "link_netnsid")),
        "up": True,
        "carrier": True,
        "loopback": name == "lo",
        "state": "up",
        "facts": {},
        "addresses": [],
    }
    return {"index": index, "name": name, "kind": kind, **usual, **more}


class Builder:
    """Namespaces by their places; 0 is the host's."""

    def __init__(self, names: list[str], numbers: list[int] | None = None) -> None:
        self.names = names
        self.numbers = numbers or [4026531840 + place for place in range(len(names))]
        self.links: list[list[Link]] = [[interface(1, "lo", addresses=["127.0.0.1/8"])] for _ in names]

    def key(self, place: int) -> str:
        return f"net:[{self.numbers[place]}]"

    def add(self, place: int, name: str, kind: str = "", **more: Any) -> int:
        index = len(self.links[place]) + 1
        self.links[place].append(interface(index, name, kind, **more))
        return index

    def pair(self, a: int, b: int, name: str = "", **of_a: Any) -> tuple[int, int]:
        first = self.add(a, name or f"veth{b}", "veth", **of_a)
        second = self.add(
            b, f"eth{len(self.links[b]) - 1}", "veth", addresses=[f"10.0.{b % 256}.{a % 256}/24"]
        )
        self.links[a][-1 if a != b else -2] |= {"link": second, "link_netnsid": None if a == b else b}
        self.links[b][-1] |= {"link": first, "link_netnsid": None if a == b else a}
        return first, second

    def made(self) -> NetMap:
        ids = {place: self.key(place) for place in range(len(self.names))}
        return linked(
            Seen(
                Box(
                    self.key(place),
                    NamespaceId(Kind.NET, self.numbers[place]),
                    name,
                    host=place == 0,
                    processes=place % 3,
                ),
                tuple(links),
                ids,
            )
            for place, (name, links) in enumerate(zip(self.names, self.links, strict=True))
        )


def star(count: int) -> NetMap:
    """A host with a bridge and containers on it."""
    builder = Builder(["the host", *(f"pod {place}" for place in range(count))])
    builder.add(0, "eth0", addresses=["192.0.2.5/24"])
    bridge = builder.add(0, "docker0", "bridge", addresses=["172.17.0.1/16"])
    for place in range(count):
        builder.pair(0, place + 1, master=bridge)
    return builder.made()


def mesh(count: int, more: int, seed: int) -> NetMap:
    """Namespaces linked at random, in several parts now and then."""
    rolled = random.Random(seed)
    builder = Builder(["the host", *(f"router {place}" for place in range(1, count))])
    for place in range(1, count):
        if rolled.random() < 0.9:
            builder.pair(rolled.randrange(max(0, place - 5), place), place)
    for _ in range(more):
        a, b = rolled.randrange(count), rolled.randrange(count)
        builder.pair(a, b)
    return builder.made()
