"""Which processes belong together, as far as their control groups tell."""

import re
from enum import StrEnum
from typing import NamedTuple


class Sort(StrEnum):
    CONTAINER = "container"
    UNIT = "unit"
    """A service, scope or the like of systemd."""
    CGROUP = "cgroup"
    """Another control group."""
    UNKNOWN = "unknown"
    """It could not be read where the processes belong."""
    HELD = "held"
    """No group of processes, but the namespaces that no process is in or holds."""


class Group(NamedTuple):
    sort: Sort
    path: str
    """The control group, as our own cgroup namespace sees it; "" where there is none."""
    name: str
    """What people call it; "" where `sort` says all."""


UNKNOWN = Group(Sort.UNKNOWN, "", "")
HELD = Group(Sort.HELD, "", "")


def group_of(cgroup: str | None) -> Group:
    """The group of a process in this control group: its container if it has one, else its innermost unit.

    What is inside of a container or unit belongs to it, whatever it calls itself.
    """
    if cgroup is None:
        return UNKNOWN
    parts = [part for part in cgroup.split("/") if part]
    for depth, part in enumerate(parts, 1):
        name = _container(part)
        if name:
            return Group(Sort.CONTAINER, "/" + "/".join(parts[:depth]), name)
    for depth in range(len(parts), 0, -1):
        if _UNIT.search(parts[depth - 1]):
            return Group(Sort.UNIT, "/" + "/".join(parts[:depth]), unescaped(parts[depth - 1]))
    return Group(Sort.CGROUP, "/" + "/".join(parts), unescaped(parts[-1]) if parts else "/")


_UNIT = re.compile(r".\.(service|scope|socket|mount|swap)$")
_NAMED = re.compile(r"(?:(?P<engine>[a-z][a-z-]*)-)?(?P<id>[0-9a-f]{64})(?:\.scope)?")
_PAYLOAD = re.compile(r"lxc\.payload\.(?P<lxc>.+)|machine-(?P<machine>.+)\.scope")


def _container(part: str) -> str | None:
    """What a part of a control group's path calls a container: the engines' ways to name theirs."""
    named = _NAMED.fullmatch(part)
    if named is not None:
        engine = named["engine"]
        short = named["id"][:12]
        return f"{engine} {short}" if engine else short
    payload = _PAYLOAD.fullmatch(part)
    if payload is not None:
        return payload["lxc"] or unescaped(payload["machine"])
    return None


def unescaped(unit: str) -> str:
    r"""A unit's name without systemd's escapes (systemd.unit(5)): `\x2d` is a hyphen."""
    if "\\x" not in unit:
        return unit
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), unit)
