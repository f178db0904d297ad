"""The third view in the app: engines, pods and containers, what they say, and what can be done with them."""

from typing import Any

import pytest

from nsview.config import USUAL
from nsview.discovery.on_demand import Files, Looked
from nsview.model.group import Group, Sort
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.model.namespace import NamespaceId
from nsview.model.process import Capabilities, Details, ProcessId
from nsview.model.sections.maps import Maps
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import (
    ContainerSubject,
    EngineSubject,
    GroupSubject,
    NamespaceSubject,
    PodSubject,
    TaskSubject,
)
from nsview.model.views.tree import Span
from nsview.model.views.view import Arrangement, ViewName
from nsview.ui.browser import looking
from nsview.ui.screens.enter import EnterDialog
from nsview.ui.screens.menu import Menu
from tests.model.snapshots import HOST, named, process
from tests.ui.app_stage import BLUE, LONG, SANDBOX, SANDBOX_MOUNTS, WEB, Stage, scene, stage

NGINX = Name("docker", "web", LONG, "nginx:1", "shop", f"docker-{LONG}.scope", "/", "/var/lib/docker/config")
SIDE = Name("docker", "side", "f" * 64, "log:2", "shop")
BOX = Name("bubblewrap", "zoo", "300", root="/proc/200/root", witness="command line of 300")
WEB_ROW, SIDE_ROW, BOX_ROW = (ContainerSubject(name.container) for name in (NGINX, SIDE, BOX))
SHOP, DOCKER = PodSubject("docker", "/", "shop"), EngineSubject("docker")
IN_VIEW = Arrangement(view=ViewName.CONTAINER)


def machine(name: Name = NGINX) -> Snapshot:
    """A pod of two that share a net namespace, a sandbox in one of them, and what a mount names."""
    before = scene()
    tasks = [*before.processes.values(), process(210, "logger", net=WEB)]
    details = {**before.details, 210: Details(cmdline=("/bin/logger",), cgroup=f"/docker/{'f' * 64}")}
    mounts = {BLUE: Name("ip netns", "blue", "blue", witness="/run/netns/blue")}
    names = {200: name, 201: name, 210: SIDE, 300: BOX}
    return named(scene(processes=tasks, details=details), names, mounts)


def on_stage(**how: Any) -> Any:
    return stage(machine(), arrangement=IN_VIEW, **how)


def looked(process: ProcessId, root: str = "") -> Looked:
    every = (1 << 41) - 1
    details = Details(
        cmdline=("nginx",), cgroup="/docker", seccomp=2, capabilities=Capabilities(0, 0, 0xA80425FB, every, 0)
    )
    return Looked(process, details, Maps(((0, 100000, 65536),), (), None), Files(None, None, None, None, {}))


@pytest.fixture(autouse=True)
def _made_up_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be read of processes of these numbers."""
    monkeypatch.setattr(looking, "look", looked)


async def open_all(on: Stage) -> list[str]:
    await on.press("asterisk")
    return on.names()


async def test_engine_pod_container_and_the_rest() -> None:
    async with on_stage() as on:
        assert on.names()[:9] == [
            *("bubblewrap", "zoo in docker web"),
            *("docker", "project shop", "side", "web"),
            *("ip netns", "blue"),
            "init.scope",
        ]
        assert on.names()[-1] == "/"
        assert (await open_all(on))[:6] == [
            *("bubblewrap", "zoo in docker web", f"mnt {SANDBOX_MOUNTS}", f"user {SANDBOX}", "300 bwrap"),
            "docker",
        ]


async def test_what_the_rows_say() -> None:
    async with on_stage() as on:
        await on.tick()
        assert on.cell(DOCKER, "command") == "2 containers, 1 project"
        assert on.cell(SHOP, "command") == "2 containers"
        assert on.cell(DOCKER, "nprocs") == on.cell(SHOP, "nprocs") == "3"
        assert on.cell(WEB_ROW, "nprocs") == "2"
        assert on.cell(WEB_ROW, "pid") == "200"
        assert on.cell(WEB_ROW, "command") == "nginx:1 · /usr/bin/nginx --of=200"
        assert on.cell(WEB_ROW, "who") == "docker web"
        memory = {row: on.cell(row, "mem") for row in (DOCKER, SHOP, WEB_ROW, SIDE_ROW)}
        assert memory[DOCKER] == memory[SHOP] == memory[WEB_ROW] == "1.6M"
        assert memory[SIDE_ROW] == ""
        worker = ("container", *NGINX.container, (201, 2010))
        assert on.tree.model.cells(worker)["command"] == "/usr/bin/nginx --of=201"


async def test_marks_tell_own_shared_and_the_hosts_by_more_than_colour() -> None:
    async with on_stage(size=(140, 40)) as on:
        # user, pid, mnt, net, ipc, uts (the host's name), cgroup, time
        assert on.cell(WEB_ROW, "kinds") == "U··nIHCT"
        assert on.cell(SIDE_ROW, "kinds") == "UPMnIHCT"
        assert on.cell(BOX_ROW, "kinds") == "·P·NIHCT"
        cells = on.tree.model.cells(on.browser.view.find(WEB_ROW))["kinds"]
        assert cells[0] == Span("U", "alert")
        assert cells[3] == Span("n", "net")
        assert cells[1] == Span("·", "faint")
        assert "KINDS" in on.text()
        await on.press("h")
        await on.type("capital")
        assert "HOST'S" in on.text()


async def test_what_may_not_be_read_is_marked() -> None:
    async with stage(
        named(scene(processes=[process(1), process(200, unreadable=True)]), {200: NGINX}), arrangement=IN_VIEW
    ) as on:
        assert on.cell(WEB_ROW, "kinds") == "????????"


async def test_the_details() -> None:
    async with on_stage(size=(170, 50)) as on:
        await on.go(BOX_ROW)
        assert "Found in docker web, below /proc/200/root" in on.details
        await on.go(WEB_ROW)
        await on.until(lambda: "Seccomp" in on.details, "the first process has been looked at")
        for told in (
            *("Container docker web", "Pod shop", "Image nginx:1", "First process 200 root nginx"),
            *(f"Container id {LONG[:12]}, in full {LONG}", "Known by /var/lib/docker/config", "Processes 2"),
            *(
                "Shares with host CGROUP, IPC, TIME, USER, UTS",
                "Shares with others net",
                "Of its own mnt, pid",
            ),
            *("User map 0–65535 inside → 100000–165535 outside", "Seccomp filtered"),
        ):
            assert told in on.details, told
        assert "net_bind_service" in on.details
        await on.press("tab")
        assert f"net shared with side of the same pod  net:[{WEB}]" in on.details
        assert "ipc SHARED WITH THE HOST" in on.details
        await on.press("tab")
        assert "Process 201 www-data /usr/bin/nginx" in on.details
        await on.press("tab", "tab")
        assert "0–65535 inside → 100000–165535 outside" in on.details
        await on.go(SHOP)
        for told in (f"In common net:[{WEB}]", "USER: 2 containers", "Container shop/web, image nginx:1"):
            assert told in on.details, told
        await on.go(DOCKER)
        assert "Containers 2" in on.details
        await on.go(ContainerSubject(Name("ip netns", "blue", "blue").container))
        assert f"Namespace net:[{BLUE}], 0 processes" in on.details


async def test_a_container_that_ends_says_so() -> None:
    async with on_stage() as on:
        await on.go(WEB_ROW)
        left = {pid: task for pid, task in machine().processes.items() if pid not in (200, 201)}
        await on.tick(named(scene(processes=list(left.values())), {300: BOX}))
        assert on.subject == WEB_ROW
        assert "It has ended" in on.details
        await on.press("e")
        assert "nor a running container" in on.told


async def test_the_cursor_and_folds_stay_when_a_name_comes() -> None:
    bare = Name("docker", LONG[:12], LONG, witness="control group")
    async with stage(machine(bare), arrangement=IN_VIEW) as on:
        await on.go(WEB_ROW)
        assert on.name(on.tree.cursor_key) == LONG[:12]
        await on.press("plus", "down")
        below = on.subject
        await on.tick(machine())
        assert on.subject == below
        assert on.name(on.browser.view.parent(on.tree.cursor_key)) == "web"
        assert on.tree.cursor_key in [row.key for row in on.tree.window.rows()], "it is still unfolded"


async def test_when_names_come_the_cursor_stays_on_what_it_was_on() -> None:
    """The first picture has none: containers are told by their control groups."""
    group = GroupSubject(Group(Sort.CONTAINER, f"/docker/{'f' * 64}", "f" * 12))
    bare = machine().named(None)  # type: ignore[arg-type]
    async with stage(bare, arrangement=IN_VIEW) as on:
        assert on.subject != group, "it is on the first row"
        await on.tick(machine())
        assert on.tree.cursor_key == on.browser.view.roots[0]
    async with stage(bare, arrangement=IN_VIEW) as on:
        await on.go(group)
        await on.tick(machine())
        assert on.subject == SIDE_ROW
        await on.press("i")
        assert "Inside" in on.text()


async def test_copying() -> None:
    async with on_stage() as on:
        copied: list[str] = []
        on.browser.copy_text = copied.append
        for row, keys in ((WEB_ROW, "wdgpj"), (SHOP, "w"), (DOCKER, "w")):
            for letter in keys:
                await on.go(row)
                await on.press("y")
                await on.until(lambda: isinstance(on.app.screen, Menu), "the menu")
                await on.press(letter)
        assert copied[:4] == ["web", LONG, "nginx:1", "200"]
        assert '"state": "shared"' in copied[4]
        assert copied[5:] == ["shop", "docker"]
        await on.press("4")
        await on.go(TaskSubject(ProcessId(201, 2010)))
        for letter in "wd":
            await on.press("y")
            await on.until(lambda: isinstance(on.app.screen, Menu), "the menu")
            await on.press(letter)
        assert copied[7:] == ["web", LONG]


async def test_going_there_and_back() -> None:
    async with on_stage() as on:
        await on.go(WEB_ROW)
        await on.press("m", "a", "w")
        assert "Namespaces of 200 nginx" in on.text()
        await on.press("enter")
        assert on.subject == NamespaceSubject(NamespaceId(Kind.MNT, 4026532503))
        await on.press("apostrophe")
        assert "docker web" in on.text()
        await on.press("a")
        assert on.subject == WEB_ROW
        await on.go(BOX_ROW)
        await on.press("o")
        assert on.subject == NamespaceSubject(NamespaceId(Kind.USER, HOST.user))
        await on.press("4")
        await on.go(TaskSubject(ProcessId(200, 2000)))
        await on.press("w", "c")
        assert on.subject == WEB_ROW
        await on.press("p")
        assert on.subject == SHOP
        await on.go(WEB_ROW)
        await on.press("F")
        assert "following" in on.header


async def test_entering_a_container_is_entering_its_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from nsview.ui.browser import entering

    asked: list[Any] = []

    def enterable(target: Any, snapshot: Snapshot) -> Any:
        asked.append(target.id)
        raise OSError("not on this stage")

    monkeypatch.setattr(entering, "enterable", enterable)
    async with on_stage() as on:
        await on.go(WEB_ROW)
        await on.press("e")
        await on.until(lambda: "not on this stage" in on.told, "the plan was asked for")
        assert asked == [ProcessId(200, 2000)]
        assert not isinstance(on.app.screen, EnterDialog)
        for row in (SHOP, DOCKER):
            await on.go(row)
            await on.press("e")
        assert asked == [ProcessId(200, 2000)]
        assert "nor a running container" in on.told


async def test_tags_stay_with_their_containers() -> None:
    async with on_stage() as on:
        await on.go(WEB_ROW)
        await on.press("space")
        await on.tick(machine(NGINX._replace(name="renamed")))
        assert on.tree.tagged == (("container", *NGINX.container),)
        await on.press("c")
        assert "tagged" in on.header


async def test_in_ascii() -> None:
    async with on_stage(config=USUAL._replace(unicode=False), size=(140, 40)) as on:
        (line,) = (line for line in on.text().splitlines() if " web " in line and "nginx:1" in line)
        assert "U--nIHCT" in line
        assert line.rstrip("│| ").isascii()
