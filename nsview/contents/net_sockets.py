"""The sockets of a network namespace, and which processes have them open."""

import os
from typing import Any

from nsview.contents.asking import Answers
from nsview.contents.pinned import Pinned
from nsview.contents.section import PROCESS, Column, Fact, Page, Section, Unread, Value, unread
from nsview.kernel.inside import socket_owners, sockets
from nsview.model.holder import How

_SOCKETS = (
    *(Column("protocol", "PROTOCOL"), Column("state", "STATE", drop=1), Column("local", "LOCAL")),
    *(Column("remote", "REMOTE", drop=2), Column("user", "USER", drop=4), Column("inode", "INODE", drop=5)),
    *(Column("pids", "PIDS", PROCESS), Column("command", "COMMAND", drop=3)),
)
_SEARCH = 1.0
"""Seconds that looking for the processes may take."""


def part(pinned: Pinned, page: Page) -> dict[str, Any]:
    """What the reader is told."""
    return page._asdict() | {"proc": pinned.proc.root, "pids": _suspects(pinned), "seconds": _SEARCH}


def section(pinned: Pinned, answers: Answers, page: Page) -> Section:
    found = answers.get("sockets")
    problems = answers.unread("sockets", "sockets")
    if found is None:
        found = _of_member(pinned, page)
        problems = () if found is not None else problems
    if found is None:
        return Section("sockets", "Sockets", columns=_SOCKETS, unread=problems)
    owners: dict[int, list[int]] = {}
    for inode, pid in found["owners"]["owners"]:
        owners.setdefault(inode, []).append(pid)
    if len(owners) < len({row[5] for row in found["sockets"]} - {0}):
        problems = (*problems, *_missing(found["owners"]))
    snapshot = pinned.snapshot
    rows: list[tuple[Value, ...]] = []
    for protocol, state, local, remote, uid, inode in found["sockets"]:
        pids = owners.get(inode, [])
        name = snapshot.processes[pids[0]].comm if pids else None
        user = None if uid is None else snapshot.user_name(uid)
        rows.append((protocol, state, local, remote, user, inode, tuple(map(str, pids)), name))
    facts = [
        Fact(f"{protocol} {state}", f"{protocol} {state}", count)
        for protocol, state, count in found["counts"]
    ]
    return Section(
        "sockets", "Sockets", tuple(facts), _SOCKETS, tuple(rows), found["total"], page.offset, problems
    )


def _suspects(pinned: Pinned) -> list[int]:
    """Who may have one of them open: members, and those that keep the namespace by a socket."""
    pids = dict.fromkeys(pinned.members)
    pids |= dict.fromkeys(pin.pid for pin in pinned.ns.pins if pin.how is How.SOCKET and pin.pid is not None)
    return list(pids)


def _of_member(pinned: Pinned, page: Page) -> dict[str, Any] | None:
    for pid in pinned.members[:8]:
        try:
            found = sockets.read(pinned.proc.path(pid, "net"), page.offset, page.limit, page.find)
        except OSError:
            continue
        inodes = {row[5] for row in found["sockets"]} - {0}
        suspects = _suspects(pinned)
        return found | {"owners": socket_owners.find(pinned.proc, suspects, inodes, _SEARCH, pinned.given_up)}
    return None


def _missing(owners: dict[str, Any]) -> list[Unread]:
    """Why the processes of some sockets may not have been found."""
    found = [
        unread(f"processes of sockets, among {times:,} processes", OSError(number, os.strerror(number)))
        for number, times in owners["refused"]
    ]
    if not owners["complete"]:
        found.append(Unread("processes of sockets", "too many open files to search"))
    return found


def interfaces_of_member(pinned: Pinned) -> dict[str, Any]:
    """Names and counters alone, from /proc/PID/net/dev, which anybody may read."""
    for pid in pinned.members[:8]:
        try:
            text = pinned.proc.read(pid, "net/dev").decode("ascii", "replace")
        except OSError:
            continue
        links = []
        for line in text.splitlines()[2:]:
            name, _, rest = line.partition(":")
            numbers = [int(word) for word in rest.split() if word.isdecimal()]
            if len(numbers) < 16:
                continue
            links.append(
                {
                    "name": name.strip(),
                    "master": None,
                    **dict(
                        zip(("rx_bytes", "rx_packets", "rx_errors", "rx_dropped"), numbers[:4], strict=True)
                    ),
                    **dict(
                        zip(("tx_bytes", "tx_packets", "tx_errors", "tx_dropped"), numbers[8:12], strict=True)
                    ),
                }
            )
        return {"links": links}
    return {}
