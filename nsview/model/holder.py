"""What keeps a namespace alive."""

from enum import StrEnum
from typing import NamedTuple

from nsview.model.certainty import Certainty
from nsview.model.kind import Kind


class How(StrEnum):
    """The ways to hold a namespace (namespaces(7), "Namespace lifetime")."""

    PROCESS = "process"
    THREAD = "thread"
    FD = "fd"
    SOCKET = "socket"
    MOUNT = "mount"
    FOR_CHILDREN = "for_children"
    CHILD = "child"
    OWNED = "owned"


UNKNOWN = "unknown"
"""The word for the holder of a namespace that is alive though nothing was found that holds it."""


class Holder(NamedTuple):
    """One thing that holds a namespace, and where it is. What does not apply is None."""

    how: How
    pid: int | None = None
    starttime: int | None = None
    tid: int | None = None
    fd: int | None = None
    path: str | None = None
    """Mount point of a bind mount, in the mount namespace `mnt_ns` and below its root."""
    mnt_ns: int | None = None
    """Inode of the mount namespace that the bind mount is in."""
    mount_id: int | None = None
    hidden: bool = False
    """A bind mount under another mount: its path leads elsewhere."""
    remote: bool = False
    """A bind mount whose path crosses a file system that may never answer (FUSE, network): not looked up."""
    ns: int | None = None
    """Inode of the child or owned namespace."""
    ns_kind: Kind | None = None
    certainty: Certainty = Certainty.KNOWN
