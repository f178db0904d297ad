"""/proc/PID/stat: one line of numbers around a name that the process chose (proc_pid_stat(5))."""

import sys
from typing import NamedTuple

_ENCODING = sys.getfilesystemencoding()
_ERRORS = sys.getfilesystemencodeerrors()


class Stat(NamedTuple):
    """The fields of /proc/PID/stat that nsview uses."""

    pid: int
    comm: str
    """At most 15 bytes (63 for a kernel thread), any but NUL; what is not text is surrogate-escaped."""
    state: str
    """One letter: R, S, D, Z, T, t, X, I."""
    ppid: int
    flags: int
    """PF_* bits of the kernel's linux/sched.h; 0x00200000 is a kernel thread."""
    utime: int
    """User time in clock ticks."""
    stime: int
    """System time in clock ticks."""
    threads: int
    starttime: int
    """Clock ticks since boot: field 22."""
    rss: int
    """Resident pages, without those of its children."""


def parse_stat(data: bytes) -> Stat | None:
    """The fields of one stat file; None if the text is none.

    The name may hold spaces, newlines and parentheses, and nothing in it is escaped: it ends at the *last*
    `)`, for only numbers follow.
    """
    head, _, tail = data.rpartition(b")")
    number, _, comm = head.partition(b"(")
    fields = tail.split(None, 22)
    try:
        # A NamedTuple's own constructor costs twice as much, and this runs for every process of every scan.
        return tuple.__new__(
            Stat,
            (
                int(number),
                comm.decode(_ENCODING, _ERRORS),
                fields[0].decode("ascii"),
                int(fields[1]),
                int(fields[6]),
                int(fields[11]),
                int(fields[12]),
                int(fields[17]),
                int(fields[19]),
                int(fields[21]),
            ),
        )
    except (ValueError, IndexError):
        return None
