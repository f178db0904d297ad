"""What to enter of a process or namespace, as whom, and with what: the dialog before the deed."""

import os
import shlex
from collections.abc import Callable
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.widgets import Input, Static

from nsview.actions.enter import DEFAULTS, TOOLBOX_POINT, EnterRequest, plan_enter
from nsview.actions.plan import Place, Plan
from nsview.actions.surroundings import SHELLS
from nsview.model.kind import KINDS, Kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot
from nsview.ui.screens.plan_dialog import PlanDialog, raising
from nsview.ui.widgets.form import OneOf, Tick

ANY_SHELL = "any"
_SHELLS = ("/bin/bash", "/bin/sh", "/bin/ash", "/busybox/sh")


class Enterable(NamedTuple):
    """A target with the two plans that tell what can be chosen."""

    target: Task | Namespace
    snapshot: Snapshot
    usual: Plan
    """By the defaults, as one key press does it."""
    every: Plan
    """Of all kinds."""


def enterable(target: Task | Namespace, snapshot: Snapshot) -> Enterable:
    """NoPlan if the target has ended. Reads the machine: not for the event loop."""
    usual = plan_enter(target, DEFAULTS, snapshot)
    return Enterable(target, snapshot, usual, plan_enter(target, DEFAULTS._replace(kinds=KINDS), snapshot))


def nothing_to_enter(plan: Plan) -> str:
    """Why a plan does nothing; "" if it does something."""
    if plan.joins or plan.root.whose != "mine" or plan.toolbox is not None or plan.mount_proc is not None:
        return ""
    if any(left.why.startswith("shared") for left in plan.left):
        return "every namespace of it that was asked for is our own already: there is nothing to enter"
    return "no namespace is chosen: there is nothing to enter"


class EnterDialog(PlanDialog):
    """Gives the plan to carry out, or None."""

    BINDINGS = [
        Binding("f7", "go(False)", show=False),
        Binding("shift+f7,f19", "go(True)", show=False),
        Binding("T", "toolbox", show=False),
    ]

    HINTS = {**PlanDialog.HINTS, "command": "a program with its arguments, quoted as for a shell"}

    def __init__(
        self, found: Enterable, heading: str, copy: Callable[[str], None], *, ascii_only: bool = False
    ) -> None:
        super().__init__(found.usual, copy, ascii_only=ascii_only)
        self.HEADING = heading
        self._target = found.target
        self._snapshot = found.snapshot
        self._usual = {join.kind for join in found.usual.joins if not join.why}
        self._joinable = {join.kind: join for join in found.every.joins}
        self._left = {left.kind: left.why for left in found.every.left}
        self._chosen_place = False
        """Where the files come from was chosen, and is not what follows from the kinds."""

    # ---- fields

    def fields(self) -> ComposeResult:
        with Container(classes="pairs"):
            for kind in KINDS:
                yield self._kind(kind)
        plain = self.ascii_only
        as_whom = (("root", "root there"), ("target", "the target's user"), ("keep", "who I am"))
        files = (("target", "the target's root and directory"), ("mine", "mine"))
        variables = (("clean", "clean"), ("target", "the target's"), ("mine", "mine"))
        shells = ((ANY_SHELL, "any"), *((path, path) for path in _SHELLS))
        yield OneOf(
            "as",
            "as",
            as_whom,
            value="root",
            hint="user, group and capabilities of the program",
            ascii_only=plain,
        )
        yield OneOf(
            "files", "files", files, value=self._place(), hint="root and working directory", ascii_only=plain
        )
        yield OneOf(
            "env",
            "env",
            variables,
            value="clean",
            hint="clean is PATH, HOME, TERM and LANG only",
            ascii_only=plain,
        )
        hint = f"the first of {' '.join(SHELLS)}, or a sealed copy of our static busybox"
        yield OneOf("shell", "shell", shells, value=ANY_SHELL, hint=hint, ascii_only=plain)
        with Horizontal(classes="pair"):
            yield Static("command", markup=False)
            field = Input(placeholder="instead of a shell, with its arguments", id="command", compact=True)
            field.cursor_blink = False
            yield field
        with Container(classes="pairs"):
            yield Tick(
                "toolbox",
                "toolbox",
                "my tools and files (T)",
                hint=f"our own files in a private mount namespace, the target's root at {TOOLBOX_POINT}",
            )
            yield Tick("proc", "proc", "a fresh one", hint="a fresh /proc" + " in a private mount namespace")
            yield Tick("cgroups", "limits", "join its cgroups", hint="join the target's control groups too")

    def _kind(self, kind: Kind) -> Tick:
        join = self._joinable.get(kind)
        if join is None:
            why = self._left.get(kind, "")
            shared = why.startswith("shared")
            tick = Tick(str(kind), str(kind), "the same as ours" if shared else why, hint=why)
            tick.disabled = True
            return tick
        hint = f"{kind.meaning}: those of {kind}:[{join.inode}] instead of ours"
        return Tick(str(kind), str(kind), kind.meaning, on=kind in self._usual, hint=hint)

    def _place(self) -> str:
        return "target" if self.plan is not None and self.plan.root.whose == "target" else "mine"

    def planned(self, plan: Plan) -> None:
        for kind, ours in self._joinable.items():
            joined = next((join for join in plan.joins if join.kind is kind), None)
            implied = joined is not None and bool(joined.why)
            note = joined.why if joined is not None and joined.why else kind.meaning
            self.query_one(f"#{ours.kind}", Tick).tell(note=note, implied=implied)
        if not self._chosen_place:
            files = self.query_one("#files", OneOf)
            files.value = self._place()
            files.refresh()

    def nothing(self, plan: Plan) -> str:
        return nothing_to_enter(plan)

    @on(OneOf.Changed, "#files")
    def _place_chosen(self) -> None:
        self._chosen_place = True

    def action_toolbox(self) -> None:
        self.query_one("#toolbox", Tick).action_tick()

    # ---- what is chosen

    def request(self) -> EnterRequest:
        """ValueError for a command that is no command line."""
        ticked = {kind for kind in self._joinable if self.query_one(f"#{kind}", Tick).on}
        shell = self._value("shell")
        command = self.query_one("#command", Input).value
        root = cwd = None
        if self._chosen_place and self._value("files") == "target":
            root = cwd = Place("target")
        elif self._chosen_place and Kind.MNT in ticked:
            # Joining a mount namespace changes both; what was opened before stays ours.
            root, cwd = Place("path", os.sep), Place("path", os.getcwd())
        return EnterRequest(
            kinds=None if ticked == self._usual else tuple(kind for kind in KINDS if kind in ticked),
            identity=self._value("as"),
            root=root,
            cwd=cwd,
            environment=self._value("env"),
            shells=SHELLS if shell == ANY_SHELL else (shell,),
            command=tuple(shlex.split(command)),
            toolbox=TOOLBOX_POINT if self.query_one("#toolbox", Tick).on else None,
            mount_proc=self.query_one("#proc", Tick).on,
            join_cgroup=self.query_one("#cgroups", Tick).on,
        )

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", OneOf).value

    def maker(self) -> Callable[[], Plan]:
        target, snapshot = self._target, self._snapshot
        try:
            request = self.request()
        except ValueError as error:
            return raising(ValueError(f"command: {error}"))
        return lambda: plan_enter(target, request, snapshot)

    def arguments(self) -> tuple[str, ...]:
        return enter_arguments(self._target, self.request())


def enter_arguments(target: Task | Namespace, request: EnterRequest = DEFAULTS) -> tuple[str, ...]:
    """The same request as words for `nsview`; of a process that has got the number since they refuse."""
    whom = str(target.id) if isinstance(target, Namespace) else f"{target.pid}@{target.starttime}"
    words = ["enter", whom]
    if request.kinds is not None:
        words.append(",".join(request.kinds))
    words += ["--as", "me" if request.identity == "keep" else request.identity, "--env", request.environment]
    for option, place in (("-r", request.root), ("-w", request.cwd)):
        if place is not None:
            words.append(option if place.whose == "target" else f"{option}={place.path}")
    if request.toolbox is not None:
        words.append(f"--toolbox={request.toolbox}")
    if request.mount_proc:
        words.append("--mount-proc")
    if request.join_cgroup:
        words.append("--join-cgroup")
    command = request.command or (request.shells if len(request.shells) == 1 else ())
    return (*words, "--", *command) if command else tuple(words)
