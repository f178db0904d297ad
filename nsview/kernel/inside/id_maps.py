"""The maps of a user namespace in which no process is, with the outer ids as ours (user_namespaces(7)).

The kernel translates for whoever opens the file, so it is read by a child that stays outside, of the process
that has joined.
"""

import os
from collections.abc import Callable
from typing import Any

from nsview.kernel.inside.outside import stay
from nsview.kernel.procfs import read_file

_FILES = ("uid_map", "gid_map", "setgroups")


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    ask, us = stay(_read), os.getpid()
    return lambda: ask(us)


def _read(pid: int) -> dict[str, Any]:
    found: dict[str, Any] = {"unread": []}
    for name in _FILES:
        try:
            found[name] = os.fsdecode(read_file(f"/proc/{pid}/{name}"))
        except OSError as error:
            found["unread"].append((name, error.strerror or str(error)))
    return found
