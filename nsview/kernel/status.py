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

    The first line holds the process's name, the only text that it chose itself; the kernel writes a newline in it
    as `\\n`, so a name cannot forge a line.
    """
    # The kernel has written these lines in this order since they exist, so each search goes on where the last one
    # ended; a line that is missing, or stands elsewhere, costs one more search.
    place = 0

    def line(label: bytes) -> bytes:
        nonlocal place
        start = data.find(label, place)
        if start < 0:
            start = data.find(label, 0, place + len(label))
            if start < 0:
                return b""
        start += len(label)
        end = data.find(b"\n", start)
        if end < 0:
            end = len(data)
        place = end
        return data[start:end]

    return Status(
        tgid=_number(line(b"\nTgid:")),
        uids=_four(line(b"\nUid:")),
        gids=_four(line(b"\nGid:")),
        groups=_numbers(line(b"\nGroups:")),
        ns_tgid=_numbers(line(b"\nNStgid:")),
        ns_pid=_numbers(line(b"\nNSpid:")),
        cap_inheritable=_number(line(b"\nCapInh:"), 16),
        cap_permitted=_number(line(b"\nCapPrm:"), 16),
        cap_effective=_number(line(b"\nCapEff:"), 16),
        cap_bounding=_number(line(b"\nCapBnd:"), 16),
        cap_ambient=_number(line(b"\nCapAmb:"), 16),
        no_new_privs=_flag(line(b"\nNoNewPrivs:")),
        seccomp=_number(line(b"\nSeccomp:")),
        seccomp_filters=_number(line(b"\nSeccomp_filters:")),
    )


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
