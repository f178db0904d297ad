"""The numbers of a pid namespace: the highest that it may give, and the last that it gave."""

import os
from collections.abc import Callable
from typing import Any

from nsview.kernel.inside import sysctl


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    joins = bool(arguments["joins"])
    return lambda: _read(joins)


def _read(joins: bool) -> dict[str, Any]:
    unread: list[tuple[str, str]] = []
    found: dict[str, Any] = dict(sysctl.numbers({"limit": "kernel/pid_max"}, unread))
    if joins:
        # Numbers are given in turn: the one before ours was the last.
        found["last"] = os.getpid() - 1
    else:
        found |= sysctl.numbers({"last": "kernel/ns_last_pid"}, unread)
    found["unread"] = unread
    return found
