"""Targets without a shell or tools: a sealed shell of ours, or our tools around their files."""

import os
from pathlib import Path

import pytest

from nsview.actions import surroundings
from nsview.actions.failure import LaunchError
from nsview.kernel.sealed import is_static, sealed_copy
from nsview.model.kind import Kind
from tests import linux
from tests.actions import containers
from tests.actions.programs import plan_for, run
from tests.kernel_fixtures import Spawn
from tests.processes import Child


@pytest.fixture
def distroless(require_root: None, spawn: Spawn, tmp_path: Path) -> Child:
    busybox = containers.static_busybox()
    return spawn(lambda: containers.one_static_program(tmp_path, busybox), unshare=containers.KINDS)


def files_in(child: Child) -> set[str]:
    root = f"/proc/{child.pid}/root"
    return {os.path.relpath(os.path.join(at, name), root) for at, _, names in os.walk(root) for name in names}


def test_a_sealed_shell_stands_in(distroless: Child) -> None:
    plan = plan_for(distroless.pid)
    assert any(check.verdict == "note" and "stands in" in check.words for check in plan.checks)
    ran = run(plan, input="echo in $(/busybox-app hostname) as $$; /busybox-app ls /; exit 5\n")
    assert ran.status == 5
    assert ran.out.split()[-2:] == ["busybox-app", "proc"]
    assert files_in(distroless) == {"busybox-app"}


def test_its_program_cannot_be_written_to(distroless: Child) -> None:
    script = "exec 3>/proc/self/exe; echo written >&3 && echo yes || echo no\n"
    linux_proc = "/busybox-app mount -t proc proc /proc\n"
    before = Path(containers.static_busybox()).read_bytes()
    ran = run(plan_for(distroless.pid), input=linux_proc + script)
    assert "yes" not in ran.out
    assert Path(containers.static_busybox()).read_bytes() == before


def test_without_a_spare_shell_the_plan_says_so(distroless: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "_STATIC_SHELLS", ())
    plan = plan_for(distroless.pid)
    assert any(check.verdict == "fail" and check.subject == "shell" for check in plan.checks)
    with pytest.raises(LaunchError) as caught:
        run(plan)
    assert caught.value.failure.exit_status == 127


def test_a_program_of_the_target(distroless: Child) -> None:
    plan = plan_for(distroless.pid, command=("/busybox-app", "echo", "hello"))
    assert any(check.verdict == "ok" and check.subject == "program" for check in plan.checks)
    assert run(plan).out == "hello\n"
    missing = plan_for(distroless.pid, command=("ls",))
    assert any(check.verdict == "fail" and check.subject == "program" for check in missing.checks)


class TestToolbox:
    SCRIPT = (
        "readlink /proc/1/ns/pid /proc/self/ns/net /proc/self/ns/uts /proc/self/ns/ipc /proc/self/ns/mnt; "
        "ls /target; ls -d /usr; ls /proc | grep -c '^[0-9]'"
    )

    def test_our_tools_in_its_namespaces(self, distroless: Child) -> None:
        before = files_in(distroless)
        here = sorted(os.listdir("/"))
        plan = plan_for(distroless.pid, toolbox="/target")
        assert plan.possible
        lines = run(plan, "sh", "-c", self.SCRIPT).out.split()
        assert lines[:4] == [f"{kind}:[{distroless.inode(kind)}]" for kind in ("pid", "net", "uts", "ipc")]
        assert lines[4] not in (os.readlink("/proc/self/ns/mnt"), f"mnt:[{distroless.inode('mnt')}]")
        assert lines[5:8] == ["busybox-app", "proc", "/usr"]
        assert int(lines[8]) <= 6
        # Nothing is written, neither there nor here.
        assert files_in(distroless) == before
        assert sorted(os.listdir("/")) == here
        assert "/target" not in Path("/proc/self/mountinfo").read_text()

    def test_a_place_that_is_there(self, distroless: Child) -> None:
        assert run(plan_for(distroless.pid, toolbox="/mnt"), "ls", "/mnt").out.split() == [
            "busybox-app",
            "proc",
        ]

    def test_where_we_were(self, distroless: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert run(plan_for(distroless.pid, toolbox="/target"), "pwd").out == f"{tmp_path}\n"

    def test_a_user_namespace_is_left_out(self, require_root: None, spawn: Spawn) -> None:
        child = spawn(unshare=containers.KINDS | linux.CLONE_NEWUSER)
        plan = plan_for(child.pid, toolbox="/target")
        assert not plan.joins_kind(Kind.USER)
        out = run(plan, "sh", "-c", "readlink /proc/1/ns/pid /proc/self/ns/user; ls -d /target/usr").out
        assert out.split() == [
            f"pid:[{child.inode('pid')}]",
            os.readlink("/proc/self/ns/user"),
            "/target/usr",
        ]

    def test_what_is_mounted_there_is_not_seen_by_it(self, distroless: Child) -> None:
        script = "mount -t tmpfs none /target/proc && touch /target/proc/mine && ls /target/proc"
        assert run(plan_for(distroless.pid, toolbox="/target"), "sh", "-c", script).out == "mine\n"
        assert os.listdir(f"/proc/{distroless.pid}/root/proc") == []


def test_what_is_static() -> None:
    assert not is_static("/bin/sh")
    assert not is_static("/etc/passwd")
    assert not is_static("/nonexistent")
    assert is_static(containers.static_busybox())


def test_a_sealed_copy_refuses_every_change(tmp_path: Path) -> None:
    source = tmp_path / "program"
    source.write_bytes(b"x" * 100_000)
    fd = sealed_copy(str(source), "test")
    try:
        assert os.pread(fd, 200_000, 0) == source.read_bytes()
        for change in (
            lambda: os.pwrite(fd, b"y", 0),
            lambda: os.ftruncate(fd, 1),
            lambda: os.ftruncate(fd, 200_000),
        ):
            with pytest.raises(PermissionError):
                change()
    finally:
        os.close(fd)
