"""Reading a bbolt database, the form in which containerd keeps its facts: one bucket at a time, from a copy.

The file is read while its owner writes to it, so it may be torn, and in a container it may be anything: what
does not add up is not there. Pages are those of bbolt's file format, version 2.
"""

from collections.abc import Iterator
from struct import Struct, error

_MAGIC = 0xED0CDAED
_VERSION = 2
_PAGE = Struct("<QHHI")
"""Page number, flags, elements, pages that follow and belong to it."""
_META = Struct("<IIIIQQQQQ")
"""Magic, version, page size, flags, page of the root bucket, its sequence, free list, pages, transaction."""
_BRANCH = Struct("<IIQ")
"""Place of the key counted from this element, its length, page below."""
_LEAF = Struct("<IIII")
"""1 for a bucket; place of the key counted from this element; lengths of key and value."""
_BUCKET = Struct("<QQ")
"""Page of a bucket, 0 if its only page follows here; its sequence."""
_IS_BRANCH, _IS_LEAF = 1, 2


class Bolt:
    """A database in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = 0

    def bucket(self, *path: bytes) -> dict[bytes, bytes]:
        """The keys and values of the bucket at the end of a path of buckets; {} where there is none."""
        # No part is needed twice: who has read more than there is has been led in circles.
        self._left = len(self._data)
        try:
            page = self._root()
            for name in path:
                found = next((value for key, value in self._seek(page, name) if key == name), None)
                if found is None or not found[0]:
                    return {}
                page = self._below(*found[1:])
            entries = self._all(page)
            return {key: self._take(start, end) for key, (bucket, start, end) in entries if not bucket}
        except (error, OverflowError, ValueError):  # a place that is outside of it, or of all memory
            return {}

    def _root(self) -> int:
        """Where the root bucket's page is; ValueError if this is no database of ours."""
        newest, place = -1, 0
        for offset in (0, self._page_size()):
            meta = _META.unpack_from(self._data, offset + _PAGE.size)
            if meta[:2] == (_MAGIC, _VERSION) and meta[8] > newest:
                newest, place = meta[8], self._place(meta[4])
        if newest < 0:
            raise ValueError("no bbolt database")
        return place

    def _page_size(self) -> int:
        magic, version, size = _META.unpack_from(self._data, _PAGE.size)[:3]
        return size if (magic, version) == (_MAGIC, _VERSION) and 512 <= size <= 1 << 16 else 4096

    def _place(self, page: int) -> int:
        place = page * self._page_size()
        if place >= len(self._data):
            raise ValueError("a page beyond the end")
        return place

    def _below(self, start: int, end: int) -> int:
        """The first page of a bucket that is the value between these places."""
        page, _ = _BUCKET.unpack_from(self._data, start)
        return self._place(page) if page else start + _BUCKET.size

    def _seek(self, page: int, name: bytes) -> Iterator[tuple[bytes, tuple[bool, int, int]]]:
        """The entries of the leaf in which a key must be."""
        while True:
            flags, count = _PAGE.unpack_from(self._data, page)[1:3]
            if flags & _IS_LEAF:
                yield from self._leaf(page, count)
                return
            if not flags & _IS_BRANCH or not count:
                return
            below = [lower for key, lower in self._branch(page, count) if key <= name]
            if not below:
                return
            page = self._place(below[-1])

    def _all(self, page: int) -> Iterator[tuple[bytes, tuple[bool, int, int]]]:
        """All entries of a bucket."""
        pages = [page]
        for page in pages:
            flags, count = _PAGE.unpack_from(self._data, page)[1:3]
            if flags & _IS_LEAF:
                yield from self._leaf(page, count)
            elif flags & _IS_BRANCH:
                pages += [self._place(below) for _, below in self._branch(page, count)]

    def _branch(self, page: int, count: int) -> Iterator[tuple[bytes, int]]:
        for number in range(count):
            here = page + _PAGE.size + number * _BRANCH.size
            place, size, below = _BRANCH.unpack_from(self._data, here)
            yield self._take(here + place, here + place + size), below

    def _leaf(self, page: int, count: int) -> Iterator[tuple[bytes, tuple[bool, int, int]]]:
        for number in range(count):
            here = page + _PAGE.size + number * _LEAF.size
            flags, place, key_size, size = _LEAF.unpack_from(self._data, here)
            start = here + place + key_size
            yield self._take(here + place, start), (bool(flags & 1), start, start + size)

    def _take(self, start: int, end: int) -> bytes:
        """What lies between two places, from the allowance of one call."""
        self._left -= _LEAF.size + end - start
        if self._left < 0:
            raise ValueError("a database that leads in circles")
        return self._data[start:end]
