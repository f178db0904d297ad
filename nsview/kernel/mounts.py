"""Mounts of a mount namespace, in which no process need be (listmount(2), statmount(2); Linux 6.11)."""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator

from nsview.kernel import syscalls
from nsview.kernel.mountinfo import Mount

_ROOT = -1  # LSMT_ROOT: start at the namespace's root mount
_MNT_BASIC, _MNT_ROOT, _MNT_POINT, _FS_TYPE = 0x2, 0x8, 0x10, 0x20
_HEADER = 512  # offsets of strings count from the end of the fixed part of struct statmount
_BATCH = 4096


def mount_ids(mnt_ns_id: int) -> Iterator[int]:
    """The 64-bit ids of all mounts of a mount namespace. EPERM without CAP_SYS_ADMIN in its owner."""
    last = 0
    buffer = (ctypes.c_uint64 * _BATCH)()
    while True:
        request = struct.pack("=IIqQQ", 32, 0, _ROOT, last, mnt_ns_id)
        found = syscalls.syscall(syscalls.LISTMOUNT, "listmount", request, buffer, _BATCH, 0)
        yield from buffer[:found]
        if found < _BATCH:
            return
        last = buffer[found - 1]


def mounts(mnt_ns_id: int) -> list[Mount]:
    """All mounts of a mount namespace, in the shape of mountinfo's lines (what nobody asks for left empty).

    Mounts that go away meanwhile are left out; listmount's own error is raised.
    """
    found = []
    for mount in mount_ids(mnt_ns_id):
        try:
            found.append(_mount(_statmount(mount, mnt_ns_id)))
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
    return _from_the_top(found)


def _from_the_top(mounts: list[Mount]) -> list[Mount]:
    """With the mount that is the root to whoever joins the namespace as its own parent, as mountinfo has it.

    It is the topmost of those stacked at `/` (setns(2)). Below it lie an initramfs, the empty first root that
    Linux has since 7.0, or whatever else was covered.
    """
    ids = {mount.id for mount in mounts}
    stacked = {mount.parent: mount for mount in mounts if mount.point == "/"}
    lowest = [parent for parent in stacked if parent not in ids]
    if len(lowest) != 1:
        return mounts
    root = stacked.pop(lowest[0])
    while root.id in stacked:
        root = stacked.pop(root.id)
    return [mount._replace(parent=mount.id) if mount is root else mount for mount in mounts]


def _statmount(mount: int, mnt_ns_id: int) -> bytes:
    mask = _MNT_BASIC | _MNT_ROOT | _MNT_POINT | _FS_TYPE
    request = struct.pack("=IIQQQ", 32, 0, mount, mask, mnt_ns_id)
    size = 4096
    while True:
        buffer = ctypes.create_string_buffer(size)
        try:
            syscalls.syscall(syscalls.STATMOUNT, "statmount", request, buffer, size, 0)
            return bytes(buffer.raw[: struct.unpack_from("=I", buffer)[0]])
        except OSError as error:
            if error.errno != errno.EOVERFLOW or size >= 1 << 20:
                raise
            size *= 16


def _mount(data: bytes) -> Mount:
    """One struct statmount; strings that the kernel did not give are ""."""
    (given,) = struct.unpack_from("=Q", data, 8)
    number, parent = struct.unpack_from("=II", data, 56)

    def string(mask: int, place: int) -> str:
        if not given & mask:
            return ""
        start = _HEADER + struct.unpack_from("=I", data, place)[0]
        return os.fsdecode(data[start : data.index(b"\0", start)])

    return Mount(
        id=number,
        parent=parent,
        device="",
        root=string(_MNT_ROOT, 104),
        point=string(_MNT_POINT, 108),
        options="",
        propagation=(),
        fs_type=string(_FS_TYPE, 36),
        source="",
        super_options="",
    )
