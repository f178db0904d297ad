"""The engines, in the order in which they are asked: the first that knows a process names it.

First those that control groups name, each of which answers for its own alone; then those that keep state
files; then those that only command lines give away; systemd last, whose units surround all of these.
"""

from collections.abc import Callable
from typing import NamedTuple

from nsview.model.name import Name
from nsview.naming import (
    bubblewrap,
    chromium,
    containerd,
    crio,
    crun,
    docker,
    firejail,
    flatpak,
    gvisor,
    kubernetes,
    lxc,
    minijail,
    nspawn,
    podman,
    rootlesskit,
    runc,
    snap,
    systemd,
)
from nsview.naming.subject import Subject


class Engine(NamedTuple):
    name: str
    identify: Callable[[Subject], Name | None]
    """Whose the process is, if it is this engine's. Raises nothing for any content of any file."""
    files: str = ""
    """A part of the paths of the files that tell names, where not everybody may read them."""


ENGINES: tuple[Engine, ...] = (
    Engine("docker", docker.identify, "docker"),
    Engine("kubernetes", kubernetes.identify, "containerd"),
    Engine("cri-o", crio.identify, "containers"),
    Engine("podman", podman.identify, "containers"),
    Engine("containerd", containerd.identify, "containerd"),
    Engine("lxc", lxc.identify),
    Engine("systemd-nspawn", nspawn.identify),
    Engine("runc", runc.identify),
    Engine("crun", crun.identify),
    Engine("gvisor", gvisor.identify),
    Engine("flatpak", flatpak.identify),
    Engine("snap", snap.identify),
    Engine("firejail", firejail.identify),
    Engine("rootlesskit", rootlesskit.identify),
    Engine("minijail", minijail.identify),
    Engine("chromium", chromium.identify),
    Engine("bubblewrap", bubblewrap.identify),
    Engine("systemd", systemd.identify),
)


def identify(subject: Subject, surrounding: Callable[[], Name | None]) -> Name | None:
    """The name of a process by the first engine that knows it; else that of the container around it.

    systemd is asked last: whatever made a sandbox or container, it did so in some unit.
    """
    for engine in ENGINES[:-1]:
        name = engine.identify(subject)
        if name is not None:
            name = _excused(name, engine, subject) if name.nameless and engine.files else name
            break
    else:
        name = surrounding() or ENGINES[-1].identify(subject)
    if name is None:
        return None
    return name._replace(unit=systemd.unit_of(subject.parts))


def _excused(name: Name, engine: Engine, subject: Subject) -> Name:
    """With the file that would have told a better name than the id, had it been readable."""
    for root in subject.roots:
        for path in root.denied:
            if engine.files in path:
                return name._replace(witness=f"{name.witness}; {path} may not be read")
    return name
