"""What reaches standard output: safe text, valid JSON, colour only where it is wanted."""

import os
import sys

from nsview.text import clean

_SHORT = 8
"""Members of a JSON object that share a line."""

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


def write_json(value: dict[str, object]) -> None:
    """A JSON object in ASCII, a line for each item of its lists and objects: quick to write, and readable.

    Bytes that are no UTF-8 become `\\xNN` text: many readers of JSON refuse the lone surrogates that stand
    for them.
    """
    from json import dumps

    members = []
    for key, item in value.items():
        readable = _readable(item)
        if isinstance(readable, list) and readable:
            lines = ",\n".join("      " + dumps(one) for one in readable)
            members.append(f"   {dumps(key)}: [\n{lines}\n   ]")
        elif isinstance(readable, dict) and len(readable) > _SHORT:
            lines = ",\n".join(f"      {dumps(name)}: {dumps(one)}" for name, one in readable.items())
            members.append(f"   {dumps(key)}: {{\n{lines}\n   }}")
        else:
            members.append(f"   {dumps(key)}: {dumps(readable)}")
    sys.stdout.write("{\n" + ",\n".join(members) + "\n}\n")


def _readable(value: object) -> object:
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(item) for item in value]
    return value


def warn(text: str) -> None:
    """A line on standard error: untrusted parts cleaned by the caller's one call here."""
    print(f"nsview: {clean(text)}", file=sys.stderr)
