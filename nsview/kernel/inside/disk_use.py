"""How full the file systems of a mount namespace are (statvfs(3)).

Asking one that a server or an ordinary process answers for may wait for ever, so those are left out, and so
is what lies below them.
"""

import errno
import os
from collections.abc import Callable
from typing import Any

from nsview.kernel.inside.mounts import open_mountinfo
from nsview.kernel.mountinfo import Mount, hidden, parse_mountinfo
from nsview.kernel.remote import is_remote

_ASKED = 256
"""File systems that are asked at most."""


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    read = open_mountinfo()
    return lambda: _read(parse_mountinfo(read()))


def _read(mounts: list[Mount]) -> dict[str, Any]:
    """Bytes by device (major:minor); pseudo file systems, which have no size, are left out."""
    found: dict[str, Any] = {"devices": {}, "unread": []}
    covered, waiting = hidden(mounts), _waiting(mounts)
    asked: set[str] = set()
    for mount in mounts:
        if mount.device in asked or mount.id in covered:
            continue
        if mount.id in waiting:
            found["unread"].append((f"size of {mount.point}", f"{mount.fs_type} may not answer: not asked"))
            continue
        if len(asked) >= _ASKED:
            found["unread"].append(("sizes", f"only the first {_ASKED} file systems were asked"))
            break
        asked.add(mount.device)
        try:
            told = os.statvfs(mount.point)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                found["unread"].append((f"size of {mount.point}", error.strerror or str(error)))
            continue
        if told.f_blocks:
            found["devices"][mount.device] = {
                "size": told.f_blocks * told.f_frsize,
                "used": (told.f_blocks - told.f_bfree) * told.f_frsize,
                "available": told.f_bavail * told.f_frsize,
            }
    return found


def _waiting(mounts: list[Mount]) -> set[int]:
    """Ids of the mounts on which a look-up may wait, or on the way to which it may."""
    if not any(is_remote(mount.fs_type) for mount in mounts):
        return set()
    by_id = {mount.id: mount for mount in mounts}
    found = set()
    for mount in mounts:
        met: set[int] = set()
        number = mount.id
        while number in by_id and number not in met:
            if is_remote(by_id[number].fs_type):
                found.add(mount.id)
                break
            met.add(number)
            number = by_id[number].parent
    return found
