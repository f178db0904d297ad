"""Following a way to a namespace."""

import errno
import os

from nsview.actions.plan import Reference, Way
from nsview.kernel import joining, nsfs
from nsview.kernel.handles import open_by_id
from nsview.kernel.task import OpenTask
from nsview.model.kind import Kind


class OpenTasks:
    """Each task is opened once."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int | None], OpenTask] = {}

    def get(self, pid: int, starttime: int | None, tid: int | None) -> OpenTask:
        task = self._open.get((pid, tid))
        if task is None:
            task = self._open[pid, tid] = OpenTask(pid, starttime, tid)
        return task

    def of(self, reference: Reference) -> OpenTask:
        return self.get(reference.pid, reference.starttime, reference.tid)

    def verify(self) -> None:
        """Once more, now that all is open: what was opened belonged to these tasks. TaskGone if not."""
        for task in self._open.values():
            task.verify()

    def close(self) -> None:
        for task in self._open.values():
            task.close()
        self._open.clear()


def open_way(way: Way, kind: Kind, inode: int, kernel_id: int | None, tasks: OpenTasks) -> int:
    """A descriptor on what the way leads to now; whether that is what was meant is the caller's to look at.

    OSError, or TaskGone if the way begins at a task that is not there any more.
    """
    fd = _begin(way, kind, inode, kernel_id, tasks)
    for step in way.climb:
        try:
            above = nsfs.open_owner(fd) if step == "owner" else nsfs.open_parent(fd)
        finally:
            os.close(fd)
        fd = above
    return fd


def _begin(way: Way, kind: Kind, inode: int, kernel_id: int | None, tasks: OpenTasks) -> int:
    if way.how == "handle":
        if kernel_id is None:
            raise OSError(errno.ENOENT, "no id", "open_by_handle_at")
        return open_by_id(kernel_id, kind, inode)
    if way.how == "path" and way.pid is None:
        return nsfs.open_path(way.name)
    assert way.pid is not None
    task = tasks.get(way.pid, way.starttime, way.tid)
    if way.how == "link":
        return nsfs.open_path(f"ns/{way.name}", task.directory)
    if way.how == "fd":
        return nsfs.open_path(f"fd/{way.fd}", task.directory)
    if way.how == "path":
        return _open_below_root_of(task, way.name)
    assert way.how == "socket"
    assert way.fd is not None
    copy = joining.pidfd_getfd(task.pidfd, way.fd)
    try:
        return nsfs.open_of_socket(copy)
    finally:
        os.close(copy)


def _open_below_root_of(task: OpenTask, path: str) -> int:
    """A bind mount as its process sees it. Its owner may have put anything in its place, so no link is obeyed
    that leads out, and nothing is opened that is no namespace."""
    root = task.open_directory("root")
    try:
        place = joining.open_below(root, path, os.O_PATH)
    finally:
        os.close(root)
    try:
        return nsfs.reopen(place)
    finally:
        os.close(place)


def words_of(way: Way) -> str:
    """The way as a person would write it."""
    inside = "" if way.tid is None else f"task/{way.tid}/"
    texts = {
        "link": f"/proc/{way.pid}/{inside}ns/{way.name}",
        "fd": f"/proc/{way.pid}/{inside}fd/{way.fd}",
        "socket": f"socket {way.fd} of pid {way.pid}",
        "path": way.name if way.pid is None else f"/proc/{way.pid}/root{way.name}",
        "handle": "its kernel id",
    }
    return "".join(f"{step} of " for step in reversed(way.climb)) + texts[way.how]
