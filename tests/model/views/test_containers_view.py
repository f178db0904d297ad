"""The view by engine, pod and container."""

import pytest

from nsview.model.containers import State, find, sharers
from nsview.model.group import Group, Sort
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.name import ContainerId, Name
from nsview.model.namespace import NamespaceId
from nsview.model.process import Details, ProcessId, Usage
from nsview.model.query import parse
from nsview.model.snapshot import Snapshot
from nsview.model.views.build import build
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.subject import (
    ContainerSubject,
    EngineSubject,
    GroupSubject,
    NamespaceSubject,
    PodSubject,
    TaskSubject,
)
from nsview.model.views.tree import DIM, ENDED, NEW, Key
from nsview.model.views.view import Arrangement, SortBy, View, ViewName
from tests.model.snapshots import HOST, MNT, named, namespace, process, snapshot
from tests.model.views.test_views import outline, shown

NET_A, NET_B, BLUE, PIDS, USERS, MOUNTS = range(4026532000, 4026532060, 10)
IN_PIDS = HOST._replace(pid=PIDS, pid_for_children=PIDS)
IN_WEB = IN_PIDS._replace(net=NET_A, user=USERS)
WEB = Name("docker", "web", "a" * 64, "nginx:1")
APP = Name("podman", "app", "b" * 64, "app:2", "shop")
LOG = Name("podman", "log", "c" * 64, "log:3", "shop")
BOX = Name("lxc", "box", "box", root="/proc/10/root")
MOUNT = Holder(How.MOUNT, path="/run/netns/blue", mnt_ns=MNT)
SSH = "/system.slice/ssh.service"


def machine(**changes: Name) -> Snapshot:
    """A container by itself with one in it, a pod of two, a service, and a name that a mount gives."""
    tasks = [
        process(1),
        process(10, links=IN_WEB),
        process(11, links=IN_WEB, ppid=10),
        process(12, net=NET_A + 7, ppid=10),
        process(20, net=NET_B, uid=33),
        process(21, net=NET_B, mnt=MOUNTS),
        process(30),
    ]
    scene = snapshot(
        tasks,
        [namespace(Kind.NET, BLUE, pins=[MOUNT])],
        details={pid: Details(cgroup=path) for pid, path in ((1, "/init.scope"), (30, SSH))},
        usage={task.pid: Usage(0, task.pid) for task in tasks},
    )
    names = {10: WEB, 11: WEB, 12: BOX, 20: APP, 21: LOG} | {
        int(pid.removeprefix("p")): name for pid, name in changes.items()
    }
    return named(scene, names, {BLUE: Name("ip netns", "blue", "blue", witness="/run/netns/blue")})


def view(scene: Snapshot | Moment, **how: object) -> View:
    moment = scene if isinstance(scene, Moment) else first(scene)
    return build(moment, Arrangement(ViewName.CONTAINER, **how))  # type: ignore[arg-type]


def key(name: Name) -> Key:
    return ("container", *name.container)


def lines(scene: Snapshot | Moment, **how: object) -> list[str]:
    return outline(scene, view=ViewName.CONTAINER, **how)


def test_engines_pods_containers_and_then_the_rest() -> None:
    assert lines(machine()) == [
        *("docker", "  web", f"    {NET_A}", f"    {PIDS}", f"    {USERS}", "    p10", "    p11"),
        *("lxc", "  box", f"    {NET_A + 7}", "    p12"),
        *("podman", "  pod shop"),
        *("    app", f"      {NET_B}", "      p20"),
        *("    log", f"      {MOUNTS}", f"      {NET_B}", "      p21"),
        *("ip netns", "  blue", f"    {BLUE}"),
        *("[unit init.scope]", "  p1"),
        *("[unit ssh.service]", "  p30"),
    ]


def test_without_names_nothing_is_lost() -> None:
    bare = machine().named(None)  # type: ignore[arg-type]
    told = lines(bare)
    assert {line.strip() for line in told if line.strip()[0] == "p"} == {
        f"p{pid}" for pid in machine().processes
    }
    assert told[-2:] == ["[held ]", f"  {BLUE}"]


def test_a_namespace_that_a_mount_names_is_there_with_and_without_processes() -> None:
    scene = snapshot([process(1), process(10, net=BLUE)], [namespace(Kind.NET, BLUE, pins=[MOUNT])])
    blue = Name("ip netns", "blue", "blue")
    assert lines(named(scene, {10: WEB}, {BLUE: blue}))[:6] == [
        *("docker", "  web", f"    {BLUE}", "    p10", "ip netns", "  blue"),
    ]


def test_sums_are_those_of_all_below() -> None:
    found = view(machine())
    assert found.pids(("engine", "podman")) == found.pids(("pod", "podman", "/", "shop")) == [20, 21]
    assert found.pids(("engine", "ip netns")) == []
    assert list(found.pids(key(WEB))) == [10, 11]


@pytest.mark.parametrize(
    ("sort", "reverse", "expected"),
    [
        (SortBy.NAME, False, ["docker", "lxc", "podman", "ip netns"]),
        (SortBy.NAME, True, ["ip netns", "podman", "lxc", "docker"]),
        (SortBy.NPROCS, False, ["docker", "podman", "lxc", "ip netns"]),
        (SortBy.MEM, False, ["podman", "docker", "lxc", "ip netns"]),
    ],
)
def test_siblings_are_sorted(sort: SortBy, reverse: bool, expected: list[str]) -> None:
    told = lines(machine(), sort=sort, reverse=reverse)
    assert [line for line in told if line[0] not in " ["] == expected
    pod = [line.strip() for line in told if line.strip() in ("app", "log")]
    assert pod == (["app", "log"] if sort is not SortBy.MEM and not reverse else ["log", "app"])


class TestFilters:
    def told(self, text: str, **how: object) -> list[str]:
        return lines(machine(), filter=parse(text), **how)

    def test_what_a_container_is_called_means_all_of_it(self) -> None:
        web = ["docker", "  web", f"    {NET_A}", f"    {PIDS}", f"    {USERS}", "    p10", "    p11"]
        for text in ("container:web", "engine:docker", "image:/ngi.x/", "web", "container:aaaaaa"):
            assert self.told(text) == web, text
        found = view(machine(), filter=parse("container:web"))
        assert not any(DIM in found.marks(row) for row in (("engine", "docker"), key(WEB)))

    def test_and_what_it_is_not_called_none(self) -> None:
        names = [line.strip() for line in self.told("!engine:docker !pod:shop !engine:systemd")]
        assert names == ["lxc", "box", str(NET_A + 7), "p12", "ip netns", "blue", str(BLUE)]

    def test_a_pod(self) -> None:
        assert self.told("pod:shop")[:2] == ["podman", "  pod shop"]
        assert self.told("pod:shop !container:app") == [
            *("podman", "  pod shop", "    log", f"      {MOUNTS}", f"      {NET_B}", "      p21"),
        ]

    def test_container_and_process_each_answer_their_part(self) -> None:
        assert self.told("container:web pid:11") == ["docker", "  web", "    p11"]
        found = view(machine(), filter=parse("container:web pid:11"))
        assert DIM in found.marks(("engine", "docker"))
        assert DIM in found.marks(key(WEB))
        assert found.starts_open(key(WEB))
        assert self.told("container:web !user:root") == []
        assert self.told("!user:root") == ["podman", "  pod shop", "    app", "      p20"]

    def test_namespaces_of_a_container(self) -> None:
        assert self.told("container:web kind:net")[:3] == ["docker", "  web", f"    {NET_A}"]
        assert self.told("held:mount") == ["ip netns", "  blue", f"    {BLUE}"]

    def test_units(self) -> None:
        assert self.told("unit:ssh") == ["[unit ssh.service]", "  p30"]
        assert self.told("engine:systemd unit:/ssh/") == ["[unit ssh.service]", "  p30"]
        assert "[unit ssh.service]" in self.told("!container:web")

    def test_of_a_user_and_of_a_process(self) -> None:
        assert [line.strip() for line in lines(machine(), user=33)][-1] == "p20"
        assert lines(machine(), pid=12)[:2] == ["lxc", "  box"]

    def test_without_the_host(self) -> None:
        assert not any("unit" in line for line in lines(machine(), hide_host=True))


class TestIdentities:
    def test_a_container_keeps_its_row_when_its_name_or_pod_is_learnt(self) -> None:
        bare = Name("podman", "b" * 12, "b" * 64, pod="11111111", witness="control group")
        before, after = view(machine(p20=bare)), view(machine())
        row = before.find(ContainerSubject(bare.container))
        assert row == after.find(ContainerSubject(APP.container)) == key(APP)
        assert before.parent(row) != after.parent(row)
        below: Key = (*key(APP), (20, 200))  # type: ignore[misc]
        assert below in before
        assert below in after

    def test_every_row_is_found_by_its_subject(self) -> None:
        found = view(machine())
        for subject in (
            EngineSubject("podman"),
            PodSubject("podman", "/", "shop"),
            ContainerSubject(BOX.container),
            GroupSubject(Group(Sort.UNIT, SSH, "ssh.service")),
            NamespaceSubject(NamespaceId(Kind.NET, NET_B)),
            TaskSubject(ProcessId(21, 210)),
        ):
            row = found.find(subject)
            assert row is not None
            assert found.subject(row) == subject
        assert found.find(ContainerSubject(ContainerId("docker", "", "d" * 64))) is None
        assert found.find(PodSubject("podman", "/", "other")) is None


class TestComingAndGoing:
    def test_a_container_that_ends_is_struck_and_then_gone(self) -> None:
        left = named(snapshot([process(1), process(20, net=NET_B)]), {20: APP})
        looks = [first(machine())]
        for _ in range(4):
            looks.append(following(looks[-1], left))
        for moment in looks[1:4]:
            found = view(moment)
            assert shown(found)[:2] == ["docker", "  web"]
            assert ENDED in found.marks(key(WEB))
            assert not found.pids(key(WEB))
            assert ENDED in found.marks((*key(WEB), (10, 100)))  # type: ignore[misc]
            assert ENDED not in found.marks(key(APP))
            assert lines(moment, filter=parse("image:nginx"))[:2] == ["docker", "  web"]
        assert "docker" not in lines(looks[4])

    def test_a_new_one_is_new(self) -> None:
        moment = following(first(named(snapshot([process(1)]), {})), machine())
        found = view(moment)
        assert NEW in found.marks(key(WEB))
        more = named(snapshot([*machine().processes.values(), process(13, net=NET_A)]), {10: WEB, 13: WEB})
        assert NEW not in view(following(first(machine()), more)).marks(key(WEB))


class TestStates:
    def test_of_each_kind(self) -> None:
        scene = machine()
        web, app = find(scene, WEB.container), find(scene, APP.container)
        assert web is not None
        assert app is not None
        states = {kind: place.state for kind, place in web.kinds.items()}
        own = {kind for kind, state in states.items() if state is State.OWN}
        assert own == {Kind.NET, Kind.PID, Kind.USER}
        assert {states[kind] for kind in states.keys() - own} == {State.HOST}
        assert app.kinds[Kind.NET].state is State.SHARED
        net = app.kinds[Kind.NET].ns
        assert net is not None
        assert sharers(scene, app, net) == ((LOG,), 0)

    def test_shared_with_processes_in_no_container(self) -> None:
        scene = named(snapshot([process(1), process(10, net=NET_A), process(11, net=NET_A)]), {10: WEB})
        web = find(scene, WEB.container)
        assert web is not None
        net = web.kinds[Kind.NET].ns
        assert net is not None
        assert web.kinds[Kind.NET].state is State.SHARED
        assert sharers(scene, web, net) == ((), 1)

    def test_a_zombie_stands_for_nobody(self) -> None:
        zombie = process(9, zombie=True, links=IN_PIDS)
        scene = named(snapshot([process(1), zombie, process(10, links=IN_PIDS)]), {9: WEB, 10: WEB})
        web = find(scene, WEB.container)
        assert web is not None
        assert web.init.pid == 10
        lone = named(snapshot([process(1), zombie, process(10, links=IN_PIDS)]), {10: WEB})
        found = find(lone, WEB.container)
        assert found is not None
        assert found.kinds[Kind.PID].state is State.OWN

    def test_what_may_not_be_read_is_unknown(self) -> None:
        scene = named(snapshot([process(1), process(10, unreadable=True)]), {10: WEB})
        web = find(scene, WEB.container)
        assert web is not None
        assert {place.state for place in web.kinds.values()} == {State.UNKNOWN}
        assert find(scene, APP.container) is None
