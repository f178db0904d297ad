"""Two dumps of records, compared block by block."""

from hypothesis import given
from hypothesis import strategies as st

from nsview.discovery.bpf_records import differing, records

SIZE = 24
NUMBERS = st.lists(st.integers(0, 1000), unique=True, max_size=300).map(sorted)


def dump(numbers: list[int], state: dict[int, int]) -> bytes:
    return b"".join(
        number.to_bytes(4, "little") + bytes([state.get(number, 0)]) * (SIZE - 4) for number in numbers
    )


@given(NUMBERS, NUMBERS, st.dictionaries(st.integers(0, 1000), st.integers(1, 3), max_size=5))
def test_what_is_left_out_is_the_same(before: list[int], after: list[int], state: dict[int, int]) -> None:
    _check(dump(before, {}), dump(after, state))


@given(NUMBERS, st.data())
def test_few_changes(before: list[int], data: st.DataObject) -> None:
    gone = data.draw(st.lists(st.sampled_from(before), max_size=3)) if before else []
    come = data.draw(st.lists(st.integers(0, 1000), max_size=3))
    state = data.draw(st.dictionaries(st.integers(0, 1000), st.integers(1, 3), max_size=5))
    _check(dump(before, {}), dump(sorted({*before, *come}.difference(gone)), state))


def _check(old: bytes, new: bytes) -> None:
    were, are = differing(old, new, SIZE)
    all_old, all_new = set(records(old, SIZE)), set(records(new, SIZE))
    assert set(were) <= all_old
    assert set(are) <= all_new
    # Everything that has come or gone is there, however the rest has moved.
    assert set(were) - set(are) == all_old - all_new
    assert set(are) - set(were) == all_new - all_old


def test_the_same_is_nothing() -> None:
    same = dump(list(range(500)), {})
    assert differing(same, same, SIZE) == ([], [])
    # One more anywhere, as when a process has been started, costs a block and no more.
    even = list(range(0, 1000, 2))
    for number in (251, 1001):
        left, entered = differing(dump(even, {}), dump(sorted([*even, number]), {}), SIZE)
        assert len(left) <= 64
        assert len(entered) <= 65
