"""Engines that this machine has, started for a test: what they need, and what nsview says of them."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.model.containers import Container, containers
from nsview.model.name import Name, Names
from nsview.model.snapshot import Snapshot
from nsview.naming.namer import Namer

PATIENCE = 30
NO_DETAILS = Scope(dear=False, details=Wanted.NONE)


def look() -> tuple[Snapshot, Names]:
    found = Scanner().scan(NO_DETAILS)
    return found, Namer().names(found)


def name_of(pid: int) -> Name | None:
    found, names = look()
    task = found.processes.get(pid)
    assert task is not None, f"{pid} has ended"
    return names.of_task(task)


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def run(*command: str, check: bool = True, **more: Any) -> str:
    """What a program prints; the test is skipped with its own words where this machine cannot run it."""
    result: subprocess.CompletedProcess[str] = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **more,
    )
    if check and result.returncode:
        pytest.skip(f"{' '.join(command[:3])}: {result.stderr.strip()[-300:] or result.returncode}")
    return result.stdout


def container_of(engine: str, identity: str) -> Container:
    """The one container with this id."""
    found, names = look()
    everything = containers(found.named(names))
    (one,) = [one for one in everything if (one.name.engine, one.name.id) == (engine, identity)]
    return one


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid: int, program: str) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text() == f"{program}\n"
    except OSError:
        return False
