"""A namespace: what it is, who is in it, what it hangs from."""

from enum import Enum
from typing import NamedTuple

from nsview.model.certainty import Certainty
from nsview.model.holder import Holder
from nsview.model.kind import Kind


class NamespaceId(NamedTuple):
    """What a namespace is. Inode numbers are reused at once; this is not.

    `serial` is the kernel's 64-bit id (NS_GET_ID, Linux 6.18; NS_GET_MNTNS_ID for mount namespaces, 6.11).
    Where the kernel gives none it is our own count of reuses, 0 or negative: an inode of which no holder
    survived since the last look is taken for another namespace. Inferred namespaces have inode 0 and the
    number that gave them away as serial.
    """

    kind: Kind
    inode: int
    serial: int = 0

    def __str__(self) -> str:
        return f"{self.kind}:[{self.inode}]" if self.inode else f"{self.kind}:[?{self.serial}]"


class Unseen(Enum):
    """A relation that exists and may not be followed, or could not be asked."""

    INVISIBLE = "invisible"
    """The kernel said EPERM: above our own namespace, or out of our reach (ioctl_ns(2))."""
    UNKNOWN = "unknown"
    """The namespace could not be opened to ask."""


Relation = NamespaceId | Unseen | None
"""An owner or a parent; None: there is none (an initial namespace, or a kind that has no parents)."""


class Namespace(NamedTuple):
    """All that one scan found about one namespace. Members and pins are in the order of their numbers."""

    id: NamespaceId
    device: int
    """st_dev of its nsfs inode; 0 where it could not be opened."""
    kernel_id: int | None
    owner: Relation
    """The user namespace whose capabilities count here."""
    parent: Relation
    creator_uid: int | None
    """Effective user of the creator, for user namespaces (NS_GET_OWNER_UID); for the other kinds that of the
    owner's creator, the nearest that the kernel tells."""
    processes: tuple[int, ...]
    """Process numbers of its member processes."""
    inferred: tuple[int, ...]
    """Processes whose links may not be read but that must be in here."""
    threads: tuple[tuple[int, int], ...]
    """(tgid, tid) of the threads that are in here while their process is not."""
    pins: tuple[Holder, ...]
    """What else keeps it, beside its relatives: fds, sockets, mounts, links for children."""
    host: bool
    certainty: Certainty
    oldest: int | None
    """The member process that started first."""
    tasks: int = 0
    """Threads in it, the first of each member process included."""

    @property
    def kind(self) -> Kind:
        return self.id.kind

    @property
    def inode(self) -> int:
        return self.id.inode

    @property
    def nprocs(self) -> int:
        """How many processes are certainly in it; where that is none, how many must be."""
        return len(self.processes) or len(self.inferred)

    @property
    def first(self) -> int | None:
        """The member process with the lowest number, as lsns(8) names it."""
        members = self.processes or self.inferred
        return members[0] if members else None
