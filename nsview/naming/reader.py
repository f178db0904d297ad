"""The facts of processes that naming reads, from a proc file system."""

import os

from nsview.kernel.cgroup import main_path, parse_cgroup
from nsview.kernel.cmdline import parse_cmdline
from nsview.kernel.confined import Confined
from nsview.kernel.procfs import Procfs
from nsview.kernel.status import parse_status
from nsview.naming.state import Files

_CMDLINE = 1 << 15
_ENVIRON = 1 << 15


class ProcReader:
    """A `Reader` of live processes. What it has read it remembers until `forget`."""

    def __init__(self, proc: Procfs | None = None) -> None:
        self.proc = proc or Procfs()
        self._cmdlines: dict[int, tuple[str, ...]] = {}
        self._ns_pids: dict[int, tuple[int, ...]] = {}

    def forget(self) -> None:
        self._cmdlines.clear()
        self._ns_pids.clear()

    def cmdline(self, pid: int) -> tuple[str, ...]:
        found = self._cmdlines.get(pid)
        if found is None:
            found = self._cmdlines[pid] = parse_cmdline(self._read(pid, "cmdline", _CMDLINE) or b"")
        return found

    def cgroup(self, pid: int) -> str | None:
        data = self._read(pid, "cgroup", 1 << 16)
        return None if data is None else main_path(parse_cgroup(data))

    def ns_pids(self, pid: int) -> tuple[int, ...]:
        found = self._ns_pids.get(pid)
        if found is None:
            data = self._read(pid, "status", 1 << 16)
            found = self._ns_pids[pid] = parse_status(data).ns_pid if data is not None else ()
        return found

    def container_variable(self, pid: int) -> str:
        for entry in (self._read(pid, "environ", _ENVIRON) or b"").split(b"\0"):
            if entry.startswith(b"container="):
                return os.fsdecode(entry[len(b"container=") :])
        return ""

    def files(self, pid: int | None) -> Files:
        place = "self" if pid is None else pid
        root = "/" if pid is None else self.proc.path(pid, "root")
        return Confined(root, self.proc.path(place, "mountinfo"))

    def place(self, pid: int) -> str:
        return self.proc.path(pid, "root")

    def home(self) -> int:
        try:
            return self.proc.stat("self", "ns/mnt").st_ino
        except OSError:
            return 0

    def _read(self, pid: int, name: str, limit: int) -> bytes | None:
        try:
            return self.proc.read_record(pid, name, limit)
        except OSError:
            return None
