"""The namespaces that the kernel lists (listns(2), Linux 6.19).

Importing this loads ctypes.
"""

import ctypes
import errno
import struct
from collections.abc import Iterable

from nsview.kernel import syscalls
from nsview.model.kind import Kind

OWN_USER_NAMESPACE = (1 << 64) - 1
"""LISTNS_CURRENT_USER: as an owner, the caller's user namespace."""

BATCH = 4096


def listns(kinds: Iterable[Kind] = (), owner: int = 0, batch: int = BATCH) -> list[int]:
    """The ids (NS_GET_ID) of all namespaces in use that we may see, in ascending order.

    Only of these kinds, if there are any, and only those that the user namespace with the id `owner` owns.

    In use is what has a member, an open file on it, a bind mount, or a namespace in use below it or owned by
    it. What only a socket keeps, an open mountinfo, or a file that somebody in it has opened, is not listed.
    All are seen with CAP_SYS_ADMIN in the initial pid and user namespaces; others see the namespaces that
    they are in themselves (6.19.6 still shows what belongs to user namespaces in which the caller has
    CAP_SYS_ADMIN).

    OSError: ENOSYS before Linux 6.19; EINVAL: no such owner; ENOTSUP: a kind that this kernel does not know;
    EPERM: a seccomp filter that does not know the call.
    """
    flags = 0
    for kind in kinds:
        flags |= kind.flag
    found: list[int] = []
    buffer = (ctypes.c_uint64 * batch)()
    while True:
        request = struct.pack("=IIQIIQ", 32, 0, found[-1] if found else 0, flags, 0, owner)
        try:
            count = syscalls.syscall(syscalls.LISTNS, "listns", request, buffer, batch, 0)
        except OSError as error:
            # It goes on behind the last that it told; when there is nothing any more that is ENOENT.
            if error.errno == errno.ENOENT and found:
                return found
            raise
        found += buffer[:count]
        if count < batch:
            return found
