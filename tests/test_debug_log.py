"""The debug log: what went wrong in full, for nobody else to read, and nothing that a terminal would obey."""

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsview import debug_log
from nsview.debug_log import VARIABLE, begin, note
from nsview.discovery import choice
from nsview.discovery.bpf import Bpf
from nsview.kernel.bpf import NoBpf, tasks
from nsview.kernel.bpf.assembler import FRAME, R2
from nsview.kernel.bpf.btf import Btf
from nsview.kernel.bpf.program import Finished, Program
from nsview.kernel.procfs import Procfs


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(debug_log, "_logger", None)
    yield tmp_path / "debug.log"
    if debug_log._logger is not None:
        for handler in debug_log._logger.handlers:
            assert isinstance(handler, logging.StreamHandler)
            handler.stream.close()


def test_entries(log: Path) -> None:
    note("bpf", "nobody listens yet")
    begin(str(log))
    note("bpf", "first\nsecond \x1b[2J\udcff\n")
    note("scan", "ü")
    lines = log.read_text("ascii").splitlines()
    assert [line.partition(" ")[2].partition(" ")[2] for line in (lines[0], lines[2])] == [
        "bpf: first",
        r"scan: \xfc",
    ]
    assert lines[1] == r"    second \x1b[2J\udcff"
    assert stat.S_IMODE(os.stat(log).st_mode) == 0o600


def test_the_verifiers_words(require_root: None, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real verifier refuses a program: the name of the source has its last line, the log has all."""
    try:
        Bpf(Procfs()).close()
    except NoBpf as refusal:
        pytest.skip(f"bpf: {refusal}")

    def broken(btf: Btf, links: frozenset[str], initial: bool) -> Finished:
        program = Program(btf, "task", tasks.RECORD)
        program.store(FRAME, 8, R2)  # above the stack
        return program.end()

    monkeypatch.setattr(tasks, "write", broken)
    begin(str(log))
    name = choice.choose("auto").tasks.name
    assert name.startswith('procfs (bpf: EACCES for the program of "task": ')
    first, *words = log.read_text().splitlines()
    assert f"procfs ({first.partition(' bpf: ')[2]})" == name.replace("bpf: ", "")
    assert len(words) > 3
    assert all(line.startswith("    ") for line in words)
    assert any(name.rpartition(": ")[2].rstrip(")") in line for line in words)


def run(*arguments: str, log: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "nsview", *arguments]
    environment = {**os.environ, VARIABLE: str(log)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_line(log: Path) -> None:
    told = run("config", log=log)
    assert f"# debug log: {log}\n" in told.stdout
    assert log.exists()
    missing = log / "below"
    failed = run("list", log=missing)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == f"nsview: {VARIABLE}={missing}: Not a directory\n"
