"""Another pane or window of the tmux that we run in, so that the live view stays to be seen."""

import os
import sys
from collections.abc import Mapping, Sequence

TALL = 40
"""From so many rows on there is room for a pane below."""


def is_inside(environ: Mapping[str, str] | None = None) -> bool:
    return bool((os.environ if environ is None else environ).get("TMUX"))


def command_line(arguments: Sequence[str], rows: int) -> list[str]:
    """How tmux is told to run nsview with these arguments.

    A pane whose program has failed stays, so that its last words can be read.
    """
    where = ["split-window", "-v"] if rows >= TALL else ["new-window"]
    program = [*ourselves(), *arguments]
    return [
        "tmux", *where, "-c", os.getcwd(), "--",
        *(_quoted(word) for word in program), ";", "set-option", "-p", "remain-on-exit", "failed",
    ]  # fmt: skip


def _quoted(word: str) -> str:
    """A `;` at a word's end would end the command for tmux."""
    return f"{word[:-1]}\\;" if word.endswith(";") else word


def ourselves() -> list[str]:
    """nsview's own command line so far, for a process with another environment and directory."""
    started = os.path.abspath(sys.argv[0])
    if os.path.basename(started) == "__main__.py" or not os.path.isfile(started):
        return [sys.executable, "-m", "nsview"]
    return [sys.executable, started]


def open_apart(arguments: Sequence[str], rows: int) -> str:
    """Returns what went wrong; "" if nothing. Waits for tmux: not for the event loop."""
    import subprocess

    try:
        done = subprocess.run(
            command_line(arguments, rows),
            capture_output=True,
            timeout=5,
            check=False,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip() or f"tmux: exit {done.returncode}"
