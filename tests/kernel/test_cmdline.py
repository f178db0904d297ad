"""/proc/PID/cmdline."""

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsview.kernel.cmdline import join, parse_cmdline

arguments = st.lists(
    st.binary(max_size=20).map(lambda text: text.replace(b"\0", b"?")), min_size=1, max_size=8
)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_arguments(data: bytes) -> None:
    parsed = parse_cmdline(data)
    assert all("\0" not in argument for argument in parsed)
    assert "\0" not in join(parsed)


@given(arguments)
@settings(deadline=None)
def test_reads_back_what_the_kernel_would_write(argv: list[bytes]) -> None:
    parsed = parse_cmdline(b"".join(argument + b"\0" for argument in argv))
    expected = tuple(map(os.fsdecode, argv))
    if not any(argv):
        expected = ()
    elif not any(argv[1:]):
        expected = expected[:1]  # cannot be told from a title followed by filling
    assert parsed == expected


@pytest.mark.parametrize(
    ("data", "argv", "line"),
    [
        (b"", (), ""),
        (b"\0", (), ""),
        (b"\0\0\0", (), ""),
        (b"sh\0-c\0\0", ("sh", "-c", ""), "sh -c"),
        (b"sh\0\0x\0", ("sh", "", "x"), "sh  x"),
        (b"nginx: worker process\0\0\0\0\0\0", ("nginx: worker process",), "nginx: worker process"),
        (b"postgres: walwriter      ", ("postgres: walwriter      ",), "postgres: walwriter"),
        (b"(sd-pam)", ("(sd-pam)",), "(sd-pam)"),
        (b"x", ("x",), "x"),
        (b"a\0b", ("a", "b"), "a b"),
        (b"\xff\0\x1b[2J\0", ("\udcff", "\x1b[2J"), "\udcff \x1b[2J"),
    ],
)
def test_what_processes_do_to_theirs(data: bytes, argv: tuple[str, ...], line: str) -> None:
    assert parse_cmdline(data) == argv
    assert join(argv) == line


@pytest.mark.parametrize("extra", [[], ["", "a b", ""], ["x" * 100_000], ["\udcff", "🦊", "\x1b]0;t\x07"]])
def test_a_real_process(extra: Sequence[str]) -> None:
    argv = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", *extra]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            data = file.read()
        process.communicate()
    assert parse_cmdline(data) == tuple(argv)
