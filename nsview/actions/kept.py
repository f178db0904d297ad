"""Namespaces that nsview keeps alive by bind mounts, also those of runs that ended badly."""

import os
from typing import NamedTuple

from nsview.kernel import mounting, nsfs
from nsview.kernel.own import has_init
from nsview.model.kind import BY_NAME, Kind

PLACE = "/run/nsview/kept"
"""A directory for each name, in it a file for each kind."""
NETNS = "/run/netns"
"""Where ip-netns(8) looks for network namespaces."""


class Kept(NamedTuple):
    """One file below PLACE."""

    name: str
    kind: Kind
    path: str
    inode: int | None
    """None: a plain file, left by a run that ended too early or from before a mount was taken away."""
    dead: bool
    """A pid namespace whose init has ended: it takes no process any more."""
    netns: str | None
    """The second place of a network namespace, for ip-netns(8)."""


def path_of(name: str, kind: Kind) -> str:
    """ValueError for a name that is no single directory's."""
    if (
        not name
        or "/" in name
        or name in (".", "..")
        or not name.isprintable()
        or len(os.fsencode(name)) > 200
    ):
        raise ValueError(f"'{name}' is no name to keep namespaces under: letters, digits and dashes will do")
    return f"{PLACE}/{name}/{kind}"


def kept(place: str = PLACE) -> list[Kept]:
    """All that is kept, by name and kind; OSError only if the place is there and cannot be read."""
    found = []
    try:
        names = sorted(os.listdir(place))
    except FileNotFoundError:
        return []
    for name in names:
        try:
            kinds = sorted(os.listdir(f"{place}/{name}"))
        except NotADirectoryError:
            continue
        for kind in kinds:
            if kind in BY_NAME:
                found.append(_look(name, BY_NAME[kind], f"{place}/{name}/{kind}"))
    return found


def _look(name: str, kind: Kind, path: str) -> Kept:
    inode, dead = None, False
    try:
        fd = nsfs.open_path(path)
    except OSError:
        return Kept(name, kind, path, None, False, None)
    try:
        inode = os.fstat(fd).st_ino
        dead = kind is Kind.PID and has_init(fd) is False
    finally:
        os.close(fd)
    netns = f"{NETNS}/{name}"
    try:
        same = kind is Kind.NET and os.stat(netns).st_ino == inode
    except OSError:
        same = False
    return Kept(name, kind, path, inode, dead, netns if same else None)


def drop(name: str, place: str = PLACE) -> list[Kept]:
    """Let go of all that is kept under a name; what has been dropped. LookupError if there is nothing.

    Who is in one of them goes on; a namespace ends with the last that holds it.
    """
    found = [each for each in kept(place) if each.name == name]
    directory = f"{place}/{name}"
    if not found and not os.path.isdir(directory):
        raise LookupError(f"nothing is kept under the name {name}")
    for each in found:
        for path in filter(None, (each.netns, each.path)):
            _let_go(path)
    os.rmdir(directory)
    return found


def _let_go(path: str) -> None:
    """As often as something is mounted there: a second bind may lie over the first."""
    while True:
        try:
            mounting.unmount(path)
        except OSError as error:
            if error.errno == 22:  # EINVAL: no mount (any more)
                break
            raise
    os.unlink(path)
