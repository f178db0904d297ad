"""The map of network namespaces: from the tree to it, and back."""

from collections.abc import Callable

from nsview.contents.net_map import Progress, net_map
from nsview.discovery.watching import procfs_at
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.net_map.parts import NetMap
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import NamespaceSubject
from nsview.ui import lines
from nsview.ui.browser.keeping import Keeping


class Maps(Keeping, inherit_bindings=False):
    def action_map_here(self) -> None:
        self.action_map()

    def action_map(self) -> None:
        from nsview.ui.screens.map import MapScreen

        if self.snapshot is None:
            return
        screen = MapScreen(self._read_map, self._net_here(), self.copy_text)
        self.app.push_screen(screen, self._from_the_map)

    def _read_map(self, progress: Progress, given_up: Callable[[], bool]) -> NetMap:
        """As the machine is now; not for the event loop."""
        return net_map(self._last_snapshot(), procfs_at(self.options.proc), progress, given_up)

    def _last_snapshot(self) -> Snapshot:
        """Nothing moves in the tree while another screen is over it, but the machine goes on."""
        frame = self._pending or self.frame
        assert frame is not None
        return frame.moment.snapshot

    def _net_here(self) -> NamespaceId | None:
        """The network namespace of the row: itself, or that of its process, or of its first one."""
        snapshot = self.snapshot
        assert snapshot is not None
        target = lines.target(snapshot, self.subject)
        if isinstance(target, Namespace) and target.kind is not Kind.NET:
            target = None if target.first is None else snapshot.processes.get(target.first)
        if isinstance(target, Task):
            target = snapshot.namespace_of(target, Kind.NET)
        return None if target is None else target.id

    def _from_the_map(self, chosen: NamespaceId | None) -> None:
        if chosen is not None:
            self.go_or_warp(NamespaceSubject(chosen))
