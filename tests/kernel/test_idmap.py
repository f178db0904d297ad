"""/proc/PID/uid_map and gid_map."""

import os

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nsview.kernel.idmap import (
    IdRange,
    first_mapped,
    maps_everything,
    parse_id_map,
    to_inside,
    to_outside,
)


@st.composite
def maps(draw: st.DrawFn) -> tuple[IdRange, ...]:
    """Ranges that do not overlap, on either side: the kernel takes no others."""
    ranges = []
    inside = outside = 0
    for _ in range(draw(st.integers(0, 8))):
        inside += draw(st.integers(0, 70000))
        outside += draw(st.integers(0, 70000))
        count = draw(st.integers(1, 70000))
        ranges.append(IdRange(inside, outside, count))
        inside += count
        outside += count
    return tuple(draw(st.permutations(ranges)))


def written(ranges: tuple[IdRange, ...]) -> bytes:
    return b"".join(b"%10d %10d %10d\n" % span for span in ranges)


@given(st.binary(max_size=200))
@example(b"1 2 " + b"9" * 5000)
@settings(deadline=None)
def test_any_bytes_are_a_map(data: bytes) -> None:
    for ranges in [parse_id_map(data)]:
        assert isinstance(to_inside(ranges, 0), int | None)
        assert isinstance(to_outside(ranges, 0), int | None)
        assert isinstance(first_mapped(ranges), int | None)


@given(maps())
@settings(deadline=None)
def test_reads_back_what_the_kernel_would_write(ranges: tuple[IdRange, ...]) -> None:
    assert parse_id_map(written(ranges)) == ranges


@given(maps(), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_there_and_back_is_the_same_id(ranges: tuple[IdRange, ...], number: int) -> None:
    inner = to_inside(ranges, number)
    assert inner is None or to_outside(ranges, inner) == number
    outer = to_outside(ranges, number)
    assert outer is None or to_inside(ranges, outer) == number


@given(maps())
@settings(deadline=None)
def test_each_end_of_each_range_and_what_lies_beside(ranges: tuple[IdRange, ...]) -> None:
    inside = {span.inside + step for span in ranges for step in (0, span.length - 1)}
    for span in ranges:
        assert to_outside(ranges, span.inside) == span.outside
        assert to_outside(ranges, span.inside + span.length - 1) == span.outside + span.length - 1
        assert to_inside(ranges, span.outside) == span.inside
    lowest = first_mapped(ranges)
    assert lowest == (min(inside) if inside else None)
    if lowest:
        assert to_outside(ranges, lowest - 1) is None


def test_only_the_initial_map_maps_everything() -> None:
    assert maps_everything(parse_id_map(b"         0          0 4294967295\n"))
    assert not maps_everything(parse_id_map(b"         0       1000          1\n"))
    assert not maps_everything(parse_id_map(b"         0     100000 4294967295\n"))
    assert not maps_everything(())


def test_a_rootless_container() -> None:
    ranges = parse_id_map(b"         0       1000          1\n         1     100000      65536\n")
    assert to_inside(ranges, 1000) == 0
    assert to_inside(ranges, 100032) == 33
    assert to_inside(ranges, 0) is None
    assert to_outside(ranges, 65536) == 165535
    assert to_outside(ranges, 65537) is None
    assert first_mapped(ranges) == 0


def test_every_process_of_this_machine_has_a_map_that_parses() -> None:
    seen = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        for name in ("uid_map", "gid_map"):
            try:
                with open(f"/proc/{entry}/{name}", "rb") as file:
                    data = file.read()
            except OSError:
                continue  # it ended
            assert len(parse_id_map(data)) == data.count(b"\n")
            seen += 1
    assert seen > 3
