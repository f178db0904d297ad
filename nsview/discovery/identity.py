"""Which namespace an inode number means: the reuse rule where the kernel gives no 64-bit ids."""

from nsview.discovery.findings import Findings, Found
from nsview.model.namespace import NamespaceId


class Identities:
    """Gives every found namespace its identity.

    Without a kernel id an inode number stands for the same namespace as before only if one of its holders
    survived since the last scan; inode numbers are given out again at once.
    """

    def __init__(self) -> None:
        self._holders: dict[int, frozenset[object]] = {}
        self._reused: dict[int, int] = {}

    def assign(self, findings: Findings) -> dict[int, NamespaceId]:
        """Inode → identity, for everything found."""
        assigned: dict[int, NamespaceId] = {}
        holders: dict[int, frozenset[object]] = {}
        relatives = _relatives(findings)
        for found in findings.namespaces.values():
            if found.kernel_id is not None:
                serial = found.kernel_id
            else:
                marks = holders[found.inode] = _marks(findings, found) | relatives.get(
                    found.inode, frozenset()
                )
                before = self._holders.get(found.inode)
                if found.inode in self._reused and (before is None or not before & marks):
                    self._reused[found.inode] -= 1
                serial = self._reused.setdefault(found.inode, 0)
            assigned[found.inode] = NamespaceId(found.kind, found.inode, serial)
        self._holders = holders
        return assigned


def _marks(findings: Findings, found: Found) -> frozenset[object]:
    """Identities of members and pins."""
    marks: set[object] = set()
    for pid in found.processes:
        marks.add((pid, findings.processes[pid].starttime))
    for _, tid in found.threads:
        marks.add((tid, findings.threads[tid].starttime))
    for pin in found.pins:
        marks.add((pin.how, pin.pid, pin.starttime, pin.fd, pin.mnt_ns, pin.mount_id))
    return frozenset(marks)


def _relatives(findings: Findings) -> dict[int, frozenset[object]]:
    """Identities of the children and the owned: as long as they are there, so is what is above them."""
    found: dict[int, set[object]] = {}
    for below in findings.namespaces.values():
        for above in (below.owner, below.parent):
            if isinstance(above, int):
                found.setdefault(above, set()).add((below.kind, below.inode, below.kernel_id))
    return {above: frozenset(marks) for above, marks in found.items()}
