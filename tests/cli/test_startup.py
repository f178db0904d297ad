"""The command line is quick: it loads little, starts soon, and grows no faster than the processes do.

Times are compared with times of the same moment, never with a clock: the machine may be busy.
"""

import json
import os
import subprocess
import sys
import time

import pytest

from benchmarks.sleepers import Sleepers
from nsview.discovery.scanner import Scanner, Scope

DEAR = {
    *("asyncio", "concurrent", "ctypes", "dataclasses", "inspect", "locale", "logging", "multiprocessing"),
    *("pathlib", "shutil", "socket", "subprocess", "tempfile", "threading", "tomllib", "traceback"),
}
"""Modules of the standard library that cost more than a command is worth."""
MODULES = 52
"""Of our own, for a table: each costs a tenth of a millisecond."""

LOADED = """
import sys
before = set(sys.modules)
from nsview.cli.main import main
status = main(sys.argv[1:])
print("\\n" + " ".join(set(sys.modules) - before))
sys.exit(status)
"""


def environment() -> dict[str, str]:
    """An installed program finds its modules compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def loaded(*arguments: str) -> set[str]:
    """The modules that a command line brings into a bare interpreter."""
    command = [sys.executable, "-I", "-c", LOADED, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, check=True)
    return set(ended.stdout.splitlines()[-1].split())


def top(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("arguments", [("list",), ("list", "--json"), ("list", "-T")], ids=" ".join)
def test_only_the_standard_library_and_our_own_are_loaded(arguments: tuple[str, ...]) -> None:
    assert top(loaded(*arguments)) <= {"nsview", *sys.stdlib_module_names}


FAST = ("list", "--fast", "--source", "procfs")
"""As on a machine with few processes; with many the kernel's iterators are asked, which takes ctypes."""


def test_a_fast_list_loads_nothing_dear() -> None:
    modules = loaded(*FAST)
    dear = top(modules) & DEAR
    if "nsview.kernel.mounts" in modules:  # the machine has a mount namespace that no process is in
        dear -= {"ctypes"}
    assert not dear
    assert "json" not in modules
    assert not any(name.startswith("nsview.ui") for name in modules)


def test_a_list_loads_ctypes_alone_of_what_is_dear() -> None:
    """kcmp(2) and pidfd_getfd(2) are asked only where threads and sockets call for it."""
    assert top(loaded("list", "--source", "procfs")) & DEAR <= {"ctypes"}


def test_a_list_loads_few_modules_of_ours() -> None:
    modules = {name for name in loaded(*FAST) if name.startswith("nsview")}
    assert len(modules) <= MODULES, sorted(modules)


def milliseconds(*command: str) -> tuple[float, bytes]:
    started = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, env=environment(), timeout=60, check=True)
    return 1e3 * (time.perf_counter() - started), ended.stdout


def test_a_list_starts_in_little_more_than_an_interpreter_does() -> None:
    """Beside its scan, that is, against one with argparse and json; `make bench` tells how much exactly."""
    nsview = ("-c", "import sys; from nsview.cli.main import run; sys.argv = ['nsview', 'list', '-J']; run()")
    bare, beside = [], []
    for attempt in range(40):
        bare.append(milliseconds(sys.executable, "-I", "-c", "import argparse, json")[0])
        whole, output = milliseconds(sys.executable, "-I", *nsview)
        beside.append(whole - json.loads(output)["scan"]["elapsed_ms"])
        if attempt >= 4 and min(beside) <= 1.9 * min(bare):
            return
    pytest.fail(f"{min(beside):.1f} ms beside the scan, {min(bare):.1f} ms for a bare interpreter")


def test_a_scan_grows_with_the_processes_and_not_with_their_square() -> None:
    with Sleepers(own=0) as sleepers:
        cost = {}
        for count in (300, 1500):
            if not sleepers.grow(count):
                pytest.skip(f"no {count} processes to be had: {sleepers.obstacle}")
            cost[count] = min(_cost_of_a_process() for _ in range(5))
    # The same for each, give or take the caches; five times as much if every process met every other.
    assert cost[1500] < 2.5 * cost[300]


def _cost_of_a_process() -> float:
    started = time.perf_counter()
    snapshot = Scanner().scan(Scope())
    return (time.perf_counter() - started) / len(snapshot.processes)
