"""The namespaces that a plan is about to join, opened for the moment to ask the kernel about them."""

import os

from nsview.actions.launcher.ways import OpenTasks, open_way
from nsview.actions.plan import Join, Way
from nsview.kernel import nsfs
from nsview.model.kind import KINDS, Kind


class Candidate:
    """A namespace to be joined, with a descriptor on it, or the error that we got instead."""

    def __init__(self, kind: Kind, ways: tuple[Way, ...], why: str = "") -> None:
        self.kind = kind
        self.ways = ways
        self.why = why
        self.inode = 0
        self.kernel_id: int | None = None
        self.fd: int | None = None
        self.error: OSError | None = None

    def open(self, tasks: OpenTasks, inode: int | None = None, kernel_id: int | None = None) -> None:
        """Follow the ways until one leads to a namespace (of this inode number, if one is given)."""
        self.inode, self.kernel_id = inode or 0, kernel_id
        for way in self.ways:
            try:
                fd = open_way(way, self.kind, self.inode, kernel_id, tasks)
            except OSError as error:
                self.error = error
                continue
            if inode is None or os.fstat(fd).st_ino == inode:
                self.take(fd)
                return
            os.close(fd)

    def take(self, fd: int) -> None:
        self.fd = fd
        self.error = None
        self.inode = os.fstat(fd).st_ino
        try:
            self.kernel_id = nsfs.kernel_id(fd, self.kind)
        except OSError:
            self.kernel_id = None  # Linux before 6.18: the inode number is all there is

    def join(self) -> Join:
        return Join(self.kind, self.inode, self.kernel_id, self.ways, self.why)


class Candidates(dict[Kind, Candidate]):
    """Closes what was opened when the plan is made."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks = OpenTasks()

    def add(self, candidate: Candidate) -> None:
        if candidate.kind in self:
            self.remove(candidate.kind)
        self[candidate.kind] = candidate

    def remove(self, kind: Kind) -> None:
        candidate = self.pop(kind)
        if candidate.fd is not None:
            os.close(candidate.fd)

    def joins(self) -> tuple[Join, ...]:
        return tuple(self[kind].join() for kind in KINDS if kind in self)

    def __enter__(self) -> "Candidates":
        return self

    def __exit__(self, *_: object) -> None:
        for kind in list(self):
            self.remove(kind)
        self.tasks.close()
