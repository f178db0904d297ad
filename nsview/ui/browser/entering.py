"""Entering namespaces: the dialog, the hand-over of the terminal, or a window beside us."""

from nsview.actions.enter import NoPlan
from nsview.actions.relay import Ending
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot
from nsview.ui import lines, tmux
from nsview.ui.browser.acting import Acting
from nsview.ui.hand_over import CannotHandOver, hand_over, how_it_ended, title
from nsview.ui.screens.enter import Enterable, EnterDialog, enter_arguments, enterable, nothing_to_enter
from nsview.ui.screens.plan_dialog import Decision, refusals


class Entering(Acting, inherit_bindings=False):
    def action_enter_namespace(self) -> None:
        """Ask what and how."""
        self._prepare("ask")

    def action_enter_now(self) -> None:
        """As the dialog proposes it, without asking."""
        self._prepare("now")

    def action_enter_apart(self) -> None:
        """The same in a window of its own."""
        self._prepare("apart")

    def _prepare(self, how: str) -> None:
        snapshot = self.snapshot
        assert snapshot is not None
        target = lines.target(snapshot, self.subject)
        if target is None:
            self.say("it has ended")
            return

        def plan(target: Task | Namespace, snapshot: Snapshot) -> None:
            try:
                found = enterable(target, snapshot)
            except (NoPlan, OSError) as error:
                self.app.call_from_thread(self.say, f"cannot enter: {error}", "error")
                return
            self.app.call_from_thread(self._prepared, found, how)

        self.run_worker(
            lambda: plan(target, snapshot), thread=True, group="plan", exclusive=True, exit_on_error=False
        )

    def _prepared(self, found: Enterable, how: str) -> None:
        if self.app.screen is not self:
            return  # something else was opened in the meantime
        if how == "ask":
            heading = f"Enter {found.usual.subject}"
            ascii_only = not self.config.unicode
            self.app.push_screen(
                EnterDialog(found, heading, self.copy_text, ascii_only=ascii_only), self._decided
            )
            return
        reasons = refusals(found.usual) or [nothing_to_enter(found.usual)]
        if reasons[0]:
            self.say(f"cannot enter: {'; '.join(reasons)}", "error")
            return
        self._decided(Decision(found.usual, enter_arguments(found.target), how == "apart"))

    # ---- carrying it out

    def _decided(self, decision: Decision | None) -> None:
        if decision is None:
            return
        if decision.apart:
            self._open_apart(decision)
        else:
            self.call_later(self.carry_out, decision)

    def carry_out(self, decision: Decision) -> Ending | None:
        """On this terminal; returns when the program has ended."""
        self.live.suspended = True
        try:
            ending = hand_over(self.app, decision.plan)
        except CannotHandOver as problem:
            self.say(str(problem), "error")
            return None
        finally:
            self.live.suspended = False
        self.nsview.clear_terminal()
        self.live.rescan()
        what = f"{title(decision.plan)}\n{how_it_ended(ending)}"
        if ending.failure is not None:
            self.notify(what, title="Not started", markup=False, severity="error", timeout=10)
        else:
            severity = "information" if ending.returncode == 0 else "warning"
            self.notify(what, markup=False, severity=severity, timeout=6)  # type: ignore[arg-type]
        return ending

    def _open_apart(self, decision: Decision) -> None:
        if not tmux.is_inside():
            self.say("a new window needs tmux, and this is none: enter it here instead", "warning")
            return
        rows = self.app.size.height

        def work() -> None:
            problem = tmux.open_apart(decision.arguments, rows)
            if problem:
                self.app.call_from_thread(self.say, f"no new window: {problem}", "error")

        self.run_worker(work, thread=True, group="tmux", exit_on_error=False)
