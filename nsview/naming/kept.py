"""Names of network namespaces by ip-netns(8), of any kind by nsview, and of mount namespaces by snapd, which
keeps that of each snap for its next start: files that they are bound to."""

import re
from collections.abc import Iterable

from nsview.model.holder import Holder, How
from nsview.model.name import Name
from nsview.naming import snap
from nsview.naming.state import text

IP_NETNS = "ip netns"
NSVIEW = "nsview"
_NETNS = re.compile(r"(?:/var)?/run/netns/(?P<name>[^/]+)")
_KEPT = re.compile(r"(?:/var)?/run/(?:user/[0-9]+/)?nsview/(?:.*/)?(?P<name>[^/]+)/[a-z_]+")
_SNAP = re.compile(r"(?:/var)?/run/snapd/ns/(?P<name>[a-z0-9][a-z0-9_-]*)\.mnt")
_BY_ENGINES = re.compile(r"(?:netns|cni)-[0-9a-f-]{36}")
"""Podman's and the CNI's own, which say nothing of whom they are for."""


def names_of(pins: Iterable[Holder]) -> tuple[Name, ...]:
    """The names that bind mounts give to a namespace. A hidden mount is a name that leads nowhere."""
    found: dict[Name, None] = {}
    for pin in pins:
        if pin.how is How.MOUNT and pin.path and not pin.hidden:
            name = of_path(pin.path)
            if name is not None:
                found[name] = None
    return tuple(found)


def of_path(path: str) -> Name | None:
    for engine, pattern in ((IP_NETNS, _NETNS), (NSVIEW, _KEPT), (snap.ENGINE, _SNAP)):
        match = pattern.fullmatch(path)
        if match is not None and text(match["name"]) and not _BY_ENGINES.fullmatch(match["name"]):
            return Name(engine, match["name"], match["name"], witness=text(path))
    return None
