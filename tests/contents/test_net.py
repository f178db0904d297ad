"""Network namespaces compared with what ip(8) and ss(8) say inside, with and without a process."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nsview.contents.section import Page
from nsview.kernel.inside import socket_diag, sockets
from tests import linux
from tests.contents.looking import Sections, hold, interfaces_here, ip, look, path_to, tool, tool_json
from tests.kernel_fixtures import Spawn


@pytest.fixture(autouse=True)
def _needs_ip(require_root: None) -> None:
    for name in ("ip", "nsenter"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")


@pytest.fixture(params=["with a process", "without a process"])
def place(request: pytest.FixtureRequest, spawn: Spawn) -> Iterator[tuple[int, str]]:
    """A network namespace: its inode, and a path to it."""
    if request.param == "with a process":
        child = spawn(unshare=linux.CLONE_NEWNET)
        yield child.inode("net"), f"/proc/{child.pid}/ns/net"
    else:
        child = spawn(lambda: hold("net"))
        yield child.value, path_to(child.pid, child.value)


def complete(found: Sections) -> None:
    assert {key: section["unread"] for key, section in found.items() if key != "filters"} == {
        key: [] for key in found if key != "filters"
    }


def test_interfaces_and_routes(place: tuple[int, str]) -> None:
    inode, path = place
    ip(path, "link", "add", "one", "type", "veth", "peer", "name", "two")
    for name, address in (("one", "192.0.2.1/24"), ("one", "2001:db8::1/64"), ("two", "198.51.100.1/24")):
        ip(path, "address", "add", address, "dev", name, *(["nodad"] if ":" in address else []))
        ip(path, "link", "set", name, "up")
    ip(path, "link", "set", "one", "alias", "up link")
    ip(path, "route", "add", "203.0.113.0/24", "via", "192.0.2.9", "metric", "7")
    ip(path, "rule", "add", "from", "192.0.2.0/24", "table", "77")
    ip(path, "neigh", "add", "192.0.2.9", "lladdr", "02:00:00:00:00:09", "dev", "one")
    found = look(inode)
    complete(found)
    links = {row["name"]: row for row in found["interfaces"]["rows"]}
    theirs = tool_json("net", path, "ip", "-j", "-s", "-d", "address")
    assert links.keys() == {link["ifname"] for link in theirs}
    for link in theirs:
        ours = links[link["ifname"]]
        assert (ours["index"], ours["mtu"], ours["mac"]) == (link["ifindex"], link["mtu"], link["address"])
        assert ours["state"] == link["operstate"].lower()
        assert ours["up"] == ("UP" in link["flags"])
        assert sorted(ours["addresses"]) == sorted(
            f"{address['local']}/{address['prefixlen']}" for address in link["addr_info"]
        )
        assert ours["kind"] == link.get("linkinfo", {}).get("info_kind")
    assert (links["one"]["parent"], links["two"]["parent"]) == ("two", "one")
    assert links["one"]["alias"] == "up link"
    routes = {
        (row["dst"], "".join(row["gateways"]), "".join(row["devices"]), row["metric"])
        for row in found["routes"]["rows"]
        if row["family"] == "inet" and row["table"] == "main"
    }
    assert routes == {
        (route["dst"], route.get("gateway", ""), route["dev"], route.get("metric"))
        for route in tool_json("net", path, "ip", "-j", "-4", "route")
    }
    rules = {
        (row["priority"], row["src"], row["table"])
        for row in found["rules"]["rows"]
        if row["family"] == "inet"
    }
    assert rules == {
        (
            rule["priority"],
            f"{rule['src']}/{rule['srclen']}" if "srclen" in rule else rule["src"],
            rule["table"],
        )
        for rule in tool_json("net", path, "ip", "-j", "-4", "rule")
    }
    neighbours = {(row["dst"], row["mac"], *row["states"]) for row in found["neighbours"]["rows"]}
    assert ("192.0.2.9", "02:00:00:00:00:09", "PERMANENT") in neighbours


def test_the_other_end_in_another_namespace(place: tuple[int, str], spawn: Spawn) -> None:
    inode, path = place
    other = spawn(unshare=linux.CLONE_NEWNET, name=b"far end")
    ip(path, "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", str(other.pid))
    ip(path, "link", "add", "bridge", "type", "bridge")
    ip(path, "link", "set", "near", "master", "bridge")
    found = look(inode)
    complete(found)
    (near,) = [row for row in found["interfaces"]["rows"] if row["name"] == "near"]
    assert (near["parent"], near["parent_ns"]) == ("far", other.inode("net"))
    assert near["parent_owner"].startswith(f"{other.pid} ")
    assert found["bridges"]["rows"] == [{"bridge": "bridge", "ports": ["near"]}]
    assert other.inode("net") in [row["ns"] for row in found["ids"]["rows"]]
    back = look(other.inode("net"))
    (far,) = [row for row in back["interfaces"]["rows"] if row["name"] == "far"]
    assert (far["parent"], far["parent_ns"]) == ("near", inode)


def test_sockets_and_their_processes(spawn: Spawn) -> None:
    def listen() -> list[int]:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname())
        six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        six.bind(("::1", 0))
        named = socket.socket(socket.AF_UNIX)
        named.bind("\0nsvt \x1b[31m name")
        named.listen()
        accepted, _ = server.accept()
        ports = [server.getsockname()[1], client.getsockname()[1], six.getsockname()[1]]
        return ports + [each.detach() for each in (server, client, accepted, six, named)]

    child = spawn(listen, unshare=linux.CLONE_NEWNET)
    server, client, six = child.value[:3]
    path = f"/proc/{child.pid}/ns/net"
    found = look(child.inode("net"))["sockets"]
    assert found["unread"] == []
    rows = {(row["protocol"], row["state"], row["local"]): row for row in found["rows"]}
    listening = rows["tcp", "LISTEN", f"127.0.0.1:{server}"]
    assert (listening["pids"], listening["user"]) == ([str(child.pid)], "root")
    assert rows["tcp", "ESTAB", f"127.0.0.1:{client}"]["remote"] == f"127.0.0.1:{server}"
    assert rows["udp6", "UNCONN", f"[::1]:{six}"]["pids"] == [str(child.pid)]
    assert rows["unix-stream", "LISTEN", "@nsvt \x1b[31m name"]["pids"] == [str(child.pid)]
    theirs = [line.split() for line in tool("net", path, "ss", "-Htuan").splitlines()]
    ours = {(row["protocol"].rstrip("6"), row["state"], row["local"]) for row in found["rows"]}
    assert {(line[0], line[1], line[4]) for line in theirs} <= ours
    assert found["facts"]["tcp LISTEN"] == 1
    (lo,) = look(child.inode("net"))["interfaces"]["rows"]
    (link,) = tool_json("net", path, "ip", "-j", "-s", "link")
    assert lo["rx_bytes"] > 0
    for way in ("rx", "tx"):
        for counter in ("bytes", "packets", "errors", "dropped"):
            assert lo[f"{way}_{counter}"] == link["stats64"][way][counter]


def test_the_files_of_proc_tell_the_same(spawn: Spawn) -> None:
    """Where the kernel cannot be asked, or we may not enter, they are what there is."""

    def both() -> list[Any]:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        server = socket.create_server(("127.0.0.1", 0))
        six = socket.create_server(("::1", 0), family=socket.AF_INET6)
        client = socket.create_connection(six.getsockname()[:2])
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("127.0.0.1", 0))
        named = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        named.bind("\0nsvt named")
        named.listen()
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        told = [sockets.read("/proc/self/net", 0, 100, ours=ours) for ours in (True, False)]
        for one in (server, six, client, datagrams, named, raw):
            one.close()
        return told

    asked, read = spawn(both, unshare=linux.CLONE_NEWNET).value
    assert asked["unread"] == read["unread"] == []
    assert asked["counts"] == read["counts"]
    assert sorted(map(str, asked["sockets"])) == sorted(map(str, read["sockets"]))
    # ESTAB twice: the client, and what was not yet accepted.
    assert asked["total"] == 7


def test_a_name_cannot_pass_for_another_socket(spawn: Spawn, tmp_path: Path) -> None:
    try:
        list(socket_diag.unix())
    except FileNotFoundError:
        pytest.skip("this kernel has no unix_diag, and in /proc/net/unix names are not told from lines")

    def listen() -> None:
        os.chdir(tmp_path)
        named = socket.socket(socket.AF_UNIX)
        named.bind("real\n0000000000000000: 00000002 00000000 00010000 0001 01 4242 forged")
        named.listen()
        named.detach()

    child = spawn(listen, unshare=linux.CLONE_NEWNET)
    rows = look(child.inode("net"))["sockets"]["rows"]
    assert len(rows) == 1
    assert rows[0]["inode"] != 4242


def test_five_thousand_sockets(spawn: Spawn) -> None:
    """Counted, and one page given; whoever searches finds the one."""

    def many() -> int:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 6000), hard))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        count = min(hard, 6000) - 1000
        for number in range(count):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind(("127.0.0.1", 10_000 + number))
            one.detach()
        return count

    child = spawn(many, unshare=linux.CLONE_NEWNET)
    inode = child.inode("net")
    before = time.process_time()
    first = look(inode, Page(limit=100))["sockets"]
    assert time.process_time() - before < 5
    assert (first["total"], len(first["rows"])) == (child.value, 100)
    assert first["facts"]["udp UNCONN"] == child.value
    found = look(inode, Page(find=":10777"))["sockets"]
    assert [row["local"] for row in found["rows"]] == ["127.0.0.1:10777"]


def test_settings_that_differ(place: tuple[int, str]) -> None:
    inode, path = place
    outside = int(Path("/proc/sys/net/ipv4/ip_default_ttl").read_text())
    tool("net", path, "sh", "-c", f"echo {outside + 1} > /proc/sys/net/ipv4/ip_default_ttl")
    (row,) = [row for row in look(inode)["sysctls"]["rows"] if row["name"] == "net.ipv4.ip_default_ttl"]
    assert (row["inside"], row["outside"]) == (str(outside + 1), str(outside))


def test_where_we_are_not_in_the_hosts_ourselves(spawn: Spawn) -> None:
    """The host's settings are what is compared with, not ours."""
    if linux.inode("self", "net") != linux.inode(2, "net"):
        pytest.skip("the tests themselves are not in the host's network namespace")

    def setting(value: int) -> None:
        Path("/proc/sys/net/ipv4/ip_default_ttl").write_text(str(value))

    there = spawn(lambda: setting(33), unshare=linux.CLONE_NEWNET)

    def elsewhere() -> list[Sections]:
        setting(44)
        return [look(inode) for inode in (there.inode("net"), linux.inode("self", "net"))]

    outside = Path("/proc/sys/net/ipv4/ip_default_ttl").read_text().strip()
    looks = spawn(elsewhere, unshare=linux.CLONE_NEWNET).value
    told = [
        (row["inside"], row["outside"])
        for found in looks
        for row in found["sysctls"]["rows"]
        if row["name"] == "net.ipv4.ip_default_ttl"
    ]
    assert told == [("33", outside), ("44", outside)]


@pytest.mark.parametrize(
    ("kind", "local", "remote"),
    [
        *((kind, "192.0.2.1", "192.0.2.2") for kind in ("ipip", "sit", "gre")),
        *((kind, "2001:db8::1", "2001:db8::2") for kind in ("ip6tnl", "ip6gre")),
    ],
)
def test_a_tunnel(spawn: Spawn, kind: str, local: str, remote: str) -> None:
    """Its hardware address is an IP address; of some kinds the library knows only the name."""
    child = spawn(unshare=linux.CLONE_NEWNET)
    path = f"/proc/{child.pid}/ns/net"
    ip(path, "link", "add", "t0", "type", kind, "local", local, "remote", remote)
    found = look(child.inode("net"))
    complete(found)
    (row,) = [row for row in found["interfaces"]["rows"] if row["name"] == "t0"]
    (told,) = tool_json("net", path, "ip", "-j", "link", "show", "dev", "t0")
    assert (row["kind"], row["mac"], row["mtu"]) == (kind, told["address"], told["mtu"])


def test_our_own(require_root: None) -> None:
    found = look(linux.inode("self", "net"))
    names = {row["name"] for row in found["interfaces"]["rows"]}
    assert names == interfaces_here()
