"""Sandboxes and containers started for a test, which end with it; without their program it is skipped."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import processes

PATIENCE = 30
"""Seconds."""


class Sandbox(NamedTuple):
    outer: int
    """The process that keeps it, outside."""
    init: int
    """The first process in it."""
    program: str
    """The name of the file that runs in it."""


@contextmanager
def bubblewrap(
    *options: str, program: Sequence[str] = ("/bin/sleep", "300"), user: int | None = None
) -> Iterator[Sandbox]:
    """A sandbox in which the program runs already; of `user`, who has no groups."""
    if shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    read, write = os.pipe()
    started = subprocess.Popen(
        ["bwrap", "--die-with-parent", "--info-fd", str(write), *options, *program],
        pass_fds=[write],
        stdin=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    with started:
        os.close(write)
        with open(read) as told:
            text = told.read()
        try:
            if not text:
                pytest.skip("bwrap cannot make its namespaces here")
            init = json.loads(text)["child-pid"]
            below = Path(f"/proc/{init}/task/{init}/children")
            processes.eventually(lambda: below.read_text().split(), "the program")
            yield Sandbox(started.pid, init, os.path.basename(program[0]))
        finally:
            started.kill()


def run_detached(runtime: str, bundle: Path, name: str, log: Path) -> None:
    """Start a container of runc or crun, which stays when this returns."""
    with open(log, "wb") as output:
        result = subprocess.run(
            [runtime, "run", "--detach", "--bundle", str(bundle), name],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=PATIENCE,
            check=False,
        )
    if result.returncode:
        pytest.skip(f"{runtime}: {log.read_text()[-300:]}")
