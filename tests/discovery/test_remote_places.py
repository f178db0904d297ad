"""Bind mounts at places where a look-up may never end."""

import os
from pathlib import Path

import pytest

from nsview.kernel.mountinfo import Mount
from nsview.kernel.remote import remote
from tests import linux
from tests.discovery.building import has_list, holders, leave_behind, scan
from tests.discovery.silent_fuse import SilentFuse
from tests.kernel_fixtures import Spawn


def mount(number: int, parent: int, fs_type: str, device: str = "0:99") -> Mount:
    return Mount(number, parent, device, "/", "/", "", (), fs_type, "", "")


def test_what_lies_on_a_remote_file_system() -> None:
    root = os.stat("/").st_dev
    ours = f"{os.major(root)}:{os.minor(root)}"
    mounts = [
        mount(1, 0, "ext4"),
        mount(2, 1, "fuse.sshfs"),
        mount(3, 2, "nsfs"),
        mount(4, 1, "nsfs"),
        mount(5, 2, "tmpfs"),
        mount(6, 5, "nsfs"),
    ]
    assert remote(mounts) == {3, 5, 6}
    assert remote(mounts[:1]) == frozenset()
    # Where our own root does not answer, nothing does.
    assert remote([mount(1, 0, "nfs4", ours), mount(2, 1, "nsfs")]) == frozenset()
    # Broken data: a circle.
    assert remote([mount(1, 2, "fuse"), mount(2, 1, "nsfs")]) >= {2}


def test_a_place_on_a_file_system_that_never_answers(
    require_root: None, spawn: Spawn, tmp_path: Path
) -> None:
    def build() -> int:
        linux.private_tmpfs(tmp_path)
        (tmp_path / "fuse").mkdir()
        fuse = SilentFuse(tmp_path / "fuse")

        def keep() -> None:
            linux.bind("/proc/thread-self/ns/net", tmp_path / "fuse" / "kept")

        inode = leave_behind("net", keep)
        fuse.fall_silent()
        return inode

    if not os.path.exists("/dev/fuse"):
        pytest.skip("this kernel has no FUSE")
    child = spawn(build, unshare=linux.CLONE_NEWNS)

    def scan_it() -> dict[str, object]:
        snapshot = scan()
        (holder,) = holders(snapshot, child.value)
        problems = {p.error for p in snapshot.report.problems if str(child.value) in p.subject}
        return {"remote": holder.remote, "path": holder.path, "problems": list(problems)}

    # In a process of its own, which can be ended if it hangs: `spawn` waits only so long.
    assert spawn(scan_it).value == {
        "remote": True,
        "path": str(tmp_path / "fuse" / "kept"),
        # Where the kernel lists it, it is opened by its number.
        "problems": [] if has_list() else ["EREMOTE"],
    }
