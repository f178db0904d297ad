"""Names of containers for commands: looked up when one asks for them."""

import argparse

from nsview.cli.output import warn
from nsview.discovery.targets import is_name
from nsview.kernel.procfs import ROOT
from nsview.model.snapshot import Snapshot


def named(snapshot: Snapshot, proc: str = ROOT, ask: bool = False) -> Snapshot:
    """A snapshot that the procfs at `proc` gave, with the names of all that is in it.

    `ask`: ask the engines as well; one that does not answer is told of on standard error.
    """
    from nsview.kernel.procfs import Procfs
    from nsview.naming.namer import Namer
    from nsview.naming.reader import ProcReader

    namer = Namer(ProcReader(Procfs(proc)))
    names = namer.names(snapshot)
    if ask:
        from nsview.naming import ask as engines

        answers = engines.ask(engines.engines_to_ask(names.processes.values()))
        for problem in answers.problems:
            warn(problem)
        names = namer.names(snapshot, answers.names)
    return snapshot.named(names)


def named_for(snapshot: Snapshot, target: str | None, arguments: argparse.Namespace) -> Snapshot:
    """With names if only they can tell what `target` means."""
    if target is None or not is_name(target):
        return snapshot
    return named(snapshot, arguments.proc)
