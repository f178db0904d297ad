"""The tab with what is inside, in the app: how soon it is on the screen once the cursor rests (that is, after
RESTS), and the longest time for which nothing else could be done meanwhile.

A network namespace with 5,000 sockets and one with 100,000, and a mount namespace with 5,000 mounts. Beside
it the same look without the app.
"""

import asyncio
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from nsview.ui import terminal

terminal.prepare(os.environ)  # as the app does before it loads the terminal library

from benchmarks.app import Measured  # noqa: E402
from benchmarks.measure import Goal  # noqa: E402
from nsview.config import NO_OPTIONS, USUAL  # noqa: E402
from nsview.contents.inside import inside  # noqa: E402
from nsview.discovery.scanner import Scanner, Scope  # noqa: E402
from nsview.model.snapshot import Snapshot  # noqa: E402
from nsview.model.views.subject import KindSubject, NamespaceSubject  # noqa: E402
from nsview.model.views.view import Arrangement  # noqa: E402
from nsview.ui.browser.looking import RESTS  # noqa: E402
from nsview.ui.cells import cells_of  # noqa: E402
from nsview.ui.live import Live, Wish  # noqa: E402
from nsview.ui.textual_app import SWITCH  # noqa: E402
from nsview.ui.widgets.details import Details  # noqa: E402
from nsview.ui.widgets.sheet import Sheet  # noqa: E402
from tests import linux  # noqa: E402
from tests.processes import Child, start  # noqa: E402

SOCKETS, MANY_SOCKETS, MOUNTS, LOOKS = 5_000, 100_000, 5_000, 5
ALONE, SHOWN = "a look without the app, ms", "shown after the cursor rests, ms"
STALL, IDLE = "longest stall, ms", "and while nothing is read, ms"
SHOWN_LIMIT, STALL_LIMIT = 300.0, 50.0
COUNTED_LIMIT = 3_000.0
"""For 100,000 sockets, of which each is a name to look up among the open files of its process."""
STEP = 0.001


@contextmanager
def sockets(count: int) -> Iterator[tuple[Child, int]]:
    """A process in a network namespace of its own with so many UDP sockets, and how many there are.

    UDP binds without a peer; each has a port of its own. As many processes as open files take.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = min(20_000, hard - 100)
    children: list[Child] = []
    try:
        for place in range(0, count, most):
            address, number = f"127.0.{place // most}.1", min(most, count - place)

            def bind(address: str = address, number: int = number) -> None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
                for port in range(10_000, 10_000 + number):
                    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    one.setsockopt(socket.IPPROTO_IP, _FREEBIND, 1)
                    one.bind((address, port))
                    one.detach()

            if children:
                children.append(start(bind, join=(children[0].pid, ["net"])))
            else:
                children.append(start(bind, unshare=linux.CLONE_NEWNET))
        yield children[0], count
    finally:
        for child in children:
            child.end()


_FREEBIND = 15


@contextmanager
def mounts(count: int) -> Iterator[tuple[Child, int]]:
    """A process in a mount namespace of its own with so many mounts more than ours."""

    def bind() -> None:
        linux.private_tmpfs("/mnt")
        for number in range(count):
            place = f"/mnt/{number}"
            with open(place, "xb"):
                pass
            linux.bind("/dev/null", place)

    child = start(bind, unshare=linux.CLONE_NEWNS)
    try:
        yield child, count
    finally:
        child.end()


class _Once:
    """A scanner that has looked already."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def scan(self, scope: Scope) -> Snapshot:
        return self.snapshot

    def due(self) -> frozenset[str]:
        return frozenset()


async def _in_the_app(snapshot: Snapshot, subject: NamespaceSubject) -> dict[str, float]:
    """The cursor comes to the namespace from elsewhere, again and again, with the tab open."""
    live = Live(_Once(snapshot), cells_of, 600.0)
    live.wish(Wish(Arrangement()), at_once=False)
    live.start()
    app: Any = Measured(live, USUAL._replace(interval=600.0), NO_OPTIONS, Arrangement())
    app.animation_level = "none"
    shown: list[float] = []
    stalls: list[float] = []
    idle: list[float] = []
    try:
        async with app.run_test(size=(160, 50)) as pilot:
            browser = app.browser
            await _until(lambda: browser.frame is not None and not live._preview and live.at_rest, [])
            await _until(lambda: False, idle, 1.0)
            elsewhere = KindSubject(subject.id.kind)
            details = browser.query_one(Details)
            details.choose("Inside")
            for _ in range(LOOKS):
                browser.go_to(elsewhere)
                await pilot.pause(0.2)
                began = time.perf_counter()
                browser.go_to(subject)
                table = details.query_one(Sheet)
                await _until(lambda table=table: "·" in table.text() and app.painted_at > 0, stalls)  # type: ignore[misc]
                painted = app.painted_at
                await _until(lambda painted=painted: app.painted_at > painted, stalls, 0.1)  # type: ignore[misc]
                shown.append(app.painted_at - began - RESTS)
            # And while it is read again.
            await _until(lambda: False, stalls, 0.3)
            browser.read_again()
            await _until(lambda: browser._reading is None, stalls)
            await _until(lambda: False, stalls, 0.3)
    finally:
        live.stop(wait=5.0)
    return {SHOWN: 1e3 * median(shown), STALL: 1e3 * max(stalls), IDLE: 1e3 * max(idle)}


async def _until(condition: Callable[[], bool], stalls: list[float], seconds: float = 20.0) -> None:
    """How late the event loop comes to what it was to do in a millisecond, until then."""
    deadline = time.perf_counter() + seconds
    while not condition():
        before = time.perf_counter()
        if before > deadline:
            return
        await asyncio.sleep(STEP)
        stalls.append(time.perf_counter() - before - STEP)


def figures() -> dict[str, dict[str, float]]:
    if os.geteuid() != 0:
        return {}
    switch = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    found = {}
    try:
        for kind, made, what in (
            ("net", sockets(SOCKETS), "sockets"),
            ("mnt", mounts(MOUNTS), "mounts"),
            ("net", sockets(MANY_SOCKETS), "sockets"),
        ):
            with made as (child, count):
                snapshot = Scanner().scan(Scope())
                ns = snapshot.by_inode(child.inode(kind))
                if ns is not None:
                    row = {ALONE: _alone(snapshot, ns)}
                    found[f"{count:,} {what}"] = row | asyncio.run(
                        _in_the_app(snapshot, NamespaceSubject(ns.id))
                    )
    finally:
        sys.setswitchinterval(switch)
    return found


def _alone(snapshot: Snapshot, ns: Any) -> float:
    times = []
    for _ in range(LOOKS):
        begun = time.perf_counter()
        inside(snapshot, ns)
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)


def goals(figures: dict[str, dict[str, float]]) -> list[Goal]:
    found = []
    for subject, values in figures.items():
        limit = COUNTED_LIMIT if subject == f"{MANY_SOCKETS:,} sockets" else SHOWN_LIMIT
        found.append(Goal(f"{subject}: {SHOWN}", values[SHOWN], limit))
        found.append(Goal(f"{subject}: {STALL}", values[STALL], STALL_LIMIT))
    return found
