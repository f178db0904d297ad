r"""How engines call the control groups of their containers: which part of a path is a container, and whose.

Names of control groups are the engines' and systemd's: a process cannot choose them, short of a container
that was given a subtree of its own.
"""

import re
from typing import NamedTuple

_ID = r"(?P<id>[0-9a-f]{64})"

_PARTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (engine, re.compile(pattern))
    for engine, pattern in (
        ("docker", rf"docker-{_ID}\.scope"),
        ("podman", rf"libpod-(?:payload-)?{_ID}(?:\.scope)?"),
        ("cri-o", rf"crio-{_ID}(?:\.scope)?"),
        ("kubernetes", rf"cri-containerd-{_ID}\.scope"),
        ("containerd", rf"nerdctl-{_ID}\.scope"),
        ("", _ID),
        ("lxc", r"lxc\.payload\.(?P<id>.+)"),
        ("systemd-nspawn", r"machine-(?P<id>.+)\.scope"),
        ("systemd-nspawn", r"systemd-nspawn@(?P<id>.+)\.service"),
    )
)
_BELOW = {"docker": "docker", "lxc": "lxc", "lxc.payload": "lxc"}
"""Control groups whose children are containers, called by their ids or names."""
_POD = re.compile(r"(?:kubepods.*-)?pod[0-9a-f_-]{32,36}(?:\.slice)?")
_SUPERVISED = re.compile(r"(?P<id>.+)\.(?:scope|service)")
_DEEPEST = 64


class Scope(NamedTuple):
    """The innermost container that a control group's path tells of."""

    engine: str
    """"" where only the files tell whose it is."""
    id: str
    """The container's id, or its name (unescaped) where the engine has no ids."""
    above: tuple[str, ...]
    """The parts of the path above it."""
    part: str


def parts_of(cgroup: str) -> tuple[str, ...]:
    return tuple([part for part in cgroup.split("/") if part])


def innermost(parts: tuple[str, ...]) -> Scope | None:
    """The container that is deepest in the path; None where there is none."""
    for place in range(min(len(parts), _DEEPEST) - 1, -1, -1):
        found = _scope(parts, place)
        if found is not None:
            return found
    return None


def _scope(parts: tuple[str, ...], place: int) -> Scope | None:
    part, above = parts[place], parts[:place]
    parent = above[-1] if above else ""
    for engine, pattern in _PARTS:
        match = pattern.fullmatch(part)
        if match is not None:
            # A child of libpod_parent is a pod, and what is in it has parts of its own.
            if not engine and parent == "libpod_parent":
                return None
            if not engine:
                engine = "kubernetes" if _POD.fullmatch(parent) else _BELOW.get(parent, "")
            return Scope(engine, unescaped(match["id"]), above, part)
    if parent in _BELOW and _BELOW[parent] == "lxc" and "." not in part:
        return Scope("lxc", part, above, part)
    # systemd-nspawn puts its payload below the unit that it was started in; without machined that is any.
    if part == "payload":
        supervised = _SUPERVISED.fullmatch(parent)
        if supervised is not None:
            for engine, pattern in _PARTS:
                match = pattern.fullmatch(parent)
                if match is not None:
                    return Scope(engine, unescaped(match["id"]), above[:-1], parent)
            return Scope("payload", unescaped(supervised["id"]), above[:-1], parent)
    return None


def pod_uid(scope: Scope) -> str:
    """The uid of the Kubernetes pod that a container is in; "" if its control group does not tell."""
    match = re.fullmatch(r".*pod([0-9a-f_-]{32,36})(?:\.slice)?", scope.above[-1]) if scope.above else None
    return match[1].replace("_", "-") if match is not None else ""


def unescaped(unit: str) -> str:
    r"""A unit's name without systemd's escapes (systemd.unit(5)): `\x2d` is a hyphen."""
    if "\\x" not in unit:
        return unit
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), unit)
