"""POSIX message queues (mq_overview(7)): the files of a file system that each ipc namespace has one of."""

import os
import stat
from collections.abc import Callable
from typing import Any

from nsview.kernel.filesystem import open_filesystem, own_mount_namespace


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    return lambda: _read(int(arguments["offset"]), int(arguments["limit"]))


def _read(offset: int, limit: int) -> dict[str, Any]:
    """One page of queues by their names; OSError: see open_filesystem."""
    try:
        root = open_filesystem("mqueue")
    except PermissionError:
        own_mount_namespace()
        root = open_filesystem("mqueue")
    names = sorted(os.listdir(root))
    found: dict[str, Any] = {"total": len(names), "queues": [], "unread": []}
    for name in names[offset : offset + limit]:
        try:
            status = os.stat(name, dir_fd=root, follow_symlinks=False)
        except FileNotFoundError:
            continue
        queue = {
            "name": f"/{name}",
            "uid": status.st_uid,
            "gid": status.st_gid,
            "perms": stat.S_IMODE(status.st_mode),
        }
        try:
            queue |= _parse(_content(root, name))
        except OSError as error:
            found["unread"].append((f"/{name}", error.strerror or str(error)))
        found["queues"].append(queue)
    return found


def _content(root: int, name: str) -> bytes:
    fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW, dir_fd=root)
    try:
        return os.read(fd, 512)
    finally:
        os.close(fd)


def _parse(data: bytes) -> dict[str, int]:
    """`QSIZE:0 NOTIFY:0 SIGNO:0 NOTIFY_PID:0`"""
    pairs = (word.partition(b":") for word in data.split())
    return {name.decode("ascii", "replace").lower(): int(value) for name, _, value in pairs if value}
