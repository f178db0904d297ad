"""Every view of every machine, however it is arranged, is a sound tree of the same identities."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsview.model.views.build import build
from nsview.model.views.moment import Moment, first
from nsview.model.views.tree import ENDED
from nsview.model.views.view import Arrangement, SortBy, ViewName
from tests.model.views.scenes import arrangements, keys, moments, wrong


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
