"""Names in the app: after the first picture, in every view, in the filter, and never as anything but text."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from nsview.config import USUAL
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.model.namespace import NamespaceId
from nsview.model.process import ProcessId
from nsview.model.query import parse
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import ContainerSubject, NamespaceSubject, TaskSubject
from nsview.model.views.tree import plain
from nsview.model.views.view import Arrangement, ViewName
from nsview.naming.ask import Socket, ask
from nsview.naming.live import LiveNames, Questions
from nsview.naming.namer import Namer
from nsview.ui.cells import cells_of
from nsview.ui.live import Live, Wish
from nsview.ui.screens.setup import Chosen
from tests.model.snapshots import HOST, named, snapshot
from tests.naming.machine import Machine, own
from tests.ui.app_stage import BLUE, LONG, SANDBOX_MOUNTS, SELDOM, WEB, FakeScanner, scene, stage

NGINX = Name("docker", "web", LONG, "nginx:1", "shop", f"docker-{LONG}.scope", "/", "/var/lib/docker/config")
CONTAINERS = Arrangement(view=ViewName.CONTAINER)
BOX = Name("bubblewrap", "zoo", "300", witness="command line of 300")
WEB_NET = NamespaceSubject(NamespaceId(Kind.NET, WEB))
MASTER, WORKER = TaskSubject(ProcessId(200, 2000)), TaskSubject(ProcessId(201, 2010))


def machine(name: Name = NGINX) -> Snapshot:
    mounts = {BLUE: Name("ip netns", "blue", "blue", witness="/run/netns/blue")}
    return named(scene(), {200: name, 201: name, 300: BOX}, mounts)


class Given:
    """Gives names when it is let, and remembers whether it was to ask the engines."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.problems: tuple[str, ...] = ()

    def named(self, snapshot: Snapshot, ask: bool) -> Snapshot:
        self.asked.append(ask)
        names = machine().names
        assert names is not None
        return snapshot.named(names.with_problems(self.problems))


def test_the_first_picture_waits_for_no_name() -> None:
    """Not even for the modules that look them up."""
    scanner = FakeScanner(scene())
    made: list[int] = []
    frames: list[Any] = []

    def naming() -> Given:
        made.append(len(frames))
        return Given()

    live = Live(scanner, cells_of, SELDOM, naming)
    live.connect(frames.append, frames.append)
    live.wish(Wish(), at_once=False)
    live.start()
    try:
        while len(frames) < 2:
            live._thread.join(0.01)
    finally:
        live.stop(wait=8)
    first, second = (frame.moment.snapshot for frame in frames)
    assert first.names is None
    assert second.names is not None
    assert made == [1]
    assert not frames[1].moment.lingering.new_namespaces


async def test_in_the_views() -> None:
    async with stage(machine()) as on:
        assert on.cell(WEB_NET, "command").startswith("docker web · /usr/bin/nginx")
        assert on.cell(NamespaceSubject(NamespaceId(Kind.NET, BLUE)), "command").startswith(
            "ip netns blue · held by "
        )
        below = on.tree.model.cells(("ns", WEB_NET.id, (200, 2000)))
        assert plain(below["command"]).startswith("/usr/bin/nginx"), "the row above says whose it is"
        assert below["who"] == "docker web"
        among_the_hosts = on.tree.model.cells(("ns", NamespaceId(Kind.IPC, HOST.ipc), (200, 2000)))
        assert plain(among_the_hosts["command"]).startswith("docker web · /usr/bin/nginx")
        await on.press("2")
        assert on.cell(WEB_NET, "command").startswith("docker web · /usr/bin/nginx")
        box = NamespaceSubject(NamespaceId(Kind.MNT, SANDBOX_MOUNTS))
        assert on.cell(box, "command").startswith("bubblewrap zoo · ")
        await on.press("4")
        assert on.cell(MASTER, "command").startswith("docker web · /usr/bin/nginx"), (
            "its parent is the host's"
        )
        assert on.cell(WORKER, "command").startswith("/usr/bin/nginx")
        ssh = TaskSubject(ProcessId(100, 1000))
        assert on.cell(ssh, "command").startswith("/usr/bin/sshd"), "units of the host say nothing new"
        assert on.cell(ssh, "who") == ""


async def test_a_member_of_another_container_than_the_rest_says_so() -> None:
    other = NGINX._replace(name="sidecar", id="f" * 64, pod="")
    async with stage(named(scene(), {200: NGINX, 201: other})) as on:
        assert on.cell(WEB_NET, "command").startswith("docker web, sidecar · ")
        for item, name in (((200, 2000), "web"), ((201, 2010), "sidecar")):
            below = on.tree.model.cells(("ns", WEB_NET.id, item))
            assert plain(below["command"]).startswith(f"docker {name} · ")


async def test_in_the_log() -> None:
    without = scene()
    async with stage(without, arrangement=Arrangement(view=ViewName.LOG)) as on:
        gone = scene(processes=[task for pid, task in without.processes.items() if pid not in (200, 201)])
        await on.tick(named(gone, {}))
        await on.tick(machine())
        rows = [on.tree.model.cells(key) for key in on.browser.view.roots]
        told = ["".join(span[0] for span in row["command"]) for row in rows if row["who"] == "docker web"]
        assert told
        assert all(text.startswith("docker web · /usr/bin/nginx") for text in told)
        assert any(not row["who"] for row in rows)
        born = next(key for key in on.browser.view.roots if on.tree.model.cells(key)["who"] == "docker web")
        await on.go(on.browser.view.subject(born))
        assert "Belongs to docker shop/web" in on.details


async def test_a_column_of_their_own() -> None:
    config = USUAL._replace(columns=("who", "nprocs"))
    async with stage(machine(), config=config) as on:
        (heading,) = (line for line in on.text().splitlines() if "NAMESPACE" in line)
        assert heading.split() == ["NAMESPACE▲", "WHO", "NPROC", "WHO", "·", "COMMAND"]
        await on.press("S")
        assert "[x] WHO" in on.text()


async def test_filters_and_search() -> None:
    async with stage(machine()) as on:
        for text, found in (
            ("container:web", {"200", "201"}),
            ("engine:bubblewrap", {"300"}),
            ("image:/ngin[x]/", {"200", "201"}),
            ("pod:shop !pid:200", {"201"}),
            ("unit:ssh", {"100"}),
            ("!container: !engine:docker", {"300"}),
        ):
            for view in (ViewName.PROCESS, ViewName.KIND, ViewName.OWNER):
                on.browser.rearrange(view=view, filter=parse(text))
                await on.settled()
                rows = on.browser.view
                tasks = [
                    key
                    for key in _all(rows)
                    if isinstance(rows.subject(key), TaskSubject) and "dim" not in rows.marks(key)
                ]
                pids = {on.name(key).split()[0] for key in tasks}
                assert pids == found, (text, view)
        on.browser.rearrange(view=ViewName.KIND, filter=None)
        await on.press("backslash")
        await on.type("container:web kind:net")
        await on.press("enter")
        assert on.names() == ["net  1 ns", "4026532500", "200 nginx", "201 nginx"]
        await on.press("escape", "slash")
        await on.type("bubblewrap zoo")
        assert "bubblewrap zoo" in on.cell(on.subject, "who")


def _all(view: object) -> list[object]:
    waiting, found = list(view.roots), []  # type: ignore[attr-defined]
    while waiting:
        key = waiting.pop()
        found.append(key)
        waiting += view.kids.get(key, ())  # type: ignore[attr-defined]
    return found


async def test_the_details() -> None:
    async with stage(machine(), size=(160, 40)) as on:
        for row in (WEB_NET, MASTER):
            await on.go(row)
            for told in (
                "Belongs to docker shop/web",
                "Pod shop",
                "Image nginx:1",
                f"Container id {LONG[:12]}, in full {LONG}",
                f"Unit docker-{LONG}.scope",
                "Known by /var/lib/docker/config",
            ):
                assert told in on.details


class TestAskingTheEngines:
    async def test_it_is_a_wish(self) -> None:
        namer = Given()
        async with stage(naming=lambda: namer) as on:
            assert namer.asked == [False]
            on.app.use_config(Chosen(on.browser.config._replace(ask_engines=True), False))
            await on.tick()
            await on.tick()
            assert namer.asked[-1]

    async def test_why_they_do_not_answer_is_told_once(self) -> None:
        namer = Given()
        async with stage(naming=lambda: namer) as on:
            namer.problems = ("docker was asked at /run/docker.sock: \x1b[31mno",)
            for _ in range(3):
                await on.tick()
            assert on.told.count("docker was asked at /run/docker.sock: \\x1b[31mno") == 1

    async def test_the_set_up_says_how_it_stands(self) -> None:
        async with stage(machine()) as on:
            await on.press("S", "end", "space")
            assert "< Docker and Podman, on their sockets >" in on.text()
            await on.press("u")
            assert on.browser.config.ask_engines

    async def test_an_answer_comes_with_a_later_look(self, tmp_path: Path) -> None:
        """By a thread of its own, over a real socket; the cursor stays on the container that is renamed."""
        path = str(tmp_path / "docker.sock")
        answer = [{"Id": LONG, "Names": ["/web"], "Image": "nginx:1"}]
        machine = Machine(tmp_path / "root")
        machine.add(200, group=f"/docker/{LONG}", start=2000, links=own(1))
        look = snapshot(machine.tasks.values())
        with answering(path, json.dumps(answer).encode()):
            sockets = (Socket("docker", path, "/containers/json"),)
            questions = Questions(partial(ask, sockets=sockets))
            live = LiveNames(namer=Namer(machine), questions=questions)
            config = USUAL._replace(ask_engines=True)
            async with stage(look, config=config, arrangement=CONTAINERS, naming=lambda: live) as on:
                questions.wait()
                row = ContainerSubject(NGINX.container)
                await on.go(row)
                assert on.name(on.tree.cursor_key) == LONG[:12]
                await on.tick()
                assert on.subject == row
                assert on.name(on.tree.cursor_key) == "web"
                assert on.cell(row, "command").startswith("nginx:1 · ")
                assert f"Known by {path}" in on.details


@contextmanager
def answering(path: str, body: bytes) -> Iterator[None]:
    """A server on a Unix socket that has one answer to every question."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + body)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)
