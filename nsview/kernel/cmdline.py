"""/proc/PID/cmdline: the arguments, or what the process has written over them (proc_pid_cmdline(5))."""

import os
from collections.abc import Iterable


def parse_cmdline(data: bytes) -> tuple[str, ...]:
    """The arguments; () for kernel threads, zombies, and processes that have wiped theirs.

    A process that shows a title writes one text over all its arguments and fills the rest with NUL: one text
    followed by nothing but NUL is therefore one argument. Elsewhere empty arguments are kept.
    """
    text = data.rstrip(b"\0")
    if not text:
        return ()
    if b"\0" in text:
        text = data[:-1] if data.endswith(b"\0") else data
    return tuple(os.fsdecode(text).split("\0"))


def join(arguments: Iterable[str]) -> str:
    """One line with a space between arguments, as ps(1) and lsns(8) print it; no quoting."""
    return " ".join(arguments).rstrip(" ")
