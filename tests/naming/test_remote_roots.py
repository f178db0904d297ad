"""State files on a file system that never answers: whoever runs a container may mount one."""

import os
from pathlib import Path

import pytest

from nsview.model.kind import Kind
from tests import linux, processes
from tests.discovery.silent_fuse import SilentFuse
from tests.kernel_fixtures import Spawn
from tests.naming.live import look


@pytest.mark.parametrize("link", [False, True])
def test_state_files_that_never_answer(require_root: None, spawn: Spawn, tmp_path: Path, link: bool) -> None:
    """The run directory of what surrounds a sandbox is silent, or a link leads from it to where all is."""

    def surround() -> int:
        linux.private_tmpfs("/run")
        silent = Path("/run/elsewhere" if link else "/run/runc")
        silent.mkdir()
        if link:
            for engine in ("runc", "crun", "systemd", "containerd", "firejail", "user"):
                Path("/run", engine).symlink_to(silent)
        fuse = SilentFuse(silent)
        os.listdir("/run")
        sandbox = processes.start(unshare=linux.CLONE_NEWNET | linux.CLONE_NEWNS)
        fuse.fall_silent()
        return sandbox.pid

    if not os.path.exists("/dev/fuse"):
        pytest.skip("this kernel has no FUSE")
    child = spawn(surround, unshare=linux.CLONE_NEWNS)

    def name_it() -> list[str]:
        found, names = look()
        task = found.processes[child.value]
        name = names.of_task(task)
        net = found.namespace_of(task, Kind.NET)
        assert net is not None
        return ["" if name is None else name.engine, *(name.name for name in names.of_namespace(net.id))]

    # In a process of its own, which can be ended if it hangs: `spawn` waits only so long.
    assert spawn(name_it).value == [""]
