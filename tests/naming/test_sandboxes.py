"""Sandboxes of programs, by files, control groups and command lines that live engines left."""

import json

import pytest

from nsview.model.containers import containers
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.naming.namer import Namer
from tests.model.snapshots import HOST, snapshot
from tests.naming.machine import DATA, FIRST, Machine, known, own


def put_flatpak(machine: Machine) -> None:
    place = "/run/user/3001/.flatpak/4120497682"
    machine.put(f"{place}/info", DATA / "flatpak/info")
    machine.put(f"{place}/bwrapinfo.json", DATA / "flatpak/bwrapinfo.json")


def test_flatpak(machine: Machine) -> None:
    put_flatpak(machine)
    machine.add(4050, "bwrap --args 42 org.zoo.App", uid=3001)
    machine.add(4056, "bwrap --args 42 org.zoo.App", ppid=4050, uid=3001, links=own(1))
    machine.add(4059, ppid=4056, uid=3001, links=own(2, mnt=4026534945))
    for pid in (4056, 4059):
        name = known(machine, pid)
        assert name[:3] == ("flatpak", "org.zoo.App", "4120497682")
        assert name.image == "org.zoo.Platform/x86_64/1"


def test_flatpak_by_its_scope(machine: Machine) -> None:
    cgroup = "/user.slice/user@3001.service/app.slice/app-flatpak-org.zoo.App-4120497682.scope"
    machine.add(4059, group=cgroup, uid=3001, links=own(1))
    assert known(machine, 4059)[:3] == ("flatpak", "org.zoo.App", "4120497682")


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("snap.firefox.firefox-0d8f5c3a-1b2c-4d5e-8f90-a1b2c3d4e5f6.scope", "firefox"),
        ("snap.lxd.daemon.service", "lxd.daemon"),
        ("snap.code", "code"),
        # Of snapd 2.68, for a snap zoo-snap with the apps zoo-snap, tool, and srv, which is a service.
        ("snap.zoo-snap.zoo-snap-fbd6c069-7f05-4878-84d1-eaf4cac52ef9.scope", "zoo-snap"),
        ("snap.zoo-snap.tool-8628fa7b-a410-4ff3-aeec-b11f7573f19e.scope", "zoo-snap.tool"),
        ("snap.zoo-snap.srv.service", "zoo-snap.srv"),
        ("snap.tool.run.0d8f5c3a-1b2c-4d5e-8f90-a1b2c3d4e5f6.scope", "tool.run"),
    ],
)
def test_snap(machine: Machine, part: str, name: str) -> None:
    machine.add(70, group=f"/user.slice/user@1000.service/app.slice/{part}", links=own(1))
    assert known(machine, 70)[:2] == ("snap", name)


def test_firejail(machine: Machine) -> None:
    machine.put("/run/firejail/name/3983", DATA / "firejail/name/3983")
    machine.put("/run/firejail/profile/3983", DATA / "firejail/profile/3983")
    machine.add(3983, "firejail --name=zoo-firejail --noprofile sleep 1000062")
    machine.add(4054, ppid=3983, variable="firejail", links=own(1))
    assert known(machine, 4054) == Name("firejail", "zoo-firejail", "3983", witness="/run/firejail/name/3983")
    assert machine.name(3983) is None


def test_firejail_without_a_name(machine: Machine) -> None:
    """It is called as the program; also where that program's own name is a link to firejail."""
    for pid, line in ((30, "firejail --noprofile --private sleep 9"), (32, "firefox about:blank")):
        machine.put(f"/run/firejail/sandbox/{pid}", "")
        machine.add(pid, line)
        machine.add(pid + 1, ppid=pid, links=own(pid))
        name = "sleep" if pid == 30 else "firefox"
        assert known(machine, pid + 1) == Name(
            "firejail", name, str(pid), witness=f"/run/firejail/sandbox/{pid}"
        )


def test_bubblewrap(machine: Machine) -> None:
    line = (
        "bwrap --unshare-all --ro-bind / / --setenv A b --hostname zoobwrap --proc /proc /bin/sleep 1000061"
    )
    machine.add(3990, line)
    machine.add(3996, line, ppid=3990, links=own(1))
    machine.add(3997, ppid=3996, links=own(1))
    assert known(machine, 3997)[:3] == ("bubblewrap", "sleep", "3990")
    assert known(machine, 3996) == known(machine, 3997)


def test_minijail(machine: Machine) -> None:
    machine.add(4590, "minijail0 -v -p -u nobody -c0 -- /srv/zoo/img/zoo-odd sleep zoo-minijail")
    machine.add(4600, "/srv/zoo/img/zoo-odd sleep zoo-minijail", ppid=4590, links=own(1))
    assert known(machine, 4600)[:3] == ("minijail", "zoo-odd", "4590")


def jailed() -> dict[int, tuple[str, ...]]:
    """Command lines of minijail0 2026.05.18, by the program's argument."""
    lines = (DATA / "minijail/cmdlines.txt").read_text().splitlines()
    return {int(line.rpartition("|")[2]): tuple(line.split("|")) for line in lines}


def test_minijail_and_its_own_process_number_one(machine: Machine) -> None:
    """It has the same command line, and is not in all of the program's namespaces: still one sandbox."""
    line = jailed()[99601]
    machine.add(2398, line)
    machine.add(2399, line, ppid=2398, links=own(1))
    machine.add(2405, line[-2:], ppid=2399, links=own(1, ipc=FIRST + 90))
    assert known(machine, 2405)[:3] == ("minijail", "sleep", "2398")
    assert known(machine, 2399).container == known(machine, 2405).container


def test_minijail_that_does_not_wait(machine: Machine) -> None:
    machine.add(2406, jailed()[99604], links=own(1))
    machine.add(2407, "/bin/sleep 99604", ppid=2406, links=own(1))
    machine.add(2408, "/bin/sleep 1", ppid=2407, links=own(1, net=FIRST + 90))
    for pid in (2406, 2407, 2408):
        assert known(machine, pid)[:3] == ("minijail", "sleep", "2406")
    machine.add(30, "bash", links=own(2))
    machine.add(31, "minijail0 -u nobody sleep 1", ppid=30, links=own(2))
    assert machine.name(31) is None, "it has made no namespace"


def test_minijail_that_takes_its_command_line_apart(machine: Machine) -> None:
    line = jailed()[99603]
    assert line[-4:] == ("A", "b", "/bin/sleep", "99603")
    machine.add(2401, line)
    machine.add(2403, line[-2:], ppid=2401, links=own(1))
    assert known(machine, 2403)[:3] == ("minijail", "sleep", "2401")


def test_chromium(machine: Machine) -> None:
    path = "/usr/lib/chromium/chromium"
    machine.add(2400, f"{path} --headless")
    machine.add(2444, f"{path} --type=zygote --headless", ppid=2400, links=own(1))
    machine.add(2479, f"{path} --type=zygote --headless", ppid=2444, links=own(1))
    # A process that shows a title has one argument.
    machine.add(2622, (f"{path} --type=renderer --crashpad-handler-pid=0",), ppid=2479, links=own(2))
    machine.add(2700, "/usr/bin/make --type=renderers", links=own(3))
    for pid in (2444, 2479, 2622):
        assert known(machine, pid)[:3] == ("chromium", "chromium", "2400")
    assert machine.name(2700) is None


def test_a_browser(machine: Machine) -> None:
    """Chromium 156 with its sandbox: a zygote in a user, pid and net namespace, and what it starts in pid
    namespaces of their own. The other zygote and the browser are in the host's."""
    lines = (DATA / "chromium/processes.jsonl").read_text().splitlines()
    for one in map(json.loads, lines):
        links = {739: None, 776: None, 780: own(1), 794: own(1)}.get(
            one["pid"], own(1, pid=FIRST + one["pid"])
        )
        if links is not None:
            links |= {str(kind): HOST.of(kind) for kind in (Kind.MNT, Kind.IPC, Kind.UTS, Kind.CGROUP)}
        machine.add(one["pid"], tuple(one["cmdline"]), ppid=one["ppid"], links=links)
    found = snapshot(machine.tasks.values())
    (container,) = containers(found.named(Namer(machine).names(found)))
    assert container.name == Name("chromium", "chromium", "739", witness="command line")
    assert (container.init.pid, container.pids) == (780, (780, 794, 846, 938))


def test_rootlesskit(machine: Machine) -> None:
    state = "/run/user/3001/zoo-rootlesskit"
    machine.put(f"{state}/child_pid", DATA / "rootlesskit/child_pid")
    machine.add(3040, f"rootlesskit --state-dir={state} --net=none sleep 1000008", uid=3001)
    machine.add(3048, "/proc/self/exe --state-dir=x sleep 1000008", ppid=3040, uid=3001, links=own(1))
    machine.add(3079, ppid=3048, uid=3001, links=own(1))
    assert known(machine, 3048) == Name(
        "rootlesskit", "zoo-rootlesskit", "3040", witness=f"{state}/child_pid"
    )
    assert known(machine, 3079) == known(machine, 3048)


def test_gvisor(machine: Machine) -> None:
    machine.put("/run/runsc/zoo-runsc_sandbox:zoo-runsc.state", DATA / "runsc/state.json")
    line = "runsc-sandbox --root=/var/run/runsc --network=none boot --bundle=/srv/zoo/z/runsc zoo-runsc"
    machine.add(4019, line, links=own(1))
    machine.add(4020, line.replace("zoo-runsc", "other"), links=own(2))
    assert known(machine, 4019)[:3] == ("gvisor", "zoo-runsc", "zoo-runsc")
    assert known(machine, 4019).witness.endswith("zoo-runsc.state")
    assert known(machine, 4020)[:2] == ("gvisor", "other")


def test_the_gofer_of_gvisor_is_not_its_first_process(machine: Machine) -> None:
    machine.put("/run/runsc/zoo-runsc_sandbox:zoo-runsc.state", DATA / "runsc/state.json")
    state = json.loads((DATA / "runsc/state.json").read_bytes())
    gofer, sandbox = state["goferPid"], state["sandbox"]["pid"]
    machine.add(gofer, "runsc-gofer --root=/var/run/runsc gofer --bundle .", start=1, links=own(1))
    machine.add(sandbox, "runsc-sandbox --root=/var/run/runsc boot zoo-runsc", start=2, links=own(1))
    found = snapshot(machine.tasks.values())
    (container,) = containers(found.named(Namer(machine).names(found)))
    assert (container.init.pid, container.pids) == (sandbox, tuple(sorted((gofer, sandbox))))
