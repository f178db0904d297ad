"""All sections, in the order in which they are shown."""

from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.sections import held_by, ids, members, shared, summary
from nsview.model.sections.maps import NO_MAPS, Maps
from nsview.model.sections.section import Section
from nsview.model.snapshot import Snapshot
from nsview.model.usage import Use


def of_namespace(
    snapshot: Snapshot, ns: Namespace, maps: Maps = NO_MAPS, use: Use | None = None
) -> tuple[Section, ...]:
    """Summary, Held by, Members, Ids, Shared. `maps` are its user namespace's, if they were read."""
    return (
        summary.of_namespace(snapshot, ns, use),
        held_by.of_namespace(snapshot, ns),
        members.of_namespace(snapshot, ns),
        ids.of_namespace(snapshot, ns, maps),
        shared.of_namespace(snapshot, ns),
    )


def of_process(
    snapshot: Snapshot,
    task: Task,
    maps: Maps = NO_MAPS,
    use: Use | None = None,
    targets: tuple[Namespace, ...] | None = None,
) -> tuple[Section, ...]:
    """Summary, Holds, Children, Ids, Shared. Needs the process's own details: Scope.details_of."""
    return (
        summary.of_process(snapshot, task, use),
        held_by.of_process(snapshot, task),
        members.of_process(snapshot, task),
        ids.of_process(snapshot, task, maps, targets),
        shared.of_process(snapshot, task),
    )
