"""A program in memory that nothing can write to (memfd_create(2), "File sealing")."""

import fcntl
import os
import struct

_PT_INTERP = 3


def is_static(path: str) -> bool:
    """Whether a file is an ELF program that needs no interpreter, so that it runs under any root (elf(5))."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    if len(head) < 64 or head[:4] != b"\x7fELF" or head[4] not in (1, 2):
        return False
    order = "<" if head[5] == 1 else ">"
    wide = head[4] == 2
    (kind,) = struct.unpack_from(order + "H", head, 16)
    if kind not in (2, 3):
        return False
    (table,) = struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28)
    size, count = struct.unpack_from(order + "HH", head, 54 if wide else 42)
    for number in range(count):
        place = table + number * size
        if place + 4 > len(head):
            return False
        if struct.unpack_from(order + "I", head, place)[0] == _PT_INTERP:
            return False
    return True


def sealed_copy(path: str, name: str) -> int:
    """An fd on an unchangeable copy of a file: /proc/PID/exe of a process that runs it leads to no file of
    the host (CVE-2019-5736)."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(path, "rb") as file:
            while os.sendfile(fd, file.fileno(), None, 1 << 24):
                pass
        seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    except BaseException:
        os.close(fd)
        raise
    return fd
