"""The app on a stage: a scanner that shows what a test wants, and the pilot's hands."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from nsview.config import NO_OPTIONS, USUAL, Config, Options
from nsview.discovery.scanner import Scope
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.process import Details, Usage
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import NamespaceSubject, Subject
from nsview.model.views.tree import Key, plain
from nsview.model.views.view import Arrangement
from nsview.ui.app import first_arrangement
from nsview.ui.cells import cells_of
from nsview.ui.live import Live, Names, Wish
from nsview.ui.textual_app import NsviewApp
from nsview.ui.widgets.details import Details as DetailsPane
from nsview.ui.widgets.function_bar import FunctionBar
from nsview.ui.widgets.header import Header
from nsview.ui.widgets.sheet import Sheet
from tests.model import snapshots
from tests.model.snapshots import HOST, MNT, USER, namespace, process

DEADLINE = 8.0
SELDOM = 600.0
"""An interval at which nothing is looked at but when a test says so."""

WEB, BLUE, SANDBOX, WEB_MOUNTS, SANDBOX_MOUNTS, WEB_PIDS = range(4026532500, 4026532506)
IN_WEB = HOST._replace(net=WEB, mnt=WEB_MOUNTS, pid=WEB_PIDS, pid_for_children=WEB_PIDS)
LONG = "0123456789abcdef" * 4


def scene(**changes: Any) -> Snapshot:
    """A machine with a container, a sandbox, and a net namespace that only a mount holds."""
    processes = [
        process(1, "systemd"),
        process(2, "kthreadd", ppid=0, kernel=True),
        process(100, "sshd", uid=0),
        process(110, "bash", ppid=100, uid=1000),
        process(200, "nginx", links=IN_WEB),
        process(201, "nginx", ppid=200, uid=33, links=IN_WEB),
        process(300, "bwrap", ppid=110, uid=1000, user=SANDBOX, mnt=SANDBOX_MOUNTS),
    ]
    cgroups = {1: "/init.scope", 100: "/system.slice/ssh.service", 110: "/user.slice/session-1.scope"}
    cgroups |= dict.fromkeys((200, 201), f"/system.slice/docker-{LONG}.scope")
    details = {
        task.pid: Details(
            cmdline=(f"/usr/bin/{task.comm}", f"--of={task.pid}"), cgroup=cgroups.get(task.pid, "/")
        )
        for task in processes
    }
    parts: dict[str, Any] = {
        "processes": processes,
        "namespaces": [
            namespace(Kind.NET, BLUE, pins=[Holder(How.MOUNT, path="/run/netns/blue", mnt_ns=MNT)]),
            namespace(Kind.USER, SANDBOX, parent=USER, creator_uid=1000),
            namespace(Kind.MNT, SANDBOX_MOUNTS, owner=SANDBOX),
        ],
        "details": details,
        "usage": {task.pid: Usage(task.pid * 10, task.pid) for task in processes},
        "users": {0: "root", 33: "www-data", 1000: "alice"},
    }
    return snapshots.snapshot(**(parts | changes))


class FakeScanner:
    """Gives the same snapshot until it is told of another."""

    def __init__(self, now: Snapshot) -> None:
        self.now = now
        self.scans: list[Scope] = []
        self.hold = threading.Event()
        self.hold.set()
        self.error: Exception | None = None

    def scan(self, scope: Scope) -> Snapshot:
        self.scans.append(scope)
        assert self.hold.wait(DEADLINE)
        if self.error is not None:
            raise self.error
        return self.now

    def due(self) -> frozenset[str]:
        return frozenset({"fds"})


class Stage:
    def __init__(self, app: NsviewApp, scanner: FakeScanner, pilot: Pilot[None]) -> None:
        self.app, self.scanner, self.pilot = app, scanner, pilot

    @property
    def browser(self) -> Any:
        return self.app.browser

    @property
    def tree(self) -> Any:
        return self.app.browser.tree_

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settled()

    async def settled(self) -> None:
        """Until every wish has been shown and every message worked off."""
        live = self.app.live

        def idle() -> bool:
            return live._served == live._wish.number and not live._everything and live.at_rest

        await self.until(
            lambda: idle() or not self.scanner.hold.is_set() or live._stopped,
            "the scanning thread is at rest",
        )
        await self.pilot.pause()

    async def until(self, condition: Callable[[], Any], what: str) -> None:
        import time

        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f"not within {DEADLINE:.0f} s: {what}"
            await self.pilot.pause(0.01)

    async def tick(self, snapshot: Snapshot | None = None) -> None:
        """A new look at the machine."""
        if snapshot is not None:
            self.scanner.now = snapshot
        before = self.browser.frame
        self.app.live.rescan()
        await self.until(
            lambda: self.browser.frame is not before or self.browser._pending is not None, "a new frame"
        )
        await self.settled()

    async def type(self, text: str) -> None:
        names = {" ": "space", ":": "colon", "!": "exclamation_mark", "/": "slash", "(": "left_parenthesis"}
        await self.press(*(names.get(char, char) for char in text))

    # ---- what there is to see

    @property
    def subject(self) -> Any:
        return self.browser.subject

    @property
    def is_namespace(self) -> bool:
        return isinstance(self.subject, NamespaceSubject)

    def names(self) -> list[str]:
        """The first cell of each row on the screen."""
        rows = self.tree.window.visible.rows(0, 10_000)
        return [self.name(row.key) for row in rows]

    def name(self, key: Key) -> str:
        cells = self.tree.model.cells(key)
        return plain(cells.get("name") or cells.get("time", ""))

    def cell(self, subject: Subject, column: str) -> str:
        key = self.browser.view.find(subject)
        assert key is not None, subject
        return plain(self.tree.model.cells(key).get(column, ""))

    async def go(self, subject: Subject) -> None:
        self.browser.go_to(subject)
        await self.settled()
        assert self.subject == subject

    @property
    def header(self) -> str:
        return self.browser.query_one(Header).text()  # type: ignore[no-any-return]

    @property
    def bar(self) -> str:
        return self.browser.query_one(FunctionBar).text()  # type: ignore[no-any-return]

    @property
    def details(self) -> str:
        pane = self.browser.query_one(DetailsPane)
        return pane.query_one(Sheet).text()  # type: ignore[no-any-return]

    @property
    def told(self) -> str:
        """What was notified."""
        return "\n".join(note.message for note in self.app._notifications)

    def text(self) -> str:
        """The whole screen as a terminal would show it."""
        return "\n".join(
            "".join(segment.text for segment in line) for line in self.app.screen._compositor.render_strips()
        )


@asynccontextmanager
async def stage(
    snapshot: Snapshot | None = None,
    *,
    size: tuple[int, int] = (120, 40),
    config: Config = USUAL,
    options: Options = NO_OPTIONS,
    arrangement: Arrangement | None = None,
    problems: tuple[str, ...] = (),
    naming: Callable[[], Names] | None = None,
) -> AsyncIterator[Stage]:
    scanner = FakeScanner(snapshot if snapshot is not None else scene())
    config = config._replace(interval=SELDOM)
    live = Live(scanner, cells_of, SELDOM, naming)
    first = arrangement if arrangement is not None else first_arrangement(config, options)
    live.wish(Wish(first, ask_engines=config.ask_engines), at_once=False)
    live.start()
    app = NsviewApp(live, config, options, first, problems)
    app.animation_level = "none"
    try:
        async with app.run_test(size=size) as pilot:
            one = Stage(app, scanner, pilot)
            await one.until(
                lambda: app.browser.frame is not None and len(scanner.scans) >= 2, "the first frames"
            )
            await one.settled()
            yield one
    finally:
        scanner.hold.set()
        live.stop(wait=DEADLINE)
