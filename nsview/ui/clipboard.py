"""Copying: by the desktop's clipboard, by tmux, or by the terminal itself (OSC 52)."""

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from nsview.ui.terminal import over_ssh

LONGEST = 74_000
"""Bytes that terminals commonly take by OSC 52: more is cut silently by some."""


class Sent(NamedTuple):
    how: str
    """In words, for people."""
    problem: str = ""


def copy(
    text: str,
    osc52: Callable[[str], None],
    choice: str = "auto",
    environ: Mapping[str, str] | None = None,
) -> Sent:
    """Send a text to a clipboard; returns how, as none of them says whether it has arrived.

    `osc52` asks the terminal. `choice` is "native", "osc52", or "auto": what suits the session.
    """
    places = os.environ if environ is None else environ
    # The lone bytes of file names have no place in a clipboard's text.
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if choice == "osc52":
        return _by_terminal(text, osc52)
    if choice == "auto" and places.get("TMUX"):
        problem = _by_tmux(text)
        if not problem:
            return Sent("tmux, and by it to the terminal")
    desktop = places.get("DISPLAY") or places.get("WAYLAND_DISPLAY")
    if choice == "auto" and (over_ssh(places) or not desktop):
        return _by_terminal(text, osc52)
    problem = _by_desktop(text)
    if not problem:
        return Sent("the desktop's clipboard")
    if choice == "native":
        return Sent("nowhere", problem)
    return _by_terminal(text, osc52)


def _by_terminal(text: str, osc52: Callable[[str], None]) -> Sent:
    size = len(text.encode())
    if size > LONGEST:
        return Sent("nowhere", f"{size:,} bytes are more than terminals take; show the text instead")
    osc52(text)
    return Sent("the terminal (OSC 52), which may or may not pass it on")


def _by_tmux(text: str) -> str:
    import subprocess

    try:
        subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],
            input=text.encode(),
            check=True,
            timeout=2,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return ""


def _by_desktop(text: str) -> str:
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError) as error:
        return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return ""
