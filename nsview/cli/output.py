"""What reaches standard output: safe text, valid JSON, colour only where it is wanted."""

import os
import sys

from nsview.text import clean

_RESET = "\x1b[0m"
_STYLES = {"head": "\x1b[1m", "host": "\x1b[2m", "warn": "\x1b[33m"}


def colourful() -> bool:
    """Colour only on a terminal that can show it, and only if nobody asked for none (NO_COLOR)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def styled(text: str, style: str, on: bool) -> str:
    return f"{_STYLES[style]}{text}{_RESET}" if on and style else text


def width() -> int | None:
    """Cells in a line of the terminal; None where standard output is none: nothing is cut there."""
    if not sys.stdout.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


def write_line(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def write_json(value: object) -> None:
    """A JSON document in ASCII. Bytes that are no UTF-8 become `\\xNN` text: many readers of JSON refuse the
    lone surrogates that stand for them."""
    import json

    json.dump(_readable(value), sys.stdout, indent=3)
    sys.stdout.write("\n")


def _readable(value: object) -> object:
    if isinstance(value, str):
        return value if value.isascii() else _without_surrogates(value)
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(item) for item in value]
    return value


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def warn(text: str) -> None:
    """A line on standard error: untrusted parts cleaned by the caller's one call here."""
    print(f"nsview: {clean(text)}", file=sys.stderr)
