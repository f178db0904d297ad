"""/proc/PID/limits: how much of each resource a process may use (getrlimit(2), proc_pid_limits(5))."""

from typing import NamedTuple


class Limit(NamedTuple):
    """A number, or `unlimited`."""

    soft: str
    hard: str


_NAME = 26
"""Characters of the column of names, which hold spaces."""


def parse_limits(data: bytes) -> dict[str, Limit]:
    """The limits by their names in the file; lines that are none are left out."""
    found = {}
    for line in data.decode("ascii", "replace").splitlines()[1:]:
        values = line[_NAME:].split()
        if len(values) >= 2:
            found[line[:_NAME].strip()] = Limit(values[0], values[1])
    return found
