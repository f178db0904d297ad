"""The names of the system (uts_namespaces(7), uname(2))."""

import os
from collections.abc import Callable
from typing import Any

from nsview.kernel.inside import sysctl


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    return _read


def _read() -> dict[str, Any]:
    found = os.uname()
    domain = sysctl.read("kernel/domainname")
    return {
        "hostname": found.nodename,
        "domainname": None if domain == "(none)" else domain,
        "system": found.sysname,
        "release": found.release,
        "version": found.version,
        "machine": found.machine,
    }
