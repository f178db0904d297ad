"""Every view of every machine, however it is arranged, is a sound tree of the same identities."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsview.model.views.build import build
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.tree import ENDED
from nsview.model.views.view import Arrangement, SortBy, ViewName
from tests.model.snapshots import a_copy, crowd
from tests.model.views.scenes import a_tick_later, arrangements, keys, moments, wrong


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(moments(), arrangements)
def test_a_view_is_sound(moment: Moment, arrangement: Arrangement) -> None:
    assert wrong(build(moment, arrangement)) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(moments(), arrangements, st.sampled_from(SortBy), st.booleans())
def test_sorting_moves_rows_and_loses_none(
    moment: Moment, arrangement: Arrangement, sort: SortBy, reverse: bool
) -> None:
    before = build(moment, arrangement)
    after = build(moment, arrangement._replace(sort=sort, reverse=reverse))
    assert sorted(map(repr, keys(before))) == sorted(map(repr, keys(after)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(moments(), arrangements)
def test_what_is_left_out_was_there(moment: Moment, arrangement: Arrangement) -> None:
    """A narrower arrangement shows no row that the whole does not have."""
    whole = Arrangement(arrangement.view, ordinary=arrangement.ordinary)
    assert set(keys(build(moment, arrangement))) <= set(keys(build(moment, whole)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(moments(), st.sampled_from(ViewName))
def test_only_what_is_no_more_is_marked_as_ended(moment: Moment, name: ViewName) -> None:
    view = build(moment, Arrangement(name))
    now = build(first(moment.snapshot), Arrangement(name))
    for key in keys(view):
        if key not in now and key[0] != "log":  # type: ignore[index]
            # Groups, kinds and invisible owners may be there for the sake of what has ended in them.
            assert ENDED in view.marks(key) or view.kids.get(key), key
        else:
            assert ENDED not in view.marks(key), key


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(moments(), arrangements, st.data())
def test_a_view_that_is_renewed_shows_what_a_new_one_does(
    moment: Moment, arrangement: Arrangement, data: st.DataObject
) -> None:
    """Over some ticks in which little or nothing happens, until what was new is not new any more."""
    view = build(moment, arrangement)
    for _ in range(data.draw(st.integers(1, 5))):
        moment = following(moment, data.draw(a_tick_later(moment.snapshot)))
        view = build(moment, arrangement, view)
        assert view.moment is moment
        fresh = build(moment, arrangement)
        assert list(view.roots) == list(fresh.roots)
        rows = list(keys(fresh))
        assert list(keys(view)) == rows
        for key in rows:
            assert view.marks(key) == fresh.marks(key), key
            assert view.starts_open(key) == fresh.starts_open(key), key
            assert view.parent(key) == fresh.parent(key), key
            assert list(view.pids(key)) == list(fresh.pids(key)), key


def test_nothing_is_made_anew_where_nothing_changes() -> None:
    moment = first(crowd(100))
    quiet = following(moment, a_copy(moment.snapshot, uptime=moment.snapshot.uptime + 1))
    for name in ViewName:
        if name is not ViewName.LOG:
            view = build(moment, Arrangement(name))
            again = build(quiet, Arrangement(name), view)
            assert again.moment is quiet
            assert again.kids is view.kids
            by_cpu = build(moment, Arrangement(name, SortBy.CPU))
            assert build(quiet, Arrangement(name, SortBy.CPU), by_cpu).kids is not by_cpu.kids
