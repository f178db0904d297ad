"""/proc/PID/uid_map and gid_map: user numbers inside and outside a user namespace (user_namespaces(7))."""

from typing import NamedTuple


class IdRange(NamedTuple):
    """`length` ids from `inside` on, which are those from `outside` on in the reader's user namespace.

    A reader in the same user namespace sees those of its parent instead; 4294967295 stands for an id that has
    none there.
    """

    inside: int
    outside: int
    length: int


def parse_id_map(data: bytes) -> tuple[IdRange, ...]:
    """The ranges in the order of the file; () before a map was written. Lines that are none are left out."""
    ranges = []
    for line in data.split(b"\n"):
        fields = line.split()
        if len(fields) != 3:
            continue
        try:
            ranges.append(IdRange(int(fields[0]), int(fields[1]), int(fields[2])))
        except ValueError:
            continue
    return tuple(ranges)


def to_inside(ranges: tuple[IdRange, ...], outer_id: int) -> int | None:
    """What the outer id is inside; None if it is not mapped and shows as the overflow id (65534)."""
    for inside, outside, length in ranges:
        if 0 <= outer_id - outside < length:
            return inside + outer_id - outside
    return None


def to_outside(ranges: tuple[IdRange, ...], inner_id: int) -> int | None:
    """What the inner id is outside; None if it is not mapped."""
    for inside, outside, length in ranges:
        if 0 <= inner_id - inside < length:
            return outside + inner_id - inside
    return None


def first_mapped(ranges: tuple[IdRange, ...]) -> int | None:
    """The lowest id that exists inside: 0 where root is mapped; None without a map."""
    return min((span.inside for span in ranges if span.length > 0), default=None)


def maps_everything(ranges: tuple[IdRange, ...]) -> bool:
    """Whether every id is itself, as in the initial user namespace."""
    return ranges == (IdRange(0, 0, 4294967295),)
