"""LXC, and LXD and Incus, which drive it: control groups lxc.payload.NAME, and the monitor's command line."""

import re

from nsview.model.name import Name
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
_IMAGE = re.compile(rb"^\s+image\.description: (.+)$", re.MULTILINE)


def identify(subject: Subject) -> Name | None:
    scope, monitor = subject.scope, monitor_of(subject)
    name = scope.id if scope is not None and scope.engine == ENGINE else ""
    if not name and scope is None and monitor is not None:
        name = monitor[1]
    if not text(name):
        return None
    if monitor is not None and monitor[1] == name:
        path = monitor[0]
        engine = INCUS if "incus" in path else _PLACES.get(path, ENGINE)
        return Name(
            engine, name, name, image=_image(subject, path, name), witness="the monitor's command line"
        )
    for root in subject.roots:
        for path, engine in _PLACES.items():
            if name in root.names(path):
                image = _image(subject, path, name)
                return Name(engine, name, name, image=image, root=root.path, witness=f"{path}/{name}")
    return Name(ENGINE, name, name, witness="control group")


def monitor_of(subject: Subject) -> tuple[str, str] | None:
    """(directory of the containers, name) from the monitor that waits for a container's first process."""
    for keeper in subject.keepers():
        match = _MONITOR.fullmatch(" ".join(keeper.cmdline).rstrip())
        if match is not None and text(match["name"]) and text(match["path"]):
            return match["path"].rstrip("/"), match["name"]
    return None


def _image(subject: Subject, path: str, name: str) -> str:
    """The image's description as LXD and Incus write it down; LXC itself has no images."""
    for root in subject.roots:
        data = root.read(f"{path}/{name}/backup.yaml", SMALL)
        match = _IMAGE.search(data) if data is not None else None
        if match is not None:
            return text(match[1].decode("utf-8", "surrogateescape").strip().strip("\"'"))
    return ""
