"""Another pane or window of the tmux that we run in, so that the live view stays to be seen."""

import os
import sys
from collections.abc import Mapping, Sequence

TALL = 40
"""From so many rows on there is room for a pane below."""


def is_inside(environ: Mapping[str, str] | None = None) -> bool:
    return bool((os.environ if environ is None else environ).get("TMUX"))


# A pane goes with its program; if nothing was run (125, 126, 127), somebody has to read why.
_HOLD = """"$@"; s=$?; case $s in 12[567]) printf '\\nnsview: exit %s · press Enter ' $s; read -r s;; esac"""


def command_line(arguments: Sequence[str], rows: int) -> list[str]:
    """How tmux is told to run nsview with these arguments."""
    where = ["split-window", "-v"] if rows >= TALL else ["new-window"]
    words = ["/bin/sh", "-c", _HOLD, "sh", *ourselves(), *arguments]
    return ["tmux", *where, "-c", os.getcwd(), "--", *map(_quoted, words)]


def _quoted(word: str) -> str:
    """A `;` at a word's end would end the command for tmux."""
    return f"{word[:-1]}\\;" if word.endswith(";") else word


def ourselves() -> list[str]:
    """How nsview was started, for a process with another environment and directory."""
    started = os.path.abspath(sys.argv[0])
    if os.path.basename(started) == "nsview" and os.path.isfile(started):
        return [sys.executable, started]
    return [sys.executable, "-m", "nsview"]


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
