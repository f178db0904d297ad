"""Names of containers for commands: looked up when one asks for them."""

import argparse

from nsview.cli.output import warn
from nsview.discovery.targets import is_name
from nsview.model.snapshot import Snapshot


def named(snapshot: Snapshot, arguments: argparse.Namespace | None = None) -> Snapshot:
    """A snapshot, with the names of all that is in it, of the procfs that the options name.

    With --ask-engines an engine that does not answer is told of on standard error.
    """
    from nsview.kernel.procfs import ROOT, Procfs
    from nsview.naming.namer import Namer
    from nsview.naming.reader import ProcReader

    namer = Namer(ProcReader(Procfs(getattr(arguments, "proc", ROOT))))
    names = namer.names(snapshot)
    if getattr(arguments, "ask_engines", False):
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
    return named(snapshot, arguments)
