"""From a moment and an arrangement to a view: pure, and quick enough for every tick."""

from collections.abc import Callable

from nsview.model.views.by_container import ByContainer
from nsview.model.views.by_kind import ByKind
from nsview.model.views.by_owner import ByOwner
from nsview.model.views.by_process import ByProcess
from nsview.model.views.log_view import LogView
from nsview.model.views.moment import Moment
from nsview.model.views.renewal import renewed
from nsview.model.views.view import Arrangement, View, ViewName


def build(moment: Moment, arrangement: Arrangement, before: View | None = None) -> View:
    """The view; made in the thread that scans, read in any. `before` is the one of the moment before."""
    if before is not None and before.arrangement == arrangement:
        view = renewed(before, moment)
        if view is not None:
            return view
    return VIEWS[arrangement.view](moment, arrangement)


VIEWS: dict[ViewName, Callable[[Moment, Arrangement], View]] = {
    ViewName.KIND: ByKind,
    ViewName.OWNER: ByOwner,
    ViewName.CONTAINER: ByContainer,
    ViewName.PROCESS: ByProcess,
    ViewName.LOG: LogView,
}
