"""Flatpak: one directory an instance in the user's run directory, which names the namespaces it has made."""

import re
from typing import NamedTuple

from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.naming.state import SMALL, Root, at, number, parse_json, text
from nsview.naming.subject import Subject

ENGINE = "flatpak"
_SCOPE = re.compile(r"app-flatpak-(?P<app>.+)-(?P<instance>[0-9]+)\.scope")


class Instance(NamedTuple):
    id: str
    app: str
    runtime: str
    child: int
    """Number of its first process."""
    mnt: int
    pid: int


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    for root in subject.roots:
        place = f"/run/user/{subject.uid}/.flatpak"
        for instance in root.remember(_instances, place):
            if _is_it(instance, subject, root):
                witness = f"{place}/{instance.id}/bwrapinfo.json"
                return Name(
                    ENGINE, instance.app, instance.id, instance.runtime, root=root.path, witness=witness
                )
    for part in reversed(subject.parts):
        match = _SCOPE.fullmatch(part)
        if match is not None:
            return Name(ENGINE, text(match["app"]), match["instance"], witness="control group")
    return None


def _is_it(instance: Instance, subject: Subject, root: Root) -> bool:
    links = subject.links
    if root.ours and instance.mnt and links.of(Kind.MNT) == instance.mnt:
        return True
    if root.ours and instance.pid and links.of(Kind.PID) == instance.pid:
        return True
    return instance.child != 0 and instance.child == subject.number_in(root)


def _instances(root: Root, place: str) -> tuple[Instance, ...]:
    found = []
    for name in root.names(place):
        if name.isascii() and name.isdecimal():
            info = root.read(f"{place}/{name}/info", SMALL)
            made = parse_json(root.read(f"{place}/{name}/bwrapinfo.json", SMALL))
            instance = parse(name, info, made)
            if instance is not None:
                found.append(instance)
    return tuple(found)


def parse(identity: str, info: bytes | None, made: object) -> Instance | None:
    """An instance from its `info` and `bwrapinfo.json`."""
    facts: dict[str, str] = {}
    section = ""
    for line in (info or b"").decode("utf-8", "surrogateescape").split("\n"):
        if line.startswith("["):
            section = line.strip()
        elif section == "[Application]":
            key, equals, value = line.partition("=")
            if equals:
                facts[key.strip()] = text(value.strip())
    app = facts.get("name", "")
    if not app:
        return None
    inodes = [at(made, f"{kind}-namespace") for kind in ("mnt", "pid")]
    mnt, pid = (inode if isinstance(inode, int) and not isinstance(inode, bool) else 0 for inode in inodes)
    runtime = facts.get("runtime", "").removeprefix("runtime/")
    return Instance(identity, app, runtime, number(at(made, "child-pid")), mnt, pid)
