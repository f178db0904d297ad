"""The thread that scans: it builds each view too, and hands over one finished frame after the other.

The event loop never waits for it and never looks at the machine itself.
"""

import gc
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from nsview.discovery.scanner import Scope, Wanted
from nsview.model import usage
from nsview.model.snapshot import Snapshot
from nsview.model.views.folds import Folds
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.tree import Cell, Key
from nsview.model.views.view import Arrangement, View
from nsview.ui.frame import Frame, frame

COLLECT_EVERY = 600.0
"""Seconds between two looks for reference cycles through the whole heap."""


class Scans(Protocol):
    """Who takes the snapshots."""

    def scan(self, scope: Scope) -> Snapshot: ...

    def due(self) -> frozenset[str]: ...


class Names(Protocol):
    """Who gives the snapshots their names."""

    def named(self, snapshot: Snapshot, ask: bool) -> Snapshot:
        """`ask`: the engines may be asked as well, which nobody waits for."""
        ...


class Wish(NamedTuple):
    """What the next frame is to show."""

    arrangement: Arrangement = Arrangement()
    folds: Folds = Folds()
    details_of: frozenset[int] = frozenset()
    """Processes of which everything is to be read."""
    ask_engines: bool = False
    number: int = 0
    """Grows with every change that must be seen at once."""


class Live:
    """Belongs to the event loop, but for `_run` and what that calls."""

    def __init__(
        self,
        scanner: Scans,
        make: Callable[[View, Key], Mapping[str, Cell]],
        interval: float = 1.0,
        naming: Callable[[], Names] | None = None,
    ) -> None:
        """`naming` is called when the first names are wanted, in the thread that scans; None: never."""
        self._scanner = scanner
        self._naming = naming
        self._names: Names | None = None
        self._make = make
        self._interval = interval
        self._changed = threading.Condition()
        self._wish = Wish()
        self._served = 0
        self._paused = self._suspended = self._stopped = False
        self._everything = False
        self._deliver: Callable[[Frame], None] | None = None
        self._fail: Callable[[Exception], None] | None = None
        self._early: list[Frame | Exception] = []
        self._thread = threading.Thread(target=self._run, name="scan", daemon=True)
        self._moment: Moment | None = None
        self._view: View | None = None
        """The last one that was made."""
        self._preview = True
        self._collected = time.monotonic()
        self.at_rest = False
        """Nothing is to be done until the next scan is due or somebody asks."""

    # ---- what the event loop says

    def start(self) -> None:
        """Begin to scan; frames wait until `connect` says where they go."""
        self._thread.start()

    def connect(self, deliver: Callable[[Frame], None], fail: Callable[[Exception], None]) -> None:
        with self._changed:
            self._deliver, self._fail = deliver, fail
            early, self._early = self._early, []
        for one in early:
            if isinstance(one, Frame):
                deliver(one)
            else:
                fail(one)

    def wish(self, wish: Wish, *, at_once: bool = True) -> None:
        """What to show from now on; `at_once` also if no scan is due."""
        with self._changed:
            number = self._wish.number + at_once
            self._wish = wish._replace(number=number)
            if at_once:
                self._changed.notify()

    def rescan(self) -> None:
        """Look at everything now, paused or not."""
        with self._changed:
            self._everything = True
            self._changed.notify()

    @property
    def interval(self) -> float:
        return self._interval

    @interval.setter
    def interval(self, seconds: float) -> None:
        with self._changed:
            self._interval = seconds
            self._changed.notify()

    @property
    def paused(self) -> bool:
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        with self._changed:
            self._paused = paused
            self._changed.notify()

    @property
    def suspended(self) -> bool:
        return self._suspended

    @suspended.setter
    def suspended(self, suspended: bool) -> None:
        """While the terminal belongs to somebody else nothing is looked at."""
        with self._changed:
            self._suspended = suspended
            self._changed.notify()

    def stop(self, wait: float = 0.0) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if wait and self._thread.is_alive():
            self._thread.join(wait)

    # ---- the thread

    def _run(self) -> None:
        last: float | None = None
        while True:
            with self._changed:
                while True:
                    if self._stopped:
                        return
                    now = time.monotonic()
                    due = now if last is None else last + self._interval
                    rearrange = self._wish.number != self._served and self._moment is not None
                    idle = self._suspended or (self._paused and self._moment is not None)
                    scan = not self._suspended and (self._everything or (not idle and now >= due))
                    if scan or rearrange:
                        # Somebody waits for it: it is made of the last look, and the next look follows.
                        scan = scan and not rearrange
                        break
                    self.at_rest = True
                    self._changed.wait(None if idle else max(0.0, due - now))
                self.at_rest = False
                wish, everything = self._wish, self._everything and scan
                if scan:
                    self._everything = False
                self._served = wish.number
            # What is made now lives until the next scan: to search it for garbage is a stall for nothing.
            gc.disable()
            try:
                if scan:
                    # In step with the clock, as long as the machine keeps up.
                    last = due if 0 <= now - due < self._interval / 2 else now
                    if self._look(wish, everything):
                        last = None
                if self._moment is not None:
                    made = frame(self._moment, wish.arrangement, wish.folds, self._make, scan, self._view)
                    self._view = made.view
                    self._hand_over(made)
            except OSError as error:
                self._hand_over(error)
            except Exception as error:
                self._hand_over(error)
                return
            finally:
                gc.freeze()
                gc.enable()
            if scan:
                self._tidy()

    def _look(self, wish: Wish, everything: bool) -> bool:
        """Take the next snapshot; whether the first, quick one is to be followed at once by a whole one, with
        names: the first picture waits for neither."""
        if self._moment is None:
            snapshot = self._scanner.scan(self._scope(wish)._replace(dear=False))
            self._moment = first(snapshot)
            return True
        scope = self._scope(wish)
        if not everything:
            scope = scope._replace(sources=self._scanner.due())
        before = self._moment
        snapshot = self._named(self._scanner.scan(scope), wish)
        if self._preview:
            # What the dear sources add now is found, not new.
            self._preview = False
            self._moment = first(snapshot)._replace(uses=usage.between(before.snapshot, snapshot))
        else:
            self._moment = following(before, snapshot)
        return False

    def _named(self, snapshot: Snapshot, wish: Wish) -> Snapshot:
        if self._naming is None:
            return snapshot
        if self._names is None:
            self._names = self._naming()
        return self._names.named(snapshot, wish.ask_engines)

    def _scope(self, wish: Wish) -> Scope:
        query = wish.arrangement.filter
        asked = query.fields if query is not None else frozenset()
        return Scope(
            details=Wanted.ALL if "cap" in asked else Wanted.ALL_COMMANDS,
            details_of=wish.details_of,
            usage=True,
            net_ids="netnsid" in asked,
        )

    def _hand_over(self, result: Frame | Exception) -> None:
        with self._changed:
            if self._stopped:
                return
            deliver, fail = self._deliver, self._fail
            if deliver is None or fail is None:
                self._early.append(result)
                return
        if isinstance(result, Frame):
            deliver(result)
        else:
            fail(result)

    def _tidy(self) -> None:
        """Keep the collector's pauses off the event loop: what a scan made is set aside, and as it has no
        cycles it goes when the next one takes its place. Now and then everything is looked through."""
        now = time.monotonic()
        if now - self._collected > COLLECT_EVERY:
            self._collected = now
            gc.unfreeze()
            gc.collect()
            gc.freeze()
