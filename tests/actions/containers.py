"""Roots like those of containers, for processes in mount namespaces of their own."""

import os
import shutil
from pathlib import Path

import pytest

from tests import linux

KINDS = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET | linux.CLONE_NEWUTS | linux.CLONE_NEWIPC
STRICTATIME = 1 << 24


def host_programs(place: Path) -> None:
    """A root that has the host's programs and libraries, and nothing else of it."""
    linux.private_tmpfs(place)
    for name in ("bin", "lib", "lib64", "usr", "sbin"):
        if Path("/", name).exists():
            (place / name).mkdir()
            linux.mount(f"/{name}", place / name, flags=linux.MS_BIND | linux.MS_REC)
    for name in ("etc", "home", "proc"):
        (place / name).mkdir()
    linux.mount("proc", place / "proc", "proc")
    move_to(place)


def one_static_program(place: Path, program: str) -> None:
    """A root with nothing but one static program, as images without a distribution have."""
    linux.private_mounts()
    linux.mount("tmpfs", place, "tmpfs", flags=STRICTATIME, data="mode=0755")
    shutil.copy(program, place / "busybox-app")
    (place / "proc").mkdir()
    move_to(place)


def move_to(place: Path) -> None:
    os.chroot(place)
    os.chdir("/home" if os.path.isdir("/home") else "/")


def static_busybox() -> str:
    from nsview.actions.surroundings import spare_shell

    found = spare_shell()
    if found is None:
        pytest.skip("needs a static busybox (package busybox-static)")
    return found
