"""Rows hold still: the cursor and the screen on a tree that changes, without a screen."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nsview.model.views.folds import ALL_CLOSED, ALL_OPEN, Folds
from nsview.model.views.tree import Key, NoRows
from nsview.model.views.visible import Visible
from nsview.ui.widgets.tree.window import Window
from tests.ui.forest import Forest, chain


def window_on(model: Any, height: int = 10, folds: Folds | None = None) -> Window:
    window = Window()
    window.resize(height)
    window.replace(Visible(model, folds))
    return window


def flat(numbers: Any) -> Forest:
    return Forest((number, 0) for number in numbers)


def bushy(numbers: list[int], parents: dict[int, int]) -> Forest:
    """Keeps those of `numbers` whose ancestors are kept too."""
    kept: set[int] = set()
    pairs = []
    for number in numbers:
        above = parents[number]
        if above == 0 or above in kept:
            kept.add(number)
            pairs.append((number, above))
    return Forest(pairs)


def at(window: Window) -> Key | None:
    """The cursor's row, which a type checker must not take for constant."""
    return window.key


def assert_sound(window: Window) -> None:
    count = len(window.visible)
    assert 0 <= window.top <= max(0, count - window.height)
    if count:
        assert window.visible.key_at(window.row) == window.key
        assert window.visible.row_of(window.key) == window.row
    else:
        assert (window.row, window.key) == (0, None)


@st.composite
def two_models(draw: st.DrawFn) -> tuple[Forest, Forest]:
    """A tree, and the same tree after some rows went and others came, anywhere."""
    parents = {n: draw(st.integers(0, 1000)) % n for n in range(1, draw(st.integers(2, 60)))}
    numbers = list(parents)
    stays = st.lists(st.booleans(), min_size=len(numbers), max_size=len(numbers))
    return tuple(  # type: ignore[return-value]
        bushy([n for n, keep in zip(numbers, draw(stays), strict=True) if keep], parents) for _ in range(2)
    )


@given(two_models(), st.integers(1, 12), st.integers(0, 60), st.integers(0, 60), st.data())
def test_a_refresh_never_moves_the_cursor_off_a_row_that_lives(
    models: tuple[Forest, Forest], height: int, row: int, top: int, data: st.DataObject
) -> None:
    before, after = models
    folds = Folds(closed=data.draw(st.frozensets(st.integers(1, 60), max_size=6)))
    window = window_on(before, height, folds)
    window.move_to(row)
    if data.draw(st.booleans()):
        window.scroll_to(top)
    assert_sound(window)
    key, line, shown = window.key, window.line, [r.key for r in window.rows()]
    window.replace(Visible(after, folds))
    assert_sound(window)
    if key is None:
        return
    if key in after:
        assert window.key == key
        if line is not None:
            wished = window.row - line
            assert window.top == max(0, min(wished, window.furthest))
    else:
        assert window.key != key
    if line is not None:
        assert window.line is not None
    elif after.roots:
        lives = [
            (i, window.visible.row_of(k)) for i, k in enumerate(shown) if window.visible.row_of(k) is not None
        ]
        if lives:
            i, at = lives[0]
            assert at is not None
            assert window.top == max(0, min(at - i, window.furthest))


def test_two_hundred_rows_come_and_go_above() -> None:
    window = window_on(flat(range(1000, 2000)))
    window.move_to(500)
    window.scroll_to(window.row - 4)
    for first in (800, 1200, 1400, 600, 1499):
        window.replace(Visible(flat(range(first, 2000))))
        assert (window.key, window.line) == (1500, 4 if first != 1499 else 1)


def test_a_cursor_whose_row_is_gone_goes_to_its_neighbour() -> None:
    window = window_on(flat(range(1, 100)))
    window.move_to(49)
    window.replace(Visible(flat([n for n in range(1, 100) if n not in (48, 49, 50)])))
    assert (window.key, window.line) == (51, 9)
    window.replace(Visible(flat([n for n in range(1, 100) if n < 40])))
    assert at(window) == 39
    window.replace(Visible(flat(range(500, 600))))
    assert_sound(window)
    window.replace(Visible(NoRows()))
    assert (at(window), window.row, window.top) == (None, 0, 0)
    window.replace(Visible(flat([7])))
    assert at(window) == 7


def test_among_thousands_of_vanished_siblings_the_ancestor_is_left() -> None:
    window = window_on(Forest([(1, 0), *((n, 1) for n in range(2, 2000))]), 10, ALL_OPEN)
    window.move_to(1000)
    window.replace(Visible(Forest([(1, 0), (5000, 0)]), ALL_OPEN))
    assert window.key == 1


def test_a_row_that_moved_below_a_folded_one_is_stood_for_by_it() -> None:
    folds = Folds(closed=frozenset({1}))
    window = window_on(Forest([(1, 0), (3, 1), (2, 0)]), 10, folds)
    window.move_to(1)
    assert at(window) == 2
    window.replace(Visible(Forest([(1, 0), (3, 1), (2, 1)]), folds))
    assert at(window) == 1


def test_following_goes_where_it_is_told_and_unfolds() -> None:
    window = window_on(Forest([(1, 0), (2, 0), (3, 2)]), 10, ALL_CLOSED)
    after = Forest([(1, 0), *((n, 0) for n in range(100, 160)), (2, 0), (3, 2)])
    window.replace(Visible(after, ALL_CLOSED), follow=3)
    assert window.key == 3
    window.scroll_to(0)
    assert window.row >= window.height
    window.replace(Visible(after, window.folds), follow=3)
    assert window.line is not None
    window.replace(Visible(after, window.folds), follow=999)
    assert window.key == 3


def test_moving_scrolls_no_more_than_needed() -> None:
    window = window_on(flat(range(1, 101)), 10)
    for row, top in ((9, 0), (10, 1), (9, 1), (1, 1), (0, 0), (99, 90), (500, 90), (-5, 0)):
        window.move_to(row)
        assert window.top == top
    assert window.key == 1


def test_the_wheel_leaves_the_cursor_and_a_key_comes_back_to_it() -> None:
    window = window_on(flat(range(1, 101)), 10)
    window.scroll_to(50)
    assert (window.key, window.line, window.top) == (1, None, 50)
    window.replace(Visible(flat(range(101))))
    assert (window.key, window.row, window.top) == (1, 1, 51)
    window.move_to(window.row + 1)
    assert window.top <= window.row < window.top + 10
    window.scroll_to(999)
    assert window.top == 91


def test_resizing_keeps_the_cursor_in_sight() -> None:
    window = window_on(flat(range(1, 101)), 20)
    window.move_to(19)
    window.resize(5)
    assert window.line is not None
    window.scroll_to(60)
    window.resize(8)
    assert window.top == 60
    window.move_to(99)
    window.resize(50)
    assert (window.top, window.line) == (50, 49)
    window.resize(0)
    assert window.height == 1


def test_folding_away_the_cursor_puts_it_on_the_folded_row() -> None:
    window = window_on(chain(30), 10)
    window.move_to(20)
    window.set_open(5, False)
    assert (window.key, len(window.visible)) == (5, 5)
    assert window.line is not None
    window.set_open(5, True)
    assert (window.key, len(window.visible)) == (5, 30)


def test_rows_above_a_fold_do_not_move() -> None:
    window = window_on(
        Forest([(1, 0), *((n, 1) for n in range(10, 40)), (2, 0), (50, 2), *((n, 0) for n in range(60, 90))])
    )
    window.move_to(33)
    key, top = window.key, window.top
    window.set_open(2, False)
    assert window.top == top
    assert window.key == 2 if key == 50 else window.key == key


def test_folding_everything_keeps_the_cursor_on_its_line() -> None:
    model = Forest([*((n, 0) for n in range(1, 40)), *((n + 100, n) for n in range(1, 40))])
    window = window_on(model, 10, ALL_OPEN)
    window.move_to(41)
    assert window.key == 121
    line = window.line
    window.refold(ALL_CLOSED)
    assert (window.key, window.line) == (21, line)
    window.refold(ALL_OPEN)
    assert (window.key, window.line) == (21, line)
    window.scroll_to(0)
    window.refold(ALL_OPEN.closing(1, 2))
    assert (window.top, window.line) == (0, None)


def test_revealing_unfolds_the_ancestors_and_shows_the_surroundings() -> None:
    model = Forest([(n, 0) for n in range(1, 100)] + [(200, 50), (201, 200), (202, 201)])
    window = window_on(model, 10, ALL_CLOSED)
    assert window.reveal(202)
    assert (window.key, window.row) == (202, 52)
    assert window.line == 5
    assert window.reveal(201)
    assert window.line == 4
    assert not window.reveal(999)
    assert window.key == 201


def test_siblings_are_of_the_same_generation() -> None:
    window = window_on(Forest([(1, 0), (2, 1), (3, 2), (4, 1), (5, 1)]), 10, ALL_OPEN)
    window.reveal(2)
    assert [window.sibling(step) for step in (1, 2, 9, -1)] == [4, 5, 5, 2]
    empty = Window()
    assert empty.sibling(1) is None


def test_coming_back_to_a_place() -> None:
    window = window_on(flat(range(1, 100)))
    window.arrive(Visible(flat(range(1, 100))), 50, 3)
    assert (window.key, window.line) == (50, 3)
    window.arrive(Visible(flat(range(1, 100))), 777, 3)
    assert (window.key, window.top) == (1, 0)
    window.arrive(Visible(flat(range(1, 100))), 99, 0)
    assert (window.key, window.top) == (99, 89)


@given(two_models(), st.lists(st.tuples(st.sampled_from("moofrs"), st.integers(-5, 60)), max_size=15))
def test_any_sequence_of_hands_leaves_a_sound_window(
    models: tuple[Forest, Forest], hands: list[tuple[str, int]]
) -> None:
    window = window_on(models[0], 6)
    for i, (what, number) in enumerate(hands):
        key: Key = number
        match what:
            case "m":
                window.move_to(number)
                assert window.line is not None or not len(window.visible)
            case "o":
                window.set_open(key, not window.visible.is_open(key))
            case "f":
                window.refold(ALL_CLOSED if number % 2 else Folds())
            case "r":
                assert window.reveal(key) == (key in window.model)
            case "s":
                window.scroll_to(number)
        window.replace(Visible(models[i % 2], window.folds))
        assert_sound(window)
