"""What is linked with what, told of recorded interfaces: also of what this machine's kernel does not have."""

from collections.abc import Mapping
from typing import Any

import pytest

from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.net_map.linking import linked
from nsview.model.net_map.parts import Box, End, NetMap, Sort
from nsview.model.net_map.reach import depths, only, part
from nsview.model.net_map.seen import Seen

HOST, A, B = (f"net:[{number}]" for number in (1, 2, 3))


def told(index: int, name: str, kind: str = "", **more: Any) -> dict[str, Any]:
    """An interface as the kernel's room tells it."""
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


def seen(key: str, *links: dict[str, Any], ids: Mapping[int, str] = {}, refused: str = "") -> Seen:
    number = int(key[5:-1])
    box = Box(key, NamespaceId(Kind.NET, number), key, host=key == HOST, refused=refused)
    return Seen(box, links, ids)


def sorts(found: NetMap) -> list[tuple[Sort, End, End]]:
    return [(link.sort, link.a, link.b) for link in found.links]


def veth(index: int, link: int, netnsid: int | None = None, **more: Any) -> dict[str, Any]:
    return told(index, f"veth{index}", "veth", link=link, link_netnsid=netnsid, **more)


def test_a_pair_is_one_link_whichever_end_tells_of_it() -> None:
    found = linked([seen(HOST, veth(2, 2, 0), ids={0: A}), seen(A, veth(2, 2, 7), ids={7: HOST})])
    assert sorts(found) == [(Sort.PAIR, End(HOST, 2), End(A, 2))]


def test_a_number_that_now_is_anothers() -> None:
    """Between two readings the far end went away and its number was given anew: no line to a stranger."""
    strangers = (veth(2, 9, 0), told(2, "br0", "bridge"), veth(2, 5))
    for stranger in strangers:
        found = linked([seen(HOST, veth(3, 2, 0), ids={0: A}), seen(A, stranger, ids={0: B}), seen(B)])
        assert (Sort.PAIR, End(HOST, 3), End(A, None)) in sorts(found)


def test_a_far_end_in_a_namespace_that_was_not_found() -> None:
    found = linked([seen(HOST, veth(2, 4, 0), veth(3, 5, 0), veth(6, 4, 1))])
    first, second = f"{HOST}/0", f"{HOST}/1"
    assert sorts(found) == [
        (Sort.PAIR, End(HOST, 2), End(first, 4)),
        (Sort.PAIR, End(HOST, 3), End(first, 5)),
        (Sort.PAIR, End(HOST, 6), End(second, 4)),
    ]
    stub = found.boxes[first]
    assert stub.ns is None
    assert stub.refused
    assert [(one.number, one.kind, one.unseen) for one in stub.interfaces] == [
        (4, "veth", True),
        (5, "veth", True),
    ]


def test_a_far_end_in_a_namespace_that_could_not_be_read() -> None:
    found = linked([seen(HOST, veth(2, 4, 0), ids={0: A}), seen(A, refused="Operation not permitted")])
    (one,) = found.boxes[A].interfaces
    assert (one.number, one.unseen) == (4, True)
    assert found.boxes[A].refused == "Operation not permitted"
    assert not found.boxes[A].idle


def test_a_device_of_the_machine_that_is_not_in_the_hosts_namespace() -> None:
    nic = told(3, "enp1s0f1", bus="0000:01:00.1")
    found = linked([seen(HOST, told(1, "lo"), told(2, "enp1s0f0")), seen(A, told(1, "lo"), nic, veth(4, 5))])
    moved = found.boxes[A].interface(3)
    assert moved is not None
    assert moved.moved
    assert moved.facts == {"device": "0000:01:00.1"}
    assert (Sort.MOVED, End(HOST, None), End(A, 3)) in sorts(found)
    assert [one.moved for one in found.boxes[HOST].interfaces] == [False, False]
    assert sum(link.sort is Sort.MOVED for link in found.links) == 1


def test_without_a_host_nothing_comes_from_it() -> None:
    found = linked([seen(A, told(3, "eth0"))])
    assert found.links == ()


def test_ports_and_what_is_made_upon_others() -> None:
    found = linked(
        [
            seen(
                HOST,
                told(2, "eth0"),
                told(3, "br0", "bridge"),
                told(4, "eth0.5", "vlan", link=2, master=3, facts={"id": 5}),
            ),
            seen(A, told(2, "mv0", "macvlan", link=2, link_netnsid=0), ids={0: HOST}),
        ]
    )
    assert sorts(found) == [
        (Sort.PORT, End(HOST, 3), End(HOST, 4)),
        (Sort.CHILD, End(HOST, 2), End(HOST, 4)),
        (Sort.CHILD, End(HOST, 2), End(A, 2)),
    ]


def tunnel(index: int, kind: str = "gre", **facts: Any) -> dict[str, Any]:
    return told(index, f"t{index}", kind, facts=facts)


ONE, TWO = "192.0.2.1", "192.0.2.2"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (tunnel(5, local=ONE, remote=TWO), tunnel(5, local=TWO, remote=ONE)),
        (tunnel(5, local=ONE, remote=TWO, okey=1, ikey=2), tunnel(5, local=TWO, remote=ONE, okey=2, ikey=1)),
        # One that says no address of its own has all of its namespace's. Without a remote it hears everybody.
        (tunnel(5, "vxlan", id=7, remote=TWO), tunnel(5, "vxlan", id=7, remote=ONE)),
        (tunnel(5, "geneve", id=7, remote=TWO), tunnel(5, "geneve", id=7, external=True)),
        (
            tunnel(5, "wireguard", key="A", peers=[["B", None]]),
            tunnel(6, "wireguard", key="B", peers=[["A", ""]]),
        ),
    ],
)
def test_ends_of_a_tunnel(one: dict[str, Any], two: dict[str, Any]) -> None:
    for first, second in ((one, two), (two, one)):
        addresses = (ONE, TWO) if first is one else (TWO, ONE)
        found = linked(
            [
                seen(A, told(2, "eth0", addresses=[f"{addresses[0]}/24"]), first),
                seen(B, told(2, "eth0", addresses=[f"{addresses[1]}/24"]), second),
            ]
        )
        ends = {link.sort: {link.a, link.b} for link in found.links}
        assert ends[Sort.TUNNEL] == {End(A, first["index"]), End(B, second["index"])}
        assert sum(link.sort is Sort.TUNNEL for link in found.links) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (tunnel(5, local=ONE, remote=TWO), tunnel(5, "gretap", local=TWO, remote=ONE)),
        (tunnel(5, local=ONE, remote=TWO), tunnel(5, local=TWO, remote="192.0.2.3")),
        (tunnel(5, local=ONE, remote=TWO, okey=1), tunnel(5, local=TWO, remote=ONE)),
        (tunnel(5, "vxlan", id=7, local=ONE, remote=TWO), tunnel(5, "vxlan", id=8, local=TWO, remote=ONE)),
        (tunnel(5, "vxlan", id=7, local=ONE), tunnel(5, "vxlan", id=7, local=TWO)),
        (tunnel(5, "wireguard", key="A", peers=[["B", None]]), tunnel(5, "wireguard", key="B", peers=[])),
    ],
)
def test_no_ends_of_a_tunnel(one: dict[str, Any], two: dict[str, Any]) -> None:
    found = linked([seen(A, one), seen(B, two)])
    assert [link for link in found.links if link.sort is Sort.TUNNEL] == []


def test_where_several_could_be_the_other_end_none_is_told() -> None:
    """Private addresses are used again and again."""
    found = linked(
        [
            seen(HOST, tunnel(5, local=ONE, remote=TWO)),
            *(seen(key, tunnel(5, local=TWO, remote=ONE)) for key in (A, B)),
        ]
    )
    assert [link for link in found.links if link.sort is Sort.TUNNEL] == []


def test_what_a_tunnel_goes_through() -> None:
    """The number that it tells as any interface's other end may be its own: only its own facts count."""
    found = linked(
        [
            seen(A, told(2, "dummy0", "dummy")),
            seen(B, told(3, "wg0", "wireguard", link=3, link_netnsid=0), ids={0: A}),
            seen(HOST, told(2, "eth0"), told(3, "gre1", "gre", link=2, facts={"link": 2})),
        ]
    )
    assert sorts(found) == [
        (Sort.THROUGH, End(A, None), End(B, 3)),
        (Sort.THROUGH, End(HOST, 2), End(HOST, 3)),
    ]


def test_a_tunnel_that_goes_through_none_says_0() -> None:
    """As the one that each namespace has of its own where the tunnel's module is loaded."""
    found = linked([seen(A, told(2, "tunl0", "ipip", link=None, facts={"link": 0}))])
    (one,) = found.boxes[A].interfaces
    assert (one.name, one.parent, one.parent_box) == ("tunl0", None, None)
    assert sorts(found) == []


def test_parts_and_distances() -> None:
    keys = [f"net:[{number}]" for number in range(1, 7)]
    # The host, a router behind it, one behind that; two of their own; one alone.
    found = linked(
        [
            seen(keys[0], veth(2, 2, 0), ids={0: keys[1]}),
            seen(keys[1], veth(2, 2, 0), veth(3, 2, 1), ids={0: keys[0], 1: keys[2]}),
            seen(keys[2], veth(2, 3, 0), ids={0: keys[1]}),
            seen(keys[3], veth(2, 2, 0), ids={0: keys[4]}),
            seen(keys[4], veth(2, 2, 0), ids={0: keys[3]}),
            seen(keys[5], told(1, "lo")),
        ]
    )
    assert depths(found) == dict(zip(keys, (0, 1, 2, 0, 1, 0), strict=True))
    assert list(part(found, keys[2]).boxes) == keys[:3]
    assert len(part(found, keys[2]).links) == 2
    assert list(part(found, keys[5]).boxes) == keys[5:]
    assert only(found, keys[:2]).links == found.links[:1]
    assert [box.idle for box in found.boxes.values()] == [False] * 5 + [True]
