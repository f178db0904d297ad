"""Writes the archive that the kernel unpacks into its first root directory (initramfs: cpio, "newc").

A path is added as this machine has it: symbolic links on the way are kept as such, and what they lead to
comes too.
"""

import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"070701"
_TRAILER = "TRAILER!!!"


class Archive:
    """An initramfs in the making; `close` ends it. All belongs to root, and everyone may read it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._names = {"/"}

    def close(self) -> None:
        self._write(_TRAILER, 0, b"", 0)

    def add(self, path: str | Path) -> None:
        """A file, directory (without its content) or link of this machine, at the same place there."""
        self._add_as_is(os.path.abspath(path), 0)

    def add_tree(self, top: str | Path, without: Collection[str] = ()) -> None:
        """A directory and all below it, except for what has one of the names `without` directly in it."""
        self.add(top)
        for directory, below, files in os.walk(top):
            if directory == os.fspath(top):
                below[:] = [name for name in below if name not in without]
            for name in (*below, *files):
                self.add(os.path.join(directory, name))

    def put(self, path: str, data: bytes, mode: int = 0o644, mtime: float = 0) -> None:
        """A file with this content; the directories above it are made."""
        self._directories_above(path)
        self._once(path, stat.S_IFREG | mode, data, mtime)

    def directory(self, path: str) -> None:
        self._directories_above(path)
        self._once(path, stat.S_IFDIR | 0o755, b"", 0)

    def device(self, path: str, mode: int, major: int, minor: int) -> None:
        self._directories_above(path)
        self._once(path, mode, b"", 0, (major, minor))

    def _directories_above(self, path: str) -> None:
        for parent in reversed(Path(path).parents):
            self._once(str(parent), stat.S_IFDIR | 0o755, b"", 0)

    def _add_as_is(self, path: str, depth: int) -> None:
        if path in self._names:
            return
        if depth > 40:
            raise OSError(f"{path}: too many levels of symbolic links")
        parent = os.path.dirname(path)
        real = os.path.realpath(parent)
        self._add_as_is(parent, depth)
        if real != parent:
            self._add_as_is(os.path.join(real, os.path.basename(path)), depth + 1)
            return
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            target = os.readlink(path)
            self._once(path, stat.S_IFLNK | 0o777, os.fsencode(target), found.st_mtime)
            self._add_as_is(os.path.normpath(os.path.join(parent, target)), depth + 1)
        elif stat.S_ISDIR(found.st_mode):
            self._once(path, stat.S_IFDIR | 0o755, b"", found.st_mtime)
        elif stat.S_ISREG(found.st_mode):
            mode = 0o644 | (0o111 if found.st_mode & 0o111 else 0) | (found.st_mode & stat.S_ISUID)
            self._once(path, stat.S_IFREG | mode, Path(path).read_bytes(), found.st_mtime)

    def _once(
        self, path: str, mode: int, data: bytes, mtime: float, device: tuple[int, int] = (0, 0)
    ) -> None:
        if path not in self._names:
            self._names.add(path)
            self._write(path.lstrip("/"), mode, data, mtime, device)

    def _write(
        self, name: str, mode: int, data: bytes, mtime: float, device: tuple[int, int] = (0, 0)
    ) -> None:
        encoded = os.fsencode(name) + b"\0"
        numbers = (
            len(self._names),  # inode number: each its own, so nothing is taken for a hard link
            mode,
            *(0, 0),  # owner
            1,  # links
            int(mtime),
            len(data),
            *(0, 0),  # the device that it was on
            *device,
            len(encoded),
            0,  # check sum: only in another format
        )
        head = _MAGIC + b"".join(b"%08x" % number for number in numbers) + encoded
        self._file.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))
