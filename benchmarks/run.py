"""Runs the benchmarks, all or those that are named, and tells whether the figures are as they are to be.

A benchmark is a module with `figures()`, which returns numbers by subject and name, and perhaps with
`goals(figures)`. Each runs in a process of its own, for a limited time.
"""

import argparse
import ctypes
import json
import os
import platform
import signal
import subprocess
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

GRACE = 5.0
"""Seconds that a benchmark has to end."""
PR_SET_PDEATHSIG = 1

Figures = dict[str, dict[str, float]]

BENCHMARKS: dict[str, tuple[str, float]] = {
    "startup": ("nsview list at few processes, beside its scan", 30),
    "listing": ("nsview list and scans at many processes, beside lsns, ps and bare loops", 200),
    "tree": ("the tree: keys, folds, ticks; ms", 60),
    "views": ("the models behind the views, up to 100,000 processes", 120),
    "naming": ("names of containers: the first look, and each one after it", 30),
    "inside": ("the tab with what is inside, with thousands of sockets or mounts", 60),
    "net_map": ("the map of 200 network namespaces, read and drawn, against ip in a loop", 40),
    "app": ("the app: start, keys, ticks", 180),
    "enter": ("entering and spawning", 30),
}
"""Name → what it measures, and the seconds that it may take."""
TOGETHER = 480
"""Seconds that all may take; the last ones get what is left."""


def main() -> int:
    names = ", ".join(BENCHMARKS)
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of {names}; all when none is named")
    parser.add_argument("--json", metavar="FILE", help="write the figures into FILE as well")
    parser.add_argument("--only-figures", metavar="NAME", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_figures:
        return _measure_here(arguments.only_figures)
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]}: one of {names}")
    everything: dict[str, Any] = {"machine": _machine()}
    print("  ".join(f"{name} {value}" for name, value in everything["machine"].items()))
    failed = False
    deadline = time.monotonic() + TOGETHER
    for name in arguments.names or BENCHMARKS:
        meaning, seconds = BENCHMARKS[name]
        if find_spec(f"benchmarks.{name}") is None:
            continue
        print(f"\n{name}: {meaning}\n", flush=True)
        found = _measure(name, min(seconds, deadline - time.monotonic()))
        failed |= found is None
        if found is not None:
            everything[name] = found
            _tell(found["figures"])
            _tell_goals(found["goals"])
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(everything, file, indent=2)
            file.write("\n")
    return int(failed)


def _machine() -> dict[str, str | int]:
    return {
        "Linux": platform.release(),
        "Python": platform.python_version(),
        "CPUs": len(os.sched_getaffinity(0)),
        "user": os.geteuid(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _measure_here(name: str) -> int:
    """The child's side of `_measure`: interrupted when we end, so that it puts its things away (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    module = import_module(f"benchmarks.{name}")
    figures = module.figures()
    goals = module.goals(figures) if hasattr(module, "goals") else []
    json.dump({"figures": figures, "goals": [[*goal, goal.reached] for goal in goals]}, sys.stdout)
    return 0


def _measure(name: str, seconds: float) -> dict[str, Any] | None:
    """In a process of its own, so that the memory of one benchmark is not in the way of the next."""
    command = [sys.executable, "-m", "benchmarks.run", "--only-figures", name]
    started = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
        try:
            output, _ = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            print(f"given up after {seconds:.0f} s")
            return None
        finally:
            _end(child)
    if child.returncode:
        print(f"ended with status {child.returncode}")
        return None
    print(f"({time.monotonic() - started:.0f} s)")
    return dict(json.loads(output))


def _end(child: subprocess.Popen[bytes]) -> None:
    """Interrupt it, if the terminal has not done so already; it has a moment to put its things away."""
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()


def _tell(figures: Figures) -> None:
    """Names down, subjects across, and how often the first subject's figure the last one's is."""
    names = list(dict.fromkeys(name for row in figures.values() for name in row))
    growing = len(figures) > 2
    heads = ["", *figures, *(["growth"] if growing else [])]
    lines = []
    for name in names:
        values = [row.get(name) for row in figures.values()]
        cells = [name, *map(_number, values)]
        if growing:
            first, last = values[0], values[-1]
            cells.append(f"{last / first:.1f}x" if first and last is not None else "")
        lines.append(cells)
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    for line in [heads, *lines]:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip())


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value) or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _tell_goals(goals: list[tuple[str, float, float, bool]]) -> None:
    if goals:
        print("\nto reach")
    width = max((len(what) for what, *_ in goals), default=0)
    for what, value, limit, reached in goals:
        mark = "ok" if reached else "MISSED"
        print(f"  {what:<{width}}  {_number(value):>8}  at most {_number(limit):>6}  {mark}")


if __name__ == "__main__":
    sys.path[0] = ROOT
    try:
        status = main()
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
