"""The other network namespaces of the machine: where the far ends of interfaces may be."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from nsview.kernel.procfs import Procfs
from nsview.kernel.reach import open_namespace
from nsview.model.holder import How
from nsview.model.kind import Kind
from nsview.model.name import shown
from nsview.model.namespace import Namespace
from nsview.model.record import NamespaceRecord, command
from nsview.model.snapshot import Snapshot

_OPENED = 256
"""Namespaces that no path leads to and that are opened for the reader: descriptors are few."""


class Others(NamedTuple):
    ways: list[tuple[int, str | int]]
    """(inode, path or descriptor)"""
    descriptors: list[int]
    refused: dict[int, OSError]
    """Those to which no way was found."""


@contextmanager
def known(snapshot: Snapshot, proc: Procfs) -> Iterator[Others]:
    """Ways to all known network namespaces, while the context lasts."""
    others = Others([], [], {})
    ours = _our_mounts(proc)
    try:
        for ns in snapshot.namespaces.values():
            if ns.kind is not Kind.NET or not ns.inode:
                continue
            path = _path(proc, ns, ours)
            if path is not None:
                others.ways.append((ns.inode, path))
                continue
            try:
                if len(others.descriptors) >= _OPENED:
                    raise OSError(errno.EMFILE, "too many namespaces that no path leads to")
                fd = open_namespace(proc, snapshot, Kind.NET, ns.inode)
            except OSError as error:
                others.refused[ns.inode] = error
                continue
            others.descriptors.append(fd)
            others.ways.append((ns.inode, fd))
        yield others
    finally:
        for fd in others.descriptors:
            os.close(fd)


def _our_mounts(proc: Procfs) -> int:
    """Our own mount namespace, in which a bind mount's path is a path; -1 where we may not know it."""
    try:
        return proc.stat("self", "ns/mnt").st_ino
    except OSError:
        return -1


def _path(proc: Procfs, ns: Namespace, our_mounts: int) -> str | None:
    """Whoever opens it checks what it leads to: all of this may have ended."""
    if ns.processes:
        return proc.path(ns.processes[0], "ns/net")
    for pin in ns.pins:
        if pin.path is not None and (
            pin.how in (How.FD, How.FOR_CHILDREN)
            or (pin.how is How.MOUNT and pin.mnt_ns == our_mounts and not pin.hidden and not pin.remote)
        ):
            return pin.path
    return None


def owner(snapshot: Snapshot, inode: int | None) -> str | None:
    """As `owner_of`, by the number; None where there is no such namespace."""
    ns = snapshot.by_inode(inode) if inode else None
    return None if ns is None else owner_of(snapshot, ns)


def owner_of(snapshot: Snapshot, ns: Namespace) -> str | None:
    """Who a namespace belongs to, in words: its container, its first process, or where it is mounted."""
    if ns.host:
        return "the host"
    names = snapshot.names.of_namespace(ns.id) if snapshot.names is not None else ()
    if names:
        return shown(names)
    task = NamespaceRecord(snapshot, ns).shown_task
    if task is not None:
        return f"{task.pid} {command(task, snapshot.detail(task.tgid))}"
    return next((pin.path for pin in ns.pins if pin.how is How.MOUNT), None)
