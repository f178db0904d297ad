"""Which namespace an inode number means: the reuse rule where the kernel gives no 64-bit ids."""

from nsview.discovery.findings import Findings, Found
from nsview.model.holder import Holder
from nsview.model.kind import POSITION
from nsview.model.namespace import NamespaceId


class Identities:
    """Gives every found namespace its identity.

    Without a kernel id an inode number stands for the same namespace as before only if something that held it
    still does; inode numbers are given out again at once. `kernel_ids` False: never ask for the kernel's.
    """

    def __init__(self, kernel_ids: bool = True) -> None:
        self._kernel_ids = kernel_ids
        self._before = Findings()
        self._assigned: dict[int, NamespaceId] = {}
        self._reuses: dict[int, int] = {}

    def assign(self, findings: Findings) -> dict[int, NamespaceId]:
        """Inode → identity, for everything found."""
        comparison = _Comparison(self._before, findings)
        assigned: dict[int, NamespaceId] = {}
        for found in findings.namespaces.values():
            if found.kernel_id is not None and self._kernel_ids:
                serial = found.kernel_id
            elif comparison.survived(found.inode):
                # Also where the id could be read before and cannot now: the last member may just have ended.
                serial = self._assigned[found.inode].serial
            else:
                serial = self._unused(found.inode)
            assigned[found.inode] = NamespaceId(found.kind, found.inode, serial)
        self._before, self._assigned = findings, assigned
        return assigned

    def _unused(self, inode: int) -> int:
        """A serial that this inode number has not had: 0, -1, -2 …"""
        serial = self._reuses.get(inode, 1) - 1
        self._reuses[inode] = serial
        return serial


class _Comparison:
    """What holds namespaces in two scans. Mostly the first member that is looked at has survived."""

    def __init__(self, old: Findings, new: Findings) -> None:
        self._old = old
        self._new = new
        self._known: dict[int, bool] = {}
        self._above: dict[int, list[Found]] | None = None

    def survived(self, inode: int) -> bool:
        """Whether one of the old holders still holds it."""
        known = self._known.get(inode)
        if known is None:
            self._known[inode] = False  # relatives form no circle, but data may
            known = self._known[inode] = self._look(inode)
        return known

    def _look(self, inode: int) -> bool:
        was, now = self._old.namespaces.get(inode), self._new.namespaces.get(inode)
        if was is None or now is None or was.kind is not now.kind:
            return False
        return (
            any(self._stayed(was, pid) for pid in was.processes)
            or any(self._thread_stayed(was, tid) for _, tid in was.threads)
            or bool(set(map(_mark, was.pins)).intersection(map(_mark, now.pins)))
            or any(self.survived(below.inode) for below in self._below(inode))
        )

    def _stayed(self, was: Found, pid: int) -> bool:
        before, after = self._old.processes[pid], self._new.processes.get(pid)
        return (
            after is not None
            and after.starttime == before.starttime
            and after.links[POSITION[was.kind]] == was.inode
        )

    def _thread_stayed(self, was: Found, tid: int) -> bool:
        before, after = self._old.threads[tid], self._new.threads.get(tid)
        return (
            after is not None
            and after.starttime == before.starttime
            and after.links[POSITION[was.kind]] == was.inode
        )

    def _below(self, inode: int) -> list[Found]:
        """Namespaces that hung from it in both scans: as long as they live, so does it."""
        if self._above is None:
            self._above = {}
            for old in self._old.namespaces.values():
                new = self._new.namespaces.get(old.inode)
                if new is not None:
                    for above in {old.owner, old.parent} & {new.owner, new.parent}:
                        if isinstance(above, int):
                            self._above.setdefault(above, []).append(old)
        return self._above.get(inode, [])


def _mark(pin: Holder) -> tuple[object, ...]:
    """What makes it the same holder in two scans."""
    return (pin.how, pin.pid, pin.starttime, pin.tid, pin.fd, pin.mnt_ns, pin.mount_id)
