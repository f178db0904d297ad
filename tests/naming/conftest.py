import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.naming.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "root")


@pytest.fixture
def called() -> str:
    return f"nsview-test-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def rootfs(tmp_path: Path) -> Path:
    """A root directory with busybox alone."""
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.skip("busybox is not installed")
    root = tmp_path / "rootfs"
    for name in ("bin", "proc", "dev", "sys", "run", "tmp", "etc"):
        (root / name).mkdir(parents=True)
    shutil.copy2(busybox, root / "bin/busybox")
    for name in ("sh", "sleep", "cat"):
        (root / "bin" / name).symlink_to("busybox")
    if os.geteuid() == 0:
        works = subprocess.run(["chroot", str(root), "/bin/sleep", "0"], capture_output=True, check=False)
        if works.returncode:
            pytest.skip("busybox is not linked statically (busybox-static)")
    return root


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Programs that a test starts, to be ended by it."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
