"""Mount namespaces that the kernel lists and nothing else led to (NS_MNT_GET_NEXT, Linux 6.12)."""

import errno
import os
from collections.abc import Callable

from nsview.discovery.source import Context
from nsview.kernel import nsfs
from nsview.model.kind import Kind


def walk(context: Context, meet: Callable[[int, int], None]) -> None:
    """Calls `meet(inode, fd)` for each mount namespace of the machine; the fd is closed afterwards.

    Only in the initial pid namespace with CAP_SYS_ADMIN; elsewhere, and on older kernels, it is left out.
    """
    left_out = context.findings.left_out
    try:
        here = nsfs.open_own(Kind.MNT)
    except OSError as error:
        left_out["mount namespaces"] = f"our own mount namespace cannot be opened: {error.strerror}"
        return
    try:
        for step in (nsfs.open_next_mount_namespace, nsfs.open_previous_mount_namespace):
            _walk(here, step, meet)
    except OSError as error:
        left_out["mount namespaces"] = _reason(error)
    finally:
        os.close(here)


def _walk(start: int, step: Callable[[int], int], meet: Callable[[int, int], None]) -> None:
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
            meet(os.fstat(fd).st_ino, fd)
    finally:
        os.close(fd)


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOTTY, errno.EINVAL):
        return "this kernel does not list mount namespaces (Linux 6.12 does)"
    if error.errno == errno.EPERM:
        return "listing mount namespaces needs CAP_SYS_ADMIN in the initial pid and user namespaces"
    return f"listing mount namespaces: {error.strerror}"
