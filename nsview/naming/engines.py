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


ENGINES: tuple[Engine, ...] = (
    Engine("docker", docker.identify),
    Engine("kubernetes", kubernetes.identify),
    Engine("cri-o", crio.identify),
    Engine("podman", podman.identify),
    Engine("containerd", containerd.identify),
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
            break
    else:
        name = surrounding() or ENGINES[-1].identify(subject)
    if name is None:
        return None
    return name._replace(unit=systemd.unit_of(subject.parts))
