"""The sockets of a network namespace, of its own telling or from /proc/PID/net (proc_pid_net(5), unix(7)).

No rights are needed for these files, so a member's will do where we may not enter. Neither tells of who has a
socket open more than its inode number.
"""

import errno
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from nsview.kernel.inside import socket_diag, socket_owners
from nsview.kernel.inside.outside import stay
from nsview.kernel.procfs import Procfs

_LIMIT = 1 << 27
_PATIENCE = 2.0
"""Seconds for one file: the kernel begins anew at every read of one with very many sockets."""
_FILES = ("udplite", "udplite6", "raw", "raw6", "icmp", "icmp6")
_DUMPED = {
    "tcp": (socket.AF_INET, socket.IPPROTO_TCP),
    "tcp6": (socket.AF_INET6, socket.IPPROTO_TCP),
    "udp": (socket.AF_INET, socket.IPPROTO_UDP),
    "udp6": (socket.AF_INET6, socket.IPPROTO_UDP),
}
_STATES = {
    1: "ESTAB",
    2: "SYN-SENT",
    3: "SYN-RECV",
    4: "FIN-WAIT-1",
    5: "FIN-WAIT-2",
    6: "TIME-WAIT",
    7: "UNCONN",
    8: "CLOSE-WAIT",
    9: "LAST-ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "NEW-SYN-RECV",
    13: "BOUND-INACTIVE",
}
_UNIX_TYPES = {1: "unix-stream", 2: "unix-dgram", 5: "unix-seqpacket"}
_ACCEPTS = 0x10000
"""__SO_ACCEPTCON in the flags of a unix socket: it listens."""
_ORDER = {"LISTEN": 0, "UNCONN": 1, "ESTAB": 2}


_INODE = 5
"""Its place in what is told of a socket."""


class _Socket(NamedTuple):
    protocol: str
    state: str
    local: str | bytes
    """Addresses are spelt out only for those that are shown."""
    remote: str | bytes
    uid: int | None
    inode: int


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    """`pids`: who may have one open, in the procfs at `proc`; `seconds`: what looking for them may take."""
    offset, limit, find = int(arguments["offset"]), int(arguments["limit"]), str(arguments["find"])
    proc, pids, seconds = Procfs(arguments["proc"]), arguments["pids"], float(arguments["seconds"])
    # Inside we may have no rights over those who are outside.
    owners = stay(lambda inodes: socket_owners.find(proc, pids, inodes, seconds))

    def look() -> dict[str, Any]:
        found = read("/proc/self/net", offset, limit, find, ours=True)
        return found | {"owners": owners([row[_INODE] for row in found["sockets"] if row[_INODE]])}

    return look


def read(directory: str, offset: int, limit: int, find: str = "", ours: bool = False) -> dict[str, Any]:
    """How many sockets of each protocol are in each state, and one page, those that listen first.

    `ours`: the directory is that of the namespace we are in, where the kernel can be asked for them.
    """
    unread: list[tuple[str, str]] = []
    found: list[_Socket] = []
    for name in (*_DUMPED, *_FILES, "unix", "packet"):
        try:
            found += _dump(name) if ours and name in (*_DUMPED, "unix") else _file(directory, name)
        except FileNotFoundError:
            if ours and name in (*_DUMPED, "unix"):
                found += _or_nothing(directory, name, unread)
        except OSError as error:
            unread.append((name, error.strerror or str(error)))
    counts: dict[tuple[str, str], int] = {}
    for one in found:
        counts[one.protocol, one.state] = counts.get((one.protocol, one.state), 0) + 1
    if find:
        wanted = find.casefold()
        found = [one for one in found if any(wanted in str(cell).casefold() for cell in _spelt(one))]
    found.sort(key=lambda one: (one.protocol.startswith("unix"), _ORDER.get(one.state, 3)))
    return {
        "total": len(found),
        "counts": [[protocol, state, count] for (protocol, state), count in sorted(counts.items())],
        "sockets": [_spelt(one) for one in found[offset : offset + limit]],
        "unread": unread,
    }


def _or_nothing(directory: str, name: str, unread: list[tuple[str, str]]) -> list[_Socket]:
    """From its file, where the kernel can dump no such sockets; if it has no file either, it has none."""
    try:
        return _file(directory, name)
    except FileNotFoundError:
        return []
    except OSError as error:
        unread.append((name, error.strerror or str(error)))
        return []


def _dump(name: str) -> list[_Socket]:
    if name == "unix":
        return [
            _Socket(
                _UNIX_TYPES.get(one.type, "unix"),
                _STATES.get(one.state, str(one.state)),
                os.fsdecode(one.name.replace(b"\0", b"@", 1)).rstrip("\0"),
                "",
                None,
                one.inode,
            )
            for one in socket_diag.unix()
        ]
    return [
        _Socket(name, _STATES.get(state, str(state)), local, remote, uid, inode)
        for state, local, remote, uid, inode in socket_diag.inet(*_DUMPED[name])
    ]


def _file(directory: str, name: str) -> list[_Socket]:
    data = _read_in_time(f"{directory}/{name}")
    if name == "unix":
        return _unix(data)
    return _packet(name, data) if name == "packet" else _inet(name, data)


def _read_in_time(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    deadline = time.monotonic() + _PATIENCE
    chunks, size = [], 0
    try:
        while (data := os.read(fd, 1 << 17)) and size < _LIMIT:
            if time.monotonic() > deadline:
                raise OSError(errno.ETIMEDOUT, "there are too many to read in time")
            chunks.append(data)
            size += len(data)
    finally:
        os.close(fd)
    return b"".join(chunks)


def _inet(name: str, data: bytes) -> list[_Socket]:
    found = []
    for line in data.decode("ascii", "replace").split("\n")[1:]:
        fields = line.split(None, 10)
        if len(fields) < 10:
            continue
        state = _STATES.get(int(fields[3], 16), fields[3])
        local, remote = _travelling(fields[1]), _travelling(fields[2])
        found.append(_Socket(name, state, local, remote, int(fields[7]), int(fields[9])))
    return found


def _unix(data: bytes) -> list[_Socket]:
    """`Num RefCount Protocol Flags Type St Inode Path`. A newline in a path looks like another line."""
    found = []
    for line in os.fsdecode(data).split("\n")[1:]:
        fields = line.split(None, 7)
        if len(fields) < 7 or not fields[6].isdecimal():
            continue
        state = "LISTEN" if int(fields[3], 16) & _ACCEPTS else "ESTAB" if fields[5] == "03" else "UNCONN"
        path = fields[7] if len(fields) > 7 else ""
        found.append(
            _Socket(_UNIX_TYPES.get(int(fields[4], 16), "unix"), state, path, "", None, int(fields[6]))
        )
    return found


def _packet(name: str, data: bytes) -> list[_Socket]:
    """`sk RefCnt Type Proto Iface R Rmem User Inode`"""
    found = []
    for line in data.decode("ascii", "replace").split("\n")[1:]:
        fields = line.split()
        if len(fields) >= 9:
            found.append(_Socket(name, "UNCONN", f"if {fields[4]}", "", int(fields[7]), int(fields[8])))
    return found


def _spelt(one: _Socket) -> list[Any]:
    return [one.protocol, one.state, _told(one.local), _told(one.remote), one.uid, one.inode]


def _told(place: str | bytes) -> str:
    """`127.0.0.1:631`, IPv6 in brackets."""
    if isinstance(place, str):
        return place
    host, port = place[:-2], int.from_bytes(place[-2:], "big")
    if len(host) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, host)}:{port}"
    return f"[{socket.inet_ntop(socket.AF_INET6, host)}]:{port}"


def _travelling(text: str) -> str | bytes:
    """The bytes of `0100007F:0277`: words of 32 bits in the machine's byte order, and the port."""
    words, _, port = text.partition(":")
    try:
        raw = bytes.fromhex(words)
        if len(raw) not in (4, 16):
            return text
        if sys.byteorder == "little":
            raw = b"".join(raw[place : place + 4][::-1] for place in range(0, len(raw), 4))
        return raw + int(port, 16).to_bytes(2, "big")
    except (ValueError, OverflowError):
        return text
