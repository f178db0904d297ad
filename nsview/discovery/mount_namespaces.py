"""Mount namespaces that the kernel lists and nothing else led to (NS_MNT_GET_NEXT, Linux 6.12)."""

import errno
import os
from collections.abc import Callable

from nsview.discovery.findings import Found
from nsview.discovery.source import Context, Meet
from nsview.kernel import nsfs
from nsview.model.kind import Kind


class MountNamespaces:
    """Walks from time to time; what the last walk has met is kept in between."""

    def __init__(self) -> None:
        self._met: list[Found] = []
        self._left_out = ""

    def collect(self, context: Context, meet: Meet, anew: bool) -> None:
        """Add them; `meet` reads one through its fd and closes that.

        Only in the initial pid namespace with CAP_SYS_ADMIN; elsewhere, and on older kernels, it is left out.
        """
        findings = context.findings
        if anew:
            self._walk(context, meet)
        else:
            for found in self._met:
                if found.inode not in findings.namespaces:
                    found.pins = []
                    findings.namespaces[found.inode] = found
                    findings.touched.add(found.inode)
        if self._left_out:
            findings.left_out["mount namespaces"] = self._left_out

    def _walk(self, context: Context, meet: Meet) -> None:
        findings = context.findings
        self._met = []
        self._left_out = ""

        def see(inode: int, fd: int) -> None:
            if inode not in findings.namespaces:
                found = findings.namespace(Kind.MNT, inode)
                self._met.append(found)
                meet(context, found, nsfs.duplicate(fd))

        try:
            here = nsfs.open_own(Kind.MNT)
        except OSError as error:
            self._left_out = f"our own mount namespace cannot be opened: {error.strerror}"
            return
        try:
            for step in (nsfs.open_next_mount_namespace, nsfs.open_previous_mount_namespace):
                _walk(here, step, see)
        except OSError as error:
            self._left_out = _reason(error)
        finally:
            os.close(here)


def _walk(start: int, step: Callable[[int], int], see: Callable[[int, int], None]) -> None:
    fd = nsfs.duplicate(start)
    try:
        while True:
            try:
                following = step(fd)
            except OSError as error:
                if error.errno == errno.ENOENT:
                    return
                raise
            os.close(fd)
            fd = following
            see(os.fstat(fd).st_ino, fd)
    finally:
        os.close(fd)


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOTTY, errno.EINVAL):
        return "this kernel does not list mount namespaces (Linux 6.12 does)"
    if error.errno == errno.EPERM:
        return "listing mount namespaces needs CAP_SYS_ADMIN in the initial pid and user namespaces"
    return f"listing mount namespaces: {error.strerror}"
