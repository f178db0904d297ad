"""The map of network namespaces on the real kernel, compared with what ip(8) says in each of them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from nsview.contents import fresh
from nsview.contents import net_map as contents
from nsview.contents.net_map import net_map
from nsview.discovery.once import look
from nsview.model.net_map.parts import Box, End, Link, NetMap, Sort
from tests import linux
from tests.contents.looking import hold, ip, path_to, tool_json
from tests.kernel_fixtures import NOBODY, RunNsview, Spawn, require_link
from tests.leftovers import OURS
from tests.processes import Child, ChildFailed


@pytest.fixture(autouse=True)
def _needs_ip(require_root: None) -> None:
    for name in ("ip", "nsenter"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")


def net(child: Child) -> str:
    """A path to the network namespace of a child."""
    return f"/proc/{child.pid}/ns/net"


def box(found: NetMap, inode: int) -> Box:
    (one,) = [each for each in found.boxes.values() if each.ns is not None and each.ns.inode == inode]
    return one


def end(found: NetMap, inode: int, name: str) -> End:
    here = box(found, inode)
    (number,) = [one.number for one in here.interfaces if one.name == name]
    return End(here.key, number)


def link(found: NetMap, a: End, b: End) -> Link:
    (one,) = [each for each in found.links if {each.a, each.b} == {a, b}]
    return one


def same_as_ip(found: NetMap, inode: int, path: str) -> None:
    """Every interface of a namespace, as ip(8) tells it there."""
    here = box(found, inode)
    assert here.refused == ""
    ours = {one.name: one for one in here.interfaces}
    theirs = tool_json("net", path, "ip", "-j", "-d", "address")
    assert ours.keys() == {told["ifname"] for told in theirs}
    for told in theirs:
        one = ours[told["ifname"]]
        assert (one.number, one.mac, one.mtu) == (told["ifindex"], told["address"], told["mtu"])
        assert (one.up, one.carrier) == ("UP" in told["flags"], "LOWER_UP" in told["flags"])
        assert one.state == told["operstate"].lower()
        assert one.kind == told.get("linkinfo", {}).get("info_kind", "")
        assert list(one.addresses) == [
            f"{each['local']}/{each['prefixlen']}" for each in told["addr_info"] if each
        ]
        if "link_index" in told:
            assert one.parent == (told["link_index"] or None)
        if "master" in told:
            assert one.master == ours[told["master"]].number
        data = told.get("linkinfo", {}).get("info_data", {})
        for key in ("mode", "id", "local", "remote", "port"):
            if data.get(key):
                assert one.facts.get(key) == data[key], (one, key)


def test_pairs_bridges_and_the_host(spawn: Spawn) -> None:
    """The host's veth leads into a router, which bridges two more; the numbers are the same in several."""
    router, left, right = (spawn(unshare=linux.CLONE_NEWNET) for _ in range(3))
    host = f"{OURS}h"
    ip(
        "/proc/self/ns/net",
        "link",
        "add",
        host,
        "type",
        "veth",
        "peer",
        "name",
        "up",
        "netns",
        str(router.pid),
    )
    path = net(router)
    ip(path, "link", "add", "br0", "type", "bridge")
    for child, name in ((left, "left"), (right, "right")):
        ip(path, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(child.pid))
        ip(path, "link", "set", name, "master", "br0", "up")
        ip(net(child), "link", "set", "eth0", "up")
    ip(net(left), "address", "add", "192.0.2.7/24", "dev", "eth0")
    ip(net(left), "address", "add", "2001:db8::7/64", "dev", "eth0", "nodad")
    found = net_map(look())
    assert found.trouble == ""
    for child in (router, left, right):
        same_as_ip(found, child.inode("net"), net(child))
    home = linux.inode("self", "net")
    assert box(found, home).host
    assert next(iter(found.boxes.values())).host
    inodes = {child: child.inode("net") for child in (router, left, right)}
    up = link(found, end(found, home, host), end(found, inodes[router], "up"))
    assert (up.sort, up.kind) == (Sort.PAIR, "veth")
    for child, name in ((left, "left"), (right, "right")):
        pair = link(found, end(found, inodes[router], name), end(found, inodes[child], "eth0"))
        assert pair.sort is Sort.PAIR
        port = link(found, end(found, inodes[router], "br0"), end(found, inodes[router], name))
        assert (port.sort, port.within, port.a) == (Sort.PORT, True, end(found, inodes[router], "br0"))
    # One link for each pair, whichever end told of it.
    assert len([each for each in found.links if end(found, inodes[left], "eth0") in (each.a, each.b)]) == 1
    assert box(found, inodes[left]).owner.startswith(f"{left.pid} ")


@pytest.mark.parametrize(
    ("kind", "arguments", "facts"),
    [
        ("macvlan", ("mode", "bridge"), {"mode": "bridge"}),
        ("macvtap", ("mode", "private"), {"mode": "private"}),
        ("ipvlan", ("mode", "l3"), {"mode": "l3"}),
        ("vlan", ("id", "77"), {"id": 77}),
    ],
)
def test_made_upon_an_interface_elsewhere(
    spawn: Spawn, kind: str, arguments: tuple[str, ...], facts: dict[str, object]
) -> None:
    below, above = (spawn(unshare=linux.CLONE_NEWNET) for _ in range(2))
    path = net(below)
    ip(path, "link", "add", "one", "type", "veth", "peer", "name", "two")
    # As far up as the parent, so that both have the same number.
    ip(path, "link", "add", "link", "one", "name", "child", "netns", str(above.pid), "type", kind, *arguments)
    found = net_map(look())
    same_as_ip(found, above.inode("net"), net(above))
    made = link(found, end(found, below.inode("net"), "one"), end(found, above.inode("net"), "child"))
    assert (made.sort, made.kind) == (Sort.CHILD, kind)
    assert made.a.box == f"net:[{below.inode('net')}]"
    (child,) = [one for one in box(found, above.inode("net")).interfaces if one.name == "child"]
    assert dict(child.facts) == facts
    pair = link(found, end(found, below.inode("net"), "one"), end(found, below.inode("net"), "two"))
    assert pair.within


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("vxlan", ("id", "42", "dstport", "4789")),
        ("gretap", ()),
        ("gre", ("key", "7")),
        ("ipip", ()),
        ("sit", ()),
        ("geneve", ("id", "42")),
    ],
)
def test_two_ends_of_a_tunnel(spawn: Spawn, kind: str, arguments: tuple[str, ...]) -> None:
    """Each is where the other one sends to; one of them lives in a namespace other than its packets'."""
    a, b, inner = (spawn(unshare=linux.CLONE_NEWNET) for _ in range(3))
    ip(net(a), "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", str(b.pid))
    for child, own, other in ((a, "198.51.100.1", "198.51.100.2"), (b, "198.51.100.2", "198.51.100.1")):
        ip(net(child), "address", "add", f"{own}/24", "dev", "cable")
        ends = ("remote", other) if kind == "geneve" else ("local", own, "remote", other)
        ip(net(child), "link", "add", "t0", "type", kind, *ends, *arguments)
    # Of a geneve that was moved the kernel tells neither its address nor whence its packets go.
    place = b if kind == "geneve" else inner
    if place is inner:
        ip(net(b), "link", "set", "t0", "netns", str(inner.pid))
    found = net_map(look())
    same_as_ip(found, a.inode("net"), net(a))
    far = end(found, place.inode("net"), "t0")
    tunnel = link(found, end(found, a.inode("net"), "t0"), far)
    assert (tunnel.sort, tunnel.kind) == (Sort.TUNNEL, kind)
    through = [each.a for each in found.links if each.sort is Sort.THROUGH and each.b == far]
    assert through == ([End(f"net:[{b.inode('net')}]", None)] if place is inner else [])


def test_a_tunnel_through_a_named_interface(spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWNET)
    ip(net(child), "link", "add", "one", "type", "veth", "peer", "name", "two")
    ip(net(child), "link", "add", "t0", "type", "vxlan", "id", "9", "dstport", "4789", "dev", "one")
    found = net_map(look())
    inode = child.inode("net")
    through = link(found, end(found, inode, "one"), end(found, inode, "t0"))
    assert (through.sort, through.a) == (Sort.THROUGH, end(found, inode, "one"))


def test_wireguard(spawn: Spawn) -> None:
    """Peers are known by their public keys; the private ones are nobody's business."""
    if shutil.which("wg") is None:
        pytest.skip("wg is not installed")
    a, b = (spawn(unshare=linux.CLONE_NEWNET) for _ in range(2))
    keys = {}
    for child in (a, b):
        ip(net(child), "link", "add", "wg0", "type", "wireguard")
        private = subprocess.run(["wg", "genkey"], capture_output=True, check=True).stdout
        public = subprocess.run(["wg", "pubkey"], input=private, capture_output=True, check=True).stdout
        keys[child] = (private.decode().strip(), public.decode().strip())
    for child, other in ((a, b), (b, a)):
        command = ["nsenter", f"--net={net(child)}", "wg", "set", "wg0", "private-key", "/dev/stdin"]
        command += ["peer", keys[other][1]]
        subprocess.run(command, input=keys[child][0].encode(), check=True)
    found = net_map(look())
    tunnel = link(found, end(found, a.inode("net"), "wg0"), end(found, b.inode("net"), "wg0"))
    assert tunnel.sort is Sort.TUNNEL
    assert not any(private in repr(found) for private, _ in keys.values())


@pytest.fixture
def named_namespace() -> Iterator[str]:
    name = f"{OURS}n"
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "delete", name], check=True)


def test_namespaces_without_a_process(spawn: Spawn, named_namespace: str) -> None:
    """Kept by a bind mount, and by a descriptor."""
    child = spawn(lambda: hold("net"))
    held = path_to(child.pid, child.value)
    bound = f"/run/netns/{named_namespace}"
    ip(bound, "link", "add", "one", "type", "veth", "peer", "name", "two", "netns", held)
    found = net_map(look())
    inode = os.stat(bound).st_ino
    same_as_ip(found, inode, bound)
    same_as_ip(found, child.value, held)
    assert link(found, end(found, inode, "one"), end(found, child.value, "two")).sort is Sort.PAIR
    assert box(found, inode).owner == bound
    assert box(found, inode).processes == 0


def test_owned_by_other_user_namespaces(spawn: Spawn) -> None:
    """One in another: a container's root has made a namespace of its own."""
    require_link("veth")

    def nested() -> list[int]:
        linux.unshare(linux.CLONE_NEWUSER | linux.CLONE_NEWNET)
        linux.map_to_root(0, 0)
        subprocess.run(["ip", "link", "add", "deep", "type", "veth", "peer", "name", "deeper"], check=True)
        return [linux.inode("self", "net")]

    child = spawn(nested, unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWNET)
    found = net_map(look())
    (inode,) = child.value
    assert link(found, end(found, inode, "deep"), end(found, inode, "deeper")).within


def test_an_ordinary_user(nsview_as_nobody: RunNsview, spawn: Spawn) -> None:
    """All of their own, with links between them; of others' the names, and links into the unknown."""
    require_link("veth")

    def two() -> list[int]:
        first = linux.inode("self", "net")
        outer = os.open("/proc/self/ns/net", os.O_RDONLY)
        linux.unshare(linux.CLONE_NEWNET)
        command = ["ip", "link", "add", "mine", "type", "veth", "peer", "name", "yours", "netns"]
        os.set_inheritable(outer, True)
        subprocess.run([*command, f"/proc/self/fd/{outer}"], check=True, close_fds=False)
        return [first, linux.inode("self", "net"), outer]

    try:
        own = spawn(two, user=NOBODY, unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWNET)
    except ChildFailed as error:
        pytest.skip(f"user nobody may not make user namespaces here: {error}")
    roots = spawn(unshare=linux.CLONE_NEWNET)
    host = f"{OURS}o"
    ip(
        "/proc/self/ns/net",
        "link",
        "add",
        host,
        "type",
        "veth",
        "peer",
        "name",
        "far",
        "netns",
        str(roots.pid),
    )
    ran = nsview_as_nobody("map", "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    boxes = {each["ns"]: each for each in told["namespaces"]}
    first, second, _ = own.value
    assert boxes[first]["unread"] is None, told["trouble"]
    assert boxes[second]["unread"] is None
    pairs = [{each["a"]["id"], each["b"]["id"]} for each in told["links"] if each["sort"] == "pair"]
    assert {boxes[first]["id"], boxes[second]["id"]} in pairs
    home = boxes[linux.inode("self", "net")]
    assert home["unread"] is None, (home["unread"], told["trouble"])
    assert host in [one["name"] for one in home["interfaces"]]
    # Where the other end is, only root may know: it is told that it is somewhere.
    (far,) = [each for each in told["links"] if host in (each["a"]["name"], each["b"]["name"])]
    elsewhere = next(each["id"] for each in (far["a"], far["b"]) if each["name"] != host)
    (stub,) = [each for each in told["namespaces"] if each["id"] == elsewhere]
    assert stub["ns"] is None
    assert stub["interfaces"][0]["unseen"]
    (inferred,) = [
        each
        for each in told["namespaces"]
        if each["unread"]
        and [one["name"] for one in each["interfaces"]] == ["far", "lo"][::-1]
        and str(roots.pid) in (each["owner"] or "")
    ]
    assert "root" in inferred["unread"]


def test_many_are_read_by_one_process(spawn: Spawn) -> None:
    """Progress is told of each, and all descriptors are given back."""
    children = [spawn(unshare=linux.CLONE_NEWNET) for _ in range(12)]
    snapshot = look()
    net_map(snapshot)
    before = len(os.listdir("/proc/self/fd"))
    told: list[tuple[int, int]] = []
    found = net_map(snapshot, progress=lambda done, of: told.append((done, of)))
    assert len(os.listdir("/proc/self/fd")) == before
    assert told[-1][0] >= len(children)
    assert told[-1][0] <= told[-1][1]
    for child in children:
        assert box(found, child.inode("net")).idle


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; sys.exit(3)", "ended before it came to it"),
        ("import os; os.write(1, b'nonsense\\n')", "makes no sense"),
        ("import os; os.write(1, b'{}\\n')", "makes no sense"),
        ("import sys, time; sys.stdin.read(); time.sleep(1000)", "in time"),
    ],
)
def test_a_reader_that_fails(monkeypatch: pytest.MonkeyPatch, program: str, why: str) -> None:
    """There are the boxes all the same, and they say why they are empty."""
    monkeypatch.setattr(fresh, "_BOOT", program)
    monkeypatch.setattr(contents, "PATIENCE", 0.5)
    found = net_map(look())
    home = box(found, linux.inode("self", "net"))
    assert why in home.refused
    assert why in found.trouble
    assert "lo" in [one.name for one in home.interfaces]


def test_what_has_ended_meanwhile(spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWNET)
    inode = child.inode("net")
    snapshot = look()
    child.end()
    found = net_map(snapshot)
    assert box(found, inode).refused
    assert box(found, linux.inode("self", "net")).refused == ""
