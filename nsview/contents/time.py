"""Offsets of the clocks, and how long the machine has been up as seen inside."""

import time
from typing import Any

from nsview.contents.asking import ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import FIRST, SECONDS, Fact, Section, Unread, Wanted
from nsview.kernel.inside.clocks import parse_offsets
from nsview.kernel.timens import boottime_offset
from nsview.model.holder import How

_LABELS = {
    "monotonic_offset": "Monotonic clock, offset",
    "boottime_offset": "Boot time clock, offset",
    "uptime": "Up for, inside",
    "monotonic": "Monotonic clock, inside",
}
_TRIED = 8


def inside(pinned: Pinned, page: Wanted = FIRST) -> tuple[Section, ...]:
    """Seconds. Read from /proc/PID/timens_offsets where anybody's children are to be in the namespace.

    That anybody may read, and it changes nothing: whoever joins a time namespace sets its offsets fast, which
    its maker may be about to write. Where only a descriptor or a mount keeps it, nobody can write them.
    """
    found: dict[str, Any] | None = _of_somebody(pinned)
    unread: tuple[Unread, ...] = ()
    if found is None:
        answers = ask(pinned, {"clocks": {}})
        found = answers.get("clocks") or {}
        unread = answers.unread("clocks", "the clocks inside")
    facts = [
        Fact(key, label, found[key], SECONDS) for key, label in _LABELS.items() if found.get(key) is not None
    ]
    facts.append(Fact("our_uptime", "Up for, as we see it", time.clock_gettime(time.CLOCK_BOOTTIME), SECONDS))
    return (Section("clocks", "Clocks", tuple(facts), unread=unread),)


def _of_somebody(pinned: Pinned) -> dict[str, Any] | None:
    """From a process whose children are or will be in it; the file tells of that namespace."""
    pids = [*pinned.members[:_TRIED]]
    pids += [
        holder.pid
        for holder in pinned.ns.pins
        if holder.how is How.FOR_CHILDREN and holder.pid is not None and holder.tid is None
    ]
    for pid in pids:
        try:
            text = pinned.proc.read(pid, "timens_offsets").decode("ascii", "replace")
            if pinned.proc.readlink(pid, "ns/time_for_children") != str(pinned.ns.id):
                continue
        except OSError:
            continue
        offsets = parse_offsets(text)
        return offsets | _clocks(offsets)
    return None


def _clocks(offsets: dict[str, float]) -> dict[str, float]:
    """What the clocks inside say now."""
    try:
        ours = boottime_offset() / 1e9
    except OSError:
        return {}
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME) - ours + offsets.get("boottime_offset", 0.0)
    return {"uptime": uptime}
