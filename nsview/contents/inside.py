"""What is inside a namespace, whatever its kind."""

from collections.abc import Callable
from importlib import import_module

from nsview.contents.pinned import Pinned
from nsview.contents.section import FIRST, Section, Wanted, unread
from nsview.kernel.procfs import Procfs
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.snapshot import Snapshot

_FAILED = "inside"
MODULES = {kind: f"nsview.contents.{kind}" for kind in Kind}


def inside(
    snapshot: Snapshot,
    ns: Namespace,
    page: Wanted = FIRST,
    proc: Procfs | None = None,
    given_up: Callable[[], bool] = lambda: False,
) -> tuple[Section, ...]:
    """The sections of its kind. Takes up to some seconds; call it where nobody waits for the screen.

    Once `given_up` says so it comes to its end soon, with whatever it has.
    """
    with Pinned(snapshot, ns, proc, given_up) as pinned:
        sections: tuple[Section, ...] = import_module(MODULES[ns.kind]).inside(pinned, page)
        return sections


def inside_at(
    root: str, snapshot: Snapshot, ns: Namespace, page: Wanted, given_up: Callable[[], bool]
) -> tuple[Section, ...]:
    """The same by the procfs at `root` ("" is the usual one), for where nothing may be raised."""
    try:
        return inside(snapshot, ns, page, Procfs(root) if root else Procfs(), given_up)
    except Exception as error:  # what is inside may be anything, and a front has to go on
        told = error if isinstance(error, OSError) else OSError(f"{type(error).__name__}: {error}")
        return (Section(_FAILED, "Inside", unread=(unread("what is inside", told),)),)
