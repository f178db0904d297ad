"""Reading files below a root directory that others control, such as a container's.

Whoever owns that root may put anything there: links out of it, FIFOs and devices that block or act when they
are opened, files without end, file systems that never answer. Therefore:
- paths are resolved within the root (openat2(2) with RESOLVE_IN_ROOT, Linux 5.6) and through no magic link of
  procfs; where there is no openat2, name by name and through no link at all;
- what is found is opened as a mere location first, and read only if it is a plain file;
- paths that cross FUSE or network file systems are refused, and links too where there are any;
- every read and every listing has a limit.
"""

import errno
import os
import stat
from typing import TYPE_CHECKING

from nsview.kernel.procfs import read_file

if TYPE_CHECKING:
    from nsview.kernel.mountinfo import Mount

_OPENAT2 = 437
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_IN_ROOT = 0x10
_PLACE = os.O_PATH | os.O_CLOEXEC
_TRY_AGAIN = 8
"""openat2 says EAGAIN when something was renamed under it while it resolved `..`."""

MOST_NAMES = 4096
"""Names that a listing gives at most."""


class Confined:
    """The files below one root directory. OSError from each method, as the kernel said it.

    `mountinfo` is that of a process whose root this is; None: it is not known what is mounted there.
    Keeps one descriptor open until `close`.
    """

    def __init__(self, root: str, mountinfo: str | None = None) -> None:
        self.root = root
        self._waiting = _waiting(mountinfo) if mountinfo is not None else ()
        self._fd = os.open(root, _PLACE | os.O_DIRECTORY)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> "Confined":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: str, limit: int) -> bytes:
        """A plain file as a whole; EFBIG if it is longer than `limit` bytes."""
        place = self._find(path)
        try:
            found = os.fstat(place)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "not a plain file", path)
            if found.st_size > limit:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
            fd = os.open(f"/proc/self/fd/{place}", os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        finally:
            os.close(place)
        try:
            data = _read(fd, limit + 1)
        finally:
            os.close(fd)
        if len(data) > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return data

    def names(self, path: str) -> list[str]:
        """What is in a directory; E2BIG where there is more than we shall look at."""
        place = self._find(path)
        try:
            found: list[str] = []
            with os.scandir(f"/proc/self/fd/{place}/") as entries:
                for entry in entries:
                    if len(found) >= MOST_NAMES:
                        raise OSError(errno.E2BIG, "too many files", path)
                    found.append(entry.name)
            return found
        finally:
            os.close(place)

    def identity(self, path: str) -> tuple[int, int]:
        """Device and inode number of what is there: equal for one file reached through two roots."""
        place = self._find(path)
        try:
            found = os.fstat(place)
        finally:
            os.close(place)
        return found.st_dev, found.st_ino

    def _find(self, path: str) -> int:
        """An O_PATH descriptor on what is there."""
        if "\0" in path:
            raise OSError(errno.EINVAL, "a path cannot hold NUL", path)
        resolve = _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS
        if self._waiting:
            if any(f"{path}/".startswith(f"{point}/") for point in self._waiting):
                raise OSError(errno.EREMOTE, "it lies on a file system that may not answer", path)
            # A link would lead past this check.
            resolve |= _RESOLVE_NO_SYMLINKS
        if _has_openat2():
            return _openat2(self._fd, path, resolve)
        return _walk(self._fd, path)


def _read(fd: int, limit: int) -> bytes:
    chunks = []
    while limit > 0:
        data = os.read(fd, min(limit, 1 << 16))
        if not data:
            break
        chunks.append(data)
        limit -= len(data)
    return b"".join(chunks)


def _waiting(mountinfo: str) -> tuple[str, ...]:
    """Mount points, as paths below the root, on which a look-up may wait for ever; "" is all of it."""
    from nsview.kernel.mountinfo import parse_mountinfo
    from nsview.kernel.remote import TYPES, is_remote

    data = read_file(mountinfo)
    if not any(f" - {name}".encode() in data for name in TYPES):
        return ()
    mounts: list[Mount] = parse_mountinfo(data)
    own = os.stat("/").st_dev
    device = f"{os.major(own)}:{os.minor(own)}"
    # Where our own root does not answer, nothing works anyway.
    return tuple(
        mount.point.rstrip("/") for mount in mounts if is_remote(mount.fs_type) and mount.device != device
    )


_openat2_works: bool | None = None


def _has_openat2() -> bool:
    """Linux 5.6, unless a seccomp filter of an old container engine forbids what it does not know."""
    global _openat2_works
    if _openat2_works is None:
        fd = os.open("/", _PLACE | os.O_DIRECTORY)
        try:
            os.close(_openat2(fd, ".", _RESOLVE_IN_ROOT))
            _openat2_works = True
        except OSError:
            _openat2_works = False
        finally:
            os.close(fd)
    return _openat2_works


def _openat2(root: int, path: str, resolve: int) -> int:
    import ctypes
    import struct

    from nsview.kernel import syscalls

    how = ctypes.create_string_buffer(struct.pack("=QQQ", _PLACE, 0, resolve), 24)
    for attempt in range(_TRY_AGAIN):
        try:
            return syscalls.syscall(_OPENAT2, "openat2", root, os.fsencode(path) + b"\0", how, 24)
        except OSError as error:
            if error.errno != errno.EAGAIN or attempt == _TRY_AGAIN - 1:
                raise
    raise AssertionError


def _walk(root: int, path: str) -> int:
    """Name by name, through no link: ELOOP where there is one, EXDEV for `..`."""
    here = os.dup(root)
    os.set_inheritable(here, False)
    try:
        for name in path.split("/"):
            if name in ("", "."):
                continue
            if name == "..":
                raise OSError(errno.EXDEV, "it leads upwards", path)
            below = os.open(name, _PLACE | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
            if stat.S_ISLNK(os.fstat(here).st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        return here
    except OSError:
        os.close(here)
        raise
