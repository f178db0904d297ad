"""Containers with an init: LXC, Incus, systemd-nspawn, and systemd's own units."""

from pathlib import Path

import pytest

from nsview.model.name import Name
from tests.model.snapshots import HOST
from tests.naming.machine import DATA, DOCKER, FIRST, Machine, known, own, put_docker


def test_lxc(machine: Machine) -> None:
    machine.add(3967, ("[lxc monitor] /var/lib/lxc zoo-lxc",), group="/lxc.monitor.zoo-lxc")
    machine.add(3968, group="/lxc.payload.zoo-lxc", ppid=3967, links=own(1))
    machine.add(3972, group="/lxc.payload.zoo-lxc-unpriv", links=own(2))
    machine.put("/var/lib/lxc/zoo-lxc-unpriv/config", DATA / "lxc/config")
    assert known(machine, 3968)[:3] == ("lxc", "zoo-lxc", "zoo-lxc")
    assert known(machine, 3972).witness == "/var/lib/lxc/zoo-lxc-unpriv"
    assert machine.name(3967) is None


def test_lxc_without_control_groups(machine: Machine) -> None:
    machine.add(3967, ("[lxc monitor] /var/lib/lxc zoo-lxc",))
    machine.add(3968, ppid=3967, links=own(1))
    assert known(machine, 3968)[:2] == ("lxc", "zoo-lxc")


@pytest.mark.parametrize(
    ("identity", "name", "pod"), [("i-web", "i-web", ""), ("side_i-web", "i-web", "side")]
)
def test_incus(machine: Machine, identity: str, name: str, pod: str) -> None:
    """In the default project, and in another."""
    machine.put(f"/var/lib/incus/containers/{identity}/backup.yaml", DATA / "incus/backup.yaml")
    machine.add(60, (f"[lxc monitor] /var/lib/incus/containers {identity}",))
    machine.add(61, group=f"/lxc.payload.{identity}", ppid=60, links=own(1))
    machine.add(62, group=f"/lxc.payload.{identity}", ppid=61, links=own(1, mnt=FIRST + 50))
    expected = Name("incus", name, identity, "Busybox hand-made", pod, witness="the monitor's command line")
    assert known(machine, 61) == expected
    assert known(machine, 62).container == expected.container


def test_lxc_has_no_projects(machine: Machine) -> None:
    machine.add(60, ("[lxc monitor] /var/lib/lxc side_web",))
    machine.add(61, group="/lxc.payload.side_web", ppid=60, links=own(1))
    assert known(machine, 61).full == "side_web"


def test_lxc_here_and_in_a_machine(machine: Machine) -> None:
    """Two containers of one name, each known by its monitor, are two."""
    machine.add(40, "systemd-nspawn -M tx -D /srv/tx -b")
    machine.add(41, group="/tx.scope/payload/init.scope", ppid=40, links=own(1), root=machine.root)
    for pid, above, links in ((60, 1, HOST), (70, 41, machine.tasks[41].links)):
        place = {"mnt": links.mnt, "pid": links.pid}
        machine.add(pid, ("[lxc monitor] /var/lib/lxc web",), ppid=above, links=place)
        machine.add(pid + 1, group=f"/{pid}/lxc.payload.web", ppid=pid, links=own(pid))
    assert [known(machine, pid).root for pid in (61, 71)] == ["/", "/proc/41/root"]


def test_nspawn_without_machined(machine: Machine) -> None:
    machine.add(2249, "systemd-nspawn -M zoo-nspawn -D /srv/deb -b", group="/zoo-nspawn.scope/supervisor")
    machine.add(2250, group="/zoo-nspawn.scope/payload/init.scope", ppid=2249, links=own(1))
    machine.add(
        2510,
        group="/zoo-nspawn.scope/payload/system.slice/zoo-priv.service",
        ppid=2250,
        links=own(1, mnt=FIRST),
    )
    assert known(machine, 2250)[:2] == ("systemd-nspawn", "zoo-nspawn")
    assert known(machine, 2510)[:2] == ("systemd-nspawn", "zoo-nspawn")
    assert known(machine, 2510).unit == "zoo-priv.service"


def test_a_machine_in_a_machine(machine: Machine, tmp_path: Path) -> None:
    """Its state file is below the outer one's root, with numbers of the outer one's pid namespace."""
    inside = tmp_path / "inside"
    machine.put("/run/systemd/machines/zoo-inner", DATA / "nspawn/zoo-inner", inside)
    outer = own(1)
    payload = "/zoo-nspawn.scope/payload"
    machine.add(2249, "systemd-nspawn -M zoo-nspawn -D /srv/deb -b")
    machine.add(2250, group=f"{payload}/init.scope", ppid=2249, numbers=(2250, 1), root=inside, links=outer)
    machine.add(
        2570, "systemd-nspawn -M x", group="/x", ppid=2250, numbers=(2570, 43), root=inside, links=outer
    )
    scope = rf"{payload}/machine.slice/machine-zoo\x2dinner.scope/payload"
    machine.add(2572, group=scope, ppid=2570, numbers=(2572, 44, 1), links=own(2))
    name = known(machine, 2572)
    assert name[:3] == ("systemd-nspawn", "zoo-inner", "9f9e96d3787b4a8ba8be45b61ab0506a")
    assert (name.root, name.witness) == ("/proc/2250/root", "/run/systemd/machines/zoo-inner")
    machine.cgroups[2572] = "/"
    assert known(machine, 2572).name == "zoo-inner", "by its number alone"


def test_docker_in_a_machine(machine: Machine, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    path = put_docker(machine, inside)
    outer = own(1)
    machine.add(2249, "systemd-nspawn -M zoo-sysd -D /srv/deb -b")
    machine.add(2250, group="/zoo-sysd.scope/payload/init.scope", ppid=2249, root=inside, links=outer)
    shim = f"/usr/bin/containerd-shim-runc-v2 -namespace moby -id {DOCKER} -address /run/c.sock"
    machine.add(
        4340,
        shim,
        group="/zoo-sysd.scope/payload/system.slice/docker.service",
        ppid=2250,
        root=inside,
        links=outer,
    )
    cgroup = f"/zoo-sysd.scope/payload/system.slice/docker-{DOCKER}.scope"
    machine.add(4347, group=cgroup, ppid=4340, links=own(2))
    name = known(machine, 4347)
    assert (name.engine, name.name, name.root, name.witness) == (
        "docker",
        "zoo-docker",
        "/proc/2250/root",
        path,
    )
    assert known(machine, 4340)[:2] == ("systemd-nspawn", "zoo-sysd")


def test_systemd(machine: Machine) -> None:
    for pid, cgroup in (
        (10, r"/system.slice/foo\x2dbar.service"),
        (11, "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-editor-77.scope"),
        (12, "/user.slice/user-1000.slice/session-3.scope"),
        (13, "/"),
    ):
        machine.add(pid, group=cgroup, links=own(pid))
    assert known(machine, 10)[:2] == ("systemd", "foo-bar.service")
    assert known(machine, 10).unit == "foo-bar.service"
    assert known(machine, 11).name == "app-gnome-editor-77.scope"
    assert machine.name(12) is None
    assert machine.name(13) is None
