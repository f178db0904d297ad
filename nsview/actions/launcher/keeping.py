"""Bind mounts that keep new namespaces alive, made by the process that stayed in the old mount namespace."""

import os

from nsview.actions.launcher.failing import Failed, Step
from nsview.actions.plan import Makes
from nsview.kernel import mounting
from nsview.kernel.mountinfo import parse_mountinfo


def keep(makes: Makes, pid: int) -> None:
    """Bind the namespaces of a process that is about to become the program; undone if one of them fails."""
    made: list[str] = []
    try:
        if makes.keep_place is not None:
            with Step("prepare the place to keep namespaces", makes.keep_place):
                prepare(makes.keep_place)
        for kind, path in makes.keep:
            with Step(f"keep {kind}", path):
                os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDONLY | os.O_CLOEXEC, 0o444))
                made.append(path)
                mounting.bind(f"/proc/{pid}/ns/{kind}", path)
    except Failed:
        for path in made:
            release(path)
        raise


def release(path: str) -> None:
    """Take a bind mount and its file away, as far as they are there."""
    try:
        mounting.unmount(path)
    except OSError:
        pass
    try:
        os.unlink(path)
    except OSError:
        pass


def prepare(place: str) -> None:
    """Make a directory a private mount of its own: a mount namespace on a shared mount is EINVAL."""
    os.makedirs(place, mode=0o755, exist_ok=True)
    place = os.path.realpath(place)
    with open("/proc/self/mountinfo", "rb") as file:
        mounts = [mount for mount in parse_mountinfo(file.read()) if mount.point == place]
    if not mounts:
        mounting.bind(place, place)
    if not mounts or mounts[-1].propagation:
        mounting.set_propagation(place, "private", recursive=False)


__all__ = ["keep", "prepare", "release"]
