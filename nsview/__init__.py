"""nsview: browse, enter and spawn Linux namespaces, and learn why each one is alive."""

TYPE_CHECKING = False
"""As in `typing`, which would double the time that `import nsview` takes."""

if TYPE_CHECKING:
    from nsview.library import enter, spawn
    from nsview.model.snapshot import Snapshot

__all__ = ["__version__", "enter", "snapshot", "spawn"]

__version__ = "0.1.0"


def snapshot(*, fast: bool = False, details: bool = True) -> "Snapshot":
    """Every namespace of the machine that the kernel lets us find, with who is in it and what holds it.

    `fast` leaves out open files and sockets, which cost as much as everything else. Without `details` the
    command line, control group and credentials of processes are left out. Raises OSError only when there
    is no /proc to read; what else could not be read is told in the snapshot's `report`.

        for ns in nsview.snapshot().namespaces.values():
            print(ns.id, ns.nprocs, ns.owner)
    """
    from nsview.discovery.once import look
    from nsview.discovery.scanner import Scope, Wanted

    return look(Scope(dear=not fast, details=Wanted.ALL if details else Wanted.NONE))


def __getattr__(name: str) -> object:
    """`nsview.enter` and `nsview.spawn` are loaded when they are first asked for (PEP 562)."""
    if name in ("enter", "spawn"):
        from nsview import library

        return getattr(library, name)
    raise AttributeError(f"module 'nsview' has no attribute '{name}'")
