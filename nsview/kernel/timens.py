"""Our own time namespace (time_namespaces(7))."""

import os

_OFFSETS = "/proc/self/timens_offsets"
_SECOND = 10**9


def boottime_offset() -> int:
    """Nanoseconds by which our time namespace moves the time since boot; 0 before Linux 5.6.

    OSError where the file is of another namespace than ours: it tells the offsets for our children.
    """
    try:
        ours, for_children = (os.readlink(f"/proc/self/ns/{link}") for link in ("time", "time_for_children"))
        with open(_OFFSETS) as file:
            text = file.read()
    except FileNotFoundError:
        return 0
    if ours != for_children:
        raise OSError(22, "it tells of the time namespace of our children, not of our own", _OFFSETS)
    return parse_boottime_offset(text)


def parse_boottime_offset(text: str) -> int:
    """The nanoseconds in the line `boottime SECONDS NANOSECONDS`; 0 without such a line."""
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3 and words[0] in ("boottime", "7"):
            return int(words[1]) * _SECOND + int(words[2])
    return 0
