"""Looking into a mount namespace through /proc, where no process is in it.

A thread of ours with a file system context of its own (unshare(CLONE_FS)) joins the namespace and waits
there; everybody else reads the thread's mountinfo and opens paths below its root.
setns(2) of a mount namespace is refused to tasks that share their root and cwd, not to threads as such. The
thread runs nothing inside but a wait, so it looks up no file of the foreign namespace by itself.
"""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nsview.kernel import syscalls
from nsview.model.kind import Kind

_CLONE_FS = 0x200
PATIENCE = 2.0
"""Seconds for the kernel to let the thread in: a setns does not sleep, but a frozen machine may."""


class _Visitor(threading.Thread):
    def __init__(self, fd: int) -> None:
        super().__init__(name="nsview-visit", daemon=True)
        self.fd = os.dup(fd)
        """Ours: who gave up waiting for us may have closed theirs."""
        self.place = -1
        self.error: OSError | None = None
        self.arrived = threading.Event()
        self.leave = threading.Event()

    def run(self) -> None:
        home = -1
        try:
            # Not by number: /proc may be that of another pid namespace.
            self.place = os.open("/proc/thread-self", os.O_PATH | os.O_CLOEXEC)
            home = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
            syscalls.unshare(_CLONE_FS)
            syscalls.setns(self.fd, Kind.MNT.flag)
            self.arrived.set()
            self.leave.wait()
            # A thread that has been joined may not have ended for the kernel, and would keep what it is in.
            syscalls.setns(home, Kind.MNT.flag)
        except OSError as error:
            self.error = error
        finally:
            self.arrived.set()
            for fd in (self.fd, home, self.place):
                if fd >= 0:
                    os.close(fd)


@contextmanager
def mount_namespace(fd: int) -> Iterator[str]:
    """The /proc directory of a thread of ours in the mount namespace behind `fd`, while the context lasts.

    OSError: EPERM without CAP_SYS_ADMIN in the namespace's owner and CAP_SYS_CHROOT; EINVAL for an fd on
    something else; EAGAIN when there may be no more threads.
    """
    visitor = _Visitor(fd)
    try:
        visitor.start()
    except RuntimeError as error:  # all that Python tells of clone(2)
        os.close(visitor.fd)
        raise OSError(errno.EAGAIN, str(error)) from error
    if not visitor.arrived.wait(PATIENCE):
        visitor.leave.set()
        raise OSError(errno.ETIMEDOUT, "the mount namespace could not be entered in time")
    try:
        if visitor.error is not None:
            raise visitor.error
        yield f"/proc/self/fd/{visitor.place}"
    finally:
        visitor.leave.set()
        visitor.join(PATIENCE)
