"""The clocks of a time namespace (time_namespaces(7))."""

import time
from collections.abc import Callable
from typing import Any

_NUMBERED = {"1": "monotonic", "7": "boottime"}
"""Linux 5.6 wrote the clocks' numbers."""


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    return _read


def _read() -> dict[str, Any]:
    """Seconds."""
    found: dict[str, Any] = {
        "uptime": time.clock_gettime(time.CLOCK_BOOTTIME),
        "monotonic": time.clock_gettime(time.CLOCK_MONOTONIC),
    }
    try:
        with open("/proc/self/timens_offsets") as file:
            found |= parse_offsets(file.read())
    except FileNotFoundError:
        found["unread"] = [("the offsets", "this kernel has no time namespaces (Linux 5.6)")]
    return found


def parse_offsets(text: str) -> dict[str, float]:
    """`monotonic_offset` and `boottime_offset` in seconds, of /proc/PID/timens_offsets."""
    offsets = {}
    for line in text.splitlines():
        words = line.split()
        try:
            clock, seconds, nanoseconds = words[0], int(words[1]), int(words[2])
        except (ValueError, IndexError):
            continue
        offsets[f"{_NUMBERED.get(clock, clock)}_offset"] = seconds + nanoseconds / 1e9
    return offsets
