"""Names, IPC objects and clocks, compared with what the system's own tools say inside."""

import ctypes
import json
import os
import socket
import time

import pytest

from nsview.contents import ipc
from nsview.contents.section import Page, Pages
from tests import linux
from tests.contents.looking import hold, look, path_to, tool
from tests.kernel_fixtures import Spawn, require_kind
from tests.processes import start

_libc = ctypes.CDLL(None, use_errno=True)
_PRIVATE, _CREATE = 0, 0o1000


def rename() -> None:
    socket.sethostname("inside-\x1b[31m")
    assert _libc.setdomainname(b"example", 7) == 0


def make_objects() -> None:
    """One segment, two sets and three queues of System V; one queue of POSIX."""
    assert _libc.shmget(0x1234, 5000, _CREATE | 0o640) >= 0
    for number in (1, 2):
        assert _libc.semget(_PRIVATE, number, _CREATE | 0o600) >= 0
    for _ in range(3):
        assert _libc.msgget(_PRIVATE, _CREATE | 0o600) >= 0
    assert _libc.mq_open(b"/nsvt", os.O_CREAT | os.O_RDWR, 0o600, None) >= 0


@pytest.mark.parametrize("member", [True, False])
def test_names(require_root: None, spawn: Spawn, member: bool) -> None:
    if member:
        child = spawn(rename, unshare=linux.CLONE_NEWUTS)
        inode, path = child.inode("uts"), f"/proc/{child.pid}/ns/uts"
    else:
        child = spawn(lambda: hold("uts", rename))
        inode = child.value
        path = path_to(child.pid, inode)
    names = look(inode)["names"]
    assert names["facts"]["hostname"] == tool("uts", path, "hostname").removesuffix("\n") == "inside-\x1b[31m"
    assert names["facts"]["domainname"] == "example"
    assert names["unread"] == []


@pytest.mark.parametrize("member", [True, False])
def test_ipc(require_root: None, spawn: Spawn, member: bool) -> None:
    if member:
        child = spawn(make_objects, unshare=linux.CLONE_NEWIPC)
        inode, path = child.inode("ipc"), f"/proc/{child.pid}/ns/ipc"
    else:
        child = spawn(lambda: hold("ipc", make_objects))
        inode = child.value
        path = path_to(child.pid, inode)
    found = look(inode)
    assert [section["unread"] for section in found.values()] == [[]] * 5
    (segment,) = found["shm"]["rows"]
    assert (segment["key"], segment["size"], segment["perms"]) == ("0x00001234", 5000, 0o640)
    assert segment["user"] == "root"
    for key, option in (("shm", "-m"), ("sem", "-s"), ("msg", "-q")):
        lines = [line.split() for line in tool("ipc", path, "ipcs", option).splitlines()]
        theirs = {(line[0], int(line[1])) for line in lines if line and line[0].startswith("0x")}
        number = {"shm": "shmid", "sem": "semid", "msg": "msqid"}[key]
        assert {(row["key"], row[number]) for row in found[key]["rows"]} == theirs
    told = json.loads(tool("ipc", path, "lsipc", "-m", "-J", "-b", "-o", "KEY,ID,PERMS,OWNER,SIZE,NATTCH"))
    (other,) = told["sharedmemory"]
    assert segment["key"] == f"{int(other['key'], 16):#010x}"
    assert (segment["shmid"], segment["nattch"]) == (int(other["id"]), int(other["nattch"]))
    assert (segment["user"], segment["size"]) == (other["owner"], int(other["size"]))
    limits = {row["resource"]: row for row in json.loads(tool("ipc", path, "lsipc", "-J", "-g"))["ipclimits"]}
    assert found["limits"]["facts"]["msg_queues"] == int(limits["MSGMNI"]["limit"])
    assert (found["sem"]["total"], found["msg"]["total"]) == (2, 3)
    assert [row["name"] for row in found["mqueue"]["rows"]] == ["/nsvt"]
    # "max seg size (kbytes) = 18014398509465599"
    assert f"max number of segments = {found['limits']['facts']['shm_segments']}\n" in tool(
        "ipc", path, "ipcs", "-l"
    )


def test_who_is_attached(require_root: None, spawn: Spawn) -> None:
    def attach() -> None:
        number = _libc.shmget(_PRIVATE, 4096, _CREATE | 0o600)
        _libc.shmat.restype = ctypes.c_void_p
        assert _libc.shmat(number, None, 0) not in (None, -1)

    child = spawn(attach, unshare=linux.CLONE_NEWIPC)
    (segment,) = look(child.inode("ipc"))["shm"]["rows"]
    assert (segment["nattch"], segment["attached"]) == (1, [str(child.pid)])


def test_pages(require_root: None, spawn: Spawn) -> None:
    """Only the page is given, with the whole count; a search goes through everything."""

    def many() -> None:
        for number in range(50):
            assert _libc.shmget(0x5000 + number, 4096, _CREATE | 0o600) >= 0

    child = spawn(many, unshare=linux.CLONE_NEWIPC)
    inode = child.inode("ipc")
    second = look(inode, Page(offset=20, limit=20))["shm"]
    assert (second["total"], second["offset"], len(second["rows"])) == (50, 20, 20)
    assert second["rows"][0]["key"] == "0x00005014"
    found = look(inode, Page(find="0X00005031"))["shm"]
    assert (found["total"], [row["key"] for row in found["rows"]]) == (1, ["0x00005031"])


def test_each_table_has_its_own_page(require_root: None, spawn: Spawn) -> None:
    child = spawn(make_objects, unshare=linux.CLONE_NEWIPC)
    found = look(child.inode("ipc"), Pages(Page(limit=1), {"msg": Page(offset=2, limit=5)}))
    assert [len(found[key]["rows"]) for key in ("shm", "sem", "msg", "mqueue")] == [1, 1, 1, 1]
    assert (found["sem"]["offset"], found["msg"]["offset"]) == (0, 2)
    assert (found["sem"]["total"], found["msg"]["total"]) == (2, 3)


def test_who_is_attached_is_not_always_to_be_read(
    require_root: None, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said with the reason, as all that could not be read."""
    monkeypatch.setattr(ipc, "_LOOKED_AT", 1)

    def attach() -> None:
        make_objects()
        start()

    shm = look(spawn(attach, unshare=linux.CLONE_NEWIPC).inode("ipc"))["shm"]
    assert [one["why"] for one in shm["unread"]] == ["only the first 1 processes are looked at"]


def test_time(require_root: None, spawn: Spawn) -> None:
    require_kind("time")

    def offsets() -> None:
        linux.unshare(linux.CLONE_NEWTIME)
        with open("/proc/self/timens_offsets", "w") as file:
            file.write("monotonic -5 0\nboottime 86400 500000000\n")

    child = spawn(offsets)  # nobody has entered it
    inode = os.stat(f"/proc/{child.pid}/ns/time_for_children").st_ino
    found = look(inode)["clocks"]
    assert found["unread"] == []
    assert found["facts"]["monotonic_offset"] == -5
    assert found["facts"]["boottime_offset"] == 86400.5
    inside = float(tool("time", f"/proc/{child.pid}/ns/time_for_children", "cat", "/proc/uptime").split()[0])
    assert abs(found["facts"]["uptime"] - inside) < 60
    assert found["facts"]["uptime"] > time.clock_gettime(time.CLOCK_BOOTTIME) + 80000


def test_our_own(require_root: None) -> None:
    """Nothing need be joined, so nobody needs rights for it."""
    assert look(linux.inode("self", "uts"))["names"]["facts"]["hostname"] == socket.gethostname()
