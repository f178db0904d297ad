"""From a moment and an arrangement to a view: pure, and quick enough for every tick."""

from collections.abc import Callable

from nsview.model.views.by_container import ByContainer
from nsview.model.views.by_kind import ByKind
from nsview.model.views.by_owner import ByOwner
from nsview.model.views.by_process import ByProcess
from nsview.model.views.log_view import LogView
from nsview.model.views.moment import Moment
from nsview.model.views.view import Arrangement, View, ViewName


def build(moment: Moment, arrangement: Arrangement) -> View:
    """The view; made in the thread that scans, read in any."""
    return VIEWS[arrangement.view](moment, arrangement)


VIEWS: dict[ViewName, Callable[[Moment, Arrangement], View]] = {
    ViewName.KIND: ByKind,
    ViewName.OWNER: ByOwner,
    ViewName.CONTAINER: ByContainer,
    ViewName.PROCESS: ByProcess,
    ViewName.LOG: LogView,
}
