"""Names of containers for commands: looked up when one asks for them."""

import argparse

from nsview.kernel.procfs import Procfs
from nsview.model.name import Names
from nsview.model.snapshot import Snapshot


def names_of(arguments: argparse.Namespace, snapshot: Snapshot) -> Names:
    """The names of everything in a snapshot that the procfs of --proc gave."""
    from nsview.naming.namer import Namer
    from nsview.naming.reader import ProcReader

    names = Namer(ProcReader(Procfs(arguments.proc))).names(snapshot)
    if getattr(arguments, "ask_engines", False):
        from nsview.naming.ask import asked

        return asked(names)
    return names
