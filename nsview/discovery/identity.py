"""Which namespace an inode number means: the reuse rule where the kernel gives no 64-bit ids."""

from collections.abc import Mapping

from nsview.discovery.findings import Findings
from nsview.model.holder import Holder
from nsview.model.kind import POSITION
from nsview.model.namespace import NamespaceId
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot


class Identities:
    """Gives every found namespace its identity.

    Without a kernel id an inode number stands for the same namespace as before only if something that held it
    still does; inode numbers are given out again at once. `kernel_ids` False: never ask for the kernel's.
    """

    def __init__(self, kernel_ids: bool = True) -> None:
        self._kernel_ids = kernel_ids
        self._assigned: dict[int, NamespaceId] = {}
        self._reuses: dict[int, int] = {}

    def assign(self, findings: Findings, before: Snapshot | None) -> dict[int, NamespaceId]:
        """Inode → identity, for everything found; `before` is the last snapshot."""
        comparison = _Comparison(before, findings)
        assigned = self._assigned.copy()
        for inode in assigned.keys() - findings.namespaces.keys():
            del assigned[inode]
        for inode in findings.touched & findings.namespaces.keys():
            found = findings.namespaces[inode]
            if found.kernel_id is not None and self._kernel_ids:
                serial = found.kernel_id
            elif comparison.survived(inode):
                # Also where the id could be read before and cannot now: the last member may just have ended.
                serial = self._assigned[inode].serial
            else:
                serial = self._unused(inode)
            assigned[inode] = NamespaceId(found.kind, inode, serial)
        self._assigned = assigned
        return assigned

    def _unused(self, inode: int) -> int:
        """A serial that this inode number has not had: 0, -1, -2 …"""
        serial = self._reuses.get(inode, 1) - 1
        self._reuses[inode] = serial
        return serial


class _Comparison:
    """What holds namespaces in two scans. Mostly the first member that is looked at has survived."""

    def __init__(self, old: Snapshot | None, new: Findings) -> None:
        self._old = old
        self._new = new
        self._known: dict[int, bool] = {}
        self._above: dict[int, list[int]] | None = None

    def survived(self, inode: int) -> bool:
        """Whether one of the old holders still holds it."""
        known = self._known.get(inode)
        if known is None:
            self._known[inode] = False  # relatives form no circle, but data may
            known = self._known[inode] = self._old is not None and self._look(self._old, inode)
        return known

    def _look(self, old: Snapshot, inode: int) -> bool:
        was, now = old.by_inode(inode), self._new.namespaces.get(inode)
        if was is None or now is None or was.kind is not now.kind:
            return False
        place = POSITION[was.kind]
        return (
            any(_stayed(old.processes, self._new.processes, pid, place) for pid in was.processes)
            or any(_stayed(old.threads, self._new.threads, tid, place) for _, tid in was.threads)
            or bool(set(map(_mark, was.pins)).intersection(map(_mark, now.pins)))
            or any(self.survived(below) for below in self._below(old, inode))
        )

    def _below(self, snapshot: Snapshot, inode: int) -> list[int]:
        """Namespaces that hung from it in both scans: as long as they live, so does it."""
        if self._above is None:
            self._above = {}
            for old in snapshot.namespaces.values():
                new = self._new.namespaces.get(old.inode)
                if new is not None:
                    for above in {old.owner, old.parent}:
                        if isinstance(above, NamespaceId) and above.inode in (new.owner, new.parent):
                            self._above.setdefault(above.inode, []).append(old.inode)
        return self._above.get(inode, [])


def _stayed(old: Mapping[int, Task], new: Mapping[int, Task], number: int, place: int) -> bool:
    """Whether a task is where it was."""
    before, after = old[number], new.get(number)
    return (
        after is not None
        and after.starttime == before.starttime
        and after.links[place] == before.links[place]
    )


def _mark(pin: Holder) -> tuple[object, ...]:
    """What makes it the same holder in two scans."""
    return (pin.how, pin.pid, pin.starttime, pin.tid, pin.fd, pin.mnt_ns, pin.mount_id)
