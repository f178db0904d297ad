"""Host name and domain name."""

from nsview.contents.asking import ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import FIRST, Fact, Section, Wanted

_LABELS = {
    "hostname": "Host name",
    "domainname": "Domain name",
    "system": "System",
    "release": "Release",
    "version": "Version",
    "machine": "Machine",
}


def inside(pinned: Pinned, page: Wanted = FIRST) -> tuple[Section, ...]:
    answers = ask(pinned, {"uts": {}})
    found = answers.get("uts") or {}
    facts = tuple(Fact(key, label, found[key]) for key, label in _LABELS.items() if key in found)
    return (Section("names", "Names", facts, unread=answers.unread("uts", "the names")),)
