"""What an ordinary user sees inside: all of what is theirs, and of others' what anybody may read."""

import json
import socket
from typing import Any

import pytest

from tests import linux
from tests.contents.looking import interfaces_here
from tests.kernel_fixtures import NOBODY, RunNsview, Spawn
from tests.processes import ChildFailed

Inside = dict[str, dict[str, dict[str, Any]]]


def inside(run: RunNsview, *arguments: str) -> Inside:
    """Kind → section → what it tells."""
    ran = run("show", "--inside", "--json", *arguments)
    assert ran.returncode == 0, ran.stderr
    return {
        look["type"]: {section["section"]: section for section in look["sections"]}
        for look in json.loads(ran.stdout)["inside"]
    }


def test_ones_own_container(nsview_as_nobody: RunNsview, spawn: Spawn) -> None:
    """Owned by a user namespace that the user made: entered with the rights that count there."""

    def names() -> None:
        socket.sethostname("mine")

    flags = ("user", "net", "uts", "ipc", "mnt", "pid", "cgroup")
    try:
        child = spawn(names, user=NOBODY, unshare=sum(linux.FLAGS[kind] for kind in flags))
    except ChildFailed as error:
        pytest.skip(f"user nobody may not make user namespaces here: {error}")
    found = inside(nsview_as_nobody, str(child.pid))
    assert found["uts"]["names"]["facts"]["hostname"] == "mine"
    assert [row["name"] for row in found["net"]["interfaces"]["rows"]] == ["lo"]
    assert found["user"]["maps"]["rows"][0]["outside"] == NOBODY
    assert found["pid"]["processes"]["rows"][0]["inner"] == 1
    assert found["mnt"]["mounts"]["total"] > 0
    unread = [
        (kind, section, one["what"])
        for kind, sections in found.items()
        for section, facts in sections.items()
        if section not in ("filters", "groups")
        for one in facts["unread"]
        # The machine's mounts were copied into it, and the ways to some of them are root's alone.
        if not one["what"].startswith("size of ")
    ]
    assert unread == []


def test_anothers(nsview_as_nobody: RunNsview, spawn: Spawn) -> None:
    """Not entered, and said so; /proc still tells a part."""

    def listen() -> list[int]:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("0.0.0.0", 0))
        return [server.getsockname()[1], server.detach()]

    child = spawn(listen, unshare=linux.CLONE_NEWNET | linux.CLONE_NEWUTS)
    ran = nsview_as_nobody("show", "--inside", "-t", "net,uts", "--json", str(child.pid))
    if ran.returncode:
        pytest.skip(f"nothing of root's processes is seen: {ran.stderr!r}")
    for look in json.loads(ran.stdout)["inside"]:
        sections = {section["section"]: section for section in look["sections"]}
        if look["type"] == "net":
            assert f"0.0.0.0:{child.value[0]}" in [row["local"] for row in sections["sockets"]["rows"]]
            assert [row["name"] for row in sections["interfaces"]["rows"]] == ["lo"]
            assert "root" in sections["interfaces"]["unread"][0]["why"]
            (files,) = sections["sockets"]["unread"]
            assert files["what"] == "processes of sockets, among 1 processes"
            assert "root" in files["why"]
        else:
            assert sections["names"]["unread"]


def test_the_hosts_own(nsview_as_nobody: RunNsview) -> None:
    """What the user is in needs no rights at all."""
    found = inside(nsview_as_nobody, f"uts:[{linux.inode('self', 'uts')}]")
    assert found["uts"]["names"]["facts"]["hostname"] == socket.gethostname()
    net = inside(nsview_as_nobody, f"net:[{linux.inode('self', 'net')}]")["net"]
    assert {row["name"] for row in net["interfaces"]["rows"]} == interfaces_here()
    mounts = inside(nsview_as_nobody, f"mnt:[{linux.inode('self', 'mnt')}]")["mnt"]["mounts"]
    assert "/" in [row["point"] for row in mounts["rows"]]
