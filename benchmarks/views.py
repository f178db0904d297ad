"""What the scanning thread spends between a scan and the picture: the tick's bookkeeping and each view.

On synthetic machines of which half the processes are in containers. With the garbage collector off, as in
that thread.
"""

import gc
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from benchmarks.measure import Goal
from nsview.model.explain import explain
from nsview.model.query import parse
from nsview.model.sections import everything
from nsview.model.views.build import build
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.tree import TreeModel
from nsview.model.views.view import Arrangement, SortBy, View, ViewName
from nsview.model.views.visible import Visible
from tests.model.snapshots import crowd

SIZES = (1_000, 10_000, 50_000)
ROUNDS = 5

ARRANGEMENTS = {
    **{f"{name} view": Arrangement(name) for name in ViewName},
    **{f"{name} view by cpu": Arrangement(name, SortBy.CPU) for name in ViewName if name is not ViewName.LOG},
    **{
        f"{name} view, filtered": Arrangement(name, filter=parse("worker7 | user:root cpu:>1"))
        for name in ViewName
        if name is not ViewName.LOG
    },
}

LIMITS = {10_000: 15.0, 50_000: 80.0}
"""Milliseconds that a view may take without a filter, by the number of processes."""


def figures(sizes: Sequence[int] = SIZES) -> dict[str, dict[str, float]]:
    """Milliseconds, the least of a few rounds. Takes about fifteen seconds for the sizes given here."""
    return {f"{count:,} processes": _measure(count) for count in sizes}


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    return [
        Goal(f"{name}, {count:,} processes, ms", milliseconds, limit)
        for count, limit in LIMITS.items()
        for name, milliseconds in found.get(f"{count:,} processes", {}).items()
        if name.endswith(("view", "view by cpu"))
    ]


def _measure(count: int) -> dict[str, float]:
    old, new = crowd(count), crowd(count, seed=2)
    before = first(old)
    gc.collect()
    gc.disable()
    try:
        found = {"the tick's changes, log and use": _least(lambda: following(before, new))}
        for name, arrangement in ARRANGEMENTS.items():
            found[name] = _least(partial(_built, arrangement), lambda: following(before, new))
        moment = following(before, new)
        view = cast(TreeModel, build(moment, Arrangement(ViewName.PROCESS)))
        found["laying out the processes"] = _least(lambda: Visible(view))
        busiest = max(new.namespaces.values(), key=lambda ns: ns.nprocs)
        found["explanation of the largest namespace"] = _least(lambda: explain(new, busiest))
        found["all sections of it"] = _least(lambda: everything.of_namespace(new, busiest))
        return found
    finally:
        gc.enable()


def _built(arrangement: Arrangement, moment: Moment) -> View:
    return build(moment, arrangement)


def _least(work: Callable[..., object], prepare: Callable[[], Any] | None = None) -> float:
    """Milliseconds. `prepare` makes what the work is given each time: a moment remembers its sums."""
    took = []
    for _ in range(ROUNDS):
        given: tuple[Moment, ...] = () if prepare is None else (prepare(),)
        start = time.perf_counter()
        work(*given)
        took.append(time.perf_counter() - start)
    return 1e3 * min(took)


if __name__ == "__main__":
    print(json.dumps(figures(), indent=2))
