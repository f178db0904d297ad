"""Making namespaces, seen from inside."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nsview.actions.failure import LaunchError
from nsview.actions.id_maps import MapRequest
from nsview.actions.plan import IdLine, Plan
from nsview.actions.presets import PRESETS
from nsview.actions.spawn import SpawnRequest, plan_spawn
from nsview.model.kind import KINDS, Kind
from tests import linux
from tests.actions import containers
from tests.actions.programs import namespaces_inside, run
from tests.kernel_fixtures import NOBODY, RunNsview, Spawn, require_kind, require_link

HERE = {str(kind): linux.inode("self", kind) for kind in KINDS if os.path.exists(f"/proc/self/ns/{kind}")}
ALL = tuple(kind for kind in KINDS if kind in HERE)
ROOT = MapRequest(single=0)


def plan(*kinds: str, **wanted: Any) -> Plan:
    made = plan_spawn(SpawnRequest(kinds=tuple(Kind(kind) for kind in kinds), **wanted))  # type: ignore[call-arg]
    assert made.possible, made.checks
    return made


def look(made: Plan) -> dict[str, int]:
    return namespaces_inside(run(made, "sh", "-c", "readlink /proc/self/ns/*"))


@pytest.mark.parametrize("kind", [str(kind) for kind in KINDS])
def test_one_kind(require_root: None, kind: str) -> None:
    require_kind(kind)
    inside = look(plan(kind))
    assert inside.keys() == HERE.keys()
    assert {name for name in HERE if inside[name] != HERE[name]} == {kind}


def test_all_at_once(require_root: None) -> None:
    inside = look(plan(*ALL, users=ROOT, groups=ROOT, mount_proc="/proc"))
    assert all(inside[kind] != HERE[kind] for kind in HERE)


def test_processes_are_hidden(require_root: None) -> None:
    out = run(plan("pid", mount_proc="/proc"), "sh", "-c", "echo $$; ls /proc | grep '^[0-9]' | head -3").out
    numbers = out.split()
    assert numbers[:2] == ["1", "1"]
    assert len(numbers) <= 4


def test_mounts_do_not_come_out(require_root: None, tmp_path: Path) -> None:
    script = f"mount -t tmpfs none {tmp_path} && touch {tmp_path}/inside && ls {tmp_path}"
    assert run(plan("mnt"), "sh", "-c", script).out == "inside\n"
    assert os.listdir(tmp_path) == []


def test_host_and_domain_name(require_root: None) -> None:
    made = plan("uts", hostname="elsewhere", domainname="here.test")
    out = run(made, "sh", "-c", "cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname").out
    assert out.split() == ["elsewhere", "here.test"]


def test_loopback(require_root: None) -> None:
    assert run(plan("net"), "cat", "/sys/class/net/lo/operstate").status == 0
    up = run(
        plan("net", loopback=True),
        "sh",
        "-c",
        "grep -c 'lo' /proc/net/if_inet6; cat /proc/net/fib_trie | grep -c 127.0.0.1",
    )
    assert up.out.split()[0] == "1"


def test_a_network_connected_to_ours(require_root: None) -> None:
    require_link("veth")
    names = (f"nsv{os.getpid() % 100000}", "lab0")
    made = plan("net", veth=names)
    out = run(made, "sh", "-c", "cat /proc/net/dev | grep -c lab0; for i in 1 2 3; do :; done")
    assert out.out == "1\n", out.err
    with pytest.raises(LaunchError) as caught:
        run(plan("net", veth=("lo", "lab0")), "true")
    assert caught.value.failure.step == "connect the network"


def test_clocks(require_root: None) -> None:
    require_kind("time")
    out = run(plan("time", boottime=86400, monotonic=-1), "cat", "/proc/self/timens_offsets").out
    assert out.split() == ["monotonic", "-1", "0", "boottime", "86400", "0"]
    with pytest.raises(LaunchError) as caught:
        run(plan("time", boottime=-(10**9)), "true")
    assert caught.value.failure.step == "set time offsets"
    assert caught.value.failure.help


def test_another_root_and_directory(require_root: None, tmp_path: Path) -> None:
    shutil.copy(containers.static_busybox(), tmp_path / "busybox")
    (tmp_path / "proc").mkdir()
    (tmp_path / "in").mkdir()
    made = plan("mnt", "pid", root=str(tmp_path), cwd="/in", mount_proc="/proc")
    out = run(made, "/busybox", "sh", "-c", "/busybox pwd; /busybox ls /; /busybox ls -d /proc/1").out
    assert out.split() == ["/in", "busybox", "in", "proc", "/proc/1"]
    assert os.listdir(tmp_path / "proc") == []


def test_user_and_capabilities(require_root: None) -> None:
    made = plan("uts", uid=1000, gid=1000, keep_capabilities=True)
    uid, capabilities = run(made, "sh", "-c", "id -u; grep CapEff /proc/self/status | cut -f2").out.split()
    assert uid == "1000"
    assert int(capabilities, 16)


def test_an_environment(require_root: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "1")
    assert "OURS=1" in run(plan("uts"), "env").out
    assert "OURS" not in run(plan("uts", environment="clean"), "env").out


def test_the_owner_of_a_user_namespace(require_root: None) -> None:
    made = plan(
        "user",
        owner=(1234, 1235),
        users=MapRequest(ranges=(IdLine(0, 1234, 1),)),
        groups=MapRequest(ranges=(IdLine(0, 1235, 1),)),
    )
    assert run(made, "sh", "-c", "id -u; cat /proc/self/uid_map").out.split() == ["0", "0", "1234", "1"]


class TestIdMaps:
    def maps(self, made: Plan) -> tuple[str, str]:
        out = run(made, "sh", "-c", "tr -s ' ' </proc/self/uid_map; echo; tr -s ' ' </proc/self/gid_map").out
        uid, _, gid = out.partition("\n\n")
        return uid.strip(), gid.strip()

    def test_explicit_ranges(self, require_root: None) -> None:
        lines = (IdLine(0, 100000, 1000), IdLine(5000, 200000, 7))
        made = plan("user", users=MapRequest(ranges=lines), groups=MapRequest(ranges=lines))
        assert self.maps(made) == ("0 100000 1000\n 5000 200000 7",) * 2
        assert run(made, "id", "-u").out == "0\n"

    def test_all(self, require_root: None) -> None:
        made = plan("user", users=MapRequest(automatic="all"), groups=MapRequest(automatic="all"))
        assert self.maps(made) == ("0 0 4294967295",) * 2

    def test_current(self, require_root: None) -> None:
        mine = MapRequest(single=os.geteuid())
        assert run(plan("user", users=mine, groups=mine), "id", "-u").out == f"{os.geteuid()}\n"

    def test_twice_is_refused(self, require_root: None) -> None:
        lines = (IdLine(0, 1000, 10), IdLine(5, 5000, 10))
        made = plan_spawn(SpawnRequest(users=MapRequest(ranges=lines)))
        assert any("mapped twice" in check.words for check in made.failures)
        with pytest.raises(LaunchError) as caught:
            run(made, "true")
        assert caught.value.failure.step == "write id maps"

    def test_granted_ids(
        self, require_root: None, nsview_as_nobody: RunNsview, tmp_path: Path, spawn: Spawn
    ) -> None:
        """An ordinary user maps what /etc/subuid grants, through the set-user-ID newuidmap."""
        for program in ("newuidmap", "newgidmap"):
            if shutil.which(program) is None:
                pytest.skip(f"needs {program} (package uidmap)")
        name = subprocess.run(
            ["id", "-un", str(NOBODY)], capture_output=True, text=True, check=True
        ).stdout.strip()
        with granted(name, 300000, 65536):
            arguments = (
                "spawn",
                "-r",
                "--map-auto",
                "--",
                "sh",
                "-c",
                "cat /proc/self/uid_map /proc/self/gid_map; id -u",
            )
            result = nsview_as_nobody(*arguments)
            assert result.returncode == 0, result.stderr
            numbers = result.stdout.split()
            wanted = [b"0", b"65534", b"1", b"1", b"300000", b"65536"]
            assert numbers == [*wanted, *wanted, b"0"]
            only = nsview_as_nobody(
                "spawn", "--map-auto", "--", "sh", "-c", "cat /proc/self/uid_map; id -u; touch /tmp/x"
            )
            assert only.stdout.split() == [b"0", b"300000", b"65536", b"0"], only.stderr

    def test_nothing_granted_says_what_to_do(self, nsview_as_nobody: RunNsview) -> None:
        result = nsview_as_nobody("spawn", "--map-auto", "--", "true")
        assert result.returncode == 125
        assert b"usermod --add-subuids" in result.stderr


class granted:
    """Grants ids to a user in /etc/subuid and /etc/subgid while the context lasts, the files else
    untouched."""

    FILES = ("/etc/subuid", "/etc/subgid")

    def __init__(self, name: str, first: int, length: int) -> None:
        self.line = f"{name}:{first}:{length}\n"
        self.before: dict[str, bytes | None] = {}

    def __enter__(self) -> None:
        for file in self.FILES:
            path = Path(file)
            self.before[file] = path.read_bytes() if path.exists() else None
            with path.open("a") as opened:
                opened.write(self.line)

    def __exit__(self, *_: object) -> None:
        for file, content in self.before.items():
            if content is None:
                os.unlink(file)
            else:
                Path(file).write_bytes(content)


class TestAsAnOrdinaryUser:
    def test_rootless(self, nsview_as_nobody: RunNsview) -> None:
        script = (
            "readlink /proc/self/ns/user /proc/self/ns/mnt /proc/1/ns/pid; id -u; ls /proc | grep -c '^[0-9]'"
        )
        result = nsview_as_nobody("spawn", "--preset", "rootless", "--", "sh", "-c", script)
        assert result.returncode == 0, result.stderr
        user, mnt, pid, uid, count = result.stdout.decode().split()
        assert f"user:[{HERE['user']}]" != user
        assert f"mnt:[{HERE['mnt']}]" != mnt
        assert f"pid:[{HERE['pid']}]" != pid
        assert uid == "0"
        assert int(count) <= 5

    def test_container_like(self, nsview_as_nobody: RunNsview) -> None:
        script = "readlink /proc/self/ns/*; hostname box && hostname; grep -c lo /proc/net/if_inet6"
        result = nsview_as_nobody("spawn", "--preset", "container-like", "--", "sh", "-c", script)
        assert result.returncode == 0, result.stderr
        lines = result.stdout.decode().split()
        assert lines[-2:] == ["box", "1"]
        assert not {f"{kind}:[{HERE[kind]}]" for kind in HERE if kind != "time"} & set(lines)

    def test_without_a_user_namespace_the_verdict_says_why(self, nsview_as_nobody: RunNsview) -> None:
        result = nsview_as_nobody("spawn", "uts", "--", "true")
        assert result.returncode == 125
        assert b"EPERM: new namespaces need CAP_SYS_ADMIN" in result.stderr

    def test_keeping_is_refused_with_the_reason(self, nsview_as_nobody: RunNsview) -> None:
        result = nsview_as_nobody("spawn", "-U", "-r", "--keep", "x", "--", "true")
        assert result.returncode == 125
        assert b"CAP_SYS_ADMIN" in result.stderr


class TestInsideAnother:
    def test_with_rights_of_root(self, require_root: None, spawn: Spawn) -> None:
        child = spawn(unshare=linux.CLONE_NEWNET | linux.CLONE_NEWNS)
        made = plan_spawn(SpawnRequest(kinds=(Kind.UTS,), hostname="nested"), task(child.pid))
        ran = run(made, "sh", "-c", "readlink /proc/self/ns/net /proc/self/ns/uts; hostname")
        net, uts, name = ran.out.split()
        assert net == f"net:[{child.inode('net')}]"
        assert uts != f"uts:[{HERE['uts']}]"
        assert name == "nested"

    def test_a_user_namespace_in_a_user_namespace(self, require_root: None, spawn: Spawn) -> None:
        child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWUTS, user=1234)
        request = SpawnRequest(kinds=(Kind.USER,), users=ROOT, groups=ROOT)
        made = plan_spawn(request, task(child.pid))
        assert made.possible, made.checks
        ran = run(
            made, "sh", "-c", "readlink /proc/self/ns/user /proc/self/ns/uts; id -u; cat /proc/self/uid_map"
        )
        user, uts, uid, *line = ran.out.split()
        assert user not in (f"user:[{child.inode('user')}]", f"user:[{HERE['user']}]")
        assert uts == f"uts:[{child.inode('uts')}]"
        assert [uid, *line] == ["0", "0", "0", "1"]

    def test_by_an_ordinary_user(self, nsview_as_nobody: RunNsview, spawn: Spawn) -> None:
        child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWNET, user=NOBODY)
        line = (
            "spawn",
            "--in",
            str(child.pid),
            "uts",
            "--hostname",
            "deep",
            "--",
            "sh",
            "-c",
            "hostname; readlink /proc/self/ns/net",
        )
        result = nsview_as_nobody(*line)
        assert result.stdout.decode().split() == ["deep", f"net:[{child.inode('net')}]"], result.stderr

    def test_processes_in_a_mount_namespace_with_its_own_proc(
        self, require_root: None, spawn: Spawn, tmp_path: Path
    ) -> None:
        child = spawn(lambda: containers.host_programs(tmp_path), unshare=containers.KINDS)
        made = plan_spawn(SpawnRequest(kinds=(Kind.PID,), mount_proc="/proc"), task(child.pid))
        assert run(made, "sh", "-c", "echo $$; ls -d /proc/1; ls /home | wc -l").out.split() == [
            "1",
            "/proc/1",
            "0",
        ]
        assert os.path.exists(f"/proc/{child.pid}/root/proc/1")


def task(pid: int) -> Any:
    from nsview.discovery.one_task import task_of

    return task_of(pid)


class TestEquivalents:
    """The line that is shown does the same: both are run, and looked at from inside."""

    @pytest.mark.parametrize("preset", list(PRESETS))
    def test_presets(self, require_root: None, preset: str) -> None:
        if shutil.which("unshare") is None:
            pytest.skip("needs unshare (package util-linux)")
        request = PRESETS[preset].apply(SpawnRequest())
        if preset == "time-machine":
            require_kind("time")
            request = request._replace(boottime=3600)
        if preset == "hostname":
            request = request._replace(hostname="named")
        script = (
            "readlink /proc/self/ns/* | sort; id -u; cd /proc/self; cat uid_map timens_offsets; uname -n; "
            "cut -d: -f1 /proc/net/dev; grep -c lo /proc/net/if_inet6; ls /proc | grep -c '^[0-9]'"
        )
        made = plan_spawn(request._replace(command=("sh", "-c", script)))
        assert made.possible
        assert made.equivalent is not None
        theirs = subprocess.run(
            ["sh", "-c", made.equivalent], capture_output=True, text=True, timeout=60, check=False
        )
        ours = run(made)
        assert kinds_made(ours.out) == kinds_made(theirs.stdout), theirs.stderr
        assert facts(ours.out) == facts(theirs.stdout)


def kinds_made(out: str) -> set[str]:
    return {kind for kind, inode in namespaces_inside_text(out).items() if inode != HERE[kind]}


def namespaces_inside_text(out: str) -> dict[str, int]:
    from tests.actions.programs import Ran

    return namespaces_inside(Ran(0, out, ""))


def facts(out: str) -> list[str]:
    lines = [line for line in out.splitlines() if ":[" not in line]
    # How many processes there are outside is another number each time.
    return lines[:-1] + (lines[-1:] if int(lines[-1]) < 10 else ["many"])


def test_a_signal_of_the_terminal_and_a_killed_launcher(require_root: None) -> None:
    from nsview.actions.launch import Program
    from tests.processes import eventually

    made = plan("pid", mount_proc="/proc")
    with Program(made._replace(command=("sh", "-c", "sleep 1000"))) as program:
        pid = program.pid
        os.kill(program._launcher.pid, signal.SIGKILL)
        program.wait()

    def ended() -> bool:
        try:
            # Orphans of a test are its own to reap.
            return os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            return not os.path.exists(f"/proc/{pid}")

    eventually(ended, "the program has ended with its launcher")
