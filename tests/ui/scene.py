"""A machine that is always the same, and what is to be seen on it: snapshots and the README's pictures."""

import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from nsview.config import USUAL
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.model.namespace import NamespaceId
from nsview.model.net_map.parts import NetMap
from nsview.model.process import Details, ProcessId, Task, Usage
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import NamespaceSubject, TaskSubject
from nsview.ui.browser import mapping
from tests.drawing.maps import Builder
from tests.model.snapshots import HOST, MNT, NET, USER, named, namespace, process, snapshot
from tests.ui.app_stage import Stage, stage

WEB, DB, BLUE, SANDBOX = 4026532177, 4026532290, 4026532301, 4026532410
ID = "4ba82331c0f7d2e19a5b6c7d8e9f00112233445566778899aabbccddeeff0011"
OTHER = "90cd11a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e"


def machine(seed: int, *, leaving: bool = False) -> Snapshot:
    """A web server and a data base in containers, a sandboxed browser, and a namespace held by a mount."""
    web = HOST._replace(
        mnt=WEB + 1, net=WEB, pid=WEB + 2, ipc=WEB + 3, uts=WEB + 4, cgroup=WEB + 5, pid_for_children=WEB + 2
    )
    db = HOST._replace(mnt=DB + 1, net=DB, pid=DB + 2, ipc=DB + 3, uts=DB + 4, pid_for_children=DB + 2)
    box = HOST._replace(user=SANDBOX, mnt=SANDBOX + 1, pid=SANDBOX + 2, net=SANDBOX + 3)
    found: list[tuple[Task, str, str, int]] = []

    def add(pid: int, comm: str, command: str, cgroup: str, megabytes: int, **more: object) -> None:
        found.append((process(pid, comm, **more), command, cgroup, megabytes))  # type: ignore[arg-type]

    add(1, "systemd", "/usr/lib/systemd/systemd --system", "/init.scope", 12)
    add(2, "kthreadd", "", "/", 0, ppid=0, kernel=True)
    add(14, "ksoftirqd/0", "", "/", 0, ppid=2, kernel=True)
    add(420, "systemd-udevd", "/usr/lib/systemd/systemd-udevd", "/system.slice/systemd-udevd.service", 9)
    add(700, "sshd", "sshd: /usr/sbin/sshd -D", "/system.slice/ssh.service", 8)
    add(4711, "sshd", "sshd: alice [priv]", "/system.slice/ssh.service", 10, ppid=700)
    add(4720, "bash", "-bash", "/user.slice/user-1000.slice/session-3.scope", 6, ppid=4711, uid=1000)
    add(800, "dockerd", "/usr/bin/dockerd -H fd://", "/system.slice/docker.service", 92)
    add(
        8231,
        "nginx",
        "nginx: master process nginx -g daemon off;",
        f"/system.slice/docker-{ID}.scope",
        12,
        ppid=800,
        links=web,
    )
    for pid in (8262, 8263):
        add(
            pid,
            "nginx",
            "nginx: worker process",
            f"/system.slice/docker-{ID}.scope",
            96,
            ppid=8231,
            uid=33,
            links=web,
        )
    if not leaving:
        add(
            9100,
            "postgres",
            "postgres -D /var/lib/postgresql/data",
            f"/system.slice/docker-{OTHER}.scope",
            140,
            ppid=800,
            uid=70,
            links=db,
        )
        add(
            9140,
            "postgres",
            "postgres: checkpointer",
            f"/system.slice/docker-{OTHER}.scope",
            33,
            ppid=9100,
            uid=70,
            links=db,
        )
    add(
        5100,
        "firefox",
        "/usr/lib/firefox/firefox",
        "/user.slice/user-1000.slice/app-firefox.scope",
        610,
        ppid=4720,
        uid=1000,
    )
    add(
        5160,
        "Web Content",
        "firefox -contentproc -childID 1",
        "/user.slice/user-1000.slice/app-firefox.scope",
        240,
        ppid=5100,
        uid=1000,
        links=box,
    )
    users = {0: "root", 33: "www-data", 70: "postgres", 1000: "alice"}
    made = snapshot(
        [task for task, *_ in found],
        [
            namespace(Kind.NET, BLUE, pins=[Holder(How.MOUNT, path="/run/netns/blue", mnt_ns=MNT)]),
            namespace(
                Kind.NET, WEB, pins=[Holder(How.MOUNT, path="/run/docker/netns/4ba82331c0f7", mnt_ns=MNT)]
            ),
            namespace(Kind.USER, SANDBOX, parent=USER, creator_uid=1000),
            *(
                namespace(kind, SANDBOX + n, owner=SANDBOX, creator_uid=1000)
                for n, kind in ((1, Kind.MNT), (3, Kind.NET))
            ),
        ],
        details={
            task.pid: Details(cmdline=(command,) if command else (), cgroup=cgroup)
            for task, command, cgroup, _ in found
        },
        usage={task.pid: Usage(task.pid % 97 * seed, megabytes * 256) for task, _, _, megabytes in found},
        users=users,
        time=1_800_000_000.0 + seed * 20,
        uptime=90_000.0 + seed * 20,
    )
    made.report = made.report._replace(source="procfs")
    config = "/var/lib/docker/containers/{}/config.v2.json"
    nginx = Name("docker", "web", ID, "nginx:1.27", "shop", f"docker-{ID}.scope", "/", config.format(ID))
    postgres = Name(
        "docker", "db", OTHER, "postgres:17", "shop", f"docker-{OTHER}.scope", "/", config.format(OTHER)
    )
    blue = Name("ip netns", "blue", "blue", witness="/run/netns/blue")
    return named(
        made, {**dict.fromkeys((8231, 8262, 8263), nginx), 9100: postgres, 9140: postgres}, {BLUE: blue}
    )


async def kinds(on: Stage) -> None:
    await on.go(NamespaceSubject(NamespaceId(Kind.NET, WEB)))
    await on.press("plus")


async def owners(on: Stage) -> None:
    await on.press("2")
    await on.go(NamespaceSubject(NamespaceId(Kind.USER, SANDBOX)))


async def containers(on: Stage) -> None:
    await on.press("3", "plus", "down", "down")


async def processes(on: Stage) -> None:
    await on.press("4")
    await on.go(TaskSubject(ProcessId(5160, 51600)))
    await on.press("tab", "tab", "tab", "tab", "tab")


async def log(on: Stage) -> None:
    await on.tick(machine(3, leaving=True))
    await on.press("5")
    await on.tick(machine(4))


async def details(on: Stage) -> None:
    await kinds(on)
    await on.press("tab", "enter")


async def filtering(on: Stage) -> None:
    await on.press("backslash")
    await on.type("!host kind:net,mnt")


async def helping(on: Stage) -> None:
    await on.press("f1")


def wires() -> NetMap:
    """How the machine's network namespaces hang together."""
    builder = Builder(
        ["the host", "web", "db", "/run/netns/blue", "5160 firefox -contentproc -childID 1"],
        [NET, WEB, DB, BLUE, SANDBOX + 3],
    )
    builder.add(0, "eth0", addresses=["192.0.2.17/24"], bus="0000:01:00.0")
    bridge = builder.add(0, "docker0", "bridge", addresses=["172.17.0.1/16"])
    for place, address in ((1, "172.17.0.2/16"), (2, "172.17.0.3/16")):
        builder.pair(0, place, name=f"veth{place}a{place}f", master=bridge)
        builder.links[place][-1]["addresses"] = [address]
    builder.pair(0, 3, name="blue0", addresses=["198.51.100.1/30"])
    builder.links[3][-1]["addresses"] = ["198.51.100.2/30", "2001:db8:7::2/64"]
    builder.add(3, "mv0", "macvlan", link=2, link_netnsid=0, addresses=["192.0.2.80/24"])
    builder.links[3][-1]["facts"] = {"mode": "bridge"}
    ends = ("198.51.100.1", "198.51.100.2")
    for place, (own, other) in ((0, ends), (3, ends[::-1])):
        builder.add(
            place, "vxlan42", "vxlan", facts={"id": 42, "local": own, "remote": other}, carrier=not place
        )
    return builder.made()


async def on_the_map(on: Stage) -> None:
    await on.go(NamespaceSubject(NamespaceId(Kind.NET, BLUE)))
    await on.press("m", "n")


SCENES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "kinds": kinds,
    "owners": owners,
    "containers": containers,
    "processes": processes,
    "log": log,
    "details": details,
    "filter": filtering,
    "map": on_the_map,
    "help": helping,
}


@contextmanager
def same_everywhere() -> Iterator[None]:
    """What the app reads of the machine and the environment by itself is set, so that pictures are equal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        patch.setenv("TERM", "xterm-256color")
        patch.setenv("COLORTERM", "truecolor")
        for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY"):
            patch.delenv(name, raising=False)
        host = os.uname_result(("Linux", "web-01", "6.18.4", "", "x86_64"))
        patch.setattr(os, "uname", lambda: host)
        patch.setattr(os, "geteuid", lambda: 0)
        patch.setattr(mapping, "net_map", lambda *_: wires())
        yield
    time.tzset()


async def picture(name: str, size: tuple[int, int]) -> str:
    """A scene as SVG, of so many columns and rows."""
    with same_everywhere():
        async with stage(machine(1), size=size, config=USUAL._replace(theme="textual-dark")) as on:
            await on.tick(machine(2))
            await SCENES[name](on)
            on.app.live._interval = 1.0  # for the header: nothing is looked at until then
            on.browser.tell()
            on.app.clear_notifications()
            await on.settled()
            await on.until(lambda: not on.app.screen.query("Toast"), "the notifications are gone")
            await on.pilot.pause(0.1)
            return on.app.export_screenshot(title="nsview")
