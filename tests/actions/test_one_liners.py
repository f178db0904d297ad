"""Small programs that namespaces are famous for, each one command, and the same from Python."""

import os
import subprocess
import sys

import pytest

from tests import linux
from tests.actions.kept_names import NAME
from tests.actions.terminals import nsview
from tests.kernel_fixtures import require_kind


def out(*arguments: str) -> str:
    done = subprocess.run(nsview(*arguments), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_hide_the_process_list(require_root: None) -> None:
    lines = out("spawn", "pid", "--mount-proc", "--", "ps", "-e", "-o", "pid,comm").splitlines()
    assert [line.split() for line in lines[1:]] == [["1", "ps"]]


def test_a_host_name_of_its_own_entered_from_a_second_terminal(require_root: None) -> None:
    line = nsview("spawn", "uts", "--hostname", "elsewhere", "--", "sh", "-c", "echo $$; read end")
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        pid = first.stdout.readline().strip()
        assert out("enter", pid, "--", "hostname") == "elsewhere\n"
        assert out("enter", f"/proc/{pid}/ns/uts", "--", "hostname") == "elsewhere\n"
        first.stdin.close()
        assert first.wait(timeout=30) != -9
    assert os.uname().nodename != "elsewhere"


def test_a_net_namespace_by_name(require_root: None) -> None:
    out("spawn", "net", "--loopback", "--keep", NAME, "--", "true")
    try:
        inside = out("enter", f"/run/netns/{NAME}", "--", "cat", "/proc/net/if_inet6")
        assert inside.split()[-1] == "lo"
        assert NAME in out("kept")
    finally:
        out("drop", NAME)


def test_clocks_of_long_ago(require_root: None) -> None:
    require_kind("time")
    uptime = out("spawn", "--boottime", "864000", "--", "cat", "/proc/uptime").split()[0]
    assert float(uptime) > 864000


def test_root_without_being_root(require_root: None) -> None:
    assert out("spawn", "--preset", "rootless", "--", "id", "-u") == "0\n"


@pytest.mark.parametrize(
    "program",
    [
        "import nsview; print(len(nsview.snapshot().namespaces) > 0)",
        "import nsview; print(nsview.spawn(['uts'], ['true'], hostname='x').wait() == 0)",
        "import nsview, os; print(nsview.enter(f'/proc/{os.getpid()}/ns/uts', ['true']).wait() == 0)",
    ],
)
def test_the_same_from_python(require_root: None, program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "True\n", done.stderr
    assert linux.inode("self", "uts") > 0
