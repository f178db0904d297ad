"""How long the tree takes from a key to the picture, and how long a tick holds up the event loop.

On synthetic models of two shapes: kinds, namespaces below them, processes below those; and the process tree,
in which every other process has children. Textual's own work is counted up to the bytes for the terminal, but
not writing them.
"""

import asyncio
import gc
import json
import random
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from textual.app import App, ComposeResult

from nsview.model.views.folds import ALL_CLOSED, ALL_OPEN
from nsview.model.views.tree import Cell, Key, Leaves
from nsview.model.views.visible import Visible
from nsview.ui.widgets.tree.columns import Column
from nsview.ui.widgets.tree.widget import VirtualTree

SIZES = (1_000, 10_000, 50_000)
PACE = 0.033
"""Seconds between keys: a key that is held down."""
TICK = 1.0
KEYS = ("down", "down", "down", "pagedown", "up", "end", "home", "pagedown", "pagedown", "pageup")

COLUMNS = (
    Column("name", "NAMESPACE", 16, grow=1, limit=40),
    Column("count", "NPROC", 6, "right"),
    Column("pid", "PID", 7, "right", drop=1),
    Column("user", "USER", 9, drop=2),
    Column("cpu", "CPU%", 5, "right", drop=3),
    Column("command", "COMMAND", 10, grow=3),
)


class Rows:
    """What both shapes have in common: cells that are made when they are looked at."""

    roots: Sequence[Key]
    kids: Mapping[Key, Sequence[Key]]

    def __init__(self, tick: int) -> None:
        self.tick = tick

    def cells(self, key: Key) -> Mapping[str, Cell]:
        assert isinstance(key, tuple)
        number = key[-1]
        busy = (hash(key) + self.tick) % 97 / 10 if hash(key) % 7 == 0 else 0.0
        return {
            "name": f"{number}",
            "count": str(len(self.kids.get(key, ()))),
            "pid": f"{number}",
            "user": "www-data",
            "cpu": f"{busy:.1f}",
            "command": f"/usr/sbin/worker --number {number} --verbose --config /etc/worker/{number}.conf",
        }

    def marks(self, key: Key) -> tuple[str, ...]:
        return ()

    def starts_open(self, key: Key) -> bool:
        return True


class ByKind(Rows):
    """Kind, namespace, processes: 200 namespaces, and below the first of each kind most processes."""

    def __init__(self, pids: Sequence[int], tick: int) -> None:
        super().__init__(tick)
        self.pids = frozenset(pids)
        kinds = ("net", "mnt", "pid", "user")
        self.roots = [(kind,) for kind in kinds]
        kids: dict[Key, Sequence[Key]] = {}
        share = len(pids) // len(kinds)
        for i, kind in enumerate(kinds):
            members = pids[i * share : (i + 1) * share]
            few = len(members) // 100
            spaces = [(kind, number) for number in range(50)]
            kids[kind,] = spaces
            for number, space in enumerate(spaces):
                start = 0 if number == 0 else len(members) - few * number
                kids[space] = Leaves(space, members[start : start + (few * 51 if number == 0 else few)])
        self.kids = kids

    def __contains__(self, key: object, /) -> bool:
        return isinstance(key, tuple) and (len(key) < 3 or key[-1] in self.pids)

    def parent(self, key: Key) -> Key | None:
        assert isinstance(key, tuple)
        return key[:-1] or None


class ByProcess(Rows):
    """The process tree."""

    def __init__(self, pids: Sequence[int], tick: int) -> None:
        super().__init__(tick)
        draw = random.Random(3)
        self.above: dict[Key, Key] = {}
        kids: dict[Key, list[Key]] = {}
        keys: list[tuple[Hashable, ...]] = [(pid,) for pid in pids]
        for i, key in enumerate(keys[1:], 1):
            near = max(0, i - 1 - int(draw.expovariate(1 / 30)))
            above = keys[0] if draw.random() < 0.3 else keys[near]
            self.above[key] = above
            kids.setdefault(above, []).append(key)
        self.roots = keys[:1]
        self.kids = kids

    def __contains__(self, key: object, /) -> bool:
        return key in self.above or key in self.roots

    def parent(self, key: Key) -> Key | None:
        return self.above.get(key)


class Screen(App[None]):
    """The tree alone. Not headless, so that every picture is turned into the terminal's bytes."""

    painted_at = 0.0
    is_headless = False

    def compose(self) -> ComposeResult:
        yield VirtualTree(COLUMNS)

    def on_mount(self) -> None:
        self.query_one(VirtualTree).focus()

    def post_display_hook(self) -> None:
        self.painted_at = time.perf_counter()


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + 10
    while not condition():
        await asyncio.sleep(0)
        if time.perf_counter() > deadline:
            raise TimeoutError("nothing happened in ten seconds")


async def _painted_after(app: Screen, start: float) -> float:
    """Seconds from `start` to the next picture."""
    await _until(lambda: app.painted_at > start)
    return app.painted_at - start


async def _pressed(app: Screen, tree: VirtualTree, key: str) -> float:
    """Seconds from a key that moves the cursor to the picture of that."""
    before, start = tree.cursor_key, time.perf_counter()
    app.simulate_key(key)
    await _until(lambda: tree.cursor_key != before)
    return await _painted_after(app, start)


@contextmanager
def _scanning(shape: "type[ByKind] | type[ByProcess]", count: int, tree: VirtualTree) -> Iterator[None]:
    """Another thread makes a new model and lays it out, over and over, as a scan does."""
    loop, over, taken = asyncio.get_running_loop(), threading.Event(), threading.Event()

    def take(model: "ByKind | ByProcess", visible: Visible) -> None:
        tree.set_model(model, visible)
        taken.set()

    def scan() -> None:
        tick = 0
        while not over.wait(TICK):
            tick += 1
            model = shape(_pids(count, tick), tick)
            taken.clear()
            loop.call_soon_threadsafe(take, model, Visible(model, tree.folds))
            taken.wait(1)

    thread = threading.Thread(target=scan)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _pids(count: int, tick: int) -> list[int]:
    """As many processes as ever, fifty of them other ones at each tick."""
    gone = tick * 50
    return [1, *range(2 + gone, count + 1 + gone)]


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Models are made on the measuring thread; what that leaves behind is not the tree's to clean up."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _measure(
    shape: type[ByKind] | type[ByProcess], count: int, keys: int, ticks: int
) -> dict[str, float]:
    app = Screen()
    async with app.run_test(size=(120, 40)) as pilot:
        tree = app.query_one(VirtualTree)
        model: Any = shape(_pids(count, 0), 0)
        tree.folds = ALL_OPEN
        tree.set_model(model)
        await pilot.pause()

        # What a started program consists of is never garbage, and searching it for some takes a frame's time.
        gc.collect()
        gc.freeze()
        pressed: list[float] = []
        with _scanning(shape, count, tree):
            for i in range(keys):
                # Textual paints sixty times a second: who presses faster waits for the next picture.
                await asyncio.sleep(PACE * (0.75 + i % 7 / 10))
                pressed.append(await _pressed(app, tree, KEYS[i % len(KEYS)]))

        stalls: list[float] = []
        layouts: list[float] = []
        changes: list[float] = []
        with _without_collector():
            for tick in range(1, ticks + 1):
                model = shape(_pids(count, tick), tick)
                start = time.perf_counter()
                visible = Visible(model, tree.folds)
                layouts.append(time.perf_counter() - start)
                start = time.perf_counter()
                tree.set_model(model, visible)
                stalls.append(time.perf_counter() - start)
                changes.append(await _painted_after(app, start))
                await asyncio.sleep(PACE)

        await asyncio.sleep(PACE)
        tree.reveal(model.roots[0])
        await asyncio.sleep(PACE)
        folds: list[float] = []
        for _ in range(6):
            start = time.perf_counter()
            tree.action_toggle_fold()
            folds.append(await _painted_after(app, start))
            await asyncio.sleep(PACE)
        everything: list[float] = []
        for change in (ALL_CLOSED, ALL_OPEN) * 3:
            start = time.perf_counter()
            tree.folds = change
            everything.append(await _painted_after(app, start))
            await asyncio.sleep(PACE)
    return {
        "key p50": 1e3 * _percentile(pressed, 0.5),
        "key p99": 1e3 * _percentile(pressed, 0.99),
        "fold worst": 1e3 * max(folds),
        "fold all worst": 1e3 * max(everything),
        "tick stall p99": 1e3 * _percentile(stalls, 0.99),
        "tick to picture p99": 1e3 * _percentile(changes, 0.99),
        "layout in the scanning thread": 1e3 * _percentile(layouts, 0.5),
    }


def figures(sizes: Sequence[int] = SIZES, keys: int = 150, ticks: int = 10) -> dict[str, dict[str, float]]:
    """Milliseconds, by shape and size. Takes about half a minute for the sizes given here."""
    return {
        f"{name}, {count:,} processes": asyncio.run(_measure(shape, count, keys, ticks))
        for count in sizes
        for name, shape in (("by kind", ByKind), ("process tree", ByProcess))
    }


if __name__ == "__main__":
    print(json.dumps(figures(), indent=2))
