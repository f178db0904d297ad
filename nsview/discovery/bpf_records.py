"""Two dumps of an iterator compared: records of one size, in the order of the number that begins each."""

import struct
from bisect import bisect_left

_NUMBER = struct.Struct("=I")
_BLOCK = 64
"""Records that are compared at once."""


def records(dump: bytes, size: int) -> list[bytes]:
    return [dump[place : place + size] for place in range(0, len(dump), size)]


def differing(old: bytes, new: bytes, size: int) -> tuple[list[bytes], list[bytes]]:
    """The records of both, without most of those that are the same in both."""
    left: list[bytes] = []
    entered: list[bytes] = []
    place = 0
    for start in range(0, len(old), _BLOCK * size):
        end = min(start + _BLOCK * size, len(old))
        stop = (
            len(new) if end == len(old) else _place(new, _number(old, end), place, place + end - start, size)
        )
        block, other = old[start:end], new[place:stop]
        if block != other:
            left += records(block, size)
            entered += records(other, size)
        place = stop
    return left, entered + records(new[place:], size)


def _place(dump: bytes, number: int, start: int, likely: int, size: int) -> int:
    """Where the first record from `start` on begins whose number is not less."""
    if likely < len(dump) and _number(dump, likely) == number:
        return likely
    within = range(start, len(dump), size)
    return start + size * bisect_left(within, number, key=lambda place: _number(dump, place))


def _number(dump: bytes, place: int) -> int:
    return int(_NUMBER.unpack_from(dump, place)[0])
