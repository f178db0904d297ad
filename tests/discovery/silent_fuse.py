"""A FUSE file system that answers until it is told not to: every look-up in it then waits for ever."""

import errno
import os
import stat
import struct
import threading
from pathlib import Path

from tests import linux

_LOOKUP, _GETATTR, _INIT = 1, 3, 26
_HEADER = struct.Struct("<IIQQIIII")
_ROOT = 1


class SilentFuse:
    """Mounted at `place` in the mount namespace of whoever makes it; one empty file, `kept`, is in it."""

    def __init__(self, place: Path) -> None:
        self._fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._fd},rootmode=40000,user_id=0,group_id=0"
        linux.mount("silent", place, "fuse.silent", data=options)
        self._silent = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def fall_silent(self) -> None:
        self._silent.set()

    def _serve(self) -> None:
        while True:
            request = os.read(self._fd, 1 << 18)
            if self._silent.is_set():
                threading.Event().wait()
            _, operation, unique, node, *_ = _HEADER.unpack_from(request)
            error, answer = self._answer(operation, node, request[_HEADER.size :])
            os.write(self._fd, struct.pack("<IiQ", 16 + len(answer), -error, unique) + answer)

    def _answer(self, operation: int, node: int, body: bytes) -> tuple[int, bytes]:
        if operation == _INIT:
            return 0, struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, 0)
        if operation == _LOOKUP:
            if body.rstrip(b"\0") != b"kept":
                return errno.ENOENT, b""
            # What was looked up is valid for no time, so that the next look-up asks again.
            return 0, struct.pack("<QQQQII", 2, 1, 0, 0, 0, 0) + _attributes(2)
        if operation == _GETATTR:
            return 0, struct.pack("<QII", 0, 0, 0) + _attributes(node)
        return errno.ENOSYS, b""


def _attributes(node: int) -> bytes:
    mode = stat.S_IFDIR | 0o755 if node == _ROOT else stat.S_IFREG | 0o644
    return struct.pack("<6Q10I", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)
