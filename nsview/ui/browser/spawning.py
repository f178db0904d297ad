"""Spawning: the dialog, and the new namespaces under the cursor as soon as they appear."""

import time
from typing import NamedTuple

from nsview.actions.enter import NoPlan
from nsview.actions.kept import kept
from nsview.actions.plan import Plan
from nsview.actions.relay import Ending
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import NamespaceSubject
from nsview.ui import lines
from nsview.ui.browser.entering import Entering
from nsview.ui.frame import Frame
from nsview.ui.screens.plan_dialog import Decision, refusals
from nsview.ui.screens.spawn import FIRST_REQUEST, SpawnDialog, first_plan
from nsview.ui.screens.spawn_words import spawn_arguments

PATIENCE = 15.0
"""Seconds in which new namespaces are looked for."""
_MEANT = (Kind.USER, Kind.PID, Kind.NET, Kind.MNT, Kind.UTS, Kind.IPC, Kind.CGROUP, Kind.TIME)
"""Of several new ones the first of these is the one to go to."""


class _Awaited(NamedTuple):
    kinds: tuple[Kind, ...]
    before: frozenset[NamespaceId]
    inodes: frozenset[int]
    """The numbers of those that are kept; empty if that is not known."""
    until: float


class Spawning(Entering, inherit_bindings=False):
    _awaited: _Awaited | None = None

    def action_spawn(self) -> None:
        self._prepare_spawn(False)

    def action_spawn_apart(self) -> None:
        """What the dialog would propose, in a window of its own."""
        self._prepare_spawn(True)

    def _prepare_spawn(self, apart: bool) -> None:
        snapshot = self.snapshot
        target = None if snapshot is None else lines.target(snapshot, self.subject)

        def plan() -> None:
            try:
                found = first_plan()
            except (NoPlan, OSError) as error:
                self.app.call_from_thread(self.say, f"cannot spawn: {error}", "error")
                return
            self.app.call_from_thread(self._spawn_prepared, found, target, snapshot, apart)

        self.run_worker(plan, thread=True, group="plan", exclusive=True, exit_on_error=False)

    def _spawn_prepared(
        self, plan: Plan, target: Task | Namespace | None, snapshot: Snapshot | None, apart: bool
    ) -> None:
        if self.app.screen is not self:
            return  # something else was opened in the meantime
        if not apart:
            ascii_only = not self.config.unicode
            dialog = SpawnDialog(plan, self.copy_text, target, snapshot, ascii_only=ascii_only)
            self.app.push_screen(dialog, self._decided)
            return
        reasons = refusals(plan)
        if reasons:
            self.say(f"cannot spawn: {'; '.join(reasons)}", "error")
            return
        self._decided(Decision(plan, spawn_arguments(FIRST_REQUEST), True))

    # ---- the new ones

    def _decided(self, decision: Decision | None) -> None:
        if decision is not None and decision.apart:
            self._await(decision.plan, frozenset())
        super()._decided(decision)

    def carry_out(self, decision: Decision) -> Ending | None:
        ending = super().carry_out(decision)
        makes = decision.plan.makes
        if makes is not None and makes.keep and ending is not None and ending.failure is None:
            paths = {keep.path for keep in makes.keep}
            try:
                inodes = frozenset(each.inode for each in kept() if each.path in paths and each.inode)
            except OSError:
                inodes = frozenset()
            if inodes:
                self._await(decision.plan, inodes)
        return ending

    def _await(self, plan: Plan, inodes: frozenset[int]) -> None:
        snapshot = self.snapshot
        if plan.makes is not None and snapshot is not None:
            before = frozenset(snapshot.namespaces)
            self._awaited = _Awaited(plan.makes.kinds, before, inodes, time.monotonic() + PATIENCE)

    def _show(self, frame: Frame) -> None:
        super()._show(frame)
        if self._awaited is not None and frame.scanned:
            self._look_for_new(self._awaited, frame.moment.snapshot)

    def _look_for_new(self, awaited: _Awaited, snapshot: Snapshot) -> None:
        found = {
            identity.kind: identity
            for identity in snapshot.namespaces
            if identity.kind in awaited.kinds
            and (identity.inode in awaited.inodes if awaited.inodes else identity not in awaited.before)
        }
        complete = bool(found) if awaited.inodes else len(found) == len(awaited.kinds)
        if complete:
            self._awaited = None
            self.go_or_warp(NamespaceSubject(next(found[kind] for kind in _MEANT if kind in found)))
        elif time.monotonic() > awaited.until:
            self._awaited = None
