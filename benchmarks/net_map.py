"""The map of a busy machine: 200 network namespaces, each on a bridge by a pair of interfaces.

Against the tool that people have for this, once for each namespace: `ip -n NAME -j address`.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Goal
from nsview.contents.net_map import net_map
from nsview.discovery.once import look
from nsview.drawing.canvas import Canvas
from nsview.drawing.picture import picture

COUNT, LOOKS = 200, 5
NAME = f"nsvb{os.getpid()}"
READ, DRAWN, OTHERS = "read, ms", "laid out and drawn, ms", "ip -n, ms"
RATIO = "read, of what ip takes"


def figures() -> dict[str, dict[str, float]]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return {}
    with machine() as names:
        snapshot = look()
        read, drawn, others = [], [], []
        for attempt in range(LOOKS):
            begun = time.perf_counter()
            found = net_map(snapshot)
            read.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            shown = Canvas(picture(found))
            drawn.append(time.perf_counter() - begun)
            if attempt < 2:
                others.append(_by_ip(names))
        linked = sum(1 for link in found.links if not link.within)
        assert linked >= COUNT, f"{linked} links of {COUNT}"
        assert shown.height > COUNT
        values = {READ: 1e3 * min(read), DRAWN: 1e3 * min(drawn), OTHERS: 1e3 * min(others)}
        return {f"{COUNT} namespaces": values | {RATIO: min(read) / min(others)}}


def goals(figures: dict[str, dict[str, float]]) -> list[Goal]:
    return [
        goal
        for subject, values in figures.items()
        for goal in (
            Goal(f"{subject}, {RATIO}", values[RATIO], 0.5),
            Goal(f"{subject}, {READ} and {DRAWN}", values[READ] + values[DRAWN], 3000.0),
        )
    ]


def _by_ip(names: list[str]) -> float:
    begun = time.perf_counter()
    for name in names:
        subprocess.run(["ip", "-n", name, "-j", "address"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


@contextmanager
def machine() -> Iterator[list[str]]:
    """A router with a bridge, so that the host itself gets no interfaces."""
    names = [f"{NAME}-{number}" for number in range(COUNT)]
    router = f"{NAME}-router"
    try:
        _batch([f"netns add {name}" for name in (router, *names)])
        wires = ["link add br0 type bridge"]
        for number, name in enumerate(names):
            wires.append(f"link add v{number} type veth peer name eth0 netns {name}")
            wires.append(f"link set v{number} master br0")
        _batch(wires, "-n", router)
        yield names
    finally:
        _batch([f"netns delete {name}" for name in (router, *names)], "-force")


def _batch(lines: list[str], *options: str) -> None:
    command = ["ip", *options, "-batch", "-"]
    subprocess.run(command, input="\n".join(lines), text=True, capture_output=True, check=True)
