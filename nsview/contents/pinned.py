"""One namespace held open while it is looked into."""

import errno
import os
from collections.abc import Callable

from nsview.kernel import nsfs
from nsview.kernel.procfs import Procfs
from nsview.kernel.reach import open_namespace
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.snapshot import Snapshot


class Pinned:
    """A namespace of a snapshot, with a descriptor that keeps it from going away. Use as a context.

    `fd` is -1 where it could not be opened; then `refusal` says why, and only what /proc tells of its members
    can be read.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        ns: Namespace,
        proc: Procfs | None = None,
        given_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self.snapshot = snapshot
        self.ns = ns
        self.proc = proc or Procfs()
        self.given_up = given_up
        """Whether nobody waits any more for what is read here; asked now and then."""
        self.fd = -1
        self.refusal: OSError | None = None
        if not ns.inode:
            self.refusal = OSError(errno.EPERM, "none of its processes may be read: it is only inferred")
            return
        try:
            self.fd = open_namespace(self.proc, snapshot, ns.kind, ns.inode)
            self._verify()
        except OSError as error:
            self.close()
            self.refusal = error

    def _verify(self) -> None:
        if self.ns.kernel_id is not None and nsfs.kernel_id(self.fd, self.kind) != self.ns.kernel_id:
            raise OSError(errno.ESTALE, "another namespace has its number now", str(self.ns.id))

    @property
    def kind(self) -> Kind:
        return self.ns.kind

    @property
    def is_ours(self) -> bool:
        """Whether we are in it ourselves: then nothing need be joined."""
        return self.ns.inode == self._own_inode()

    def _own_inode(self) -> int:
        try:
            return os.stat(self.proc.path("self", f"ns/{self.kind}")).st_ino
        except OSError:
            return -1

    @property
    def members(self) -> tuple[int, ...]:
        return (*self.ns.processes, *self.ns.inferred)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> "Pinned":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
