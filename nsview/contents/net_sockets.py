"""The sockets of a network namespace, and which processes have them open."""

import time
from typing import Any

from nsview.contents.asking import Answers
from nsview.contents.pinned import Pinned
from nsview.contents.section import PROCESS, Column, Fact, Page, Refused, Section, Unread, Value
from nsview.kernel.inside import sockets
from nsview.model.holder import How

_SOCKETS = (
    *(Column("protocol", "PROTOCOL"), Column("state", "STATE", drop=1), Column("local", "LOCAL")),
    *(Column("remote", "REMOTE", drop=2), Column("user", "USER", drop=4), Column("inode", "INODE", drop=5)),
    *(Column("pids", "PIDS", PROCESS), Column("command", "COMMAND", drop=3)),
)
_SEARCH = 1.0
"""Seconds that looking for the processes may take."""


def section(pinned: Pinned, answers: Answers, page: Page) -> Section:
    found = answers.get("sockets")
    problems = answers.unread("sockets", "sockets")
    if found is None:
        found = _of_member(pinned, page)
        problems = () if found is not None else problems
    if found is None:
        return Section("sockets", "Sockets", columns=_SOCKETS, unread=problems)
    inodes = {row[5] for row in found["sockets"] if row[5]}
    whose, unseen = _processes(pinned, inodes)
    if len(whose) < len(inodes):
        problems = (*problems, *unseen)
    snapshot = pinned.snapshot
    rows: list[tuple[Value, ...]] = []
    for protocol, state, local, remote, uid, inode in found["sockets"]:
        pids = whose.get(inode, [])
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


def _of_member(pinned: Pinned, page: Page) -> dict[str, Any] | None:
    for pid in pinned.members[:8]:
        try:
            return sockets.read(pinned.proc.path(pid, "net"), page.offset, page.limit, page.find)
        except OSError:
            continue
    return None


def _processes(pinned: Pinned, inodes: set[int]) -> tuple[dict[int, list[int]], list[Unread]]:
    """socket inode → processes that have it open: members, and those that keep the namespace by a socket;
    and why some may be missing."""
    found: dict[int, list[int]] = {}
    if not inodes:
        return found, []
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    pids = dict.fromkeys(pinned.members)
    pids |= dict.fromkeys(pin.pid for pin in pinned.ns.pins if pin.how is How.SOCKET and pin.pid is not None)
    refused = Refused("processes of sockets, among {} processes")
    deadline = time.monotonic() + _SEARCH
    for pid in pids:
        if time.monotonic() > deadline or pinned.given_up():
            return found, [*refused.unread(), Unread("processes of sockets", "too many open files to search")]
        try:
            links = {link for _, link in pinned.proc.descriptors(pid)}
        except OSError as error:
            refused.note(error)
            continue
        for link in links & wanted.keys():
            found.setdefault(wanted[link], []).append(pid)
    return found, refused.unread()


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
