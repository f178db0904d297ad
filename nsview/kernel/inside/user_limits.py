"""How many namespaces and watches each user may have in a user namespace (namespaces(7), /proc/sys/user)."""

import os
from collections.abc import Callable
from typing import Any

from nsview.kernel.inside import sysctl


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    return _read


def _read() -> dict[str, Any]:
    unread: list[tuple[str, str]] = []
    names = {name: f"user/{name}" for name in sorted(os.listdir(f"{sysctl.ROOT}/user"))}
    return {"limits": sysctl.numbers(names, unread), "unread": unread}
