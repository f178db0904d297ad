"""The fresh process that reads the interfaces of many network namespaces, one after the other.

Its orders (fresh.py): `namespaces`, each with its inode and a path or a descriptor that leads there. It tells
of each one `ns`, the inode, with `links` or with an `error`; and later `ns` with `ids`, the inodes of the
namespaces that it knows by numbers (ip-netns(8)), as far as its links speak of them.

A process may join one network namespace after another (setns(2)) with CAP_SYS_ADMIN in what owns them.
Those that our own rights do not open are tried with the rights that we have in the user namespace that owns
them: that is a way without return, so each such owner has a child of its own.
"""

import gc
import os
import resource
import signal
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from nsview.contents.answering import orders, tell, words
from nsview.kernel import joining, links, nsfs
from nsview.kernel.netlink import UNASSIGNED, Netlink, net_id
from nsview.model.kind import Kind

_PATIENCE = 12.0
"""Seconds for one answer: while many namespaces are being taken down, the kernel lets everybody wait."""


class _Visited:
    """A namespace that was read, with a socket of ours in it."""

    def __init__(self, inode: int, asked: Netlink, found: list[dict[str, Any]]) -> None:
        self.inode = inode
        self.asked = asked
        self.links = found


def main() -> NoReturn:
    gc.disable()
    joining.die_with_parent(signal.SIGKILL)
    _open_many()
    here = os.fstat(nsfs.open_own(Kind.NET)).st_ino
    ways = dict(_opened(orders()["namespaces"]))
    visited: list[_Visited] = []
    if here in ways:
        _visit(here, None, visited)
    # We hold descriptors on namespaces outside: whoever is root in one must not look into us.
    joining.set_dumpable(False)
    refused = {}
    for inode, fd in ways.items():
        if inode != here:
            try:
                joining.setns(fd, Kind.NET.flag)
            except PermissionError as error:
                refused[inode] = error
                continue
            except OSError as error:
                _refuse(inode, error)
                continue
            _visit(inode, fd, visited)
    for owner, theirs in _by_owner(ways, refused).items():
        _as_owned(owner, {inode: ways[inode] for inode in theirs}, ways, visited)
    _tell_ids(visited, ways)
    os._exit(0)


def _open_many() -> None:
    """Two descriptors a namespace: one on it, one socket in it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _opened(namespaces: Iterable[tuple[int, str | int]]) -> Iterator[tuple[int, int]]:
    """All of them before anything is joined: paths lead elsewhere from inside."""
    for inode, way in namespaces:
        try:
            fd = way if isinstance(way, int) else nsfs.open_path(way)
            if os.fstat(fd).st_ino != inode:
                raise ProcessLookupError(3, "it has ended meanwhile")
        except OSError as error:
            _refuse(inode, error)
        else:
            yield inode, fd


def _visit(inode: int, fd: int | None, visited: list[_Visited]) -> None:
    """Read where we are."""
    try:
        asked = Netlink(patience=_PATIENCE)
        visited.append(_Visited(inode, asked, links.read(asked)))
    except Exception as error:  # whatever is told there, the others are still of use
        _refuse(inode, error)
    else:
        tell(ns=inode, links=visited[-1].links)


def _by_owner(ways: dict[int, int], refused: dict[int, PermissionError]) -> dict[int, list[int]]:
    """Descriptor on the owning user namespace → what it owns. If its owner is out of sight, that is told."""
    found: dict[int, list[int]] = {}
    known: dict[int, int] = {}
    for inode, error in refused.items():
        try:
            owner = nsfs.open_owner(ways[inode])
        except OSError:
            _refuse(inode, error)
            continue
        fd = known.setdefault(os.fstat(owner).st_ino, owner)
        if fd != owner:
            os.close(owner)
        found.setdefault(fd, []).append(inode)
    return found


def _as_owned(owner: int, theirs: dict[int, int], ways: dict[int, int], before: list[_Visited]) -> None:
    """In a child, which tells by itself; it has ended when this returns."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    joining.die_with_parent(signal.SIGKILL)
    visited: list[_Visited] = []
    try:
        joining.setns(owner, Kind.USER.flag)
    except OSError as error:
        for inode in theirs:
            _refuse(inode, error)
        os._exit(0)
    # A change of credentials has undone it.
    joining.die_with_parent(signal.SIGKILL)
    for inode, fd in theirs.items():
        try:
            joining.setns(fd, Kind.NET.flag)
        except OSError as error:
            _refuse(inode, error)
            continue
        _visit(inode, fd, visited)
    _tell_ids(visited, ways, before)
    os._exit(0)


def _tell_ids(visited: list[_Visited], ways: dict[int, int], others: Iterable[_Visited] = ()) -> None:
    """Only what the links speak of is asked for, first of those that speak back: one question is enough."""
    speaking: dict[tuple[int, int], list[int]] = {}
    having: dict[int, list[int]] = {}
    for one in (*visited, *others):
        for link in one.links:
            having.setdefault(link["index"], []).append(one.inode)
            if link["link"] is not None and link["link_netnsid"] is not None:
                speaking.setdefault((link["index"], link["link"]), []).append(one.inode)
    for one in visited:
        found: dict[int, int] = {}
        asked: set[int] = set()
        for link in one.links:
            number = link["link_netnsid"]
            if number is None or number in found:
                continue
            likely = (
                *speaking.get((link["link"], link["index"]), ()),
                *having.get(link["link"], ()),
                *ways,
            )
            for inode in likely:
                if inode in asked:
                    continue
                asked.add(inode)
                try:
                    found.setdefault(net_id(one.asked, ways[inode]), inode)
                except OSError:
                    continue
                if number in found:
                    break
        found.pop(UNASSIGNED, None)
        if found:
            tell(ns=one.inode, ids=sorted(found.items()))


def _refuse(inode: int, error: Exception) -> None:
    tell(ns=inode, error=words(error))
