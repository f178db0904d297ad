"""The fresh process's side of fresh.py: it loads nothing that is not needed to hear and to say."""

import json
import os
import sys
from typing import Any


def orders() -> dict[str, Any]:
    found: dict[str, Any] = json.load(sys.stdin)
    return found


def tell(**message: Any) -> None:
    """One line, whole."""
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(1, data) :]


def words(error: Exception) -> tuple[int, str]:
    """An error as it is told: a number of errno, and why."""
    if not isinstance(error, OSError):
        return 5, f"{type(error).__name__}: {error}"
    why = error.strerror or str(error)
    return error.errno or 5, f"{error.filename}: {why}" if isinstance(error.filename, str) else why
