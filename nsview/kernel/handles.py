"""Opening a namespace by its 64-bit id alone, without a process, file or mount that leads to it (Linux 6.18).

Importing this loads ctypes.
"""

import struct

from nsview.kernel import nsfs, syscalls
from nsview.model.kind import Kind

_NSFS_ROOT = -10003  # FD_NSFS_ROOT: the place of a directory, for handles on nsfs
_NSFS = 0xF1  # FILEID_NSFS


def open_by_id(kernel_id: int, kind: Kind | None = None, inode: int = 0) -> int:
    """An fd on the namespace with this id (open_by_handle_at(2)); the caller closes it.

    Ids are never used again, so it is this namespace or none. Linux 6.18 wants its kind and inode number too;
    for later kernels the id is enough.

    OSError: ESTALE: it has ended, or we may not open it (that needs CAP_SYS_ADMIN in the initial pid and user
    namespaces, except for those that we are in); EBADF: the kernel knows no such handles; EPERM, ENOSYS: a
    seccomp filter that refuses the call, a kernel built without it.
    """
    handle = struct.pack("=IiQII", 16, _NSFS, kernel_id, kind.flag if kind else 0, inode)
    return syscalls.open_by_handle(_NSFS_ROOT, handle, nsfs.FLAGS)
