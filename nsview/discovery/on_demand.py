"""What is read of one process when somebody looks at it, and of no other."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from nsview.discovery.details import read_details
from nsview.discovery.findings import error_name
from nsview.discovery.id_maps import read_id_maps
from nsview.kernel.procfs import Procfs
from nsview.kernel.stat import parse_stat
from nsview.model.process import Details, ProcessId
from nsview.model.sections.maps import Maps

ENVIRONMENT = 64 * 1024
"""Bytes of an environment that are read."""


class Files(NamedTuple):
    """Where a process is in its file system, and with what it was started. None: see `problems`."""

    cwd: str | None
    root: str | None
    exe: str | None
    environment: tuple[str, ...] | None
    """As it was at the start (proc_pid_environ(5))."""
    problems: Mapping[str, str]


class Looked(NamedTuple):
    """One look at one process."""

    process: ProcessId
    details: Details
    maps: Maps
    files: Files


def look(process: ProcessId, root: str = "") -> Looked | None:
    """All about a process; None where it has ended. `root` is another procfs than the usual one."""
    proc = Procfs(root) if root else Procfs()
    pid = process.pid
    files = _files(proc, pid)
    looked = Looked(process, read_details(proc, pid), read_id_maps(proc, pid)[0], files)
    try:
        # Asked last: what was read before belongs to the process that has the number still.
        stat = parse_stat(proc.read_record(pid, "stat"))
    except OSError:
        return None
    return looked if stat is not None and stat.starttime == process.starttime else None


def _files(proc: Procfs, pid: int) -> Files:
    problems: dict[str, str] = {}

    def link(name: str) -> str | None:
        try:
            return proc.readlink(pid, name)
        except OSError as error:
            problems[name] = error_name(error)
            return None

    environment: tuple[str, ...] | None = None
    try:
        data = proc.read(pid, "environ", ENVIRONMENT)
        environment = tuple(os.fsdecode(data).rstrip("\0").split("\0")) if data else ()
    except OSError as error:
        problems["environ"] = error_name(error)
    return Files(link("cwd"), link("root"), link("exe"), environment, problems)
