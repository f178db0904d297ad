"""Network settings that are other inside than the host's (/proc/sys/net)."""

import os
from collections.abc import Callable
from typing import Any

from nsview.kernel import joining
from nsview.kernel.inside import sysctl
from nsview.model.kind import Kind

_PER_INTERFACE = ("conf", "neigh")
_KEPT = ("all", "default")
_NO_SETTING = (
    "nf_conntrack_count",
    "nf_conntrack_buckets",
    "flush",
    "random",
    "secret",
    "key",
    "hash_entries",
)
"""Counters, commands, what is not to be shown, and sizes that are told as negative where they are shared."""


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    """`host`: a descriptor on the host's namespace; None where we are in it."""
    host = arguments["host"]
    outside = _settings() if host is None else _settings_of(int(host))
    return lambda: _read(outside)


def _settings_of(namespace: int) -> dict[str, str]:
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        joining.setns(namespace, Kind.NET.flag)
        found = _settings()
        joining.setns(home, Kind.NET.flag)
    finally:
        os.close(home)
    return found


def _read(outside: dict[str, str]) -> list[list[str]]:
    """(name, value inside, value outside), where both sides have it."""
    return [
        [name, value, outside[name]]
        for name, value in sorted(_settings().items())
        if name in outside and outside[name] != value
    ]


def _settings() -> dict[str, str]:
    """All but those of single interfaces, which are other ones in every namespace."""
    found = {}
    top = f"{sysctl.ROOT}/net"
    for directory, names, files in os.walk(top):
        if os.path.basename(directory) in _PER_INTERFACE:
            names[:] = [name for name in names if name in _KEPT]
        for file in files:
            if any(word in file for word in _NO_SETTING):
                continue
            path = os.path.relpath(os.path.join(directory, file), sysctl.ROOT)
            try:
                found[path.replace("/", ".")] = sysctl.read(path)
            except OSError:
                continue  # written only, or for others
    return found
