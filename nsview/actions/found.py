"""The namespaces that a plan is about to join, opened for the moment to ask the kernel about them."""

import os
from types import TracebackType

from nsview.actions.plan import Join, Way
from nsview.kernel import nsfs
from nsview.model.kind import Kind


class Candidate:
    """A namespace to be joined: its descriptor if we may have one, else the error."""

    def __init__(self, kind: Kind, inode: int, ways: tuple[Way, ...], why: str = "") -> None:
        self.kind = kind
        self.inode = inode
        self.ways = ways
        self.why = why
        self.fd: int | None = None
        self.error: OSError | None = None
        self.kernel_id: int | None = None

    def take(self, fd: int) -> None:
        self.fd = fd
        self.inode = os.fstat(fd).st_ino
        try:
            self.kernel_id = nsfs.kernel_id(fd, self.kind)
        except OSError:
            self.kernel_id = None  # Linux before 6.18: the inode number is all there is

    def owner(self) -> int | None:
        """A descriptor on the user namespace that owns it, the caller's to close; None if it is not to be had."""
        if self.fd is None:
            return None
        try:
            return nsfs.open_owner(self.fd)
        except OSError:
            return None

    def join(self) -> Join:
        return Join(self.kind, self.inode, self.kernel_id, self.ways, self.why)


class Candidates(dict[Kind, Candidate]):
    """Closes what was opened when the plan is made."""

    def add(self, candidate: Candidate) -> None:
        self[candidate.kind] = candidate

    def remove(self, kind: Kind) -> None:
        candidate = self.pop(kind)
        if candidate.fd is not None:
            os.close(candidate.fd)

    def __enter__(self) -> "Candidates":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in list(self):
            self.remove(each)
