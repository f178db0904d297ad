"""Plans as data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsview.actions.failure import Failure
from nsview.actions.id_maps import MapRequest, id_maps
from nsview.actions.plan import (
    Check,
    Environment,
    Identity,
    IdLine,
    Join,
    Keep,
    Left,
    Makes,
    Place,
    Plan,
    Reference,
    Veth,
    Way,
    from_json,
    to_json,
)
from nsview.kernel.idmap import IdRange
from nsview.kernel.own import Own
from nsview.model.kind import Kind

kinds = st.sampled_from(list(Kind))
# Any string that os.fsdecode may give: text, and surrogates for bytes that are none.
texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)
)
numbers = st.integers(0, 2**64)
ways = st.builds(
    Way,
    st.sampled_from(["link", "fd", "path"]),
    numbers,
    numbers,
    st.none(),
    texts,
    st.none(),
    st.tuples(texts),
)
plans = st.builds(
    Plan,
    action=st.sampled_from(["enter", "spawn"]),
    subject=texts,
    reference=st.none() | st.builds(Reference, numbers, numbers),
    joins=st.tuples(st.builds(Join, kinds, numbers, st.none() | numbers, st.lists(ways).map(tuple))),
    makes=st.none()
    | st.builds(
        Makes,
        st.lists(kinds).map(tuple),
        uid_map=st.tuples(st.builds(IdLine, numbers, numbers, numbers)),
        keep=st.tuples(st.builds(Keep, kinds, texts)),
        veth=st.none() | st.builds(Veth, texts, texts),
        hostname=st.none() | texts,
    ),
    left=st.tuples(st.builds(Left, kinds, texts)),
    identity=st.builds(Identity, texts, st.none() | numbers),
    root=st.builds(Place, texts, texts),
    environment=st.builds(Environment, texts, st.lists(st.tuples(texts, texts)).map(tuple)),
    command=st.lists(texts).map(tuple),
    checks=st.tuples(st.builds(Check, texts, texts, texts)),
)


@given(plans)
def test_a_plan_survives_as_text(plan: Plan) -> None:
    text = to_json(plan)
    assert text.isascii()
    assert "\n" not in text
    back = from_json(text)
    assert back == plan
    assert all(isinstance(join.kind, Kind) for join in back.joins)


def test_other_texts_are_no_plans() -> None:
    for text in ("[]", '{"Check": ["ok", "a", "b"]}', "3"):
        with pytest.raises(ValueError, match="no plan"):
            from_json(text)
    with pytest.raises(json.JSONDecodeError):
        from_json("")


class TestFailure:
    def test_exit_statuses(self) -> None:
        assert Failure("exec", 2, "x").exit_status == 127
        assert Failure("exec", 13, "x").exit_status == 126
        assert Failure("join net", 1).exit_status == 125

    def test_words(self) -> None:
        failure = Failure("join mnt", 1)
        assert failure.message == "join mnt: Operation not permitted (EPERM)"
        assert "CAP_SYS_CHROOT" in failure.help
        assert Failure("nothing", 0, "", "odd").message == "nothing: odd"
        assert Failure("nothing", 5).help == ""


def us(uid: int = 1000, effective: int = 0) -> Own:
    full = (IdRange(0, 0, 4294967295),)
    return Own(uid, uid, effective, 0, {}, full, full)


class TestIdMaps:
    ROOT = MapRequest(single=0)

    def test_ones_own(self) -> None:
        maps = id_maps(self.ROOT, self.ROOT, us(), None, False)
        assert maps.uid == maps.gid == (IdLine(0, 1000, 1),)
        assert maps.writer == "self"

    def test_root_writes_from_the_parent(self) -> None:
        assert id_maps(self.ROOT, self.ROOT, us(0, 0xFF), None, False).writer == "parent"

    def test_within_a_joined_user_namespace_its_root_is_mapped(self) -> None:
        maps = id_maps(self.ROOT, self.ROOT, us(), None, True)
        assert (maps.uid, maps.writer) == ((IdLine(0, 0, 1),), "parent")

    def test_all_but_ours_as_another(self) -> None:
        maps = id_maps(MapRequest(single=0, automatic="all"), MapRequest(), us(), None, True)
        assert maps.uid == (IdLine(0, 0, 1), IdLine(1, 1, 4294967294))
        maps = id_maps(MapRequest(single=0, automatic="all"), MapRequest(), us(1000, 0xFF), None, False)
        assert maps.uid == (IdLine(0, 1000, 1), IdLine(1, 1, 999), IdLine(1001, 1001, 4294966294))

    @given(
        st.sets(st.integers(0, 50), max_size=6),
        st.lists(st.tuples(st.integers(100, 200), st.integers(1, 30)), min_size=1, max_size=4),
    )
    def test_granted_ids_fill_the_lowest_numbers(self, taken: set[int], spans: list[tuple[int, int]]) -> None:
        from nsview.actions.id_maps import _from_zero

        fixed = [IdLine(number, 10_000 + number, 1) for number in taken]
        ranges = tuple(IdRange(first, first, length) for first, length in spans)
        lines = _from_zero(fixed, ranges)
        inside = [number for line in lines for number in range(line.inside, line.inside + line.length)]
        outside = [number for line in lines for number in range(line.outside, line.outside + line.length)]
        total = sum(length for _, length in spans)
        free = [number for number in range(total + len(taken)) if number not in taken]
        assert sorted(inside) == free[:total]
        assert outside == [number for first, length in spans for number in range(first, first + length)]
