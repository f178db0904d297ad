"""LXC, and LXD and Incus, which drive it: control groups lxc.payload.NAME, and the monitor's command line."""

import re
from typing import NamedTuple

from nsview.model.name import Name
from nsview.model.process import Task
from nsview.naming.state import SMALL, text
from nsview.naming.subject import Subject

ENGINE = "lxc"
INCUS = "incus"
_MONITOR = re.compile(r"\[lxc monitor\] (?P<path>/.*) (?P<name>[^ /]+)")
_PLACES = {
    "/var/lib/lxc": ENGINE,
    "/var/lib/incus/containers": INCUS,
    "/var/lib/lxd/containers": ENGINE,
    "/var/snap/lxd/common/lxd/containers": ENGINE,
}
_PROJECT = re.compile(r"(?P<project>[^_]+)_(?P<name>[^_]+)")
"""How LXD and Incus call what is not in their default project; neither's names have underscores."""
_IMAGE = re.compile(rb"^\s+image\.description: (.+)$", re.MULTILINE)


def identify(subject: Subject) -> Name | None:
    scope, monitor = subject.scope, monitor_of(subject)
    name = scope.id if scope is not None and scope.engine == ENGINE else ""
    if not name and scope is None and monitor is not None:
        name = monitor.name
    if not text(name):
        return None
    if monitor is not None and monitor.name == name:
        path = monitor.path
        engine = INCUS if "incus" in path else _PLACES.get(path, ENGINE)
        return _kept(subject, engine, path, name)._replace(
            root=subject.place_of(monitor.task), witness="the monitor's command line"
        )
    for root in subject.roots:
        for path, engine in _PLACES.items():
            if name in root.names(path):
                return _kept(subject, engine, path, name)._replace(root=root.path, witness=f"{path}/{name}")
    return Name(ENGINE, name, name, witness="control group")


def _kept(subject: Subject, engine: str, path: str, identity: str) -> Name:
    """A container by the directory of its engine that it is in."""
    match = _PROJECT.fullmatch(identity) if engine == INCUS or "lxd" in path else None
    name, pod = (match["name"], match["project"]) if match is not None else (identity, "")
    return Name(engine, name, identity, image=_image(subject, path, identity), pod=pod)


class Monitor(NamedTuple):
    """Of a container's, which waits outside for its first process."""

    task: Task
    path: str
    """The directory of the containers."""
    name: str


def monitor_of(subject: Subject) -> Monitor | None:
    for keeper in subject.keepers():
        match = _MONITOR.fullmatch(" ".join(keeper.cmdline).rstrip())
        if match is not None and text(match["name"]) and text(match["path"]):
            return Monitor(keeper.task, match["path"].rstrip("/"), match["name"])
    return None


def _image(subject: Subject, path: str, name: str) -> str:
    """The image's description as LXD and Incus write it down; LXC itself has no images."""
    for root in subject.roots:
        data = root.read(f"{path}/{name}/backup.yaml", SMALL)
        match = _IMAGE.search(data) if data is not None else None
        if match is not None:
            return text(match[1].decode("utf-8", "surrogateescape").strip().strip("\"'"))
    return ""
