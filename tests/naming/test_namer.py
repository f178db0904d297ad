"""When names are looked up, and when not; what namespaces are called."""

import json
from pathlib import Path

import pytest

from nsview.model.containers import Ambiguous, State, called, containers
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.name import Name, merged, shown
from nsview.model.process import Details, ProcessId
from nsview.model.snapshot import Snapshot
from nsview.naming.namer import REFRESH, YOUNG, Namer
from nsview.naming.state import Allowance, Files, Root
from tests.model.snapshots import HOST, namespace, process, snapshot
from tests.naming.machine import FIRST, Machine, own

ID = "a" * 64
OTHER = "b" * 64
LONG_AGO = 1_000_000.0


def put(machine: Machine, identity: str, name: str) -> None:
    config = {"ID": identity, "Name": f"/{name}", "Config": {"Image": "nginx:1"}}
    machine.put(f"/var/lib/docker/containers/{identity}/config.v2.json", json.dumps(config))


def look(machine: Machine, uptime: float = LONG_AGO) -> Snapshot:
    return snapshot(machine.tasks.values(), uptime=uptime)


def test_ordinary_processes_are_not_asked_about(machine: Machine) -> None:
    for pid in range(2, 500):
        machine.add(pid, group="/system.slice/x.service")
    assert machine.names().processes == {}
    assert machine.asked == 0


def test_their_units_are_known_where_their_control_groups_are(machine: Machine) -> None:
    machine.add(2)
    details = {2: Details(cgroup="/system.slice/ssh.service"), 1: Details(cgroup="/init.scope")}
    names = Namer(machine).names(snapshot(machine.tasks.values(), details=details))
    name = names.of_task(machine.tasks[2])
    assert name is not None
    assert name[:2] == ("systemd", "ssh.service")
    assert names.of_task(machine.tasks[1]) is None
    assert names.processes == {}
    assert machine.asked == 0


def test_each_process_is_asked_about_once(machine: Machine) -> None:
    put(machine, ID, "web")
    for pid in range(10, 20):
        machine.add(pid, group=f"/docker/{ID}", links=own(1))
    namer = Namer(machine)
    first = namer.names(look(machine))
    assert {name.name for name in first.processes.values()} == {"web"}
    assert len(first.processes) == machine.asked == 10
    assert namer.names(look(machine, LONG_AGO + 1)).processes == first.processes
    assert machine.asked == 10
    machine.add(20, group=f"/docker/{ID}", ppid=10, links=own(1))
    assert len(namer.names(look(machine, LONG_AGO + 2)).processes) == machine.asked == 11
    for pid in range(10, 21):
        del machine.tasks[pid]
    gone = namer.names(look(machine, LONG_AGO + 3))
    assert not gone.processes
    assert not gone.namespaces


def test_a_number_that_another_process_has_got(machine: Machine) -> None:
    put(machine, ID, "web")
    put(machine, OTHER, "db")
    machine.add(10, group=f"/docker/{ID}", start=100, links=own(1))
    namer = Namer(machine)
    assert namer.names(look(machine)).processes[ProcessId(10, 100)].name == "web"
    machine.add(10, group=f"/docker/{OTHER}", start=200, links=own(1))
    assert namer.names(look(machine)).processes == {ProcessId(10, 200): machine.name(10)}
    assert namer.names(look(machine)).processes[ProcessId(10, 200)].name == "db"


def test_a_process_that_goes_elsewhere(machine: Machine) -> None:
    put(machine, ID, "web")
    machine.add(10, group=f"/docker/{ID}", links=own(1))
    namer = Namer(machine)
    namer.names(look(machine))
    machine.add(10, group="/", links=own(2))
    assert namer.names(look(machine)).processes == {}


def test_what_is_under_construction_is_looked_at_again(machine: Machine) -> None:
    machine.add(10, group="/", start=int(LONG_AGO * 100), links=own(1))
    machine.add(9, "bash", start=1)
    machine.tasks[10] = machine.tasks[10]._replace(ppid=9)
    namer = Namer(machine)
    assert namer.names(look(machine, LONG_AGO + 1)).processes == {}
    machine.cmdlines[9] = ("bwrap", "--unshare-net", "sleep")
    (name,) = namer.names(look(machine, LONG_AGO + 2)).processes.values()
    assert name.engine == "bubblewrap"
    machine.cmdlines[9] = ("bwrap", "--unshare-net", "cat")
    late = LONG_AGO + 3 + YOUNG
    (name,) = namer.names(look(machine, late)).processes.values()
    assert name.name == "cat"
    machine.cmdlines[9] = ("bwrap", "--unshare-net", "ls")
    (name,) = namer.names(look(machine, late + 1)).processes.values()
    assert name.name == "cat", "it is older now, and not asked for at each look"


def test_a_process_that_is_put_into_its_control_group_late(machine: Machine) -> None:
    """Some engines move the first process when it is in its namespaces already."""
    put(machine, ID, "web")
    machine.add(10, group="/", start=int(LONG_AGO * 100), links=own(1))
    namer = Namer(machine)
    assert namer.names(look(machine, LONG_AGO + 1)).processes == {}
    machine.cgroups[10] = f"/docker/{ID}"
    (name,) = namer.names(look(machine, LONG_AGO + 2)).processes.values()
    assert name.name == "web"


def test_a_container_that_is_renamed(machine: Machine) -> None:
    put(machine, ID, "web")
    machine.add(10, group=f"/docker/{ID}", links=own(1))
    machine.add(11, group=f"/docker/{ID}", links=own(1))
    namer = Namer(machine)
    namer.names(look(machine))
    put(machine, ID, "shop")
    names = namer.names(look(machine, LONG_AGO + 2 * REFRESH))
    assert [name.name for name in names.processes.values()] == ["shop", "shop"]
    assert {name.name for found in names.namespaces.values() for name in found} == {"shop"}


def test_processes_that_may_not_be_read(machine: Machine) -> None:
    """An ordinary user sees no links of root's processes; control groups tell all the same."""
    machine.add(10, group=f"/docker/{ID}")
    machine.add(11, group="/system.slice/ssh.service")
    for pid in (10, 11):
        machine.tasks[pid] = process(pid, unreadable=True)
    names = machine.names()
    assert {name.engine for name in names.processes.values()} == {"docker", "systemd"}
    assert names.namespaces == {}
    assert [one.name.engine for one in containers(look(machine).named(names))] == ["docker"]


def test_a_process_that_ends_meanwhile(machine: Machine) -> None:
    machine.add(10, links=own(1))
    del machine.cgroups[10]
    assert machine.names().processes == {}


def test_nothing_stays_open(machine: Machine) -> None:
    put(machine, ID, "web")
    before = set(Path("/proc/self/fd").iterdir())
    machine.add(9, "bash", links=own(3), root=machine.root)
    machine.add(10, group=f"/docker/{ID}", ppid=9, links=own(1))
    machine.names()
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_names_of_bind_mounts(machine: Machine) -> None:
    pins = [
        Holder(How.MOUNT, path="/run/netns/blue"),
        Holder(How.MOUNT, path="/run/netns/hidden", hidden=True),
        Holder(How.MOUNT, path="/run/netns/netns-3568826b-33fc-8b02-ad9b-8bfaa607ee33"),
        Holder(How.FD, pid=1, fd=3),
    ]
    kept = Holder(How.MOUNT, path="/run/nsview/kept/work/uts")
    snap = Holder(How.MOUNT, path="/run/snapd/ns/zoo-snap.mnt")
    found = snapshot(
        machine.tasks.values(),
        [
            namespace(Kind.NET, FIRST, pins=pins),
            namespace(Kind.UTS, FIRST + 1, pins=[kept]),
            namespace(Kind.MNT, FIRST + 2, pins=[snap]),
        ],
    )
    names = Namer(machine).names(found).namespaces
    by_inode = {ns.inode: [name[:2] for name in given] for ns, given in names.items()}
    assert by_inode == {
        FIRST: [("ip netns", "blue")],
        FIRST + 1: [("nsview", "work")],
        FIRST + 2: [("snap", "zoo-snap")],
    }


def test_a_container_in_several_units_is_one() -> None:
    one, two = (
        Name("systemd-nspawn", "deb", unit="a.service"),
        Name("systemd-nspawn", "deb", unit="b.service"),
    )
    assert merged([one, two]) == (one._replace(unit=""),)
    assert merged([one, one]) == (one,)


def test_several_names_as_one_text() -> None:
    a, b = Name("podman", "a", pod="shop"), Name("podman", "b", pod="shop")
    assert shown((a, b)) == "shop"
    assert shown((a,)) == "a"
    assert shown((a, b._replace(pod=""))) == "a, b"


def test_containers_and_what_they_share(machine: Machine) -> None:
    put(machine, ID, "web")
    put(machine, OTHER, "db")
    net = FIRST + 77
    machine.add(10, group=f"/docker/{ID}", links=own(1, net=net))
    machine.add(11, group=f"/docker/{ID}", links=own(1, net=net))
    machine.add(20, group=f"/docker/{OTHER}", links=own(2, net=net, uts=HOST.uts))
    found = look(machine).named(machine.names())
    db, web = containers(found)
    assert (web.name.name, web.init.pid, web.pids) == ("web", 10, (10, 11))
    assert {str(kind): str(place.state) for kind, place in db.kinds.items()} == {
        **dict.fromkeys(("cgroup", "ipc", "mnt", "pid"), "own"),
        **dict.fromkeys(("time", "user", "uts"), "host"),
        "net": "shared",
    }
    assert web.kinds[Kind.UTS].state is State.OWN
    assert called(found, "web") == web
    assert called(found, ID[:6]) == web
    assert called(found, "docker:web") == web
    assert called(found, "podman:web") is None
    assert called(found, ID[:5]) is None


def test_two_containers_of_one_name(machine: Machine) -> None:
    put(machine, ID, "web")
    put(machine, OTHER, "web")
    machine.add(10, group=f"/docker/{ID}", links=own(1))
    machine.add(20, group=f"/docker/{OTHER}", links=own(2))
    found = look(machine).named(machine.names())
    with pytest.raises(Ambiguous, match=r"docker:web \(pid 10\), docker:web \(pid 20\)"):
        called(found, "web")
    assert called(found, OTHER[:8]) is not None


def test_what_is_read_below_roots_of_containers_is_bounded(machine: Machine) -> None:
    for number in range(30):
        machine.put(f"/run/runc/c{number}/state.json", json.dumps({"id": f"c{number}", "x": "y" * 1000}))
    spare = Root("/x", 0, Allowance(10, 1 << 20), lambda: machine.files(None))
    read = [spare.read(f"/run/runc/c{number}/state.json") for number in range(30)]
    assert [data is not None for data in read] == [True] * 10 + [False] * 20
    small = Root("/x", 0, Allowance(1000, 5000), lambda: machine.files(None))
    read = [small.read(f"/run/runc/c{number}/state.json") for number in range(30)]
    assert sum(data is not None for data in read) == 5
    assert small.names("/run/runc") == ()
    assert not small.ours
    small.close()
    spare.close()


def test_a_process_of_the_host_in_a_containers_control_group(machine: Machine) -> None:
    """As after `nsenter -t 1 -a` in a privileged container: its control group is what is left of it."""
    put(machine, ID, "web")
    machine.add(10, group=f"/docker/{ID}")
    machine.add(11, group="/system.slice/x.service")
    details = {pid: Details(cgroup=machine.cgroups[pid]) for pid in (1, 10, 11)}
    namer = Namer(machine)
    names = namer.names(snapshot(machine.tasks.values(), details=details))
    assert [(process.pid, name.name) for process, name in names.processes.items()] == [(10, "web")]
    assert not names.namespaces, "the host's have no name"
    assert namer.names(snapshot(machine.tasks.values(), details=details)).processes == names.processes


def test_what_has_ended_and_is_not_waited_for_keeps_its_name(machine: Machine) -> None:
    put(machine, ID, "web")
    for pid in (10, 11):
        machine.add(pid, group=f"/docker/{ID}", links=own(1))
    namer = Namer(machine)
    alive = namer.names(look(machine))
    zombie = process(10, start=machine.tasks[10].starttime, zombie=True, links=machine.tasks[10].links)
    machine.tasks[10] = zombie
    for _ in range(2):
        names = namer.names(look(machine))
        assert dict(names.processes) == dict(alive.processes)
    del machine.tasks[11]
    names = namer.names(look(machine))
    assert [process.pid for process in names.processes] == [10]
    assert not names.namespaces, "nobody is in them any more"
    machine.tasks[10] = zombie._replace(starttime=5)
    assert not namer.names(look(machine)).processes, "another process has got its number"


class Denying:
    """Files of which some may not be read."""

    def __init__(self, files: Files, denied: str) -> None:
        self._files, self._denied = files, denied

    def read(self, path: str, limit: int) -> bytes:
        self._check(path)
        return self._files.read(path, limit)

    def names(self, path: str) -> list[str]:
        self._check(path)
        return self._files.names(path)

    def identity(self, path: str) -> tuple[int, int]:
        return self._files.identity(path)

    def close(self) -> None:
        self._files.close()

    def _check(self, path: str) -> None:
        if path.startswith(self._denied):
            raise PermissionError(13, "Permission denied", path)


@pytest.mark.parametrize(
    ("group", "denied", "path"),
    [
        (f"/docker/{ID}", "/var/lib/docker", f"/var/lib/docker/containers/{ID}/config.v2.json"),
        (f"/machine.slice/libpod-{ID}.scope", "/var/lib/containers", "/var/lib/containers/storage"),
    ],
)
def test_why_a_container_is_called_by_its_id(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, group: str, denied: str, path: str
) -> None:
    machine.add(10, group=group, links=own(1))
    machine.add(11, group=f"{group}/inner", links=own(2))
    real = machine.files
    assert {name.witness for name in machine.names().processes.values()} == {"control group"}
    monkeypatch.setattr(machine, "files", lambda pid: Denying(real(pid), denied))
    names = machine.names().processes.values()
    assert {name.name for name in names} == {ID[:12]}
    assert {name.witness for name in names} == {f"control group; {path} may not be read"}


def test_what_cannot_be_renamed_is_asked_for_once(machine: Machine) -> None:
    machine.add(9, ("bwrap", "--unshare-net", "sleep"), start=1)
    machine.add(10, ppid=9, start=2, links=own(1))
    machine.add(20, group=f"/docker/{ID}", start=3, links=own(2))
    namer = Namer(machine)
    namer.names(look(machine))
    machine.cmdlines[9] = ("bwrap", "--unshare-net", "cat")
    put(machine, ID, "web")
    names = namer.names(look(machine, LONG_AGO + 3 * REFRESH))
    assert [name.name for name in names.processes.values()] == ["sleep", "web"]


def test_a_process_that_moves_to_another_control_group_is_asked_for_again(machine: Machine) -> None:
    put(machine, ID, "web")
    machine.add(10, "bash", group="/", start=2, links=own(1))
    namer = Namer(machine)
    before = snapshot(machine.tasks.values(), uptime=LONG_AGO, details={10: Details(cgroup="/")})
    assert not namer.names(before).processes
    moved = snapshot(
        machine.tasks.values(), uptime=LONG_AGO + 1, details={10: Details(cgroup=f"/docker/{ID}")}
    )
    assert [name.name for name in namer.names(moved).processes.values()] == ["web"]
