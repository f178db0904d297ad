"""A plan on the screen before it is carried out: what can be chosen, the verdicts, the equal command line.

Every change makes a new plan, on a thread, as that reads the machine; the event loop only draws it.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from nsview.actions.plan import Check, Plan
from nsview.text import clean
from nsview.ui.widgets.form import Field

_ORDER = ("fail", "unknown", "ok", "note")
_LOW = 20
"""Rows of the screen below which the dialog does without hints."""
_NARROW = 72


class Decision(NamedTuple):
    """What a dialog has come to."""

    plan: Plan
    arguments: tuple[str, ...]
    """The same as words of nsview's own command line."""
    apart: bool = False
    """In a pane or window of its own."""


def refusals(plan: Plan) -> list[str]:
    """Why a plan is not even tried. Raw."""
    return [f"{check.subject}: {check.words}" for check in plan.refusals]


def raising(error: Exception) -> Callable[[], Plan]:
    """A maker for choices of which no plan can be made."""

    def fail() -> Plan:
        raise error

    return fail


class Body(VerticalScroll, inherit_bindings=False, can_focus=False):
    """The arrows go from field to field instead, and what has the focus is scrolled to."""

    BINDINGS = [
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
    ]


class Verdicts(Static):
    COMPONENT_CLASSES = {"verdicts--fail", "verdicts--unknown", "verdicts--ok", "verdicts--note"}
    DEFAULT_CSS = """
    Verdicts {
        height: auto; padding: 1 0 0 0;
        & > .verdicts--fail { color: $text-error; text-style: bold; }
        & > .verdicts--unknown { color: $text-warning; }
        & > .verdicts--ok { color: $text-success; }
        & > .verdicts--note { text-style: bold; }
    }
    """

    def tell(self, checks: Sequence[Check]) -> None:
        """One line for all that is said in the same words, what stands in the way first."""
        said: dict[tuple[str, str], list[str]] = {}
        for check in checks:
            said.setdefault((check.verdict, check.words), []).append(check.subject)
        text = Text()
        for verdict, words in sorted(said, key=lambda one: _ORDER.index(one[0])):
            subjects = " ".join(dict.fromkeys(said[verdict, words]))
            text.append(f"{verdict:<8}", self.get_component_rich_style(f"verdicts--{verdict}", partial=True))
            text.append(f"{clean(subjects, 80)}: {clean(words, 300)}\n")
        text.rstrip()
        self.update(text)


class _Planned(Message):
    def __init__(self, number: int, plan: Plan | None, problem: str) -> None:
        super().__init__()
        self.number = number
        self.plan = plan
        self.problem = problem


class PlanDialog(ModalScreen[Decision | None]):
    """A subclass says what can be chosen (`fields`), and how a plan is made of that (`maker`)."""

    BINDINGS = [
        Binding("escape,f10,q", "cancel", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("y", "copy", show=False),
        Binding("E", "go(False)", show=False),
        Binding("W", "go(True)", show=False),
    ]
    DEFAULT_CSS = """
    PlanDialog { align: center middle; }
    PlanDialog > Vertical {
        width: 98; max-width: 100%; height: auto; max-height: 100%;
        background: $panel; border: round $primary; padding: 0 1;
    }
    PlanDialog.-ascii > Vertical { border: ascii $primary; }
    PlanDialog .title { text-style: bold; height: 1; }
    PlanDialog #body { height: auto; scrollbar-size-vertical: 1; }
    PlanDialog .pairs { layout: grid; grid-size: 2; grid-rows: 1; height: auto; }
    PlanDialog.-narrow .pairs { grid-size: 1; }
    PlanDialog .pair { height: 1; }
    PlanDialog .pair Static { width: 8; }
    PlanDialog Input { height: 1; width: 1fr; border: none; padding: 0; background: $surface; }
    PlanDialog Input:focus { border: none; }
    PlanDialog #hint { color: $foreground-muted; height: 1; }
    PlanDialog.-low #hint { display: none; }
    PlanDialog #equal { height: auto; max-height: 3; }
    PlanDialog.-low #equal { max-height: 1; }
    PlanDialog #buttons { height: 1; }
    PlanDialog #also { width: 1fr; color: $foreground-muted; }
    PlanDialog.-narrow #also { display: none; }
    PlanDialog.-narrow #buttons { align-horizontal: right; }
    PlanDialog Button { height: 1; min-width: 10; border: none; margin: 0 0 0 2; }
    """

    HEADING = ""
    GO = "Enter"
    HINTS: Mapping[str, str] = {"go": "on this terminal, until it ends", "cancel": "nothing is done"}
    """What there is to say about inputs and buttons, by their ids."""

    def __init__(self, plan: Plan, copy: Callable[[str], None], *, ascii_only: bool = False) -> None:
        super().__init__()
        self.plan: Plan | None = plan
        self._copy = copy
        self.ascii_only = ascii_only
        self._problem = ""
        self._number = 0
        self._shown = 0
        self._then: bool | None = None
        """Carry the plan out as soon as it is made; apart if True."""

    # ---- what a subclass says

    @abstractmethod
    def fields(self) -> ComposeResult:
        """The widgets to choose with."""

    @abstractmethod
    def maker(self) -> Callable[[], Plan]:
        """What makes the plan of what is chosen now, on a thread. OSError and ValueError are told."""

    @abstractmethod
    def arguments(self) -> tuple[str, ...]:
        """What is chosen now, as words of nsview's command line."""

    def planned(self, plan: Plan) -> None:
        """A new plan has been made: show what it says of the fields."""

    def nothing(self, plan: Plan) -> str:
        """Why there is nothing to do; "" if there is."""
        return ""

    # ---- the screen

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text(clean(self.HEADING, 200), no_wrap=True, overflow="ellipsis"), classes="title")
            with Body(id="body"):
                yield from self.fields()
                yield Verdicts()
            yield Static("", id="hint", markup=False)
            yield Static("", id="equal", markup=False)
            with Horizontal(id="buttons"):
                yield Static("y copies · W in a new window", id="also", markup=False)
                yield Button(self.GO, id="go", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_class(self.ascii_only, "-ascii")
        self._show_plan()
        self.watch(self, "focused", self._focused)
        fields = [field for field in self.query(Field) if not field.disabled]
        (fields[0] if fields else self.query_one("#go")).focus()

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        low = height < _LOW
        self.set_class(low, "-low")
        self.set_class(width < _NARROW, "-narrow")
        # Border, title and buttons, and unless it is low the hint and three lines of command.
        self.query_one("#body").styles.max_height = max(2, height - (5 if low else 8))
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    def _focused(self, widget: Widget | None) -> None:
        hint = (
            widget.hint if isinstance(widget, Field) else self.HINTS.get(getattr(widget, "id", "") or "", "")
        )
        self.query_one("#hint", Static).update(Text(clean(hint, 200), no_wrap=True, overflow="ellipsis"))

    @on(Field.Done)
    @on(Input.Submitted)
    def _lead_on(self) -> None:
        self.query_one("#go").focus()

    # ---- planning

    @on(Field.Changed)
    @on(Input.Changed)
    def _changed(self) -> None:
        self.plan_anew()

    def plan_anew(self) -> None:
        self._number += 1
        number, make = self._number, self.maker()

        def work() -> None:
            try:
                made = _Planned(number, make(), "")
            except (OSError, ValueError) as error:
                made = _Planned(number, None, str(error))
            self.post_message(made)

        self.run_worker(work, thread=True, group="plan", exit_on_error=False)

    @on(_Planned)
    def _made(self, event: _Planned) -> None:
        if event.number <= self._shown:
            return  # a later one is shown already
        self._shown, self.plan, self._problem = event.number, event.plan, event.problem
        self._show_plan()
        if self._then is not None and self._shown == self._number:
            apart, self._then = self._then, None
            self.action_go(apart)

    def _show_plan(self) -> None:
        plan = self.plan
        verdicts, equal = self.query_one(Verdicts), self.query_one("#equal", Static)
        if plan is None:
            verdicts.tell([Check("fail", "plan", self._problem)])
            equal.update("")
        else:
            self.planned(plan)
            verdicts.tell(plan.checks)
            equal.update(self._equal(plan))

    def _equal(self, plan: Plan) -> Text:
        """The equal command line; before it what stands in the way, as the verdicts may be scrolled away."""
        text = Text()
        for check in plan.failures[:1]:
            text.append(f"{check.verdict} {clean(check.subject, 40)}: {clean(check.words, 100)}\n", "bold")
        line = plan.equivalent
        text.append(clean(line) if line is not None else f"no such line: {clean(plan.no_equivalent)}")
        return text

    # ---- the end

    @on(Button.Pressed, "#go")
    def _go(self) -> None:
        self.action_go(False)

    def action_go(self, apart: bool) -> None:
        if self._shown != self._number:
            self._then = apart  # the plan for what was chosen last is on its way
            return
        plan = self.plan
        reasons = [self._problem] if plan is None else refusals(plan) or [self.nothing(plan)]
        if plan is None or reasons[0]:
            for reason in reasons[:3]:
                self.notify(clean(reason, 300), title="Not done", markup=False, severity="error")
            return
        self.dismiss(Decision(plan, self.arguments(), apart))

    def action_copy(self) -> None:
        if self.plan is not None and self.plan.equivalent is not None:
            self._copy(self.plan.equivalent)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(None)
