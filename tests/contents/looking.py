"""Look inside a namespace as the fronts do, and ask the system's own tools the same by nsenter(1)."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from nsview.contents.inside import inside
from nsview.contents.section import FIRST, Wanted
from nsview.discovery.scanner import Scanner, Scope
from tests import linux
from tests.kernel_fixtures import no_such_link

Sections = dict[str, dict[str, Any]]


def look(inode: int, page: Wanted = FIRST) -> Sections:
    """The sections of one namespace as JSON has them, by their keys; found by a scan of everything."""
    snapshot = Scanner().scan(Scope())
    ns = snapshot.by_inode(inode)
    assert ns is not None, f"{inode} was not found"
    return {str(section.key): section.as_data() for section in inside(snapshot, ns, page)}


def hold(kind: str, do: Callable[[], object] | None = None) -> int:
    """Make a namespace in this process, do something in it, leave it; only a descriptor of ours keeps it."""
    home = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    linux.unshare(linux.FLAGS[kind])
    if do is not None:
        do()
    held = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    linux.setns(home, linux.FLAGS[kind])
    os.close(home)
    return os.fstat(held).st_ino


def path_to(pid: int, inode: int) -> str:
    """The descriptor with which a process keeps a namespace."""
    for fd in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{fd}"
        if os.stat(path).st_ino == inode and f"[{inode}]" in os.readlink(path):
            return path
    raise AssertionError(f"{pid} does not hold {inode}")


def tool(kind: str, path: str, *command: str) -> str:
    """What a program prints inside the namespace at a path."""
    for name in ("nsenter", command[0]):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
    ran = subprocess.run(
        ["nsenter", f"--{_LONG.get(kind, kind)}={path}", *command],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def interfaces_here() -> set[str]:
    """Those of our own namespace; beside them may lie `bonding_masters`, a plain file."""
    with os.scandir("/sys/class/net") as entries:
        return {entry.name for entry in entries if entry.is_dir()}


def ip(path: str, *command: str) -> None:
    """Change something inside the namespace at a path."""
    ran = subprocess.run(
        ["nsenter", f"--net={path}", "ip", *command], capture_output=True, text=True, timeout=30, check=False
    )
    if no_such_link(ran.stderr) and "type" in command:
        pytest.skip(f"this kernel has no {command[command.index('type') + 1]} interfaces")
    assert ran.returncode == 0, ran.stderr


def tool_json(kind: str, path: str, *command: str) -> Any:
    return json.loads(tool(kind, path, *command))


_LONG = {"mnt": "mount"}
