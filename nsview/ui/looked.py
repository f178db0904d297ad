"""What was read of a process for the details, beside what the snapshot knows."""

import copy
from collections import ChainMap

from nsview.discovery.on_demand import Looked
from nsview.model.sections.maps import NO_MAPS, Maps
from nsview.model.snapshot import Snapshot


def knowing(snapshot: Snapshot, looked: Looked | None, pid: int) -> Snapshot:
    """The snapshot with all details of a process that it knows in part, if that is the one that was read."""
    if looked is None or looked.process.pid != pid:
        return snapshot
    whole = copy.copy(snapshot)
    whole.details = ChainMap({pid: looked.details}, snapshot.details)  # type: ignore[arg-type]
    return whole


def maps_of(looked: Looked | None) -> Maps:
    return NO_MAPS if looked is None else looked.maps
