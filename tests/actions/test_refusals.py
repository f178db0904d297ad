"""What is refused, and in which words: another process, another namespace, none at all."""

import ctypes
import errno
import os
import signal
import struct
import subprocess
import time
from pathlib import Path

import pytest

from nsview.actions.enter import EnterRequest, NoPlan, plan_enter
from nsview.actions.failure import LaunchError
from nsview.actions.launch import Program
from nsview.actions.plan import Plan
from nsview.discovery.meant import meant
from nsview.discovery.one_task import task_of
from nsview.discovery.targets import NoTarget
from nsview.model.kind import Kind
from nsview.model.process import Task
from tests import linux
from tests.actions.programs import plan_for, run
from tests.actions.terminals import nsview
from tests.kernel_fixtures import Spawn
from tests.processes import Child, eventually, start


def refused(plan: Plan) -> LaunchError:
    with pytest.raises(LaunchError) as caught:
        Program(plan).wait()
    return caught.value


def test_the_target_ends_between_plan_and_act(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)
    plan = plan_for(child.pid)._replace(command=("true",))
    child.end()
    error = refused(plan)
    assert error.failure.number == errno.ESRCH
    assert "ended" in error.failure.message


def test_a_zombie(require_root: None) -> None:
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    plan = plan_for(pid, kinds=(Kind.UTS,))._replace(command=("true",))
    task = task_of(pid)
    os.kill(pid, signal.SIGKILL)
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(NoPlan, match="zombie"):
            plan_enter(task)
        assert "zombie" in refused(plan).failure.message
    finally:
        os.waitpid(pid, 0)


def test_a_reused_process_number_is_refused(require_root: None, spawn: Spawn) -> None:
    """In a pid namespace of our own the next number can be chosen (ns_last_pid)."""

    def reuse() -> str:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc")
        first = start(unshare=linux.CLONE_NEWUTS)
        plan = plan_for(first.pid)._replace(command=("true",))
        number, born = first.pid, task_of(first.pid).starttime
        first.end()
        ticks = os.sysconf("SC_CLK_TCK")
        eventually(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) * ticks > born + 1, "the next clock tick")
        Path("/proc/sys/kernel/ns_last_pid").write_text(str(number - 1))
        second = start(unshare=linux.CLONE_NEWUTS)
        try:
            assert second.pid == number
            try:
                Program(plan).wait()
            except LaunchError as error:
                return error.failure.message
            return "not refused"
        finally:
            second.end()

    child = spawn(reuse, unshare=linux.CLONE_NEWPID | linux.CLONE_NEWNS)
    assert "another process has this number now" in child.value


def namespace_with(inode: int) -> Child | None:
    """A process in a new uts namespace of this inode number: the kernel gives the lowest that is free, which
    others on the machine may take for a moment."""
    for _ in range(20):
        others: list[Child] = []
        try:
            for _ in range(10):
                child = start(unshare=linux.CLONE_NEWUTS)
                if child.inode("uts") == inode:
                    return child
                others.append(child)
        finally:
            for other in others:
                other.end()
    return None


def test_a_reused_inode_number_is_refused(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    """The same path, the same inode number, another namespace: only the kernel's id tells."""

    def reuse() -> str:
        linux.private_tmpfs(tmp_path)
        place = tmp_path / "uts"
        place.touch()
        first = start(unshare=linux.CLONE_NEWUTS)
        linux.bind(f"/proc/{first.pid}/ns/uts", place)
        inode = first.inode("uts")
        first.end()
        plan = plan_enter(None, EnterRequest(kinds=(Kind.UTS,), files=((Kind.UTS, str(place)),)))
        if plan.joins[0].kernel_id is None:
            return "skip"
        linux.umount(place)
        second = namespace_with(inode)
        if second is None:
            return "not reused"
        try:
            linux.bind(f"/proc/{second.pid}/ns/uts", place)
            Program(plan._replace(command=("true",))).wait()
        except LaunchError as error:
            return error.failure.message
        finally:
            second.end()
        return "not refused"

    child = spawn(reuse, unshare=linux.CLONE_NEWNS)
    if child.value in ("skip", "not reused"):
        pytest.skip(f"this kernel gives no ids, or did not give the number again: {child.value}")
    assert "another namespace now, with the same inode number" in child.value


def test_a_process_that_has_moved_is_refused(require_root: None, spawn: Spawn) -> None:
    again, move = os.pipe()
    moved, tell = os.pipe()

    def wait_in_between() -> None:
        linux.unshare(linux.CLONE_NEWUTS)
        if os.fork() == 0:  # `start` waits for this function: a child of it moves when it is told
            linux.die_with_parent()
            os.write(tell, b"%d\n" % os.getpid())
            os.read(again, 1)
            linux.unshare(linux.CLONE_NEWUTS)
            os.write(tell, b"moved")
            signal.pause()

    try:
        spawn(wait_in_between, keep=(again, tell))
        pid = int(os.read(moved, 64))
        plan = plan_for(pid)._replace(command=("true",))
        os.write(move, b"m")
        assert os.read(moved, 64) == b"moved"
        error = refused(plan)
    finally:
        for fd in (again, move, moved, tell):
            os.close(fd)
    assert error.failure.number == errno.ESTALE
    assert "it leads to uts:" in error.failure.message


def test_a_pid_namespace_whose_init_has_ended(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    def kill_init() -> list[object]:
        linux.private_tmpfs(tmp_path)
        place = tmp_path / "pid"
        place.touch()
        init = start(unshare=linux.CLONE_NEWPID)
        linux.bind(f"/proc/{init.pid}/ns/pid", place)
        init.end()
        plan = plan_enter(None, EnterRequest(kinds=(Kind.PID,), files=((Kind.PID, str(place)),)))
        words = [check.words for check in plan.checks if check.subject == "pid"]
        try:
            Program(plan._replace(command=("true",))).wait()
        except LaunchError as error:
            return [words, error.failure.number, error.failure.message]
        return [words, 0, "not refused"]

    words, number, message = spawn(kill_init, unshare=linux.CLONE_NEWNS).value
    assert any("its init" in text for text in words)
    assert number == errno.ENOMEM
    assert "its init" in message


def test_a_program_that_is_not_there(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)
    failure = refused(plan_for(child.pid)._replace(command=("/no/such",))).failure
    assert (failure.number, failure.exit_status) == (errno.ENOENT, 127)
    failure = refused(plan_for(child.pid)._replace(command=("/etc/passwd",))).failure
    assert (failure.number, failure.exit_status) == (errno.EACCES, 126)


def test_an_id_that_is_not_mapped(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUSER)
    plan = plan_for(child.pid, uid=4321)
    assert any(check.verdict == "fail" and "4321 is not mapped" in check.words for check in plan.checks)
    failure = refused(plan._replace(command=("true",))).failure
    assert (failure.step, failure.number) == ("set user", errno.EINVAL)
    assert "not mapped" in failure.help


def filter_setns() -> None:
    """From here on setns(2) is EPERM, for all our children too (seccomp(2))."""
    number = {"x86_64": 308, "aarch64": 268}.get(os.uname().machine, 268)
    load, equal, give = 0x20, 0x15, 0x06
    steps = ((load, 0, 0, 0), (equal, 0, 1, number), (give, 0, 0, 0x00050001), (give, 0, 0, 0x7FFF0000))
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("@HP", len(steps), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0  # PR_SET_SECCOMP, a filter


def test_a_seccomp_filter(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)

    def attempt() -> list[str]:
        filter_setns()
        line = nsview("enter", str(child.pid), "uts", "--", "true")
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        return [str(done.returncode), done.stderr]

    status, words = spawn(attempt).value
    assert status == "125"
    assert "join uts: Operation not permitted (EPERM)" in words
    assert "perhaps seccomp: we run under a seccomp filter ourselves" in words


def test_nothing_is_left_open_after_a_refusal(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWUTS)
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(3):
        refused(plan_for(child.pid)._replace(command=("/no/such",)))
        run(plan_for(child.pid), "true")
    eventually(lambda: sorted(os.listdir("/proc/self/fd")) == before, "all descriptors are closed again")


def test_a_number_with_a_start_time_is_one_process(spawn: Spawn) -> None:
    child = spawn()
    task = meant(str(child.pid)).target
    assert isinstance(task, Task)
    assert meant(f"{child.pid}@{task.starttime}").target == task
    for other in (task.starttime - 1, task.starttime + 1, "x"):
        with pytest.raises(NoTarget, match="another process by now"):
            meant(f"{child.pid}@{other}")
