"""An ordinary user: into their own namespaces without any privilege, and told why where they may not."""

import os
import shutil
import subprocess

import pytest

from nsview.actions.failure import LaunchError
from nsview.model.kind import Kind
from tests import linux
from tests.actions.programs import plan_for, run
from tests.kernel_fixtures import NOBODY, AsNobody, RunNsview, Spawn

ROOTLESS = (
    linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET | linux.CLONE_NEWUTS
)


def fresh_proc() -> None:
    linux.private_mounts()
    linux.mount("proc", "/proc", "proc")


def test_rootless(nsview_as_nobody: RunNsview, spawn: Spawn) -> None:
    child = spawn(unshare=ROOTLESS, user=NOBODY, function=fresh_proc)
    script = "readlink /proc/self/ns/*; id -u; hostname mine && hostname"
    result = nsview_as_nobody("enter", str(child.pid), "--", "sh", "-c", script)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.decode().split()
    for kind in ("user", "mnt", "pid", "net", "uts"):
        assert f"{kind}:[{child.inode(kind)}]" in lines
    assert lines[-2:] == ["0", "mine"]


def test_one_kind_takes_its_user_namespace_along(nsview_as_nobody: RunNsview, spawn: Spawn) -> None:
    child = spawn(unshare=ROOTLESS, user=NOBODY)
    dry = nsview_as_nobody("enter", str(child.pid), "net", "--dry-run").stdout.decode()
    assert f"user:[{child.inode('user')}] (without it we have no rights to the others)" in dry
    result = nsview_as_nobody("enter", str(child.pid), "net", "--", "readlink", "/proc/self/ns/net")
    assert result.stdout.decode() == f"net:[{child.inode('net')}]\n", result.stderr
    by_path = nsview_as_nobody("enter", f"/proc/{child.pid}/ns/uts", "--", "readlink", "/proc/self/ns/uts")
    assert by_path.stdout.decode() == f"uts:[{child.inode('uts')}]\n", by_path.stderr


def test_the_rootless_toolbox(nsview_as_nobody: RunNsview, spawn: Spawn) -> None:
    def mark() -> None:
        fresh_proc()
        linux.mount("tmpfs", "/mnt", "tmpfs")
        with open("/mnt/mark", "w") as file:
            file.write("inside\n")

    child = spawn(unshare=ROOTLESS, user=NOBODY, function=mark)
    script = "cat /target/mnt/mark; ls /mnt/mark 2>/dev/null; readlink /proc/1/ns/pid /proc/self/ns/net"
    result = nsview_as_nobody("enter", str(child.pid), "--toolbox", "--", "sh", "-c", script)
    assert result.stdout.decode().split() == [
        "inside",
        f"pid:[{child.inode('pid')}]",
        f"net:[{child.inode('net')}]",
    ], result.stderr


def test_not_into_roots_namespaces(nsview_as_nobody: RunNsview, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)
    result = nsview_as_nobody("enter", str(child.pid), "uts", "--", "true")
    assert result.returncode == 125
    assert b"EACCES" in result.stderr
    assert b"CAP_SYS_PTRACE" in result.stderr


def test_not_into_what_another_user_owns(as_nobody: AsNobody, spawn: Spawn, tmp_path: object) -> None:
    child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWUTS, user=1234)
    # The links are readable only with a descriptor that root has left open for us.
    fd = os.open(f"/proc/{child.pid}/ns/uts", os.O_RDONLY)

    def attempt() -> list[str]:
        from nsview.actions.enter import EnterRequest, plan_enter

        path = f"/proc/self/fd/{fd}"
        plan = plan_enter(None, EnterRequest(kinds=(Kind.UTS,), files=((Kind.UTS, path),)))
        return [f"{check.verdict} {check.subject}: {check.words}" for check in plan.checks]

    try:
        checks = as_nobody(attempt, keep=(fd,))
    finally:
        os.close(fd)
    assert any(check.startswith("fail uts: EPERM") for check in checks), checks


def become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    linux.set_dumpable()


@pytest.mark.parametrize("prediction", ["fail", "ok"])
def test_the_verdict_is_what_the_kernel_does(
    require_root: None, spawn: Spawn, as_nobody: AsNobody, prediction: str
) -> None:
    """nsenter(1) tries it: what the user owns is allowed from inside their user namespace, what root owns
    not."""
    if shutil.which("nsenter") is None:
        pytest.skip("needs nsenter (package util-linux)")
    if prediction == "ok":
        child = spawn(unshare=ROOTLESS, user=NOBODY)
    else:
        child = spawn(become_nobody, unshare=linux.CLONE_NEWUTS)

    def attempt() -> list[object]:
        plan = plan_for(child.pid, kinds=(Kind.UTS,))
        verdicts = {check.subject: check.verdict for check in plan.checks}
        letters = ["-U", "--preserve-credentials"] if plan.joins_kind(Kind.USER) else []
        done = subprocess.run(
            ["nsenter", "-t", str(child.pid), "-u", *letters, "true"], capture_output=True, check=False
        )
        return [verdicts["uts"], done.returncode, done.stderr.decode()]

    verdict, status, words = as_nobody(attempt)
    assert verdict == prediction
    assert (status == 0) == (prediction == "ok"), words


def test_without_one_capability(require_root: None, spawn: Spawn) -> None:
    """Root that lacks CAP_SYS_ADMIN is told so, and the kernel agrees."""
    child = spawn(unshare=linux.CLONE_NEWUTS)

    def drop_and_try() -> list[object]:
        _drop_capability(21)
        plan = plan_for(child.pid)
        words = [check.words for check in plan.failures]
        try:
            return [words, run(plan, "true").status]
        except LaunchError as error:
            return [words, error.failure.number]

    words, number = spawn(drop_and_try).value
    assert any("CAP_SYS_ADMIN" in text for text in words), words
    assert number == 1  # EPERM


def _drop_capability(number: int) -> None:
    """Out of the effective, permitted and bounding sets (capset(2)); the launcher is root and would regain
    it."""
    import ctypes
    import struct

    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(24, number, 0, 0, 0) == 0  # PR_CAPBSET_DROP
    header = struct.pack("=Ii", 0x20080522, 0)
    data = ctypes.create_string_buffer(24)
    assert libc.capget(header, data) == 0
    sets = list(struct.unpack("=6I", data.raw))
    for place in (0, 1, 2):
        sets[place] &= ~(1 << number)
    assert libc.capset(header, struct.pack("=6I", *sets)) == 0
