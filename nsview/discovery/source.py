"""The shape of a source: something that finds tasks or holders."""

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, Protocol, TypeAlias

from nsview.discovery.findings import Findings, Found, Pin
from nsview.kernel.procfs import Procfs
from nsview.model.kind import KINDS, Kind

TICK, MOUNTS, SLOW = 0.0, 5.0, 30.0
"""Cadences: after how many seconds a source is due again in a live view. What scales with processes is dear,
with namespaces cheap."""


class Context(NamedTuple):
    """What every source may use."""

    proc: Procfs
    kinds: tuple[Kind, ...]
    """The kinds that this kernel has."""
    findings: Findings
    thorough: bool = True
    """Whether everything is to be looked at, also what is most likely as it was."""
    closely: Collection[int] = ()
    """Processes that somebody is looking at."""


Meet: TypeAlias = Callable[[Context, Found, int], None]
"""Reads what a namespace says of itself through an open fd, and closes that."""


class Source:
    """A source of holders: what it can find, how often it is worth its cost (TICK, MOUNTS or SLOW), and
    whether it is left out where speed counts for more than completeness."""

    __slots__ = ("cadence", "collect", "dear", "kinds", "name")

    def __init__(
        self,
        name: str,
        kinds: tuple[Kind, ...],
        cadence: float,
        dear: bool,
        collect: Callable[[Context], Iterable[Pin]],
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.cadence = cadence
        self.dear = dear
        self.collect = collect


class TaskSource(Protocol):
    """Where tasks come from. procfs is one; the kernel's own iterators could be another.

    `read` fills `findings.processes`, and `findings.threads` with the threads that are elsewhere than their
    leader; it counts vanished and unreadable tasks and never fails because of one of them.
    """

    name: str

    @property
    def exact(self) -> bool:
        """Whether the links of a task are another object as soon as one of them leads to another namespace,
        though it may have got the number of the one before."""
        ...

    def read(self, context: Context, usage: bool) -> None: ...

    def close(self) -> None:
        """Close what it keeps open between scans."""
        ...


ALL_KINDS = KINDS
