"""A scan by the kernel's own iterators, everything included, against a bare loop over the same links.

Milliseconds of the processor, best of several rounds; the rest of a scan (members, owners, mounts) is what
both sources have in common.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

from benchmarks.measure import Goal
from benchmarks.sleepers import Sleepers, raise_limits
from benchmarks.warm import milliseconds, read_links
from nsview.discovery.bpf import Bpf
from nsview.discovery.choice import Choice, Refused, choose
from nsview.discovery.findings import Findings
from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.discovery.source import Context
from nsview.kernel.procfs import Procfs

SIZES = (1_000, 10_000)
OWN = 200
"""Sleepers in namespaces of their own."""
ROUNDS = 5
SCOPE = Scope(details=Wanted.NONE)

SETUP = "setting up, ms"
SOURCES = "warm: tasks, threads, fds and sockets, ms"
SCAN = "warm: whole scan, ms"
LOOP = "os.readlink loop over the same, ms"


def figures() -> dict[str, dict[str, float]]:
    """By number of sleepers; nothing where the kernel refuses."""
    raise_limits()
    found: dict[str, dict[str, float]] = {}
    with Sleepers(OWN) as sleepers:
        for size in SIZES:
            whole = sleepers.grow(size)
            try:
                found[f"{sleepers.count:,} sleepers"] = _measure()
            except Refused as refused:
                print(f"bpf: {refused}", file=sys.stderr)
                return {}
            if not whole:
                print(f"no more than {sleepers.count:,} sleepers: {sleepers.obstacle}", file=sys.stderr)
                break
    return found


def _measure() -> dict[str, float]:
    started = time.process_time()
    chosen = choose("bpf")
    found = {SETUP: 1e3 * (time.process_time() - started)}
    assert isinstance(chosen.tasks, Bpf)
    kernel, procfs = Scanner(tasks=chosen.tasks, holders=chosen.holders), Scanner()
    found["first scan, ms"] = milliseconds(partial(kernel.scan, SCOPE))
    found["first scan of procfs, ms"] = milliseconds(partial(procfs.scan, SCOPE))
    found[SCAN] = _best(partial(kernel.scan, SCOPE))
    found["warm: with what all have used, ms"] = _best(partial(kernel.scan, SCOPE._replace(usage=True)))
    found[SOURCES] = _best(partial(_sources, chosen, kernel.proc))
    found["warm scan of procfs, ms"] = _best(partial(procfs.scan, SCOPE))
    found[LOOP] = _best(partial(read_links, True))
    found["loop / sources"] = found[LOOP] / found[SOURCES]
    chosen.tasks.close()
    return found


def _best(function: Callable[[], object]) -> float:
    return min(milliseconds(function) for _ in range(ROUNDS))


def _sources(chosen: Choice, proc: Procfs) -> None:
    """Of one scan that which takes the place of the loop."""
    context = Context(proc, proc.kinds(), Findings())
    chosen.tasks.read(context, False)
    for source in chosen.holders:
        for pin in source.collect(context):
            context.findings.add_pin(pin)


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    return [
        goal
        for size, one in found.items()
        if size == f"{SIZES[-1]:,} sleepers"
        for goal in (
            Goal(f"{size}: {SOURCES}", one[SOURCES], 25),
            Goal(f"{size}: the same / loop", one[SOURCES] / one[LOOP], 1 / 20),
        )
    ]
