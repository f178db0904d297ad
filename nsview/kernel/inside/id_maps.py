"""The maps of a user namespace in which no process is, with the outer ids as ours (user_namespaces(7)).

The kernel translates for whoever opens the file, so it is read by a child that stays outside, of the process
that has joined.
"""

import json
import os
from collections.abc import Callable
from typing import Any, NoReturn

from nsview.kernel import joining
from nsview.kernel.procfs import read_file

_FILES = ("uid_map", "gid_map", "setgroups")


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    ask, asked = os.pipe()
    answer, answered = os.pipe()
    us = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(asked)
        _observe(us, ask, answered)
    os.close(answered)

    def read() -> Any:
        os.write(asked, b"g")
        data = b""
        while more := os.read(answer, 1 << 16):
            data += more
        os.waitpid(child, 0)
        return json.loads(data)

    return read


def _observe(pid: int, ask: int, answered: int) -> NoReturn:
    """The child: wait until the parent has joined, then read its maps."""
    joining.die_with_parent(9)
    found: dict[str, Any] = {"unread": []}
    if os.read(ask, 1):
        for name in _FILES:
            try:
                found[name] = os.fsdecode(read_file(f"/proc/{pid}/{name}"))
            except OSError as error:
                found["unread"].append((name, error.strerror or str(error)))
        os.write(answered, json.dumps(found).encode())
    os._exit(0)
