"""`nsview show --inside`: as text and as JSON, of a namespace and of a process."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from nsview.cli.main import main
from tests import linux
from tests.kernel_fixtures import Spawn

Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def one(*arguments: str) -> str:
        capsys.readouterr()
        assert main(["show", "--inside", *arguments]) == 0
        return capsys.readouterr().out

    return one


def evil() -> None:
    socket.sethostname("\x1b]0;gotcha\a\n")


def test_text_is_cleaned(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(evil, unshare=linux.CLONE_NEWUTS)
    text = run(f"uts:[{child.inode('uts')}]")
    assert "Host name" in text
    assert "gotcha" in text
    assert "\x1b" not in text
    assert "\a" not in text


def test_a_process_is_its_own_namespaces(run: Run, require_root: None, spawn: Spawn) -> None:
    child = spawn(evil, unshare=linux.CLONE_NEWUTS | linux.CLONE_NEWIPC)
    looks = json.loads(run("--json", str(child.pid)))["inside"]
    assert {look["type"]: look["ns"] for look in looks if look["type"] in ("uts", "ipc")} == {
        "uts": child.inode("uts"),
        "ipc": child.inode("ipc"),
    }
    (names,) = next(look for look in looks if look["type"] == "uts")["sections"]
    assert names["facts"]["hostname"] == "\x1b]0;gotcha\a\n"
    only = json.loads(run("--json", "-t", "ipc", str(child.pid)))["inside"]
    assert [look["type"] for look in only] == ["ipc"]


def test_pages(run: Run, require_root: None, spawn: Spawn) -> None:
    def mounts() -> None:
        linux.private_mounts()
        for _ in range(30):
            linux.mount("page", "/mnt", "tmpfs")

    child = spawn(mounts, unshare=linux.CLONE_NEWNS)
    target = f"mnt:[{child.inode('mnt')}]"
    found: dict[str, Any] = json.loads(
        run("--json", "--find", "page", "--limit", "10", "--offset", "25", target)
    )
    section = found["inside"][0]["sections"][0]
    assert (section["total"], section["offset"], len(section["rows"])) == (30, 25, 5)
    assert "more of 30" in run("--find", "page", "--limit", "10", target)


def test_what_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--inside", "-t", "nonsense", "1"]) == 1
    assert "nonsense" in capsys.readouterr().err


def test_rates(run: Run, require_root: None, spawn: Spawn) -> None:
    """Of a loopback on which something is always on its way."""

    def talk() -> None:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

        def send() -> None:
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            while True:
                one.sendto(b"x" * 1000, ("127.0.0.1", 9))
                time.sleep(0.005)

        threading.Thread(target=send, daemon=True).start()

    if shutil.which("ip") is None:
        pytest.skip("ip is not installed")
    child = spawn(talk, unshare=linux.CLONE_NEWNET)
    (look,) = json.loads(run("--json", "--rate", "0.3", f"net:[{child.inode('net')}]"))["inside"]
    (interfaces,) = [section for section in look["sections"] if section["section"] == "interfaces"]
    (lo,) = interfaces["rows"]
    assert lo["tx_bytes_rate"] > 1000
    assert lo["tx_packets_rate"] > 1
    assert lo["tx_bytes"] > 0
