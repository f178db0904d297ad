"""A view of the next moment, without making it anew where it shows the same rows in the same order."""

from typing import TypeVar

from nsview.model.difference import difference
from nsview.model.name import Names
from nsview.model.views.moment import Moment
from nsview.model.views.view import Arrangement, SortBy, View, ViewName

_V = TypeVar("_V", bound=View)

_TICKING = frozenset({SortBy.CPU, SortBy.MEM})
"""What is different at every moment."""
_TICKING_FIELDS = frozenset({"cpu", "mem", "age"})


def renewed(view: _V, moment: Moment) -> _V | None:
    """The view with what there is to say of its rows now; None where it must be made anew."""
    if view.moment is moment:
        return view
    if not _shows_the_same(view.arrangement, view.moment, moment):
        return None
    twin = object.__new__(type(view))
    twin.__dict__.update(view.__dict__, moment=moment)
    return twin


def _shows_the_same(arrangement: Arrangement, before: Moment, moment: Moment) -> bool:
    query, old, new = arrangement.filter, before.snapshot, moment.snapshot
    if arrangement.view is ViewName.LOG or arrangement.sort in _TICKING:
        return False
    if query is not None and query.fields & _TICKING_FIELDS:
        return False
    # Whoever came or went since, or was new or ended for long enough, is in one of them and not in the other.
    if before.lingering[1:] != moment.lingering[1:] or moment.lingering.tick != before.lingering.tick + 1:
        return False
    same = (
        old.namespaces is new.namespaces
        and old.threads is new.threads
        and old.details is new.details
        and old.inferred == new.inferred
        and _same_names(old.names, new.names)
    )
    if not same:
        return False
    changed = difference(old.processes, new.processes).changed
    return not changed if query else all(was._replace(state=now.state) == now for was, now in changed)


def _same_names(old: Names | None, new: Names | None) -> bool:
    if old is None or new is None:
        return old is new
    return old.processes == new.processes and old.namespaces == new.namespaces
