"""A scan leaves no file open, changes nothing of ours, and keeps no namespace alive."""

import gc
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nsview.discovery.scanner import Scanner, Scope
from nsview.model.namespace import Namespace
from tests import leftovers, linux
from tests.discovery.building import alive, bind_mnt, bind_new, has_list, leave_behind, namespace
from tests.kernel_fixtures import Spawn


def still_there(ns: Namespace) -> bool:
    if ns.kernel_id is None:
        pytest.skip("this kernel gives no ids to ask by (Linux 6.18 does)")
    try:
        return alive(str(ns.kind), ns.inode, ns.kernel_id)
    except NotImplementedError as error:
        pytest.skip(f"this kernel opens no namespaces by handle (Linux 6.18 does): {error}")


def everything(place: Path) -> dict[str, int]:
    """Namespaces kept in every way, so that a scan opens them in every way."""
    linux.private_tmpfs(place)
    fd = leave_behind("ipc", lambda: os.open("/proc/thread-self/ns/ipc", os.O_RDONLY))
    sockets: list[socket.socket] = []
    by_socket = leave_behind("net", lambda: sockets.append(socket.socket()))
    sockets[0].detach()

    def inside() -> int:
        linux.mount("tmpfs", place / "mnt", "tmpfs")
        return bind_new("net", place / "mnt" / "kept")

    (place / "mnt").mkdir()
    mnt, within = bind_mnt(place / "door", inside)
    assert isinstance(within, int)
    return {
        "fd": fd,
        "socket": by_socket,
        "bind": bind_new("uts", place / "uts"),
        "mnt": mnt,
        "within": within,
    }


def test_the_last_holder_is_the_last(require_root: None, spawn: Spawn, tmp_path: Path) -> None:
    child = spawn(lambda: everything(tmp_path), unshare=linux.CLONE_NEWNS | linux.CLONE_NEWCGROUP)
    scanner = Scanner()
    snapshot = scanner.scan()
    inodes = {**child.value, "member": child.inode("cgroup")}
    if has_list():
        # Since Linux 6.19 what only a socket keeps is not opened by number, though it is alive.
        del inodes["socket"]
    kept = [namespace(snapshot, inode) for inode in inodes.values()]
    assert [still_there(ns) for ns in kept] == [True] * len(kept)
    again = scanner.scan()
    child.end()
    # At once: nothing of the scan, its threads or its snapshots holds one.
    assert [str(ns.id) for ns in kept if still_there(ns)] == []
    assert again.processes[child.pid]


@pytest.mark.parametrize("scope", [Scope(), Scope(dear=False), Scope(sources=frozenset())])
def test_no_file_stays_open(require_root: None, spawn: Spawn, tmp_path: Path, scope: Scope) -> None:
    spawn(lambda: everything(tmp_path), unshare=linux.CLONE_NEWNS)
    scanner = Scanner()
    scanner.scan()
    gc.collect()
    before = (leftovers.open_files(), leftovers.namespaces(), threading.active_count())
    for _ in range(3):
        scanner.scan(scope)
    assert (leftovers.open_files(), leftovers.namespaces(), threading.active_count()) == before


def test_no_file_stays_open_when_nothing_is_left_to_open(
    require_root: None, spawn: Spawn, tmp_path: Path
) -> None:
    """Out of file descriptors in the middle of a scan: errors, not a failure, and nothing leaks."""
    import resource

    spawn(lambda: everything(tmp_path), unshare=linux.CLONE_NEWNS)

    def scarce(spare: int) -> Callable[[], dict[str, bool]]:
        def look() -> dict[str, bool]:
            scanner = Scanner()
            open_now = max(map(int, os.listdir("/proc/self/fd")))
            before = leftovers.open_files()
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + spare, hard))
            try:
                complete = scanner.scan().report.complete
            except OSError:
                complete = False
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            return {"complete": complete, "leak": leftovers.open_files() != before}

        return look

    for spare in range(1, 8):
        assert not spawn(scarce(spare)).value["leak"], f"with {spare} file descriptors"
