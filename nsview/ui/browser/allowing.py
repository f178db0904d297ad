"""What may be done now, and the header and the bar that say so."""

from textual import events, on

from nsview import key_table as needs
from nsview.keys import BY_ID, CHANGING, WHY_NOT, Action
from nsview.model.kind import Kind
from nsview.model.process import ProcessId
from nsview.model.views.subject import (
    ChangeSubject,
    ContainerSubject,
    KindSubject,
    MembersSubject,
    NamespaceSubject,
    Subject,
    TaskSubject,
)
from nsview.model.views.view import ViewName
from nsview.text import clean
from nsview.ui import lines
from nsview.ui.browser.base import BrowserBase
from nsview.ui.widgets.function_bar import FunctionBar
from nsview.ui.widgets.header import Header, State
from nsview.ui.widgets.line import Lines
from nsview.ui.widgets.sheet import Sheet
from nsview.ui.widgets.tree.widget import VirtualTree


def _is_net(subject: Subject | None) -> bool:
    """A network namespace, or the row above all of them."""
    match subject:
        case NamespaceSubject(identity) | MembersSubject(identity):
            return identity.kind is Kind.NET
        case KindSubject(kind):
            return kind is Kind.NET
    return False


class Allowing(BrowserBase, inherit_bindings=False):
    async def action_do(self, actions: str) -> None:
        """The first that can be done of those that share a key; if none can, the last says why."""
        possible = [BY_ID[name] for name in actions.split()]
        await self.do_action(next((one for one in possible if self.why_not(one) is None), possible[-1]))

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
        match need:
            case needs.ROW:
                return subject is not None
            case needs.NAMESPACE:
                return isinstance(subject, NamespaceSubject | MembersSubject)
            case needs.PROCESS:
                return isinstance(subject, TaskSubject)
            case needs.TARGET:
                return self._is_target(subject) or isinstance(subject, ChangeSubject)
            case needs.CHANGE:
                return self._is_target(subject)
            case needs.SIGNAL:
                return bool(self.signalled())
            case needs.SEARCHED:
                return self.tree_.searched
            case needs.TREE:
                return self.arrangement.view is not ViewName.LOG
            case needs.NET:
                return _is_net(subject)
        return True

    def _is_target(self, subject: Subject | None) -> bool:
        """Whether there is a namespace or process to act on: a container's first process stands for it."""
        snapshot = self.snapshot
        if isinstance(subject, ContainerSubject):
            return snapshot is not None and lines.target(snapshot, subject) is not None
        return isinstance(subject, NamespaceSubject | MembersSubject | TaskSubject)

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

    def on_resize(self, event: events.Resize) -> None:
        self.lay_out()
        self.tell()

    @on(VirtualTree.TagsChanged)
    def _tags_changed(self) -> None:
        self.tell()

    @on(Lines.Clicked)
    def _line_clicked(self, event: Lines.Clicked) -> None:
        self.clicked(event.what)

    @on(Sheet.Asked)
    def _row_clicked(self, event: Sheet.Asked) -> None:
        self.clicked(event.do)

    def clicked(self, what: str) -> None:
        """Something with a meaning of its own was clicked."""
        sort, _, rest = what.partition(":")
        self.do(f"view.{rest}" if sort == "view" else what)
