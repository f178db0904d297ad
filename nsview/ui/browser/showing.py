"""How frames reach the screen, and what the scanning thread is told to make next."""

from typing import Any

from textual import on
from textual.message import Message

from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import ContainerSubject, Subject
from nsview.model.views.tree import Key
from nsview.model.views.view import SortBy, ViewName
from nsview.ui.browser.detailing import Detailing
from nsview.ui.columns import columns
from nsview.ui.frame import Frame
from nsview.ui.widgets.splitter import Splitter
from nsview.ui.widgets.tree.widget import Place


class FrameReady(Message):
    """A finished frame; a later one takes the place of one that was not yet shown."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self.frame = frame

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, FrameReady)


class ScanFailed(Message):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Showing(Detailing, inherit_bindings=False):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._pending: Frame | None = None
        self._goal: list[Subject] = []
        """Where the cursor is to go as soon as a frame has it, the best first."""
        self._told: set[str] = set()
        """What is said once, however often it happens."""

    def on_mount(self) -> None:
        self.query_one(Splitter).ascii_only = not self.config.unicode
        self.set_class(not self.config.header, "-no-header")
        self.tree_.focus()
        self.show_sort()
        self.live.connect(
            lambda frame: self._post(FrameReady(frame)), lambda error: self._post(ScanFailed(error))
        )

    def _post(self, message: Message) -> None:
        self.post_message(message)

    @on(FrameReady)
    def _frame_ready(self, event: FrameReady) -> None:
        frame = event.frame
        self.trouble = ""
        if self.app.screen is not self and self.frame is not None:
            # Nothing moves while a menu or dialog is open. (Textual marks a screen below another one for
            # repainting after each repaint, and would then write the whole screen anew at each message.)
            self._pending = frame
            self._repaint_required = False
            return
        self._show(frame)

    def on_screen_resume(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            self._show(pending)

    @on(ScanFailed)
    def _scan_failed(self, event: ScanFailed) -> None:
        error = event.error
        if not isinstance(error, OSError):
            raise error
        if self.frame is None:
            self.nsview.refuse(f"cannot read {error.filename or 'the proc file system'}: {error.strerror}")
            return
        self.trouble = f"{error.filename}: {error.strerror}"
        self.tell()

    def _show(self, frame: Frame) -> None:
        tree, view = self.tree_, frame.arrangement.view
        if view is not self.arrangement.view:
            return  # made before another view was asked for, which is on its way
        first = self.frame is None
        moved = self._moved_by_names(frame)
        self.frame = frame
        if view is not self._shown:
            tree.columns = columns(view, self.config.columns)
            tree.set_model(frame.table, frame.visible, place=self._places.get(view) or Place())
            self._shown = view
            self.show_sort()
        else:
            tree.set_model(frame.table, frame.visible)
        if moved is not None:
            tree.reveal(moved)
        tree.notice = "" if frame.table.roots else self.nothing()
        if self._goal:
            self._go_to_goal()
        if first:
            self.nsview.note_first_frame()
        self._tell_once(frame.moment.snapshot)
        self.after_cursor()
        self.ask(at_once=False)

    def _moved_by_names(self, frame: Frame) -> Key | None:
        """Where the row under the cursor is now that names have come: until then containers were told by
        their control groups alone. Who has not left the first row stays on the first."""
        before, key = self.frame, self.tree_.cursor_key
        if (
            before is None
            or frame.arrangement.view is not self._shown
            or before.moment.snapshot.names is not None
            or frame.moment.snapshot.names is None
        ):
            return None
        if key is None or key in frame.table or key not in before.table:
            return None
        if key == before.table.roots[0]:
            return frame.table.roots[0] if frame.table.roots else None
        found = (before.moment.snapshot.processes.get(pid) for pid in before.view.pids(key))
        names = (frame.moment.name(task) for task in found if task is not None)
        rows = (frame.view.find(ContainerSubject(name.container)) for name in names if name is not None)
        return next((row for row in rows if row is not None), None)

    def _tell_once(self, snapshot: Snapshot) -> None:
        """What keeps engines from answering."""
        for problem in () if snapshot.names is None else snapshot.names.problems:
            if problem not in self._told:
                self._told.add(problem)
                self.say(problem, "warning")

    def nothing(self) -> str:
        """What stands where there are no rows."""
        if self.arrangement.view is ViewName.LOG and not self.arrangement.filter:
            return "nothing has changed yet"
        return "nothing matches"

    def _go_to_goal(self) -> None:
        view = self.view
        assert view is not None
        for subject in self._goal:
            key = view.find(subject)
            if key is not None and self.tree_.reveal(key):
                break
        else:
            self.say("it is not in this view" + (" with this filter" if self.arrangement.filter else ""))
        self._goal = []

    def rearrange(self, **changes: Any) -> None:
        """Show something else, or otherwise."""
        before = self.arrangement
        self.arrangement = before._replace(**changes)
        if self.arrangement.view is not before.view and self._shown is before.view:
            self._places[before.view] = self.tree_.place
        self.ask()
        self.show_sort()
        self.tell()

    def show_sort(self) -> None:
        sort, reverse = self.arrangement.sort, self.arrangement.reverse
        column = {SortBy.NAME: "name"}.get(sort, str(sort))
        if self.arrangement.view is ViewName.LOG:
            column, down = "time", not reverse
        else:
            down = sort.descends != reverse
        self.tree_.show_sort(column, down)

    def go_to(self, *subjects: Subject) -> None:
        """Put the cursor on the first of these that this view has, and say so where it has none."""
        view = self.view
        if view is None:
            return
        self.leave_full()
        self._goal = list(subjects)
        self._go_to_goal()
