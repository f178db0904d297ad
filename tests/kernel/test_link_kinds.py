"""Interfaces of kinds that this machine's kernel may not have, as linux/if_link.h lays them out."""

import base64
import struct

import pytest

from nsview.kernel import wireguard
from nsview.kernel.link_kinds import facts
from nsview.kernel.netlink import attribute, attributes

ONE, TWO, SIX = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)), bytes.fromhex("20010db8" + "00" * 11 + "01")
U32, U16 = struct.Struct("=I"), struct.Struct("=H")


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("vlan", {1: U16.pack(77), 5: b"\x81\x00"}, {"id": 77}),
        ("vlan", {1: U16.pack(77), 5: b"\x88\xa8"}, {"id": 77, "protocol": "802.1ad"}),
        ("macvlan", {1: U32.pack(4)}, {"mode": "bridge"}),
        ("ipvlan", {1: U16.pack(2)}, {"mode": "l3s"}),
        ("ipvlan", {1: U16.pack(9)}, {"mode": "9"}),
        (
            "vxlan",
            {1: U32.pack(42), 2: TWO, 3: U32.pack(5), 4: ONE, 15: b"\x12\xb5"},
            {"id": 42, "remote": "192.0.2.2", "link": 5, "local": "192.0.2.1", "port": 4789},
        ),
        (
            "vxlan",
            {1: U32.pack(42), 16: SIX, 25: b"\1"},
            {"id": 42, "remote": "2001:db8::1", "external": True},
        ),
        ("geneve", {1: U32.pack(3), 2: TWO, 5: b"\x17\xc1"}, {"id": 3, "remote": "192.0.2.2", "port": 6081}),
        (
            "gre",
            {1: U32.pack(0), 4: b"\0\0\0\7", 5: b"\0\0\0\0", 6: ONE, 7: bytes(4)},
            {"link": 0, "ikey": 7, "local": "192.0.2.1"},
        ),
        ("ipip", {2: ONE, 3: TWO, 19: b""}, {"local": "192.0.2.1", "remote": "192.0.2.2", "external": True}),
        ("netkit", {2: b"\1", 5: U32.pack(1)}, {"primary": True, "mode": "l3"}),
        ("vrf", {1: U32.pack(10)}, {"table": 10}),
        ("tun", {3: b"\2"}, {"type": "tap"}),
        ("something new", {1: U32.pack(10)}, {}),
    ],
)
def test_facts(kind: str, data: dict[int, bytes], told: dict[str, object]) -> None:
    assert facts(kind, b"".join(attribute(*each) for each in data.items())) == told


def test_attributes_that_are_cut_short() -> None:
    whole = attribute(1, b"abc") + attribute(0x8002, b"nested")
    assert attributes(whole) == {1: b"abc", 2: b"nested"}
    for end in range(len(whole)):
        attributes(whole[:end])
    assert attributes(b"\0\0\1\0") == {}


def test_wireguard_tells_no_private_key() -> None:
    public, private, peer, shared = (bytes([letter]) * 32 for letter in b"PSXY")
    port = b"\x02\x00\xca\x6c" + ONE + bytes(8)
    told = attribute(1, peer) + attribute(2, shared) + attribute(4, port)
    first = attribute(3, private) + attribute(4, public) + attribute(6, U16.pack(51820))
    peers = attribute(0x8008, attribute(0x8000, told))
    header = b"\0\1\0\0"
    found = wireguard.device([header + first + peers, header + attribute(0x8008, attribute(0x8000, told))])
    key = base64.b64encode(peer).decode()
    assert found == {
        "key": base64.b64encode(public).decode(),
        "port": 51820,
        "peers": [[key, "192.0.2.1:51820"]],
    }
    assert base64.b64encode(private).decode() not in repr(found)
    assert base64.b64encode(shared).decode() not in repr(found)
