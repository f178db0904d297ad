"""Paths on which a look-up may wait for ever: those that cross a file system that others answer for."""

import os
from collections.abc import Iterable

from nsview.kernel.mountinfo import Mount

TYPES = frozenset(
    (
        *("9p", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "fuse", "fuseblk", "gfs2", "lustre"),
        *("nfs", "nfs4", "ocfs2", "orangefs", "smb3", "virtiofs"),
    )
)
"""Types of file systems that ask a server, a cluster or an ordinary process at every look-up. A user's own
FUSE daemon may simply never answer."""


def is_remote(fs_type: str) -> bool:
    return fs_type in TYPES or fs_type.startswith("fuse.")


def remote(mounts: Iterable[Mount]) -> frozenset[int]:
    """Ids of the mounts whose mount point lies on such a file system, or below one.

    Needs all mounts of one namespace. The file system that our own root is on does not count: where that does
    not answer, nothing works.
    """
    by_id = {mount.id: mount for mount in mounts}
    waits = {mount.id for mount in by_id.values() if is_remote(mount.fs_type)}
    if not waits:
        return frozenset()
    root = os.stat("/").st_dev
    own = f"{os.major(root)}:{os.minor(root)}"
    waits = {number for number in waits if by_id[number].device != own}
    return frozenset(number for number in by_id if _crosses(number, by_id, waits))


def _crosses(number: int, by_id: dict[int, Mount], waits: set[int]) -> bool:
    met = set()
    while number in by_id and number not in met:
        met.add(number)
        number = by_id[number].parent
        if number in waits and number not in met:
            return True
    return False
