"""Namespaces that bind mounts keep, in every mount namespace: also in those that no process is in."""

import errno
import os
from collections.abc import Iterable, Iterator

from nsview.discovery.findings import Found, Pin
from nsview.discovery.source import Context
from nsview.kernel import nsfs, reach
from nsview.kernel.mountinfo import Mount, hidden, parse_mountinfo
from nsview.kernel.procfs import DENIED, GONE, read_file
from nsview.model.holder import Holder, How
from nsview.model.kind import BY_NAME, Kind

_NSFS = b" - nsfs "


def collect(context: Context) -> Iterator[Pin]:
    """The bind mounts of every mount namespace that is known by now, and of those that are found thereby."""
    findings = context.findings
    looked_into: set[int] = set()
    while True:
        waiting = [
            ns for ns in findings.namespaces.values() if ns.kind is Kind.MNT and ns.inode not in looked_into
        ]
        if not waiting:
            return
        for ns in waiting:
            looked_into.add(ns.inode)
            for pin in _of_namespace(context, ns):
                findings.namespace(pin.kind, pin.inode)
                yield pin


def _of_namespace(context: Context, ns: Found) -> Iterable[Pin]:
    try:
        mounts = _mounts(context, ns)
    except OSError as error:
        if error.errno not in GONE:
            context.findings.problems.add("mounts", f"mnt:[{ns.inode}]", error)
        return ()
    return list(pins(mounts, ns.inode))


def pins(mounts: list[Mount], mnt_ns: int) -> Iterator[Pin]:
    """The mounts that are bind mounts of namespaces."""
    if not any(mount.fs_type == "nsfs" for mount in mounts):
        return
    covered = hidden(mounts)
    for mount in mounts:
        name, _, number = mount.root.partition(":[")
        kind = BY_NAME.get(name)
        if mount.fs_type != "nsfs" or kind is None or not number[:-1].isdecimal():
            continue
        holder = Holder(
            How.MOUNT, path=mount.point, mnt_ns=mnt_ns, mount_id=mount.id, hidden=mount.id in covered
        )
        yield Pin(kind, int(number[:-1]), holder)


def _mounts(context: Context, ns: Found) -> list[Mount]:
    """All mounts of a namespace if it has bind mounts of namespaces, else none.

    mountinfo of a member whose root is the namespace's own tells all. Else the namespace itself is asked, by
    statmount(2) or, on kernels before 6.12, by a thread of ours that joins it for the moment. Last, a
    member in a chroot tells what it sees.
    """
    proc, findings = context.proc, context.findings
    member = reach.unconfined_member(proc, findings.holders_of(ns.inode))
    if member is not None:
        return _parse(proc.read(member, "mountinfo"))
    try:
        fd = reach.open_namespace(proc, findings, Kind.MNT, ns.inode)
    except OSError:
        fd = -1
    if fd >= 0:
        try:
            return of_open_namespace(fd)
        except OSError:
            pass
        finally:
            os.close(fd)
    for pid in ns.processes:
        try:
            mounts = _parse(proc.read(pid, "mountinfo"))
        except OSError:
            continue
        findings.problems.add("mounts", f"mnt:[{ns.inode}]", "only what a process in a chroot sees")
        return mounts
    raise OSError(errno.EACCES, "no way to its mounts")


def of_open_namespace(fd: int) -> list[Mount]:
    """The mounts of the mount namespace behind an fd."""
    from nsview.kernel import mounts, visit

    try:
        return mounts.mounts(nsfs.mount_info(fd).id)
    except OSError as error:
        if error.errno in DENIED:
            raise
    with visit.mount_namespace(fd) as inside:
        return _parse(read_file(f"{inside}/mountinfo"))


def _parse(data: bytes) -> list[Mount]:
    return parse_mountinfo(data) if _NSFS in data else []
