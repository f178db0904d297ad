"""The arithmetic of a folded tree, against a walk that goes through all of it."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsview.model.views.folds import ALL_CLOSED, ALL_OPEN, Folds
from nsview.model.views.tree import Key, Leaves, NoRows, TreeModel
from nsview.model.views.visible import DEEPEST_RAIL, Row, Visible
from nsview.model.views.walk import Found, containing, search, subtree, walk
from tests.ui.forest import Forest, Groups, broken_laws, chain, naive


@st.composite
def forests(draw: st.DrawFn) -> Forest:
    parents = draw(st.lists(st.integers(0, 10_000), max_size=60))
    pairs = [(number, above % number) for number, above in enumerate(parents, 1)]
    return Forest(pairs, closed=draw(st.frozensets(st.integers(1, 60), max_size=8)))


@st.composite
def groups(draw: st.DrawFn) -> Groups:
    return Groups(
        draw(
            st.dictionaries(
                st.sampled_from("abcdefgh"), st.lists(st.integers(0, 99), unique=True, max_size=9)
            )
        )
    )


models = st.one_of(forests(), groups())
some_folds = st.builds(
    Folds,
    opened=st.frozensets(st.integers(1, 60), max_size=10),
    closed=st.frozensets(st.integers(1, 60), max_size=10),
    rest=st.sampled_from([None, True, False]),
)


def assert_agrees(visible: Visible) -> None:
    expected = naive(visible.model, visible.folds)
    assert len(visible) == len(expected)
    assert [tuple(row) for row in visible.rows(0, len(visible))] == [
        (key, rails[: DEEPEST_RAIL - 1] + rails[-1:] if len(rails) > DEEPEST_RAIL else rails, fold)
        for key, rails, fold in expected
    ]
    for number, (key, _rails, _fold) in enumerate(expected):
        assert visible.row_of(key) == number
        assert visible.key_at(number) == key


@given(models, some_folds)
def test_rows_are_those_of_a_plain_walk(model: TreeModel, folds: Folds) -> None:
    assert broken_laws(model) == []
    assert_agrees(Visible(model, folds))


@given(models, some_folds, st.integers(-5, 80), st.integers(-5, 80))
def test_any_stretch_of_rows(model: TreeModel, folds: Folds, start: int, stop: int) -> None:
    visible = Visible(model, folds)
    whole = visible.rows(0, len(visible))
    assert visible.rows(start, stop) == whole[max(0, start) : max(0, stop)]


@given(forests(), some_folds, st.data())
def test_folding_step_by_step_equals_laying_out_anew(
    model: Forest, folds: Folds, data: st.DataObject
) -> None:
    visible = Visible(model, folds)
    for key, opening in data.draw(st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=12)):
        if opening:
            visible.open(key)
            assert visible.is_open(key) == (key in model.kids)
        else:
            visible.close(key)
            assert not visible.is_open(key)
        assert_agrees(visible)
        assert visible.rows(0, 99) == Visible(model, visible.folds).rows(0, 99)


@given(models, some_folds, some_folds)
def test_a_layout_takes_other_folds(model: TreeModel, folds: Folds, others: Folds) -> None:
    visible = Visible(model, folds).refolded(others)
    assert visible.folds == others
    assert_agrees(visible)


@given(forests(), some_folds)
def test_a_folded_row_is_stood_for_by_the_ancestor_it_is_folded_into(model: Forest, folds: Folds) -> None:
    visible = Visible(model, folds)
    shown = {row.key: number for number, row in enumerate(visible.rows(0, len(visible)))}
    for key in model.above:
        standing: Key | None = key
        while standing not in shown:
            assert standing is not None
            standing = model.parent(standing)
        assert visible.locate(key) == (shown[standing], standing)
    assert visible.locate(99_999) is None


def test_many_siblings_are_found_again_and_again() -> None:
    """The second question on makes a table of the siblings; the answers have to stay the same."""
    model = Forest([(1, 0), *((number, 1) for number in range(2, 500)), *((n, 250) for n in range(500, 700))])
    assert_agrees(Visible(model))
    model = Forest((number, 0) for number in range(1, 300))
    visible = Visible(model)
    assert [visible.row_of(key) for key in (7, 299, 1)] == [6, 298, 0]
    ghost = Forest([(number, 0) for number in range(1, 300)])
    ghost.above[777] = 0  # a model that says one thing and lists another must not take the screen down
    visible = Visible(ghost)
    assert [visible.row_of(777) for _ in range(3)] == [None, None, None]


def test_no_rows() -> None:
    visible = Visible(NoRows())
    assert (len(visible), visible.rows(0, 9), visible.key_at(0), visible.row_of("x")) == (0, [], None, None)


def test_a_row_with_an_empty_list_below_has_no_fold() -> None:
    model = Groups({"empty": [], "full": [1]})
    assert Visible(model).rows(0, 9) == [
        Row(("g", "empty"), "", None),
        Row(("g", "full"), "", True),
        Row(("g", "full", 1), "└", None),
    ]
    visible = Visible(model)
    visible.close(("g", "empty"))
    assert len(visible) == 3


def test_folds_without_an_opinion_leave_it_to_the_view() -> None:
    model = Forest([(1, 0), (2, 1), (3, 0), (4, 3)], closed=frozenset({3}))
    assert [row.key for row in Visible(model).rows(0, 9)] == [1, 2, 3]
    assert len(Visible(model, ALL_OPEN)) == 4
    assert len(Visible(model, ALL_CLOSED)) == 2
    assert len(Visible(model, ALL_CLOSED.opening(3))) == 3
    assert Folds().opening(3, 1).closing(1).among([3]) == Folds(opened=frozenset({3}))


def test_chains_deeper_than_the_stack() -> None:
    model = chain(20_000)
    began = time.monotonic()
    visible = Visible(model, ALL_OPEN)
    rows = visible.rows(19_900, 19_940)
    assert [row.key for row in rows] == list(range(19_901, 19_941))
    assert all(len(row.rails) <= DEEPEST_RAIL for row in rows)
    assert visible.row_of(20_000) == 19_999
    visible.close(10_000)
    assert len(visible) == 10_000
    assert visible.locate(20_000) == (9_999, 10_000)
    visible.open(10_000)
    assert len(visible) == 20_000
    assert len(list(subtree(model, 1))) == 20_000
    assert list(walk(model, 19_998)) == [19_999, 20_000]
    assert next(iter(walk(model, backwards=True))) == 20_000
    assert time.monotonic() - began < 5


@given(forests(), st.data())
def test_walks_go_everywhere_from_anywhere(model: Forest, data: st.DataObject) -> None:
    whole = [key for key, _rails, _fold in naive(model, ALL_OPEN)]
    assert list(walk(model)) == whole
    assert list(walk(model, backwards=True)) == whole[::-1]
    if whole:
        at = data.draw(st.integers(0, len(whole) - 1))
        assert list(walk(model, whole[at])) == whole[at + 1 :]
        assert list(walk(model, whole[at], backwards=True)) == whole[:at][::-1]
        below = [key for key in whole if whole[at] in (key, *_above(model, key))]
        assert list(subtree(model, whole[at])) == below


def _above(model: Forest, key: Key) -> list[Key]:
    found = []
    while (above := model.parent(key)) is not None:
        found.append(above)
        key = above
    return found


@given(forests(), st.frozensets(st.integers(1, 60), max_size=4), st.booleans(), st.booleans(), st.data())
def test_search_goes_around_once(
    model: Forest, wanted: frozenset[int], backwards: bool, inclusive: bool, data: st.DataObject
) -> None:
    whole = [key for key, _rails, _fold in naive(model, ALL_OPEN)]
    start = data.draw(st.sampled_from([None, *whole]))
    steps = list(
        search(model, lambda _m, key: key in wanted, start, backwards=backwards, inclusive=inclusive)
    )
    found = [step for step in steps if step is not None]
    order = whole[::-1] if backwards else whole
    if start is not None:
        at = order.index(start)
        around = [*((start,) if inclusive else ()), *order[at + 1 :], *order[: at + 1]]
    else:
        around = order
    first = next((key for key in around if key in wanted), None)
    assert [f.key for f in found] == ([] if first is None else [first])
    if found and start is not None:
        after = order[at + (0 if inclusive else 1) :]
        assert found[0].wrapped == (first not in after)


def test_search_pauses_so_that_others_get_their_turn() -> None:
    model = chain(1_000)
    steps = list(search(model, lambda _m, key: key == 990, 1))
    assert steps[-1] == Found(990, False)
    assert steps.count(None) > 20
    assert list(search(model, lambda _m, _key: False, 500)).count(None) > 20


def test_search_by_text_ignores_case_and_looks_at_every_cell() -> None:
    model = Forest([(1, 0), (2, 1), (3, 1)], text={3: "Straße nginx"})
    assert list(search(model, containing("STRASSE N"), None)) == [Found(3, False)]
    assert list(search(model, containing("Row 2"), None)) == [Found(2, False)]
    assert list(search(model, containing("nowhere"), None)) == []


def test_search_from_a_row_that_is_gone_starts_at_the_beginning() -> None:
    model = chain(5)
    assert list(search(model, lambda _m, key: key in (2, 4), 77)) == [Found(2, False)]


@given(st.lists(st.integers(0, 50), unique=True, max_size=20))
def test_leaves_are_a_sequence_of_keys(items: list[int]) -> None:
    leaves, keys = Leaves(("net", 7), items), [("net", 7, item) for item in items]
    assert list(leaves) == keys
    assert len(leaves) == len(keys)
    assert list(reversed(leaves)) == keys[::-1]
    assert list(leaves[1:5]) == keys[1:5]
    assert [leaves.index(key) for key in keys] == list(range(len(keys)))
    assert all(key in leaves for key in keys)
    for stranger in [("net", 7, 99), ("mnt", 7, 1), ("net", 7), "net", 1]:
        assert stranger not in leaves
        with pytest.raises(ValueError):
            leaves.index(stranger)


def test_leaves_are_not_made_until_they_are_looked_at() -> None:
    """The cost of a refresh is that of the inner rows, however many leaves there are."""
    many = 10**9
    visible = Visible(Groups({"a": range(many), "b": range(many)}))
    assert len(visible) == 2 * many + 2
    assert visible.rows(many + 5, many + 6) == [Row(("g", "b", 3), "├", None)]
    assert visible.row_of(("g", "b", many - 1)) == 2 * many + 1


@settings(deadline=None, max_examples=20)
@given(st.integers(200, 400), st.randoms(use_true_random=False))
def test_a_bushy_tree_of_the_size_of_a_machine(count: int, random: Any) -> None:
    pairs = [(n, random.choice((1, 2, max(1, n - random.randint(1, 40)))) % n) for n in range(1, count)]
    visible = Visible(Forest(pairs), Folds(closed=frozenset(random.sample(range(1, count), 20))))
    assert_agrees(visible)
    for key in random.sample(range(1, count), 20):
        (visible.open if random.random() < 0.5 else visible.close)(key)
    assert_agrees(visible)
