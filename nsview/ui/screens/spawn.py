"""What new namespaces to make, and what to set up in them: the dialog before the deed, presets first."""

import os
import shlex
import signal
from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.widgets import Input, Static

from nsview.actions.id_maps import MapRequest
from nsview.actions.plan import Plan
from nsview.actions.presets import PRESETS
from nsview.actions.spawn import SpawnRequest, plan_spawn
from nsview.model.kind import KINDS
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot
from nsview.ui.screens.plan_dialog import PlanDialog, raising
from nsview.ui.screens.spawn_words import clocks, pair, ranges, spawn_arguments, variables
from nsview.ui.widgets.form import Field, OneOf, Tick

OWN = "own"
FIRST = "rootless"
VETH = ("nsview0", "eth0")
_PLAIN = SpawnRequest()
FIRST_REQUEST = PRESETS[FIRST].apply(_PLAIN)
_KILLERS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_LABELS = {"hostname": "host", "directory": "dir", "variables": "vars"}
_FRESH_PROC = PRESETS["rootless"].apply(_PLAIN).mount_proc


def first_plan() -> Plan:
    """What the dialog begins with. NoPlan as `plan_spawn`."""
    return plan_spawn(FIRST_REQUEST)


class SpawnDialog(PlanDialog):
    """Gives the plan to carry out, or None."""

    HEADING = "Spawn: a program in new namespaces"
    GO = "Spawn"
    HINTS = {
        **PlanDialog.HINTS,
        "ranges": "lines of the id maps, each INSIDE:OUTSIDE:COUNT, as 0:100000:65536",
        "hostname": "of the new uts namespace",
        "clocks": "seconds to add to the boot clock and to the monotonic one, as 86400 0",
        "owner": "who has all capabilities over a new user namespace from outside, besides root",
        "as": "as they are numbered inside",
        "root": "changed to before the program starts, after everything else is set up",
        "keep": "a name under which they outlive the program: nsview kept lists it",
        "command": "a program with its arguments, quoted as for a shell",
    }
    BINDINGS = [
        Binding("f8", "go(False)", show=False),
        Binding("shift+f8,f20", "go(True)", show=False),
    ]

    def __init__(
        self,
        plan: Plan,
        copy: Callable[[str], None],
        target: Task | Namespace | None = None,
        snapshot: Snapshot | None = None,
        *,
        ascii_only: bool = False,
    ) -> None:
        """`plan` is the first one; with a target, the new ones can be made inside its namespaces."""
        super().__init__(plan, copy, ascii_only=ascii_only)
        self._target = target
        self._snapshot = snapshot

    # ---- fields

    def fields(self) -> ComposeResult:
        plain = self.ascii_only
        presets = ((OWN, "own"), *((name, name) for name in PRESETS))
        yield OneOf("preset", "preset", presets, value=FIRST, hint=PRESETS[FIRST].meaning, ascii_only=plain)
        with Container(classes="pairs"):
            for kind in KINDS:
                yield Tick(
                    str(kind), str(kind), kind.meaning, on=kind in FIRST_REQUEST.kinds, hint=kind.meaning
                )
        if self._target is not None:
            name = self._target.id if isinstance(self._target, Namespace) else self._target.comm
            where = (("here", "here"), ("inside", f"inside the selected {name}"))
            yield OneOf(
                "where",
                "where",
                where,
                value="here",
                hint="whose namespaces they grow from",
                ascii_only=plain,
            )
        ids = (
            ("none", "none"),
            ("root", "me as root"),
            ("current", "me as me"),
            ("auto", "root and granted"),
        )
        hint = "of a new user namespace; granted is what /etc" + "/subuid gives, all is every id that we have"
        yield OneOf("ids", "ids", (*ids, ("all", "all")), value="root", hint=hint, ascii_only=plain)
        yield from self._input("ranges", "more lines of the id maps")
        groups = (("", "as usual"), ("allow", "allow"), ("deny", "deny"))
        hint = "whether setgroups(2) is allowed in a new user namespace"
        yield OneOf("setgroups", "groups", groups, hint=hint, ascii_only=plain)
        with Container(classes="pairs"):
            yield Tick("proc", "proc", "a fresh one", on=True, hint="which shows the new processes only")
            yield Tick("loopback", "lo", "set up", hint="the loopback interface of a new network namespace")
            hint = f"a pair of interfaces: {VETH[0]} here, {VETH[1]} in the new network namespace"
            yield Tick("veth", "veth", "a link to here", hint=hint)
            yield Tick("clear", "env", "a clean one", hint="PATH, HOME, TERM and LANG only")
        propagation = (("private", "private"), ("slave", "slave"), ("shared", "shared"), ("", "unchanged"))
        hint = "whether mounts made here later show in a new mount namespace, and the other way round"
        yield OneOf("propagation", "mounts", propagation, value="private", hint=hint, ascii_only=plain)
        yield from self._input("hostname", "host name")
        yield from self._input("clocks", "offsets of the boot and monotonic clocks")
        yield from self._input("keep", "name to keep them under")
        yield from self._input("owner", "UID:GID they belong to")
        yield from self._input("as", "UID:GID that the program runs as")
        yield from self._input("root", "another root directory")
        yield from self._input("directory", "working directory, as it is called inside")
        yield from self._input("variables", "NAME=VALUE, more of the environment")
        hint = "the signal that the program gets when nsview's launcher is killed before it has ended"
        kill = tuple((str(int(number)), number.name.removeprefix("SIG")) for number in _KILLERS)
        yield OneOf("kill", "kill by", kill, value=kill[0][0], hint=hint, ascii_only=plain)
        yield from self._input("command", "instead of a shell, with its arguments")

    def _input(self, name: str, placeholder: str) -> ComposeResult:
        with Horizontal(classes="pair"):
            yield Static(_LABELS.get(name, name), markup=False)
            field = Input(placeholder=placeholder, id=name, compact=True)
            field.cursor_blink = False
            yield field

    @on(Field.Changed)
    @on(Input.Changed)
    def _no_preset(self, event: Field.Changed | Input.Changed) -> None:
        """Who changes what a preset has set has one of their own; texts are beside it."""
        field = event.control
        preset = self.query_one("#preset", OneOf)
        if field is preset:
            self._use_preset(preset.value)
        elif isinstance(field, Tick | OneOf) and field.id in (*map(str, KINDS), "ids", "proc", "loopback"):
            preset.value = OWN
            preset.refresh()

    def _use_preset(self, name: str) -> None:
        if name == OWN:
            return
        preset = PRESETS[name]
        wanted = preset.apply(_PLAIN)
        for kind in KINDS:
            self.query_one(f"#{kind}", Tick).tell(on=kind in wanted.kinds)
        self.query_one("#proc", Tick).tell(on=wanted.mount_proc is not None)
        self.query_one("#loopback", Tick).tell(on=wanted.loopback)
        ids = self.query_one("#ids", OneOf)
        ids.value = "root" if wanted.users else "none"
        ids.refresh()
        field = self.query_one("#preset", OneOf)
        field.hint = preset.meaning
        self.query_one("#hint", Static).update(preset.meaning)

    def planned(self, plan: Plan) -> None:
        made = plan.makes.kinds if plan.makes is not None else ()
        for kind in KINDS:
            tick = self.query_one(f"#{kind}", Tick)
            tick.tell(implied=kind in made and not tick.on)

    # ---- what is chosen

    def request(self) -> SpawnRequest:
        """ValueError for texts that are no command line, ranges or seconds."""
        users, groups = self._maps()
        boottime, monotonic = clocks(self._text("clocks"))
        owner, owners_group = pair("owner", self._text("owner"))
        if owner is not None and owners_group is None:
            raise ValueError("owner: a user and a group, UID:GID as 1000:1000")
        uid, gid = pair("as", self._text("as"))
        return SpawnRequest(
            kinds=tuple(kind for kind in KINDS if self._on(str(kind))),
            users=users,
            groups=groups,
            setgroups=self._value("setgroups") or None,
            owner=None if owner is None or owners_group is None else (owner, owners_group),
            mount_proc=_FRESH_PROC if self._on("proc") else None,
            propagation=self._value("propagation") or None,
            hostname=self._text("hostname") or None,
            boottime=boottime,
            monotonic=monotonic,
            loopback=self._on("loopback"),
            veth=VETH if self._on("veth") else None,
            keep=self._text("keep") or None,
            uid=uid,
            gid=gid,
            root=self._text("root") or None,
            cwd=self._text("directory") or None,
            environment="clean" if self._on("clear") else "mine",
            variables=variables(self._text("variables")),
            kill_child=int(self._value("kill")),
            command=tuple(shlex.split(self._text("command"))),
        )

    def _maps(self) -> tuple[MapRequest, MapRequest]:
        lines = ranges(self._text("ranges"))
        match self._value("ids"):
            case "root":
                return MapRequest(0, lines), MapRequest(0, lines)
            case "current":
                return MapRequest(os.geteuid(), lines), MapRequest(os.getegid(), lines)
            case "auto":
                return MapRequest(0, lines, "auto"), MapRequest(0, lines, "auto")
            case "all":
                return MapRequest(None, lines, "all"), MapRequest(None, lines, "all")
        return MapRequest(None, lines), MapRequest(None, lines)

    def _on(self, name: str) -> bool:
        return self.query_one(f"#{name}", Tick).on

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", OneOf).value

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    @property
    def _inside(self) -> Task | Namespace | None:
        return self._target if self._target is not None and self._value("where") == "inside" else None

    def maker(self) -> Callable[[], Plan]:
        inside, snapshot = self._inside, self._snapshot
        try:
            request = self.request()
        except ValueError as error:
            return raising(error)
        return lambda: plan_spawn(request, inside, snapshot)

    def arguments(self) -> tuple[str, ...]:
        return spawn_arguments(self.request(), self._inside)
