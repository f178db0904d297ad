"""`nsview list`, the scan below it and the ticks of a live view, beside lsns(8), ps(1) and bare loops over
the same links, with ever more sleeping processes.

All times are of the processor (see `Run`).
"""

import json
import math
import os
import shutil
import sys
import tempfile

from benchmarks.measure import NSVIEW, Failed, Goal, best, run
from benchmarks.sleepers import Sleepers, raise_limits

SIZES = (1_000, 10_000)
MOST = 25_000
"""As far as the machine goes: only what a live view does, without lsns, which takes the square of it."""
OWN = 200
"""Sleepers in namespaces of their own."""

LSNS = "lsns -J, ms"
PS = "ps -e, ms"
FULL = "nsview list --json, ms"
FAST = "nsview list --json --fast, ms"
MEMORY = "nsview list --json, peak MB"
LIVE = {
    "links": "live: os.readlink loop, ms",
    "procfs tasks": "live: tasks by procfs, settled, ms",
    "procfs tick": "live: whole tick by procfs, ms",
    "bpf setup": "live: setting bpf up, ms",
    "bpf first": "live: first scan by bpf, ms",
    "bpf tasks and files": "live: tasks, threads, fds and sockets by bpf, ms",
    "bpf tick": "live: whole tick by bpf, ms",
    "bpf tick with use": "live: whole tick by bpf, with what all have used, ms",
    "bpf with mounts": "live: the same when mounts are due, ms",
}
SETTLED, TICK = LIVE["procfs tasks"], LIVE["bpf tick"]
GROWING = ("links", "procfs tasks", "procfs tick", "bpf tasks and files", "bpf tick", "bpf tick with use")
SLACK = 1.4
"""Times n·log n: what a busy machine may add."""


def figures() -> dict[str, dict[str, float]]:
    """By number of sleepers; "fast" reads the links of /proc/PID/ns, "full" those of /proc/PID/fd too."""
    raise_limits()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as directory, Sleepers(OWN) as sleepers:
        loop = compile_loop(directory)
        for size in (*SIZES, MOST):
            whole = sleepers.grow(size)
            if sleepers.count:
                label = f"{sleepers.count:,} sleepers"
                found[label] = _measure(loop) if size in SIZES else _live(["live"])
            if not whole:
                print(f"no more than {sleepers.count:,} sleepers: {sleepers.obstacle}", file=sys.stderr)
                break
        missing = {"pid", "time", "user", "cgroup", "ipc", "mnt", "net", "uts"} - set(sleepers.kinds)
        if missing:
            print(f"no namespaces of kind {', '.join(sorted(missing))}: not allowed", file=sys.stderr)
    return found


def _measure(loop: str | None) -> dict[str, float]:
    full = best([NSVIEW, "list", "--json"], runs=3)
    fast = best([NSVIEW, "list", "--json", "--fast"], runs=3)
    listed = json.loads(full.output)
    found = {
        "processes in all": float(listed["scan"]["processes"]),
        "namespaces": float(len(listed["namespaces"])),
        FULL: full.cpu_milliseconds,
        FAST: fast.cpu_milliseconds,
    }
    if shutil.which("ps"):
        found[PS] = best(["ps", "-e"], runs=3).cpu_milliseconds
    if shutil.which("lsns"):
        found[LSNS] = best(["lsns", "-J"], runs=1 if full.cpu_milliseconds > 400 else 3).cpu_milliseconds
        found["list --json / lsns"] = found[FULL] / found[LSNS]
        found["list --json --fast / lsns"] = found[FAST] / found[LSNS]
    warm = json.loads(run([sys.executable, "-m", "benchmarks.warm"]).output)
    for scope in ("fast", "full"):
        found[f"{scope}: os.readlink loop, ms"] = warm[f"{scope} links"]
        if loop:
            arguments = ["with descriptors"] if scope == "full" else []
            found[f"{scope}: C loop, ms"] = float(run([loop, *arguments]).output)
        found[f"{scope}: warm scan of everything, ms"] = warm[f"{scope} scan"]
        found[f"{scope}: warm scan / loop"] = warm[f"{scope} scan"] / warm[f"{scope} links"]
    found[MEMORY] = max(full.megabytes, fast.megabytes)
    return found | _named(warm)


def _live(arguments: list[str]) -> dict[str, float]:
    return _named(json.loads(run([sys.executable, "-m", "benchmarks.warm", *arguments]).output))


def _named(warm: dict[str, float]) -> dict[str, float]:
    found = {meaning: warm[name] for name, meaning in LIVE.items() if name in warm}
    found["live: tasks by procfs / loop"] = warm["procfs tasks"] / warm["links"]
    if "bpf tick" in warm and "full links" in warm:
        found["live: tick by bpf / loop with fds"] = warm["bpf tick"] / warm["full links"]
    return found


def compile_loop(directory: str) -> str | None:
    """The same loop in C, where there is a compiler."""
    program = os.path.join(directory, "links")
    source = os.path.join(os.path.dirname(__file__), "links.c")
    try:
        run(["cc", "-O2", "-o", program, source])
    except (Failed, FileNotFoundError):
        return None
    return program


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    """What it is to be at 10,000 sleepers, and how it may grow up to there and beyond."""
    few, many = found.get(f"{SIZES[0]:,} sleepers"), found.get(f"{SIZES[-1]:,} sleepers")
    if few is None or many is None:
        return []
    at = f"at {SIZES[-1]:,}"
    reached = [Goal(f"{MEMORY} {at}", many[MEMORY], 150)]
    if LSNS in many:
        reached += [
            Goal(f"list --json --fast / lsns {at}", many["list --json --fast / lsns"], 1 / 8),
            Goal(f"list --json / lsns {at}", many["list --json / lsns"], 1 / 8),
        ]
    reached += [Goal(f"{name} {at}", many[name], 1.6) for name in many if name.endswith("warm scan / loop")]
    reached.append(Goal(f"live: tasks by procfs / loop {at}", many["live: tasks by procfs / loop"], 1 / 6))
    if TICK in many:
        share = "live: tick by bpf / loop with fds"
        reached += [Goal(f"{TICK} {at}", many[TICK], 25), Goal(f"{share} {at}", many[share], 1 / 20)]
    reached += [
        Goal(f"{name.removesuffix(', ms')}: growth from {small} to {large}", ratio, limit)
        for small, large in zip(found, list(found)[1:], strict=False)
        for name, ratio, limit in _growth(found, small, large)
    ]
    return reached


def _growth(found: dict[str, dict[str, float]], small: str, large: str) -> list[tuple[str, float, float]]:
    """How often as much it is, and how often as much it may be: n·log n, but for what a busy machine adds."""
    few, many = (int(label.split()[0].replace(",", "")) for label in (small, large))
    limit = SLACK * many * math.log(many) / (few * math.log(few))
    names = [FULL, FAST, *(LIVE[name] for name in GROWING)]
    return [
        (name, found[large][name] / found[small][name], limit)
        for name in names
        if name in found[small] and name in found[large]
    ]
