"""`nsview list` and the scan below it against lsns(8) and bare loops, with ever more sleeping processes.

All times are of the processor (see `Run`).
"""

import json
import os
import shutil
import sys
import tempfile

from benchmarks.measure import NSVIEW, Failed, Goal, best, run
from benchmarks.sleepers import Sleepers, raise_limits

SIZES = (1_000, 5_000, 10_000)
OWN = 200
"""Sleepers in namespaces of their own."""

LSNS = "lsns -J, ms"
FULL = "nsview list --json, ms"
FAST = "nsview list --json --fast, ms"
MEMORY = "nsview list --json, peak MB"


def figures() -> dict[str, dict[str, float]]:
    """By number of sleepers; "fast" reads the links of /proc/PID/ns, "full" those of /proc/PID/fd too."""
    raise_limits()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as directory, Sleepers(OWN) as sleepers:
        loop = compile_loop(directory)
        for size in SIZES:
            whole = sleepers.grow(size)
            if sleepers.count:
                found[f"{sleepers.count:,} sleepers"] = _measure(loop)
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
        for what, meaning in (("scan", "warm scan"), ("rescan", "live rescan")):
            found[f"{scope}: {meaning}, ms"] = warm[f"{scope} {what}"]
            found[f"{scope}: {meaning} / loop"] = warm[f"{scope} {what}"] / warm[f"{scope} links"]
    found[MEMORY] = max(full.megabytes, fast.megabytes)
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
    """What it is to be at 10,000 sleepers, and how it may grow up to there."""
    few, many = found.get(f"{SIZES[0]:,} sleepers"), found.get(f"{SIZES[-1]:,} sleepers")
    if few is None or many is None:
        return []
    reached = [Goal(f"{name} at {SIZES[-1]:,}", many[name], 150) for name in (MEMORY,)]
    if LSNS in many:
        reached += [
            Goal(f"list --json --fast / lsns at {SIZES[-1]:,}", many["list --json --fast / lsns"], 1 / 3),
            Goal(f"list --json / lsns at {SIZES[-1]:,}", many["list --json / lsns"], 2 / 3),
        ]
    reached += [
        Goal(f"{name} at {SIZES[-1]:,}", value, 1.6)
        for name, value in many.items()
        if name.endswith("/ loop")
    ]
    reached += [
        Goal(
            f"{name.removesuffix(', ms')}: growth to {SIZES[-1] // SIZES[0]} times as many",
            many[name] / few[name],
            12,
        )
        for name in (FULL, FAST, "fast: warm scan, ms", "full: warm scan, ms")
    ]
    return reached
