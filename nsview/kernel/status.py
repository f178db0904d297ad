"""/proc/PID/status: credentials, numbers in pid namespaces, capabilities, seccomp (proc_pid_status(5))."""

from typing import NamedTuple


class Status(NamedTuple):
    """What status says; None or () where the kernel is too old for a line."""

    tgid: int | None
    uids: tuple[int, int, int, int] | None
    """Real, effective, saved and file system user, in the reader's user namespace."""
    gids: tuple[int, int, int, int] | None
    groups: tuple[int, ...]
    """Supplementary groups."""
    ns_tgid: tuple[int, ...]
    """The process's number in each pid namespace from that of the /proc mount down to its own."""
    ns_pid: tuple[int, ...]
    """The same for the task: differs from `ns_tgid` for a thread."""
    cap_inheritable: int | None
    cap_permitted: int | None
    cap_effective: int | None
    cap_bounding: int | None
    cap_ambient: int | None
    """Since Linux 4.3."""
    no_new_privs: bool | None
    """Since Linux 4.10."""
    seccomp: int | None
    """0 disabled, 1 strict, 2 filter; None where the kernel has no seccomp."""
    seccomp_filters: int | None
    """Number of filters; since Linux 5.9."""


def parse_status(data: bytes) -> Status:
    """The fields of one status file.

    The first line holds the process's name, the only text that it chose itself; the kernel writes a newline
    in it as `\\n`, so a name cannot forge a line.
    """
    # The kernel has written these lines in this order since they exist, so each search goes on where the last
    # one ended; a line that is missing, or stands elsewhere, costs one more search.
    find = data.find
    place = 0
    lines = []
    for label in _LABELS:
        start = find(label, place)
        if start < 0:
            start = find(label, 0, place + len(label))
        if start < 0:
            lines.append(b"")
            continue
        start += len(label)
        place = find(b"\n", start)
        if place < 0:
            place = len(data)
        lines.append(data[start:place])
    return Status(
        _number(lines[0]),
        _four(lines[1]),
        _four(lines[2]),
        _numbers(lines[3]),
        _numbers(lines[4]),
        _numbers(lines[5]),
        _number(lines[6], 16),
        _number(lines[7], 16),
        _number(lines[8], 16),
        _number(lines[9], 16),
        _number(lines[10], 16),
        _flag(lines[11]),
        _number(lines[12]),
        _number(lines[13]),
    )


_LABELS = (
    b"\nTgid:",
    b"\nUid:",
    b"\nGid:",
    b"\nGroups:",
    b"\nNStgid:",
    b"\nNSpid:",
    b"\nCapInh:",
    b"\nCapPrm:",
    b"\nCapEff:",
    b"\nCapBnd:",
    b"\nCapAmb:",
    b"\nNoNewPrivs:",
    b"\nSeccomp:",
    b"\nSeccomp_filters:",
)
"""In the order of Status's fields."""


def _number(text: bytes, base: int = 10) -> int | None:
    try:
        return int(text, base)
    except ValueError:
        return None


def _flag(text: bytes) -> bool | None:
    number = _number(text)
    return None if number is None else number != 0


def _numbers(text: bytes) -> tuple[int, ...]:
    try:
        return tuple(map(int, text.split()))
    except ValueError:
        return ()


def _four(text: bytes) -> tuple[int, int, int, int] | None:
    numbers = _numbers(text)
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else None
