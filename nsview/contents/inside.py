"""What is inside a namespace, whatever its kind."""

from collections.abc import Callable
from importlib import import_module

from nsview.contents.pinned import Pinned
from nsview.contents.section import FIRST, Section, Wanted
from nsview.kernel.procfs import Procfs
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.snapshot import Snapshot

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
