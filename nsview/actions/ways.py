"""The ways to open a namespace, from what holds it."""

from collections.abc import Iterator

from nsview.actions.plan import Way
from nsview.kernel.own import Own
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.snapshot import Snapshot

_ENOUGH = 6
"""Ways that are worth trying: one is taken, the others stand in when its holder ends meanwhile."""
_HIGHEST = 4
"""Steps of kinship to follow: a namespace kept by its child's child has no other way."""


def ways_to(ns: Namespace, snapshot: Snapshot, us: Own) -> tuple[Way, ...]:
    """The best ways first; the kernel's own id last, because it needs most rights."""
    found: list[Way] = []
    for way in _ways(ns, snapshot, us, 0):
        if way not in found:
            found.append(way)
        if len(found) == _ENOUGH:
            break
    if ns.kernel_id is not None:
        found.append(Way("handle"))
    return tuple(found)


def _ways(ns: Namespace, snapshot: Snapshot, us: Own, height: int) -> Iterator[Way]:
    members = [pid for pid in (ns.oldest, *ns.processes[:2]) if pid is not None]
    for pid in members:
        yield Way("link", pid, snapshot.processes[pid].starttime, name=str(ns.kind))
    for tgid, tid in ns.threads:
        yield Way("link", tgid, snapshot.threads[tid].starttime, tid, name=str(ns.kind))
    for holder in ns.pins:
        way = _way_of_pin(holder, ns.kind, snapshot, us)
        if way is not None:
            yield way
    if height == _HIGHEST:
        return
    for step, relatives in (("parent", snapshot.children(ns.id)), ("owner", snapshot.owned(ns.id))):
        for identity in relatives:
            relative = snapshot.namespaces.get(identity)
            if relative is not None:
                for way in _ways(relative, snapshot, us, height + 1):
                    yield way._replace(climb=(*way.climb, step))


def _way_of_pin(holder: Holder, kind: Kind, snapshot: Snapshot, us: Own) -> Way | None:
    if holder.how is How.MOUNT:
        return _way_of_mount(holder, snapshot, us)
    if holder.pid is None:
        return None
    if holder.how is How.FOR_CHILDREN:
        return Way("link", holder.pid, holder.starttime, holder.tid, f"{kind}_for_children")
    if holder.how is How.FD:
        return Way("fd", holder.pid, holder.starttime, holder.tid, fd=holder.fd)
    if holder.how is How.SOCKET:
        return Way("socket", holder.pid, holder.starttime, holder.tid, fd=holder.fd)
    return None


def _way_of_mount(holder: Holder, snapshot: Snapshot, us: Own) -> Way | None:
    """The path of a bind mount, seen by us or by a process in the mount namespace that it is in."""
    if holder.path is None or holder.hidden or holder.remote:
        return None
    if holder.mnt_ns == us.inodes[Kind.MNT]:
        return Way("path", name=holder.path)
    place = None if holder.mnt_ns is None else snapshot.by_inode(holder.mnt_ns)
    if place is None or place.first is None:
        return None
    return Way("path", place.first, snapshot.processes[place.first].starttime, name=holder.path)
