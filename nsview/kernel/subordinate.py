"""Whose subordinate user or group numbers a range is (subuid(5), subgid(5))."""

import os
from typing import NamedTuple


class Subordinate(NamedTuple):
    owner: str
    """A user's name, or number."""
    first: int
    length: int


def read_subordinate(path: str) -> tuple[Subordinate, ...]:
    """The ranges of `/etc/subuid` or `/etc/subgid`; () where there is no such file."""
    try:
        with open(path, "rb") as file:
            return parse_subordinate(file.read(1 << 22))
    except OSError:
        return ()


def parse_subordinate(data: bytes) -> tuple[Subordinate, ...]:
    """Lines `alice:100000:65536`; what is none is left out."""
    found = []
    for line in data.split(b"\n"):
        fields = line.strip().split(b":")
        if len(fields) == 3 and fields[1].isdigit() and fields[2].isdigit():
            found.append(Subordinate(os.fsdecode(fields[0]), int(fields[1]), int(fields[2])))
    return tuple(found)
