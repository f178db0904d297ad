"""State files of engines below one root directory, read with limits: any surprise is no answer."""

import os
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

LONGEST = 300
"""Characters of a name, an image or a path that we take; longer ones are none."""
SMALL = 1 << 16
LARGE = 1 << 20
LISTS = 1 << 23
"""Bytes of a file that lists all containers of an engine."""

T = TypeVar("T")


class Files(Protocol):
    """What is read from: nsview.kernel.confined.Confined."""

    def read(self, path: str, limit: int) -> bytes: ...
    def names(self, path: str) -> list[str]: ...
    def identity(self, path: str) -> tuple[int, int]: ...
    def close(self) -> None: ...


class Allowance:
    """How much may still be read in one look, where others decide how much there is."""

    __slots__ = ("bytes", "files")

    def __init__(self, files: int = 20_000, size: int = 1 << 25) -> None:
        self.files = files
        self.bytes = size

    def take(self, size: int) -> None:
        self.files -= 1
        self.bytes -= size

    @property
    def spent(self) -> bool:
        return self.files <= 0 or self.bytes <= 0


class Root:
    """A root directory in which engines keep state files, remembered for one look at the machine.

    `path` is how it is shown; `level` how deep the pid namespace of the numbers in its files is below ours;
    `mnt` its mount namespace, 0 for our own root. `allowance`, shared by the roots of containers, bounds what
    is read below them together; None: it is our own root.
    """

    __slots__ = ("_allowance", "_failure", "_files", "_memo", "_open", "denied", "level", "mnt", "path")

    def __init__(
        self,
        path: str,
        level: int,
        allowance: Allowance | None,
        open_files: Callable[[], Files],
        mnt: int = 0,
    ) -> None:
        self.path = path
        self.level = level
        self.mnt = mnt
        self._allowance = allowance
        self._open = open_files
        self._files: Files | None = None
        self._failure: OSError | None = None
        self._memo: dict[tuple[object, str], Any] = {}
        self.denied: dict[str, None] = {}
        """What may not be read, in the order in which it was tried."""

    @property
    def ours(self) -> bool:
        return self._allowance is None

    def close(self) -> None:
        if self._files is not None:
            self._files.close()
            self._files = None

    def remember(self, build: "Callable[[Root, str], T]", place: str) -> T:
        """What `build` makes of a file or directory below here, made once a look."""
        key = (build, place)
        if key not in self._memo:
            self._memo[key] = build(self, place)
        found: T = self._memo[key]
        return found

    def read(self, path: str, limit: int = SMALL) -> bytes | None:
        """A plain file's content; None if there is none, or one that we do not read."""
        allowance = self._allowance
        if allowance is not None and allowance.spent:
            return None
        try:
            data = self.files().read(path, limit)
        except (OSError, ValueError) as error:
            self._note(path, error)
            return None
        if allowance is not None:
            allowance.take(len(data))
        return data

    def json(self, path: str) -> Any:
        """A JSON file, read once a look; None for what is none."""
        return self.remember(_read_json, path)

    def line(self, path: str) -> str:
        """The first line of a small text file; "" for none."""
        data = self.read(path, 4096) or b""
        return text(os.fsdecode(data.split(b"\n", 1)[0].rstrip(b"\0")).strip())

    def number(self, path: str) -> int:
        """The process number that a file holds; 0 for none."""
        return number(self.line(path))

    def names(self, path: str) -> tuple[str, ...]:
        """The names in a directory, listed once a look; () if it cannot be, or is far too large."""
        return self.remember(_list, path)

    def names_now(self, path: str) -> tuple[str, ...]:
        """As `names`, without remembering."""
        allowance = self._allowance
        if allowance is not None and allowance.spent:
            return ()
        try:
            found = tuple(sorted(self.files().names(path)))
        except (OSError, ValueError) as error:
            self._note(path, error)
            return ()
        if allowance is not None:
            allowance.take(sum(map(len, found)))
        return found

    def _note(self, path: str, error: Exception) -> None:
        if isinstance(error, PermissionError):
            self.denied[path] = None

    def same(self, path: str, other: "Root") -> bool:
        """Whether a path leads to one file from here and from another root."""
        try:
            return self.files().identity(path) == other.files().identity(path)
        except (OSError, ValueError):
            return False

    def files(self) -> Files:
        """OSError if the root cannot be reached; that is tried once."""
        if self._failure is not None:
            raise self._failure
        if self._files is None:
            try:
                self._files = self._open()
            except OSError as failure:
                self._failure = failure
                raise
        return self._files


def _read_json(root: Root, path: str) -> Any:
    return parse_json(root.read(path, LARGE))


def _list(root: Root, path: str) -> tuple[str, ...]:
    return root.names_now(path)


def parse_json(data: bytes | None) -> Any:
    """None for what is no JSON, or nested so deep that it was made to hurt."""
    if data is None:
        return None
    from json import loads

    try:
        return loads(data)
    except (ValueError, RecursionError):
        return None


def at(value: Any, *keys: str | int) -> Any:
    """What lies in nested JSON; None where something else is in the way."""
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def text(value: Any) -> str:
    """A text short enough for a name; "" for anything else.

    JSON can hold lone surrogates that stand for no byte of a file name: nothing could write them out.
    """
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        return ""
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return ""
    return value


def number(value: Any) -> int:
    """A process number, from JSON or from text; 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 10:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31:
        return value
    return 0


def identifier(value: Any) -> str:
    """An id of 64 hexadecimal digits, which is safe in a path; "" for anything else."""
    if isinstance(value, str) and len(value) == 64 and not value.strip("0123456789abcdef"):
        return value
    return ""


def file_name(value: Any) -> str:
    """A text that is one name in a directory; "" for anything else."""
    found = text(value)
    return "" if "/" in found or "\0" in found or found in (".", "..") else found
