"""The sockets of a network namespace, from /proc/PID/net (proc_pid_net(5), unix(7)).

No rights are needed for these files, so a member's will do where we may not enter. The files tell nothing of
who has a socket open but its inode number.
"""

import os
import socket
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from nsview.kernel.procfs import read_file

_LIMIT = 1 << 27
_INET = ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6")
_STATES = {
    "01": "ESTAB",
    "02": "SYN-SENT",
    "03": "SYN-RECV",
    "04": "FIN-WAIT-1",
    "05": "FIN-WAIT-2",
    "06": "TIME-WAIT",
    "07": "UNCONN",
    "08": "CLOSE-WAIT",
    "09": "LAST-ACK",
    "0A": "LISTEN",
    "0B": "CLOSING",
    "0C": "NEW-SYN-RECV",
    "0D": "BOUND-INACTIVE",
}
_UNIX_TYPES = {"0001": "unix-stream", "0002": "unix-dgram", "0005": "unix-seqpacket"}
_ACCEPTS = 0x10000
"""__SO_ACCEPTCON in the flags of a unix socket: it listens."""
_ORDER = {"LISTEN": 0, "UNCONN": 1, "ESTAB": 2}


class _Socket(NamedTuple):
    protocol: str
    state: str
    local: str
    """Raw, as the file has it; spelt out only for those that are shown."""
    remote: str
    uid: int | None
    inode: int


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    offset, limit, find = int(arguments["offset"]), int(arguments["limit"]), str(arguments["find"])
    return lambda: read("/proc/self/net", offset, limit, find)


def read(directory: str, offset: int, limit: int, find: str = "") -> dict[str, Any]:
    """How many sockets of each protocol are in each state, and one page, those that listen first."""
    unread: list[tuple[str, str]] = []
    found: list[_Socket] = []
    for name, parse in (*((name, _inet) for name in _INET), ("unix", _unix), ("packet", _packet)):
        try:
            data = read_file(f"{directory}/{name}", _LIMIT)
        except FileNotFoundError:
            continue  # the kernel does not have this protocol
        except OSError as error:
            unread.append((name, error.strerror or str(error)))
            continue
        found += parse(name, data)
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


def _inet(name: str, data: bytes) -> list[_Socket]:
    found = []
    for line in data.decode("ascii", "replace").split("\n")[1:]:
        fields = line.split(None, 10)
        if len(fields) < 10:
            continue
        state = _STATES.get(fields[3], fields[3])
        found.append(_Socket(name, state, fields[1], fields[2], int(fields[7]), int(fields[9])))
    return found


def _unix(name: str, data: bytes) -> list[_Socket]:
    """`Num RefCount Protocol Flags Type St Inode Path`. A newline in a path looks like another line."""
    found = []
    for line in os.fsdecode(data).split("\n")[1:]:
        fields = line.split(None, 7)
        if len(fields) < 7 or not fields[6].isdecimal():
            continue
        state = "LISTEN" if int(fields[3], 16) & _ACCEPTS else "ESTAB" if fields[5] == "03" else "UNCONN"
        path = fields[7] if len(fields) > 7 else ""
        found.append(_Socket(_UNIX_TYPES.get(fields[4], "unix"), state, path, "", None, int(fields[6])))
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
    local, remote = one.local, one.remote
    if one.protocol in _INET:
        local, remote = address(local), address(remote)
    return [one.protocol, one.state, local, remote, one.uid, one.inode]


def address(text: str) -> str:
    """`0100007F:0277` as `127.0.0.1:631`, IPv6 in brackets: words of 32 bits in the machine's byte order."""
    words, _, port = text.partition(":")
    try:
        raw = bytes.fromhex(words)
        if sys.byteorder == "little":
            raw = b"".join(raw[place : place + 4][::-1] for place in range(0, len(raw), 4))
        if len(raw) == 4:
            return f"{socket.inet_ntop(socket.AF_INET, raw)}:{int(port, 16)}"
        return f"[{socket.inet_ntop(socket.AF_INET6, raw)}]:{int(port, 16)}"
    except (ValueError, OSError):
        return text
