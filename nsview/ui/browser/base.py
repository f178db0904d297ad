"""What the screen is made of, and how frames reach it."""

from typing import TYPE_CHECKING, Any, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen

from nsview import key_table as needs
from nsview.config import Config, Options
from nsview.discovery.on_demand import Looked, look
from nsview.keys import BY_ID, CHANGING, WHY_NOT, Action, Keys
from nsview.model.process import ProcessId
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import ChangeSubject, MembersSubject, NamespaceSubject, Subject, TaskSubject
from nsview.model.views.tree import Key
from nsview.model.views.view import Arrangement, SortBy, View, ViewName
from nsview.text import clean
from nsview.ui import about
from nsview.ui.columns import columns
from nsview.ui.frame import Frame
from nsview.ui.keymap import bindings
from nsview.ui.live import Live, Wish
from nsview.ui.widgets.details import Details
from nsview.ui.widgets.function_bar import FunctionBar
from nsview.ui.widgets.header import Header, State
from nsview.ui.widgets.line import Lines
from nsview.ui.widgets.prompt import Prompt
from nsview.ui.widgets.rows import Rows
from nsview.ui.widgets.sheet import Sheet
from nsview.ui.widgets.splitter import Splitter
from nsview.ui.widgets.tree.widget import Place, VirtualTree

if TYPE_CHECKING:
    from nsview.ui.textual_app import NsviewApp

WIDE = 140
"""From so many columns on the details stand on the right, else below."""
LEAST_ROWS = 20
"""Lines below which there is no room for details beside the tree."""
RESTS = 0.12
"""Seconds that the cursor has to rest on a row before its process is looked at."""


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


class LookedAt(Message):
    """What was read of the process under the cursor."""

    def __init__(self, looked: Looked | None) -> None:
        super().__init__()
        self.looked = looked


class BrowserBase(Screen[None], inherit_bindings=False):
    """Shows frames. What keys do is in the subclasses, one idea each."""

    DEFAULT_CSS = """
    BrowserBase {
        layout: vertical;
        background: $surface;
        & #body { height: 1fr; layout: vertical; }
        & Rows { height: 1fr; width: 1fr; }
        & Splitter { height: 1; width: 1fr; }
        & Details { height: 40%; }
        &.-wide #body { layout: horizontal; }
        &.-wide Splitter { width: 1; height: 1fr; }
        &.-wide Details { height: 1fr; width: 40%; }
        &.-no-pane Splitter, &.-no-pane Details { display: none; }
        &.-full Rows, &.-full Splitter { display: none; }
        &.-full Details { display: block; width: 1fr; height: 1fr; }
        &.-no-header Header { display: none; }
    }
    """

    def __init__(
        self, live: Live, config: Config, options: Options, keys: Keys, arrangement: Arrangement
    ) -> None:
        super().__init__(id="browser")
        self.live = live
        self.config = config
        self.options = options
        self.keys = keys
        self.arrangement = arrangement
        self.frame: Frame | None = None
        self.trouble = ""
        self._pending: Frame | None = None
        self._places: dict[ViewName, Place] = {}
        self._shown: ViewName | None = None
        self._goal: list[Subject] = []
        """Where the cursor is to go as soon as a frame has it, the best first."""
        self._looked: Looked | None = None
        self._look_at: ProcessId | None = None
        self._bind()

    def use_keys(self, keys: Keys) -> None:
        self.keys = keys
        self._bindings.key_to_bindings.clear()
        self._bind()
        self.refresh_bindings()

    def _bind(self) -> None:
        for binding in bindings(self.keys):
            self._bindings.key_to_bindings.setdefault(binding.key, []).append(binding)

    def compose(self) -> ComposeResult:
        ascii_only = not self.config.unicode
        yield Header()
        with Container(id="body"):
            yield Rows(
                columns(self.arrangement.view, self.config.columns), ascii_only=ascii_only, notice="looking …"
            )
            yield Splitter()
            yield Details()
        yield Prompt()
        yield FunctionBar()

    @property
    def nsview(self) -> "NsviewApp":
        return cast("NsviewApp", self.app)

    @property
    def tree_(self) -> Rows:
        return self.query_one(Rows)

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

    # ---- layout

    def on_resize(self, event: events.Resize) -> None:
        self.lay_out()
        self.tell()

    def lay_out(self) -> None:
        width, height = self.size
        wide = width >= WIDE
        room = wide or height >= LEAST_ROWS
        self.set_class(wide, "-wide")
        self.set_class(not room or not self.config.pane, "-no-pane")
        details = self.query_one(Details)
        if self.has_class("-full"):
            details.styles.width = details.styles.height = "1fr"
        elif wide:
            details.styles.width, details.styles.height = f"{self.config.pane_width}%", "1fr"
        else:
            details.styles.width, details.styles.height = "1fr", f"{self.config.pane_height}%"

    @on(Splitter.Dragged)
    def _drag(self, event: Splitter.Dragged) -> None:
        body = self.query_one("#body").region
        if self.has_class("-wide"):
            share = 100 * (body.right - event.x) // max(1, body.width)
            self.config = self.config._replace(pane_width=max(15, min(80, share)))
        else:
            share = 100 * (body.bottom - event.y) // max(1, body.height)
            self.config = self.config._replace(pane_height=max(15, min(80, share)))
        self.lay_out()

    # ---- frames

    @property
    def snapshot(self) -> Snapshot | None:
        return None if self.frame is None else self.frame.moment.snapshot

    @property
    def view(self) -> View | None:
        return None if self.frame is None else self.frame.view

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
        self.frame = frame
        if view is not self._shown:
            tree.columns = columns(view, self.config.columns)
            tree.set_model(frame.table, frame.visible, place=self._places.get(view) or Place())
            self._shown = view
            self.show_sort()
        else:
            tree.set_model(frame.table, frame.visible)
        tree.notice = "" if frame.table.roots else self.nothing()
        if self._goal:
            self._go_to_goal()
        if first:
            self.nsview.note_first_frame()
        self.after_cursor()
        self.ask(at_once=False)

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

    def ask(self, *, at_once: bool = True) -> None:
        """Tell the scanning thread what to show from now on."""
        details_of = frozenset({self._look_at.pid}) if self._look_at is not None else frozenset[int]()
        folds = self.tree_.folds
        if self._shown is not None and self._shown is not self.arrangement.view:
            place = self._places.get(self.arrangement.view)
            folds = place.folds if place is not None else Place().folds
        self.live.wish(Wish(self.arrangement, folds, details_of), at_once=at_once)

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

    # ---- the row under the cursor

    @property
    def cursor(self) -> Key | None:
        key = self.tree_.cursor_key
        return key if key is not None and self.frame is not None and key in self.frame.table else None

    @property
    def subject(self) -> Subject | None:
        key = self.cursor
        return None if key is None or self.frame is None else self.frame.view.subject(key)

    @on(VirtualTree.Highlighted)
    def _highlighted(self) -> None:
        self.after_cursor()

    @on(VirtualTree.TagsChanged)
    def _tags_changed(self) -> None:
        self.tell()

    def after_cursor(self) -> None:
        """The cursor, or what it stands on, has changed."""
        self.tell()
        if self.frame is None:
            return
        subject = self.subject
        process = about.process_of(self.frame.moment, subject)
        if process != self._look_at:
            self._look_at, self._looked = process, None
            if process is not None:
                self.set_timer(RESTS, lambda: self._look(process))
        self.show_details()

    def show_details(self) -> None:
        details = self.query_one(Details)
        if (
            self.frame is not None
            and details.display
            and not (self.has_class("-no-pane") and not self.has_class("-full"))
        ):
            details.show(self.frame.moment, self.subject, self._looked)

    def _look(self, process: ProcessId) -> None:
        if process == self._look_at and not self.live.suspended:
            root = self.options.proc
            self.run_worker(
                lambda: self.post_message(LookedAt(look(process, root))),
                thread=True,
                group="look",
                exit_on_error=False,
            )
            self.ask(at_once=False)

    @on(LookedAt)
    def _looked_at(self, event: LookedAt) -> None:
        if event.looked is not None and event.looked.process == self._look_at:
            self._looked = event.looked
            self.show_details()

    # ---- header and bar

    def tell(self) -> None:
        """Bring header and function bar up to date."""
        if not self.is_mounted:
            return
        tree = self.tree_
        user = self.arrangement.user
        state = State(
            self.arrangement,
            self.live.interval,
            self.live.paused,
            tree.follow is not None,
            self.config.readonly,
            len(tree.tagged),
            clean(self.snapshot.user_name(user)) if self.snapshot is not None and user is not None else "",
            self.trouble,
        )
        self.query_one(Header).tell(self.snapshot, state, not self.config.unicode)
        self.query_one(FunctionBar).tell(self.keys, lambda action: self.why_not(action) is None)

    def say(self, text: str, severity: Any = "information") -> None:
        self.notify(clean(text, 400), markup=False, severity=severity, timeout=4)

    @on(Lines.Clicked)
    def _clicked(self, event: Lines.Clicked) -> None:
        what, _, rest = event.what.partition(":")
        if what == "view":
            self.do(f"view.{rest}")
        elif what == "tab":
            self.query_one(Details).choose(rest)
        else:
            self.do(event.what)

    @on(Sheet.Chosen)
    def _chosen(self, event: Sheet.Chosen) -> None:
        self.go_to(event.subject)

    def go_to(self, *subjects: Subject) -> None:
        """Put the cursor on the first of these that this view has, and say so where it has none."""
        view = self.view
        if view is None:
            return
        self.leave_full()
        self._goal = list(subjects)
        self._go_to_goal()

    def leave_full(self) -> bool:
        if not self.has_class("-full"):
            return False
        self.remove_class("-full")
        self.lay_out()
        self.tree_.focus()
        return True

    # ---- actions

    async def action_do(self, action: str) -> None:
        await self.do_action(BY_ID[action])

    def do(self, action: str) -> None:
        self.call_later(self.do_action, BY_ID[action])

    async def do_action(self, action: Action) -> None:
        reason = self.why_not(action)
        if reason is not None:
            self.say(f"{action.label}: {reason}", "warning")
            return
        await self.app.run_action(action.call, self)

    def why_not(self, action: Action) -> str | None:
        """Why an action cannot be done now; None if it can."""
        if self.config.readonly and action.id in CHANGING:
            return "the app is read-only"
        return None if self._can(action.needs) else WHY_NOT[action.needs]

    def _can(self, need: str) -> bool:
        subject = self.subject
        target = isinstance(subject, NamespaceSubject | MembersSubject | TaskSubject)
        match need:
            case needs.ROW:
                return subject is not None
            case needs.NAMESPACE:
                return isinstance(subject, NamespaceSubject | MembersSubject)
            case needs.PROCESS:
                return isinstance(subject, TaskSubject)
            case needs.TARGET:
                return target or isinstance(subject, ChangeSubject)
            case needs.CHANGE:
                return target
            case needs.SIGNAL:
                return bool(self.signalled())
            case needs.SEARCHED:
                return self.tree_.searched
            case needs.TREE:
                return self.arrangement.view is not ViewName.LOG
        return True

    def signalled(self) -> list[ProcessId]:
        """The living processes that a signal would go to: the tagged ones, else the one under the cursor."""
        if self.frame is None:
            return []
        keys = self.tree_.tagged or ((self.cursor,) if self.cursor is not None else ())
        found: dict[ProcessId, None] = {}
        for key in keys:
            subject = self.frame.view.subject(key)
            if isinstance(subject, TaskSubject) and self.frame.moment.snapshot.process(subject.process):
                found[subject.process] = None
        return list(found)
