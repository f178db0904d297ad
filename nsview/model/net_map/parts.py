"""What a map of network namespaces is made of. All texts are untrusted."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from nsview.model.namespace import NamespaceId

BoxKey = str
"""`net:[inode]`, or one of our own making where there is no such namespace to be seen."""


PAIRED = frozenset({"veth", "netkit", "vxcan"})
"""Kinds of interfaces that are made two at a time."""

TUNNELS = frozenset(
    {
        *(
            "gre",
            "gretap",
            "ip6gre",
            "ip6gretap",
            "erspan",
            "ip6erspan",
            "ipip",
            "sit",
            "ip6tnl",
            "vti",
            "vti6",
        ),
        *("vxlan", "geneve", "wireguard", "xfrm", "bareudp", "gtp", "amt", "ovpn"),
    }
)
"""Kinds whose packets go on within packets of another interface."""


class Sort(StrEnum):
    """In what way two interfaces belong together."""

    PAIR = "pair"
    """Two ends of one cable: veth, netkit."""
    CHILD = "child"
    """Made upon the other, as macvlan, ipvlan and VLAN interfaces are."""
    TUNNEL = "tunnel"
    """Two ends of one tunnel, each of which names the other."""
    THROUGH = "through"
    """A tunnel, and the interface or namespace that its packets go through."""
    PORT = "port"
    """A port of a bridge, bond or VRF, always within one namespace."""
    MOVED = "moved"
    """A device of the machine that was moved here from the host's namespace."""


class Interface(NamedTuple):
    number: int
    """0 where only its name is known."""
    name: str
    """"" where only its number is known."""
    kind: str = ""
    """What made it (ip-link(8), "type"); "" for devices of the machine, for lo, and where it is not known."""
    up: bool = True
    carrier: bool = True
    state: str = "unknown"
    """As the kernel calls it (RFC 2863): up, down, dormant, lowerlayerdown …"""
    mac: str | None = None
    mtu: int | None = None
    alias: str | None = None
    addresses: tuple[str, ...] = ()
    """With the lengths of their prefixes."""
    master: int | None = None
    """The bridge, bond or VRF that it is a port of."""
    parent: int | None = None
    """Its other end, or what it was made upon or goes through …"""
    parent_box: BoxKey | None = None
    """… and where that is; None if it has none."""
    facts: Mapping[str, object] = {}
    """What only interfaces of its kind have: VLAN's id, macvlan's mode, a tunnel's ends."""
    loopback: bool = False
    moved: bool = False
    """A device of the machine that is not in the host's namespace."""
    unseen: bool = False
    """Others are linked with it, and it could not be read itself."""

    @property
    def works(self) -> bool:
        return self.up and self.carrier


class Box(NamedTuple):
    """A network namespace."""

    key: BoxKey
    ns: NamespaceId | None
    """None: somebody is linked with one that is not among those that were found."""
    owner: str = ""
    """Whose it is, in words: the host, containers, its first process, or where it is mounted."""
    host: bool = False
    containers: tuple[str, ...] = ()
    processes: int = 0
    interfaces: tuple[Interface, ...] = ()
    refused: str = ""
    """Why it could not be read; what there is of it then was told by others or by /proc."""

    def interface(self, number: int | None) -> Interface | None:
        return next((one for one in self.interfaces if one.number == number), None) if number else None

    @property
    def idle(self) -> bool:
        """Read, and nothing in it but lo."""
        return not self.refused and self.ns is not None and all(one.loopback for one in self.interfaces)


class End(NamedTuple):
    box: BoxKey
    number: int | None
    """None: the namespace itself."""


class Link(NamedTuple):
    sort: Sort
    a: End
    """Of unlike ends: the bridge, the parent, what is gone through, the host."""
    b: End
    kind: str = ""
    """The kind of the interface that makes it: veth, macvlan, vxlan …"""

    @property
    def within(self) -> bool:
        return self.a.box == self.b.box

    def other(self, end: End) -> End | None:
        return self.b if end == self.a else self.a if end == self.b else None


class NetMap(NamedTuple):
    boxes: Mapping[BoxKey, Box]
    """The host's first, then by number; those that were not found last."""
    links: tuple[Link, ...]
    trouble: str = ""
    """Why the reading as a whole was cut short, if it was."""

    def of(self, namespace: NamespaceId) -> Box | None:
        return self.boxes.get(str(namespace))

    def interface(self, end: End) -> Interface | None:
        box = self.boxes.get(end.box)
        return None if box is None else box.interface(end.number)

    def links_at(self, end: End) -> Iterator[Link]:
        return (link for link in self.links if end in (link.a, link.b))
