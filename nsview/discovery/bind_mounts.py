"""Namespaces that bind mounts keep, in every mount namespace: also in those that no process is in."""

import errno
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nsview.discovery.findings import Found, Pin
from nsview.discovery.source import Context
from nsview.kernel import nsfs, reach
from nsview.kernel.procfs import GONE, read_file
from nsview.model.holder import Holder, How
from nsview.model.kind import BY_NAME, Kind

if TYPE_CHECKING:  # few machines bind namespaces: who meets no such mount need not know how to read one
    from nsview.kernel.mountinfo import Mount

_NSFS = b" - nsfs "


def collect(context: Context) -> Iterator[Pin]:
    """The bind mounts of every mount namespace that is known by now, and of those that are found thereby.

    Each pin must have been added to the findings before the next is asked for: a mount namespace that only a
    bind mount keeps is opened through it.
    """
    findings = context.findings
    looked_into: set[int] = set()
    while True:
        waiting = [
            ns for ns in findings.namespaces.values() if ns.kind is Kind.MNT and ns.inode not in looked_into
        ]
        if not waiting:
            return
        for ns in sorted(waiting, key=lambda ns: ns.inode):
            looked_into.add(ns.inode)
            try:
                mounts = _mounts(context, ns)
            except OSError as error:
                if error.errno not in (*GONE, errno.ESTALE):
                    findings.problems.add("mounts", f"mnt:[{ns.inode}]", error)
                continue
            yield from pins(mounts, ns.inode)


def pins(mounts: "list[Mount]", mnt_ns: int) -> Iterator[Pin]:
    """The mounts that are bind mounts of namespaces."""
    if not any(mount.fs_type == "nsfs" for mount in mounts):
        return
    from nsview.kernel.mountinfo import hidden
    from nsview.kernel.remote import remote

    covered = hidden(mounts)
    waiting = remote(mounts)
    for mount in mounts:
        name, _, number = mount.root.partition(":[")
        kind = BY_NAME.get(name)
        if mount.fs_type != "nsfs" or kind is None or not number[:-1].isdecimal():
            continue
        holder = Holder(
            How.MOUNT,
            path=mount.point,
            mnt_ns=mnt_ns,
            mount_id=mount.id,
            hidden=mount.id in covered,
            remote=mount.id in waiting,
        )
        yield Pin(kind, int(number[:-1]), holder)


def _mounts(context: Context, ns: Found) -> "list[Mount]":
    """All mounts of a namespace if it has bind mounts of namespaces, else none.

    mountinfo of a member whose root is the namespace's own tells all. Else the namespace itself is asked, by
    statmount(2) or, on kernels before 6.11, by a thread of ours that joins it for the moment. Last, a
    member in a chroot tells what it sees.
    """
    proc, findings = context.proc, context.findings
    member = reach.unconfined_member(proc, findings.holders_of(ns.inode))
    if member is not None:
        try:
            return _parse(proc.read(member, "mountinfo"))
        except OSError:
            pass  # it has just ended
    try:
        if ns.kernel_id is not None:
            return by_statmount(ns.kernel_id)
    except OSError:
        pass
    try:
        fd = reach.open_namespace(proc, findings, Kind.MNT, ns.inode)
        try:
            return of_open_namespace(fd)
        finally:
            os.close(fd)
    except OSError as error:
        mounts = _seen_by_a_member(context, ns)
        if mounts is None:
            raise
        findings.problems.add("mounts", f"mnt:[{ns.inode}]", error)
        return mounts


def _seen_by_a_member(context: Context, ns: Found) -> "list[Mount] | None":
    """What a process in a chroot shows: a part of the mounts."""
    for pid in ns.processes:
        try:
            return _parse(context.proc.read(pid, "mountinfo"))
        except OSError:
            continue
    return None


def of_open_namespace(fd: int) -> "list[Mount]":
    """The mounts of the mount namespace behind an fd."""
    try:
        return by_statmount(nsfs.kernel_id(fd, Kind.MNT))
    except OSError:
        return by_visit(fd)


def by_statmount(mnt_ns_id: int) -> "list[Mount]":
    """Without going there (Linux 6.11)."""
    from nsview.kernel import mounts

    return mounts.mounts(mnt_ns_id)


def by_visit(fd: int) -> "list[Mount]":
    """With a thread of ours that goes there for a moment."""
    from nsview.kernel import visit

    with visit.mount_namespace(fd) as inside:
        return _parse(read_file(f"{inside}/mountinfo"))


def _parse(data: bytes) -> "list[Mount]":
    if _NSFS not in data:
        return []
    from nsview.kernel.mountinfo import parse_mountinfo

    return parse_mountinfo(data)
