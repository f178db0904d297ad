"""Offsets of the clocks, and how long the machine has been up as seen inside."""

from nsview.contents.asking import ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import FIRST, SECONDS, Fact, Page, Section
from nsview.kernel.inside.clocks import parse_offsets
from nsview.model.kind import FOR_CHILDREN, Kind

_LABELS = {
    "monotonic_offset": "Monotonic clock, offset",
    "boottime_offset": "Boot time clock, offset",
    "uptime": "Up for, inside",
    "monotonic": "Monotonic clock, inside",
}


def inside(pinned: Pinned, page: Page = FIRST) -> tuple[Section, ...]:
    """Seconds. Who may not enter can still read the offsets of a member (time_namespaces(7))."""
    answers = ask(pinned, {"clocks": {}})
    found = answers.get("clocks") or _of_member(pinned)
    facts = [
        Fact(key, label, found[key], SECONDS) for key, label in _LABELS.items() if found.get(key) is not None
    ]
    facts.append(Fact("our_uptime", "Up for, as we see it", pinned.snapshot.uptime, SECONDS))
    return (Section("clocks", "Clocks", tuple(facts), unread=answers.unread("clocks", "the clocks inside")),)


def _of_member(pinned: Pinned) -> dict[str, float]:
    for pid in pinned.members[:8]:
        links = pinned.snapshot.processes[pid].links
        # The file tells of the namespace for children.
        if links[FOR_CHILDREN[Kind.TIME]] != pinned.ns.inode:
            continue
        try:
            return parse_offsets(pinned.proc.read(pid, "timens_offsets").decode("ascii", "replace"))
        except OSError:
            continue
    return {}
