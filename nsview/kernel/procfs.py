"""A mounted procfs: which tasks there are, and what it tells of each (proc(5)).

Every method that reads raises OSError as the kernel said it; ENOENT and ESRCH mean that the task has ended,
EACCES and EPERM that we may not know (ptrace(2), "Ptrace access mode checking").
"""

import errno
import os

from nsview.model.kind import ABSENT, KINDS, LINK_NAMES, NO_LINKS, UNREADABLE_LINKS, Kind, Links

GONE = (errno.ENOENT, errno.ESRCH)
DENIED = (errno.EACCES, errno.EPERM)

_SHORT = 2048  # the kernel gives a seq_file by whole lines, at most a page: a shorter answer may be all


class Procfs:
    """A proc file system at `root`, usually /proc."""

    def __init__(self, root: str = "/proc") -> None:
        self.root = root.rstrip("/") or "/"
        self._links: dict[tuple[str, ...], Links] = {}
        self.is_ours = self._is_ours()

    def _is_ours(self) -> bool:
        """Whether pid numbers here are those that our own system calls (pidfd_open) understand."""
        try:
            if os.readlink(f"{self.root}/self") != str(os.getpid()):
                return False
            return os.stat(f"{self.root}/self/ns/pid").st_ino == os.stat("/proc/self/ns/pid").st_ino
        except OSError:
            return False

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that this kernel has."""
        try:
            names = set(os.listdir("/proc/self/ns"))
        except OSError:
            return KINDS
        return tuple(kind for kind in KINDS if kind in names)

    def hides(self) -> bool:
        """Whether other users' processes are hidden from us (hidepid of proc(5)), wholly or their content."""
        from nsview.kernel.mountinfo import parse_mountinfo

        options = ""
        for mount in parse_mountinfo(read_file("/proc/self/mountinfo")):
            if mount.point == self.root and mount.fs_type == "proc":
                options = mount.super_options  # the last one lies on top
        for option in options.split(","):
            name, _, value = option.partition("=")
            if name == "hidepid" and value not in ("0", "off"):
                return not _may_trace()
        return False

    # ---- who is there

    def pids(self) -> list[int]:
        return [int(name) for name in os.listdir(self.root) if name.isdecimal()]

    def tids(self, pid: int) -> list[int]:
        return [int(name) for name in os.listdir(f"{self.root}/{pid}/task")]

    def owner(self, pid: int) -> int:
        """Effective user of a task: the owner of its directory, whatever its dumpable flag says."""
        return os.stat(f"{self.root}/{pid}").st_uid

    def identity(self, pid: int) -> tuple[int, int, int]:
        """(inode, change time in ns, owner) of a task's directory.

        The kernel binds the inode to the struct pid, so equal inode and time mean the same process as before;
        after the kernel has dropped and made the inode again both differ, which says nothing.
        """
        found = os.stat(f"{self.root}/{pid}")
        return found.st_ino, found.st_ctime_ns, found.st_uid

    def threads(self, pid: int) -> int:
        """Number of threads: the links of the task directory, less its own two."""
        return os.stat(f"{self.root}/{pid}/task").st_nlink - 2

    # ---- what a task is

    def read(self, pid: int | str, name: str, limit: int = 1 << 24) -> bytes:
        """A file below the task's directory."""
        return read_file(f"{self.root}/{pid}/{name}", limit)

    def readlink(self, pid: int | str, name: str) -> str:
        return os.readlink(f"{self.root}/{pid}/{name}")

    def stat(self, pid: int | str, name: str) -> os.stat_result:
        return os.stat(f"{self.root}/{pid}/{name}")

    def path(self, pid: int | str, name: str = "") -> str:
        return f"{self.root}/{pid}/{name}" if name else f"{self.root}/{pid}"

    def descriptors(self, pid: int, place: str = "fd") -> list[tuple[int, str]]:
        """(number, link) of the open files that are not plain files: sockets, namespaces, anonymous inodes.

        `place` is "task/TID/fd" for a thread's own table. Files closed meanwhile are left out.
        """
        base = f"{self.root}/{pid}/{place}/"
        readlink = os.readlink
        found = []
        for name in os.listdir(base):
            try:
                link = readlink(base + name)
            except OSError as error:
                if error.errno not in GONE:
                    raise
                continue
            if link[-1] == "]" and link[0] != "/":
                found.append((int(name), link))
        return found

    def points_to(self, path: str, link: str) -> bool:
        """Whether a magic link (an open fd) still leads there."""
        try:
            return os.readlink(path) == link
        except OSError:
            return False

    # ---- where a task is

    def links(self, pid: int | str, place: str = "") -> Links:
        """The ten namespace links of a task; equal sets are one object.

        `place` is "task/TID/" for a thread. Raises OSError only when the task is gone.
        """
        base = f"{self.root}/{pid}/{place}ns/"
        readlink = os.readlink
        try:
            texts = (
                readlink(base + "cgroup"),
                readlink(base + "ipc"),
                readlink(base + "mnt"),
                readlink(base + "net"),
                readlink(base + "pid"),
                readlink(base + "time"),
                readlink(base + "user"),
                readlink(base + "uts"),
                readlink(base + "pid_for_children"),
                readlink(base + "time_for_children"),
            )
        except OSError as error:
            return self._links_one_by_one(base, error)
        found = self._links.get(texts)
        if found is None:
            found = self._links[texts] = Links(*map(_inode, texts))
        return found

    def _links_one_by_one(self, base: str, first: OSError) -> Links:
        """Some link does not answer: a zombie, a kernel without the kind, no fork yet, or no right to look.

        Missing links leave the others readable, so each is asked; one refusal holds for all, because the same
        ptrace check guards them.
        """
        if first.errno in DENIED:
            return UNREADABLE_LINKS
        texts: list[str] = []
        for name in LINK_NAMES:
            try:
                texts.append(os.readlink(base + name))
            except OSError as error:
                if error.errno in DENIED:
                    return UNREADABLE_LINKS
                if error.errno not in GONE:
                    raise
                texts.append("")
        if not any(texts):
            os.stat(base)  # raises when the task is gone
            return NO_LINKS
        key = tuple(texts)
        found = self._links.get(key)
        if found is None:
            found = self._links[key] = Links(*map(_inode, texts))
        return found

    def forget_links(self) -> None:
        """Let go of sets that no task may have any more."""
        self._links.clear()


def _may_trace() -> bool:
    """CAP_SYS_PTRACE, the capability before which hidepid gives way."""
    from nsview.kernel.status import parse_status

    effective = parse_status(read_file("/proc/self/status")).cap_effective or 0
    return bool(effective >> 19 & 1)


def read_file(path: str, limit: int = 1 << 24) -> bytes:
    """The content of a file of procfs as far as `limit` bytes.

    The short files come whole with the first read; only those that fill a page are asked again.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(fd, 16384)
        if len(data) < _SHORT:
            return data[:limit]
        chunks = [data]
        size = len(data)
        while data and size < limit:
            data = os.read(fd, 1 << 17)
            chunks.append(data)
            size += len(data)
        return b"".join(chunks)[:limit]
    finally:
        os.close(fd)


def _inode(text: str) -> int:
    """The number in `net:[4026531840]`; ABSENT for ""."""
    return ABSENT if not text else int(text[text.index("[") + 1 : -1])
