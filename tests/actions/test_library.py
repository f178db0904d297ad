"""The face of the library: nsview.spawn, nsview.enter."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import nsview
from nsview.actions.failure import LaunchError
from nsview.discovery.targets import NoTarget
from tests import linux
from tests.kernel_fixtures import AsNobody, Spawn, require_kind

PIPE = subprocess.PIPE


def test_a_host_name_of_its_own_entered_a_second_time(require_root: None) -> None:
    with nsview.spawn(["uts"], ["sleep", "1000"], hostname="elsewhere") as program:
        try:
            assert linux.inode(program.pid, "uts") != linux.inode("self", "uts")
            with nsview.enter(f"/proc/{program.pid}/ns/uts", ["hostname"], stdout=PIPE, text=True) as second:
                assert second.communicate()[0] == "elsewhere\n"
                assert second.returncode == 0
            with nsview.enter(program.pid, ["uname", "-n"], stdout=PIPE) as third:
                assert third.communicate()[0] == b"elsewhere\n"
            assert program.poll() is None
        finally:
            program.kill()
        assert program.wait() == -signal.SIGKILL
    assert os.uname().nodename != "elsewhere"


def test_it_behaves_like_popen(require_root: None) -> None:
    with nsview.spawn(["uts"], ["cat"], stdin=PIPE, stdout=PIPE, text=True) as program:
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(timeout=0.05)
        assert program.args == ("cat",)
        assert str(program.pid) in repr(program)
        assert program.communicate("through\n") == ("through\n", None)
        assert program.returncode == 0
        program.send_signal(signal.SIGTERM)  # it has ended: nothing happens
    with nsview.spawn(
        ["uts"], ["sh", "-c", "trap 'exit 5' USR1; echo up; while :; do sleep 0.02; done"], stdout=PIPE
    ) as it:
        assert it.stdout is not None
        assert it.stdout.readline() == b"up\n"
        it.send_signal(signal.SIGUSR1)
        assert it.wait(timeout=20) == 5


def test_waiting_among_others(require_root: None) -> None:
    import select

    with nsview.spawn(["uts"], ["true"]) as program:
        assert select.select([program], [], [], 20)[0] == [program]
        assert program.wait(timeout=20) == 0


def test_errors(require_root: None, spawn: Spawn) -> None:
    with pytest.raises(LaunchError) as caught:
        nsview.spawn(["uts"], ["/no/such/program"])
    assert isinstance(caught.value, OSError)
    assert caught.value.errno == 2
    assert "/no/such/program" in str(caught.value)
    with pytest.raises(NoTarget):
        nsview.enter(4194303, ["true"])
    with pytest.raises(NoTarget):
        nsview.enter("/etc/passwd", ["true"])
    with pytest.raises(ValueError, match="unknown namespace kind 'nest'"):
        nsview.spawn(["nest"], ["true"])
    for wrong in ("true", ()):
        with pytest.raises(ValueError, match="argv"):
            nsview.spawn(["uts"], wrong)


def test_refused_with_the_reason(as_nobody: AsNobody) -> None:
    def attempt() -> list[object]:
        try:
            nsview.spawn(["uts"], ["true"])
        except LaunchError as error:
            return [error.errno, str(error)]
        return [0, "not refused"]

    number, words = as_nobody(attempt)
    assert number == 1
    assert "CAP_SYS_ADMIN" in words


def test_from_many_threads_at_once(require_root: None) -> None:
    outs: list[str] = []

    def one(name: str) -> None:
        with nsview.spawn(["uts"], ["uname", "-n"], hostname=name, stdout=PIPE, text=True) as program:
            outs.append(program.communicate()[0].strip())

    threads = [threading.Thread(target=one, args=(f"thread{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outs) == [f"thread{number}" for number in range(4)]


def test_clocks(require_root: None) -> None:
    require_kind("time")
    script = "from time import *; print(*map(clock_gettime, (CLOCK_BOOTTIME, CLOCK_MONOTONIC)))"
    with nsview.spawn(
        ["time"], [sys.executable, "-IS", "-c", script], boottime=10**6, monotonic=10**5, stdout=PIPE
    ) as it:
        boot, monotonic = map(float, it.communicate()[0].split())
    assert abs(boot - time.clock_gettime(time.CLOCK_BOOTTIME) - 10**6) < 60
    assert abs(monotonic - time.clock_gettime(time.CLOCK_MONOTONIC) - 10**5) < 60


def test_importing_nsview_stays_light() -> None:
    code = (
        "import sys, nsview; print([name for name in sys.modules if name.startswith('nsview')]); nsview.spawn"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout == "['nsview']\n"


def test_the_program_may_outlive_us(require_root: None, tmp_path: object) -> None:
    code = (
        "import nsview, sys\n"
        "program = nsview.spawn(['uts'], ['sh', '-c', 'echo up; read x; echo $x'])\n"
        "print(program.pid, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        first = {process.stdout.readline().strip(), process.stdout.readline().strip()}
        assert "up" in first
        process.wait(timeout=30)
        process.stdin.write("still here\n")
        process.stdin.close()
        assert process.stdout.readline() == "still here\n"
