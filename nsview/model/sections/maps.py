"""Which ids of a user namespace are which outside, as far as a front has read it."""

from typing import NamedTuple


class Maps(NamedTuple):
    """Of one user namespace: (inside, outside, length) a range; () is a map not yet written, None unread."""

    uid: tuple[tuple[int, int, int], ...] | None = None
    gid: tuple[tuple[int, int, int], ...] | None = None
    setgroups: str | None = None
    """`allow` or `deny`."""


NO_MAPS = Maps()

_EVERYTHING = (0, 0, 4294967295)


def told(ranges: tuple[tuple[int, int, int], ...] | None) -> list[str]:
    """One line a range: `0–65535 inside are 100000–165535 outside`."""
    if ranges is None:
        return []
    if not ranges:
        return ["no map is written yet: every id shows as 65534"]
    if tuple(ranges) == (_EVERYTHING,):
        return ["every id is itself"]
    return [
        f"{_span(inside, length)} inside → {_span(outside, length)} outside"
        for inside, outside, length in ranges
    ]


def _span(first: int, length: int) -> str:
    return str(first) if length == 1 else f"{first}–{first + length - 1}"
