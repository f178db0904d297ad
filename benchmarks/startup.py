"""How long `nsview list` takes beside its scan, against an interpreter that loads argparse and json."""

import json
import sys

from benchmarks.measure import NSVIEW, Goal, run

ROUNDS = 25
RATIO = "(list - scan) / interpreter"


def figures() -> dict[str, dict[str, float]]:
    """Milliseconds, the best of many rounds in which all take turns."""
    bare: list[float] = []
    whole: list[float] = []
    fast: list[float] = []
    scans: dict[str, list[float]] = {"--json": [], "--fast": []}
    processes = 0
    run([NSVIEW, "list"])
    for _ in range(ROUNDS):
        bare.append(run([sys.executable, "-c", "import argparse, json"]).milliseconds)
        whole.append(run([NSVIEW, "list"]).milliseconds)
        fast.append(run([NSVIEW, "list", "--fast"]).milliseconds)
        for option, found in scans.items():
            scan = json.loads(run([NSVIEW, "list", "--json", option]).output)["scan"]
            found.append(scan["elapsed_ms"])
            processes = scan["processes"]
    base = min(bare)
    return {
        "list": _figures(base, min(whole), min(scans["--json"]), processes),
        "list --fast": _figures(base, min(fast), min(scans["--fast"]), processes),
    }


def _figures(base: float, whole: float, scan: float, processes: int) -> dict[str, float]:
    return {
        "processes": float(processes),
        "interpreter with argparse and json, ms": base,
        "from start to end, ms": whole,
        "of that the scan, ms": scan,
        RATIO: (whole - scan) / base,
    }


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    return [Goal(f"{name}: {RATIO}", figures[RATIO], 1.5) for name, figures in found.items()]
