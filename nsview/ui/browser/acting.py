"""Acting on rows: copying and signals."""

from collections.abc import Sequence
from signal import Signals

from nsview.actions import signal
from nsview.model.process import ProcessId
from nsview.model.snapshot import Snapshot
from nsview.model.views.tree import plain
from nsview.text import clean
from nsview.ui import lines
from nsview.ui.browser.going import Going
from nsview.ui.clipboard import copy
from nsview.ui.screens.menu import Choice, Menu
from nsview.ui.screens.text import TextScreen
from nsview.ui.widgets.sheet import Entry


class Acting(Going, inherit_bindings=False):
    # ---- copying

    def action_copy(self) -> None:
        frame, subject, key = self.frame, self.subject, self.cursor
        assert frame is not None
        assert key is not None
        cells = frame.table.cells(key)
        row = "  ".join(text for column in self.tree_.columns if (text := plain(cells.get(column.name, ""))))
        found = lines.target(frame.moment.snapshot, subject)
        snapshot = frame.moment.snapshot
        few = lines.copyables(frame.moment, subject, row)
        if found is None:
            self._offer(few)
            return

        def plan() -> None:
            line, reason = lines.enter_line(snapshot, found)
            enter = [lines.Copyable("n", "nsenter", line)] if line else []
            self.app.call_from_thread(self._offer, [*few[:2], *enter, *few[2:]], reason)

        self.run_worker(plan, thread=True, group="plan", exit_on_error=False)

    def _offer(self, found: Sequence[lines.Copyable], reason: str = "") -> None:
        choices = [
            Choice(one.key, one.label, (one, False), one.text.splitlines()[0] if one.text else "")
            for one in found
        ]
        choices.append(Choice("t", "show a text instead of copying it", (found[-1], True)))
        note = f"no nsenter line: {reason}" if reason else ""

        def chosen(picked: tuple[lines.Copyable, bool] | None) -> None:
            if picked is not None and picked[1]:
                self._show_texts(found)
            elif picked is not None:
                self.copy_text(picked[0].text)

        self.app.push_screen(Menu("Copy", choices, note=note), chosen)

    def copy_text(self, text: str) -> None:
        sent = copy(text, self.app.copy_to_clipboard, self.config.clipboard)
        shown = clean(text.splitlines()[0] if text else "", 60)
        if sent.problem:
            self.notify(f"Not copied: {clean(sent.problem, 200)}", markup=False, severity="error")
        else:
            self.notify(f"{shown}\nsent to {sent.how}", markup=False, timeout=4)

    def _show_texts(self, found: Sequence[lines.Copyable]) -> None:
        entries: list[Entry] = []
        for one in found:
            entries.append(Entry("", one.label, "title"))
            entries += [Entry("", clean(line, 4096), "text") for line in one.text.splitlines()[:400]]
        self.app.push_screen(
            TextScreen("Select with the terminal's own means (Shift-drag); Esc closes", entries)
        )

    # ---- signals

    def action_signal(self) -> None:
        from nsview.ui.screens.signal import SignalDialog

        snapshot = self.snapshot
        assert snapshot is not None
        processes = self.signalled()
        names = [self._target(snapshot, process) for process in processes]
        warn = lambda number: signal.warnings(self.snapshot or snapshot, processes, number)  # noqa: E731
        self.app.push_screen(SignalDialog(names, warn), lambda number: self._send(processes, number))

    def _target(self, snapshot: Snapshot, process: ProcessId) -> str:
        task = snapshot.process(process)
        if task is None:
            return f"{process.pid} (ended)"
        return f"{process.pid} {task.comm} · {snapshot.user_name(task.uid)}"

    def _send(self, processes: list[ProcessId], number: Signals | None) -> None:
        if number is None:
            return

        def work() -> None:
            outcomes = signal.send(processes, number)
            self.app.call_from_thread(self._sent, outcomes, number)

        self.run_worker(work, thread=True, group="signal", exit_on_error=False)

    def _sent(self, outcomes: Sequence[signal.Outcome], number: Signals) -> None:
        failed = [outcome for outcome in outcomes if outcome.error]
        sent = len(outcomes) - len(failed)
        if sent:
            whom = f"{outcomes[0].process.pid}" if len(outcomes) == 1 else f"{sent} processes"
            self.say(f"{number.name} sent to {whom}")
        for outcome in failed[:3]:
            self.say(f"{outcome.process.pid}: {outcome.error}", "error")
        if len(failed) > 3:
            self.say(f"and {len(failed) - 3} more failed", "error")
        self.live.rescan()
