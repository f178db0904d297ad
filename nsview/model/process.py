"""Tasks: processes, and threads that differ from their process."""

from collections.abc import Mapping
from typing import NamedTuple

from nsview.model.certainty import Certainty
from nsview.model.kind import KINDS, UNREADABLE, Kind, Links


class ProcessId(NamedTuple):
    """What a process is: its number alone may be given to another one at any time."""

    pid: int
    starttime: int
    """Clock ticks since boot: field 22 of /proc/PID/stat."""


class Task(NamedTuple):
    """One process (pid == tgid) or thread, as a task source found it."""

    pid: int
    """The task's own number; a thread's tid."""
    tgid: int
    ppid: int
    starttime: int
    state: str
    """The letter of /proc/PID/stat; "" where the source does not tell."""
    threads: int
    uid: int
    """Effective user: the owner of the directory /proc/PID."""
    comm: str
    links: Links
    kernel: bool = False
    """A kernel thread: it lives in the initial namespaces and cannot be entered."""

    @property
    def id(self) -> ProcessId:
        return ProcessId(self.pid, self.starttime)

    @property
    def is_thread(self) -> bool:
        return self.pid != self.tgid

    @property
    def zombie(self) -> bool:
        return self.state in ("Z", "X")

    @property
    def certainty(self) -> Certainty:
        """Whether this task's namespaces could be read."""
        return Certainty.UNREADABLE if UNREADABLE in self.links[:8] else Certainty.KNOWN

    @property
    def links_path(self) -> str:
        """The directory of its namespace links, for people and programs to open."""
        place = f"/proc/{self.tgid}"
        return f"{place}/task/{self.pid}/ns" if self.is_thread else f"{place}/ns"

    def shares(self, other: Links) -> tuple[Kind, ...]:
        """The kinds in which this task is where `other` is."""
        return tuple(
            kind
            for kind, mine, theirs in zip(KINDS, self.links, other, strict=False)
            if mine == theirs and mine > 0
        )


class Capabilities(NamedTuple):
    """The five sets of capabilities(7), as bit masks in the task's own user namespace."""

    inheritable: int
    permitted: int
    effective: int
    bounding: int
    ambient: int


class Details(NamedTuple):
    """Facts of a process that cost a read each; None where they could not be had (see `problems`)."""

    cmdline: tuple[str, ...] | None = None
    cgroup: str | None = None
    """The path that a person means: v2's where it says something, else v1's (cgroups(7)); relative to the
    reader's own cgroup namespace."""
    uids: tuple[int, int, int, int] | None = None
    """Real, effective, saved, file system."""
    gids: tuple[int, int, int, int] | None = None
    groups: tuple[int, ...] = ()
    ns_pids: tuple[int, ...] = ()
    """NSpid: its number in each pid namespace from the reader's down to its own, the reader's first."""
    capabilities: Capabilities | None = None
    seccomp: int | None = None
    """0 off, 1 strict, 2 filter."""
    no_new_privs: bool | None = None
    problems: Mapping[str, str] = {}
    """What could not be read, and the kernel's words."""


NO_DETAILS = Details()


class Usage(NamedTuple):
    """What a process has used."""

    cpu_ticks: int
    """User and system time in clock ticks."""
    rss_pages: int
    at: float = 0.0
    """When it was read, in seconds since boot as our time namespace has them; 0: when all was."""
