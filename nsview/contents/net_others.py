"""The other network namespaces of the machine: where the far ends of interfaces may be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from nsview.contents.pinned import Pinned
from nsview.kernel.reach import open_namespace
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.name import shown
from nsview.model.namespace import Namespace
from nsview.model.record import NamespaceRecord, command
from nsview.model.snapshot import Snapshot

_OPENED = 64
"""Namespaces that no path leads to and that are opened for the reader."""
_TOLD = 2000


class Others(NamedTuple):
    ways: list[tuple[int, str | int]]
    """(inode, path or descriptor)"""
    descriptors: list[int]


@contextmanager
def known(pinned: Pinned) -> Iterator[Others]:
    """Ways to all known network namespaces, while the context lasts."""
    others = Others([], [])
    try:
        for ns in pinned.snapshot.namespaces.values():
            if ns.kind is not Kind.NET or not ns.inode or len(others.ways) >= _TOLD:
                continue
            path = _path(pinned, ns)
            if path is not None:
                others.ways.append((ns.inode, path))
            elif len(others.descriptors) < _OPENED:
                try:
                    fd = open_namespace(pinned.proc, pinned.snapshot, Kind.NET, ns.inode)
                except OSError:
                    continue
                others.descriptors.append(fd)
                others.ways.append((ns.inode, fd))
        yield others
    finally:
        for fd in others.descriptors:
            os.close(fd)


def _path(pinned: Pinned, ns: Namespace) -> str | None:
    if ns.processes:
        return pinned.proc.path(ns.processes[0], "ns/net")
    held: Holder | None = next((pin for pin in ns.pins if pin.how is How.FD), None)
    return None if held is None else held.path


def owner(snapshot: Snapshot, inode: int | None) -> str | None:
    """Who a namespace belongs to, in words: its container, its first process, or where it is mounted."""
    ns = snapshot.by_inode(inode) if inode else None
    if ns is None:
        return None
    if ns.host:
        return "the host"
    names = snapshot.names.of_namespace(ns.id) if snapshot.names is not None else ()
    if names:
        return shown(names)
    task = NamespaceRecord(snapshot, ns).shown_task
    if task is not None:
        return f"{task.pid} {command(task, snapshot.detail(task.tgid))}"
    return next((pin.path for pin in ns.pins if pin.how is How.MOUNT), None)
