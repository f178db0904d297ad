"""What is done to new namespaces from outside, by the process that stayed in the old ones."""

import errno
import os

from nsview.actions.launcher.failing import Failed, Step
from nsview.actions.plan import Makes
from nsview.kernel import joining, mounting
from nsview.kernel.mountinfo import parse_mountinfo
from nsview.model.kind import Kind


def connect(makes: Makes, pid: int) -> None:
    """A pair of interfaces between our network namespace and the new one."""
    if makes.veth is None:
        return
    from nsview.kernel.veth import add_pair

    with Step("connect the network", f"{makes.veth.outside} and {makes.veth.inside}"):
        namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            add_pair(makes.veth.outside, makes.veth.inside, namespace)
            joining.set_interface_up(makes.veth.outside)
            _set_up_inside(makes.veth.inside, namespace)
        finally:
            os.close(namespace)


def _set_up_inside(interface: str, namespace: int) -> None:
    """A child goes there for it: the program may have given up the right to by now."""
    child = os.fork()
    if child == 0:
        number = 0
        try:
            joining.setns(namespace, Kind.NET.flag)
            joining.set_interface_up(interface)
        except OSError as error:
            number = error.errno or errno.EIO
        finally:
            os._exit(min(number, 255))
    number = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if number:
        raise OSError(abs(number), os.strerror(abs(number)), interface)


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
