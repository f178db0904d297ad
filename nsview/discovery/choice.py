"""Which source tells of tasks and of what they have open: the kernel's iterators, or a walk over procfs."""

import os
from collections.abc import Callable

from nsview.debug_log import note
from nsview.discovery.source import Source, TaskSource
from nsview.discovery.tasks import ProcfsTasks
from nsview.kernel.procfs import Procfs

SOURCES = ("auto", "bpf", "procfs")

MANY = 1200
"""Entries of /proc from which on iterators are quicker within one scan, set up included."""


class Refused(Exception):
    """The source that was asked for by name cannot be had; the text says why."""


class Choice:
    """Sources for a Scanner. With "bpf" two or three file descriptors stay open, none on a namespace.

    `holders` take the place of the sources of the same names; the others remain.
    """

    __slots__ = ("close", "holders", "tasks")

    def __init__(
        self,
        tasks: TaskSource,
        holders: tuple[Source, ...] = (),
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.tasks = tasks
        self.holders = holders
        self.close = close
        """Ends what stays open: no more scans with these."""


def choose(name: str, proc: Procfs | None = None, *, once: bool = False) -> Choice:
    """The sources by this name of SOURCES.

    "auto" is "bpf" where that works and agrees with procfs; where it does not, the name of the task source
    says why, and the debug log has all the words of the kernel's verifier. With `once`, for a single scan, it
    is "bpf" only where there are so many processes that this is quicker. Refused: "bpf" was asked for and
    does not work.
    """
    proc = proc or Procfs()
    if name == "procfs" or (name == "auto" and once and _few(proc)):
        return Choice(ProcfsTasks())
    from nsview.discovery.bpf import Bpf
    from nsview.kernel.bpf import NoBpf

    try:
        bpf = Bpf(proc)
    except NoBpf as refusal:
        note("bpf", f"{refusal}\n{refusal.log}")
        if name == "bpf":
            raise Refused(str(refusal)) from None
        tasks = ProcfsTasks()
        tasks.name = f"procfs (bpf: {refusal})"
        return Choice(tasks)
    return Choice(bpf, bpf.holders, close=bpf.close)


def _few(proc: Procfs) -> bool:
    try:
        return len(os.listdir(proc.root)) < MANY
    except OSError:
        return True
