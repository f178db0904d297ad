"""The app: keys, ticks, start, and what it uses while nothing happens.

Keys and ticks are measured on synthetic machines: another thread looks once a second, finds fifty processes
more or fewer, and builds the view. Start and use are measured on the real kernel, from outside, on a
terminal of our own; htop(1) beside it, where there is one.
"""

import asyncio
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from typing import Any

from nsview.ui import terminal

terminal.prepare(os.environ)  # as the app does before it loads the terminal library

from benchmarks.measure import ENVIRONMENT, NSVIEW, Goal  # noqa: E402
from benchmarks.sleepers import Sleepers, raise_limits  # noqa: E402
from nsview.config import NO_OPTIONS, USUAL  # noqa: E402
from nsview.discovery.scanner import Scope  # noqa: E402
from nsview.model.snapshot import Snapshot  # noqa: E402
from nsview.model.views.folds import ALL_OPEN  # noqa: E402
from nsview.model.views.view import Arrangement, ViewName  # noqa: E402
from nsview.ui.cells import cells_of  # noqa: E402
from nsview.ui.live import Live, Wish  # noqa: E402
from nsview.ui.textual_app import NsviewApp  # noqa: E402
from tests.model.snapshots import crowd  # noqa: E402

SIZES = (1_000, 10_000, 50_000, 100_000)
PROCESSES = 2_000
MANY = 10_000
SHARE_OF_HTOP = {PROCESSES: 1.0, MANY: 0.5}
"""Of its CPU time at most, by the number of processes."""
TICK = 1.0
PACE = 0.033
"""Seconds between keys: a key that is held down."""
KEYS = ("down", "down", "down", "pagedown", "up", "end", "home", "pagedown", "pagedown", "pageup")
WATCHED = 12.0
"""Seconds for which a program is watched; its figures are given for 60."""


class Crowd:
    """Three snapshots in turn."""

    def __init__(self, count: int) -> None:
        self.snapshots = [crowd(count + 50 * seed, max(1, count // 50), seed=seed + 1) for seed in range(3)]
        self.taken = 0

    def scan(self, scope: Scope) -> Snapshot:
        self.taken += 1
        return self.snapshots[self.taken % 3]

    def due(self) -> frozenset[str]:
        return frozenset()


class Measured(NsviewApp):
    """Not headless, so that every picture is turned into the terminal's bytes."""

    painted_at = 0.0
    is_headless = False

    def _listen_to_signals(self) -> None:
        pass

    def post_display_hook(self) -> None:
        self.painted_at = time.perf_counter()


async def _until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.perf_counter() + seconds
    while not condition():
        await asyncio.sleep(0)
        if time.perf_counter() > deadline:
            raise TimeoutError(f"nothing happened in {seconds:.0f} seconds")


async def _stalls(seconds: float) -> list[float]:
    """How long the event loop was away, each time that it was."""
    until, found = time.perf_counter() + seconds, []
    last = time.perf_counter()
    while last < until:
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        found.append(now - last - 0.001)
        last = now
    return found


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def _measure(view: ViewName, count: int, keys: int) -> dict[str, float]:
    arrangement = Arrangement(view=view)
    live = Live(Crowd(count), cells_of, TICK)
    live.wish(Wish(arrangement, ALL_OPEN), at_once=False)
    live.start()
    app = Measured(live, USUAL._replace(interval=TICK), NO_OPTIONS, arrangement)
    app.animation_level = "none"
    switch = sys.getswitchinterval()
    sys.setswitchinterval(0.001)
    try:
        async with app.run_test(size=(120, 40)):
            await _until(lambda: app.browser.frame is not None)
            tree = app.browser.tree_
            tree.folds = ALL_OPEN
            await _until(lambda: len(tree.window.visible) > count)
            await asyncio.sleep(0.5)
            pressed = []
            for i in range(keys):
                await asyncio.sleep(PACE * (0.75 + i % 7 / 10))
                before, start = tree.cursor_key, time.perf_counter()
                app.simulate_key(KEYS[i % len(KEYS)])
                await _until(lambda before=before: tree.cursor_key != before)  # type: ignore[misc]
                await _until(lambda start=start: app.painted_at > start)  # type: ignore[misc]
                pressed.append(app.painted_at - start)
            stalls = await _stalls(3.0)
    finally:
        sys.setswitchinterval(switch)
        live.stop(wait=5.0)
    return {
        "key p50, ms": 1e3 * _percentile(pressed, 0.5),
        "key p99, ms": 1e3 * _percentile(pressed, 0.99),
        "longest stall, ms": 1e3 * max(stalls),
    }


class Program:
    """A program on a terminal of 120 × 40, read from so that it never waits for us."""

    def __init__(self, command: list[str], home: str) -> None:
        self.fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = {**ENVIRONMENT, "TERM": "xterm-256color", "HOME": home, "XDG_CONFIG_HOME": home}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.written = b""

    def read(self, seconds: float, until: bytes = b"") -> bool:
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                self.written += os.read(self.fd, 1 << 16)
            if until and until in self.written:
                return True
        return not until

    def used(self) -> tuple[float, float]:
        """CPU seconds so far, and megabytes resident."""
        with open(f"/proc/{self.process.pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        ticks = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return ticks, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.read(0.5)
        except OSError:
            pass  # EIO: it has ended
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.fd)


def _watch(command: list[str], home: str, complete: bytes) -> dict[str, float]:
    program = Program(command, home)
    try:
        if not program.read(15.0, complete):
            raise TimeoutError(f"{command[0]}: no picture in 15 seconds")
        first = time.perf_counter() - program.started
        program.read(5.0)
        before, _ = program.used()
        program.read(WATCHED)
        after, megabytes = program.used()
        return {
            "first picture, s": first,
            "CPU in 60 s, s": (after - before) * 60 / WATCHED,
            "resident, MB": megabytes,
        }
    finally:
        program.end()


def _real() -> dict[str, dict[str, float]]:
    raise_limits()
    found: dict[str, dict[str, float]] = {}
    with Sleepers(20) as sleepers, tempfile.TemporaryDirectory() as home:
        others = len([name for name in os.listdir("/proc") if name.isdecimal()])
        for count in (PROCESSES, MANY):
            if not sleepers.grow(count - others):
                raise OSError(sleepers.obstacle)
            # The last thing that the header and the first namespaces' rows have to say.
            found[f"nsview, {count:,} processes"] = _watch([NSVIEW, "-d", "1"], home, b"4026531")
            if shutil.which("htop"):
                found[f"htop, {count:,} processes"] = _watch(["htop", "-d", "10"], home, b"Quit")
    return found


def figures(sizes: Sequence[int] = SIZES, keys: int = 150) -> dict[str, dict[str, Any]]:
    """By subject. Takes about two minutes."""
    found: dict[str, dict[str, Any]] = _real()
    for count in sizes:
        found[f"{count:,}, process tree"] = asyncio.run(_measure(ViewName.PROCESS, count, keys))
    return found


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    reached = []
    for count, limit in ((10_000, 16.0), (50_000, 30.0)):
        row = found.get(f"{count:,}, process tree")
        if row is not None:
            reached.append(Goal(f"key to picture p99 at {count:,}, ms", row["key p99, ms"], limit))
    row = found.get("10,000, process tree")
    if row is not None:
        reached.append(Goal("longest stall at 10,000, ms", row["longest stall, ms"], 50.0))
    few = found.get(f"nsview, {PROCESSES:,} processes")
    if few is not None:
        reached.append(Goal(f"first picture at {PROCESSES:,}, s", few["first picture, s"], 0.9))
    for count, share in SHARE_OF_HTOP.items():
        ours, theirs = (found.get(f"{name}, {count:,} processes") for name in ("nsview", "htop"))
        if ours is not None and theirs is not None:
            ratio = ours["CPU in 60 s, s"] / theirs["CPU in 60 s, s"]
            reached.append(Goal(f"CPU while nothing happens at {count:,} / htop's", ratio, share))
    many = found.get(f"nsview, {MANY:,} processes")
    if many is not None:
        reached.append(Goal(f"resident at {MANY:,}, MB", many["resident, MB"], 120.0))
    return reached
