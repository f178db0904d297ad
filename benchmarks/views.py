"""What the scanning thread spends between a scan and the picture: the tick's bookkeeping and each view.

On synthetic machines of which half the processes are in containers. With the garbage collector off, as in
that thread.
"""

import gc
import json
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from benchmarks.measure import Goal
from nsview.model.explain import explain
from nsview.model.query import parse
from nsview.model.sections import everything
from nsview.model.snapshot import Snapshot
from nsview.model.usage import between
from nsview.model.views.build import build
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.tree import TreeModel
from nsview.model.views.view import Arrangement, SortBy, View, ViewName
from nsview.model.views.visible import Visible
from tests.model.snapshots import a_copy, crowd

SIZES = (1_000, 10_000, 50_000, 100_000)
ROUNDS = {1_000: 5, 10_000: 5}
"""How often each is measured; larger ones three times."""

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
SLACK = 1.5


def figures(sizes: Sequence[int] = SIZES) -> dict[str, dict[str, float]]:
    """Milliseconds, the least of a few rounds. Takes about a minute for the sizes given here."""
    return {f"{count:,} processes": _measure(count, ROUNDS.get(count, 3)) for count in sizes}


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    """What a view may take, and how it may grow: as n·log n does, but for what a busy machine adds."""
    small, large = SIZES[-2:]
    few, many = (found.get(f"{count:,} processes", {}) for count in (small, large))
    limit = SLACK * large * math.log(large) / (small * math.log(small))
    growth = {name: many[name] / took for name, took in few.items() if took > 1 and name in many}
    return [
        Goal(f"{name}, {count:,} processes, ms", milliseconds, limit)
        for count, limit in LIMITS.items()
        for name, milliseconds in found.get(f"{count:,} processes", {}).items()
        if name.endswith(("view", "view by cpu"))
    ] + [Goal(f"{name}: growth from {small:,} to {large:,}", ratio, limit) for name, ratio in growth.items()]


def _measure(count: int, rounds: int) -> dict[str, float]:
    def least(work: Callable[..., object], prepare: Callable[[], Any] | None = None) -> float:
        return min(_milliseconds(work, prepare) for _ in range(rounds))

    old, new = crowd(count), crowd(count, seed=2)
    before = first(old)
    gc.collect()
    gc.disable()
    try:
        found = {"the tick's changes, log and use": least(lambda: following(before, new))}
        moment = following(before, new)
        for name, arrangement in ARRANGEMENTS.items():
            found[name] = least(partial(_built, arrangement), lambda: _anew(moment, old))
        quiet = a_copy(new, uptime=new.uptime + 1, time=new.time + 1)
        found["where nothing happens: the tick's changes"] = least(lambda: following(moment, quiet))
        calm = following(moment, quiet)
        for name in (ViewName.KIND, ViewName.PROCESS):
            shown = build(moment, Arrangement(name))
            found[f"where nothing happens: {name} view"] = least(
                partial(build, calm, Arrangement(name), shown)
            )
        view = cast(TreeModel, build(moment, Arrangement(ViewName.PROCESS)))
        found["laying out the processes"] = least(lambda: Visible(view))
        busiest = max(new.namespaces.values(), key=lambda ns: ns.nprocs)
        found["explanation of the largest namespace"] = least(lambda: explain(new, busiest))
        found["all sections of it"] = least(lambda: everything.of_namespace(new, busiest))
        return found
    finally:
        gc.enable()


def _anew(moment: Moment, old: Snapshot) -> Moment:
    """With sums that nobody has asked for yet."""
    return moment._replace(uses=between(old, moment.snapshot))


def _built(arrangement: Arrangement, moment: Moment) -> View:
    return build(moment, arrangement)


def _milliseconds(work: Callable[..., object], prepare: Callable[[], Any] | None) -> float:
    """`prepare` makes what the work is given each time: a moment remembers its sums."""
    given: tuple[Moment, ...] = () if prepare is None else (prepare(),)
    start = time.perf_counter()
    work(*given)
    return 1e3 * (time.perf_counter() - start)


if __name__ == "__main__":
    print(json.dumps(figures(), indent=2))
