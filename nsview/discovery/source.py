"""The shape of a source: something that finds tasks or holders."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from nsview.discovery.findings import Findings, Pin
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


class Source(NamedTuple):
    """A source of holders."""

    name: str
    kinds: tuple[Kind, ...]
    """What it can find."""
    cadence: float
    """TICK, MOUNTS or SLOW."""
    dear: bool
    """Left out where speed counts for more than completeness."""
    collect: Callable[[Context], Iterable[Pin]]


class TaskSource(Protocol):
    """Where tasks come from. procfs is one; the kernel's own iterators could be another.

    `read` fills `findings.processes`, and `findings.threads` with the threads that are elsewhere than their
    leader; it counts vanished and unreadable tasks and never fails because of one of them.
    """

    name: str

    def read(self, context: Context, usage: bool) -> None: ...


ALL_KINDS = KINDS
