"""A mounted procfs: which tasks there are, and what it tells of each (proc(5)).

Every method that reads raises OSError as the kernel said it; ENOENT and ESRCH mean that the task has ended,
EACCES and EPERM that we may not know (ptrace(2), "Ptrace access mode checking").
"""

import errno
import os

from nsview.model.kind import ABSENT, KINDS, LINK_NAMES, NO_LINKS, UNREADABLE_LINKS, Kind, Links

ROOT = "/proc"
GONE = (errno.ENOENT, errno.ESRCH)
DENIED = (errno.EACCES, errno.EPERM)

_PLACE = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_RECORD = 1 << 14
_SETS = 4096
"""Distinct sets of links to remember; a machine has tens."""


class Procfs:
    """A proc file system at `root`, usually /proc."""

    def __init__(self, root: str = ROOT) -> None:
        self.root = root.rstrip("/") or "/"
        self.names = self._names()
        """The links of LINK_NAMES that this kernel has."""
        self._links: dict[tuple[str, ...], Links] = {}
        self.is_ours = self._is_ours()

    def _names(self) -> frozenset[str]:
        for place in (f"{self.root}/self/ns", f"{self.root}/1/ns", "/proc/self/ns"):
            try:
                return frozenset(os.listdir(place)).intersection(LINK_NAMES)
            except OSError:
                continue
        return frozenset(LINK_NAMES)

    def _is_ours(self) -> bool:
        """Whether pid numbers here are those that our own system calls (pidfd_open) understand.

        Our NSpid line begins with our number in the pid namespace of the mount; it holds no other number if
        that is our own. A mount of a namespace that we are not in has no "self" at all.
        """
        try:
            status = read_record(f"{self.root}/self/status")
        except OSError:
            return False
        # One line of many, for which a short command need not know them all.
        line = status.partition(b"\nNSpid:")[2].partition(b"\n")[0]
        return line.split() == [b"%d" % os.getpid()]

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that this kernel has."""
        return tuple(kind for kind in KINDS if kind in self.names)

    def hides(self) -> bool:
        """Whether other users' processes are hidden from us (hidepid of proc(5)), wholly or their content."""
        text = b""
        for place in (self.root, "/proc"):
            try:
                text = read_file(f"{place}/self/mountinfo")
                break
            except OSError:
                continue
        if b"hidepid=" not in text:
            return False
        from nsview.kernel.mountinfo import parse_mountinfo

        options: dict[str, str] = {}
        for mount in parse_mountinfo(text):
            if mount.point == self.root and mount.fs_type == "proc":
                # The last one lies on top.
                options = dict(option.partition("=")[::2] for option in mount.super_options.split(","))
        level = options.get("hidepid", "0")
        if level in ("0", "off"):
            return False
        # The group is let through, but not where only what may be traced is shown.
        if level not in ("4", "ptraceable") and "gid" in options and _in_group(options["gid"]):
            return False
        return not (_may_trace() and os.path.exists(f"{self.root}/1/stat"))

    # ---- who is there

    def pids(self) -> list[int]:
        return [int(name) for name in os.listdir(self.root) if name.isdecimal()]

    def listing(self) -> dict[int, int]:
        """Process → the number of its directory's inode.

        The kernel binds the inode to the process: one that follows under the same number has another. It may
        drop the inode and make it anew with another number, too.
        """
        with os.scandir(self.root) as entries:
            return {int(entry.name): entry.inode() for entry in entries if entry.name.isdecimal()}

    def tids(self, pid: int) -> list[int]:
        return [int(name) for name in os.listdir(f"{self.root}/{pid}/task")]

    def has_thread(self, pid: int, tid: int) -> bool:
        return os.path.exists(f"{self.root}/{pid}/task/{tid}")

    def owner(self, pid: int) -> int:
        """Effective user of a task: the owner of its directory, whatever its dumpable flag says."""
        return os.stat(f"{self.root}/{pid}").st_uid

    # ---- what a task is

    def read(self, pid: int | str, name: str, limit: int = 1 << 24) -> bytes:
        """A file below the task's directory, of any length."""
        return read_file(f"{self.root}/{pid}/{name}", limit)

    def read_record(self, pid: int | str, name: str, limit: int = 1 << 24) -> bytes:
        """A file below the task's directory that the kernel writes in one go: stat, status, cgroup …"""
        return read_record(f"{self.root}/{pid}/{name}", limit)

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
            if link[-1:] == "]" and link[0] != "/":
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
        if len(self.names) < len(LINK_NAMES):
            return self._links_one_by_one(base)
        readlink = os.readlink
        fd = -1
        try:
            fd = os.open(base, _PLACE)  # from where each link is a shorter way
            texts = (
                readlink("cgroup", dir_fd=fd),
                readlink("ipc", dir_fd=fd),
                readlink("mnt", dir_fd=fd),
                readlink("net", dir_fd=fd),
                readlink("pid", dir_fd=fd),
                readlink("time", dir_fd=fd),
                readlink("user", dir_fd=fd),
                readlink("uts", dir_fd=fd),
                readlink("pid_for_children", dir_fd=fd),
                readlink("time_for_children", dir_fd=fd),
            )
        except OSError as error:
            return UNREADABLE_LINKS if error.errno in DENIED else self._links_one_by_one(base)
        finally:
            if fd >= 0:
                os.close(fd)
        return self._links.get(texts) or self._remember(texts)

    def _links_one_by_one(self, base: str) -> Links:
        """Some link does not answer: a zombie, a kernel without the kind, no fork yet.

        Missing links leave the others readable, so each is asked; one refusal holds for all, because the same
        ptrace check guards them.
        """
        texts: list[str] = []
        for name in LINK_NAMES:
            text = ""
            if name in self.names:
                try:
                    text = os.readlink(base + name)
                except OSError as error:
                    if error.errno in DENIED:
                        return UNREADABLE_LINKS
                    if error.errno not in GONE:
                        raise
                else:
                    if not text:
                        return UNREADABLE_LINKS
            texts.append(text)
        if not any(texts):
            os.stat(base)  # raises when the task is gone
            return NO_LINKS
        key = tuple(texts)
        return self._links.get(key) or self._remember(key)

    def _remember(self, texts: tuple[str, ...]) -> Links:
        if not any(texts):
            return UNREADABLE_LINKS  # some 5.10 kernels refuse with a link to nowhere
        if len(self._links) >= _SETS:
            self._links.clear()  # they are of namespaces long gone
        found = self._links[texts] = Links(*map(_inode, texts))
        return found


def _may_trace() -> bool:
    """CAP_SYS_PTRACE, the capability before which hidepid gives way."""
    from nsview.kernel.status import parse_status

    effective = parse_status(read_file("/proc/self/status")).cap_effective or 0
    return bool(effective >> 19 & 1)


def _in_group(gid: str) -> bool:
    return gid.isdecimal() and int(gid) in (os.getegid(), *os.getgroups())


def read_file(path: str, limit: int = 1 << 24) -> bytes:
    """The content of a file of procfs as far as `limit` bytes.

    Files of many lines are read until nothing more comes: the kernel gives whole lines, so that one long line
    (an overlay's options) makes the read before it short (mountinfo, maps).
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(fd, 1 << 14)
        chunks = [data]
        size = len(data)
        while data and size < limit:
            data = os.read(fd, 1 << 17)
            chunks.append(data)
            size += len(data)
        return b"".join(chunks)[:limit]
    finally:
        os.close(fd)


def read_record(path: str, limit: int = 1 << 24) -> bytes:
    """As read_file, for files that the kernel writes as one record: what is less than asked for is all."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(fd, _RECORD)
        if len(data) < _RECORD:
            return data[:limit]
    finally:
        os.close(fd)
    return read_file(path, limit)


def _inode(text: str) -> int:
    """The number in `net:[4026531840]`; ABSENT for ""."""
    return ABSENT if not text else int(text[text.index("[") + 1 : -1])
