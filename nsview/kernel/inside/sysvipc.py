"""System V shared memory, semaphores and message queues (sysvipc(7), proc_sysvipc(5)).

User and process numbers are as in the reader's own user and pid namespace.
"""

from collections.abc import Callable
from typing import Any

from nsview.kernel.procfs import read_file

_KINDS = ("shm", "sem", "msg")
_LIMIT = 1 << 26


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    ranges = {kind: (int(arguments[kind]["offset"]), int(arguments[kind]["limit"])) for kind in _KINDS}
    return lambda: _read(ranges)


def _read(ranges: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """Of each kind its total, the sum of bytes, and one page of objects."""
    found: dict[str, Any] = {"unread": []}
    for kind in _KINDS:
        try:
            data = read_file(f"/proc/sysvipc/{kind}", _LIMIT)
        except FileNotFoundError:
            found["unread"].append((kind, "this kernel has no System V IPC"))
            continue
        total, objects = parse(data, *ranges[kind])
        found[kind] = {"total": total, "objects": objects}
    return found


def parse(data: bytes, offset: int, limit: int) -> tuple[int, list[dict[str, int]]]:
    """How many lines of numbers there are below the heading, and one page of them by the heading's words."""
    lines = data.split(b"\n")
    names = [name.decode("ascii", "replace") for name in lines[0].split()]
    # A deleted object is still listed while somebody is attached to it.
    rows = [line for line in lines[1:] if line.strip()]
    page = []
    for line in rows[offset : offset + limit]:
        # The permissions are octal.
        values = [
            int(text, 8 if name == "perms" else 10) for name, text in zip(names, line.split(), strict=False)
        ]
        page.append(dict(zip(names, values, strict=False)))
    return len(rows), page
