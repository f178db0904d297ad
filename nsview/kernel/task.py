"""A handle on one process or thread: bound to the task, whoever gets its number later."""

import errno
import os
import select

from nsview.kernel.idmap import IdRange, parse_id_map
from nsview.kernel.stat import Stat, parse_stat
from nsview.kernel.status import Status, parse_status

_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


class TaskGone(ProcessLookupError):
    """ESRCH: the task has ended, is a zombie, or another has its number now; strerror says which."""

    def __init__(self, path: str, words: str) -> None:
        super().__init__(errno.ESRCH, words, path)


class OpenTask:
    """The /proc directory of a task, and a pidfd on its process, opened and compared with what is expected.

    TaskGone when it is not, or no longer, the task that started at `starttime`.
    """

    def __init__(self, pid: int, starttime: int | None = None, tid: int | None = None) -> None:
        self.pid = pid
        self.tid = tid
        self.path = f"/proc/{pid}" if tid is None else f"/proc/{pid}/task/{tid}"
        self._starttime = starttime
        self.directory = self.pidfd = -1
        try:
            self.directory = os.open(self.path, _DIRECTORY)
            # EINVAL: not the number of a process but of a thread.
            self.pidfd = os.pidfd_open(pid)
            self.stat = self.verify()
        except OSError as error:
            self.close()
            if error.errno in (errno.ESRCH, errno.ENOENT, errno.EINVAL) and not isinstance(error, TaskGone):
                raise TaskGone(self.path, "it has ended") from None
            raise

    def close(self) -> None:
        for fd in (self.directory, self.pidfd):
            if fd >= 0:
                os.close(fd)
        self.directory = self.pidfd = -1

    def verify(self) -> Stat:
        """Its stat, if it still lives. What was opened below its directory before this belonged to it."""
        try:
            found = parse_stat(self.read("stat"))
        except OSError as error:
            if error.errno not in (errno.ESRCH, errno.ENOENT):
                raise
            found = None
        if found is not None and self._starttime not in (None, found.starttime):
            raise TaskGone(self.path, "another process has this number now")
        if found is not None and found.state == "Z":
            raise TaskGone(self.path, "it is a zombie: it has ended, and its parent has not yet asked how")
        # A pidfd is readable once its process has ended (pidfd_open(2)); a thread may outlive the first one.
        if found is None or found.state in "Xx" or (self.tid is None and _readable(self.pidfd)):
            raise TaskGone(self.path, "it has ended")
        return found

    def read(self, name: str) -> bytes:
        """A file of its directory, at once and whole."""
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.directory)
        try:
            chunks = []
            while data := os.read(fd, 1 << 16):
                chunks.append(data)
            return b"".join(chunks)
        finally:
            os.close(fd)

    def open_directory(self, name: str) -> int:
        """`root` or `cwd`, as a mere place."""
        return os.open(name, _DIRECTORY, dir_fd=self.directory)

    def status(self) -> Status:
        return parse_status(self.read("status"))

    def id_map(self, name: str) -> tuple[IdRange, ...]:
        """uid_map or gid_map, the outer numbers as in our own user namespace."""
        return parse_id_map(self.read(name))

    def __enter__(self) -> "OpenTask":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _readable(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0)[0])
