"""The first root directory of the virtual machine: programs and Python of this one, the project, modules.

All is at the same place as here, so that Python's environment works there unchanged. Nothing of this
machine's configuration comes along but the names of its users.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from tools.kernels.cpio import Archive
from tools.kernels.debian import Missing
from tools.kernels.modules import Modules

ROOT = Path(__file__).resolve().parent.parent.parent
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

PROGRAMS = {
    "bash": "bash",
    "sh": "dash",
    "ip": "iproute2",
    "mount": "mount",
    "nsenter": "util-linux",
    "ps": "procps",
    "hostname": "hostname",
    "sleep": "coreutils",
}
"""Without these the tests make no sense; each with Debian's package."""

MORE_PROGRAMS = """
    umount lsns unshare findmnt script setpriv mountpoint setsid dmesg losetup ipcs ipcmk ipcrm lsipc
    cat ls id echo true false env readlink stat tr head tail wc sort cut tee od expr nproc pwd
    touch mkdir rm rmdir cp mv ln chmod chown chroot tty stty test kill uname printf seq dd date uptime
    timeout nohup sync basename dirname mktemp grep sed awk find xargs clear tput
    sysctl df du tc ss bridge nft wg tmux newuidmap newgidmap bwrap runc busybox
""".split()  # noqa: SIM905
"""Tests that miss one of these say so and are skipped. A compiler is too large to come along."""

_FILES = (
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/subuid", "/etc/subgid", "/etc/ld.so.cache"),
    *("/etc/services", "/etc/protocols", "/etc/netconfig"),
)
_TREES = (
    *("/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8"),
    *("/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2"),
)
_TERMINALS = "linux vt100 vt220 ansi dumb xterm xterm-256color screen screen-256color tmux tmux-256color"

_UNUSED_LIBRARY = {
    *("test", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "site-packages", "dist-packages"),
    os.path.basename(sysconfig.get_config_var("LIBPL")),
}
"""Of Python's standard library: what is large and imported by no test, and what is not its own."""

_NOT_THE_PROJECT = {
    *(".git", ".venv", "screenshots", "build", "dist"),
    *(".mypy_cache", ".ruff_cache", ".hypothesis", ".pytest_cache", ".import_linter_cache"),
}


def write(place: Path, modules: Modules, tree: Path, orders: dict[str, object]) -> None:
    """Write the archive; `tree` is the project that is tested, put where this one is."""
    with open(place, "wb") as file:
        archive = Archive(file)
        for directory in ("/home", "/media", "/mnt", "/opt", "/root", "/srv", "/var/tmp"):
            archive.directory(directory)
        archive.device("/dev/console", stat.S_IFCHR | 0o600, 5, 1)
        _add_programs(archive)
        _add_python(archive)
        _add_project(archive, tree)
        for number, module in enumerate(modules.with_needs()):
            archive.put(f"/modules/{number:02} {module.name}", module.image)
        init = (ROOT / "tools/kernels/inside.py").read_text()
        archive.put("/init", f"#!{sys.executable} -I\n{init}".encode(), mode=0o755)
        archive.put("/orders.json", json.dumps(orders).encode())
        archive.close()


def _add_programs(archive: Archive) -> None:
    missing = sorted({package for name, package in PROGRAMS.items() if _which(name) is None})
    if missing:
        raise Missing(f"programs for inside the machine are missing: install {' '.join(missing)}")
    found = [path for name in (*PROGRAMS, *MORE_PROGRAMS) if (path := _which(name))]
    for path in (*found, *_libraries(found)):
        archive.add(path)
    for file in _FILES:
        if os.path.exists(file):
            archive.add(file)
    for top in _TREES:
        if os.path.isdir(top):
            archive.add_tree(top)
    for terminal in _TERMINALS.split():
        for place in ("/lib/terminfo", "/usr/share/terminfo", "/etc/terminfo"):
            if os.path.exists(described := f"{place}/{terminal[0]}/{terminal}"):
                archive.add(described)


def _which(name: str) -> str | None:
    # What is in a home or a project's environment is not a program of the system.
    return shutil.which(name, path=PATH)


def _add_python(archive: Archive) -> None:
    """The interpreter that runs this, its standard library, and the packages installed for the tests."""
    archive.add(sys.executable)
    archive.add(Path(sys.prefix) / "pyvenv.cfg")
    library = sysconfig.get_path("stdlib")
    archive.add_tree(library, _UNUSED_LIBRARY)
    files = [file for name in _requirements("nsview", "test") for file in _files(name)]
    for file in files:
        archive.add(file)
    extensions = [
        *Path(library).glob("lib-dynload/*.so"),
        *(file for file in files if ".so" in file.suffixes),
    ]
    for library in _libraries([os.path.realpath(sys.executable), *map(str, extensions)]):
        archive.add(library)


def _requirements(name: str, *extras: str) -> set[str]:
    """An installed package and all that it needs, and needs with these extras."""
    found: set[str] = set()
    waiting = [(name, extras)]
    while waiting:
        name, extras = waiting.pop()
        found.add(name)
        for line in distribution(name).requires or ():
            needed = Requirement(line)
            marker = needed.marker
            if needed.name not in found and (
                marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
            ):
                waiting.append((needed.name, tuple(needed.extras)))
    return found


def _files(package: str) -> Iterator[Path]:
    for file in distribution(package).files or ():
        place = Path(str(file.locate()))
        if place.exists():
            yield Path(os.path.normpath(place))


def _libraries(files: Iterable[str]) -> list[str]:
    """The shared libraries that the programs and libraries need, and the dynamic linker."""
    told = subprocess.run(["ldd", *files], capture_output=True, text=True, check=False).stdout
    return sorted(set(re.findall(r"(?:=> |^\t)(/\S+) \(0x", told, re.MULTILINE)))


def _add_project(archive: Archive, tree: Path) -> None:
    """The files of the project, as they are in `tree`, at the place where the environment looks for them."""
    archive.directory(str(ROOT))
    for directory, below, files in os.walk(tree):
        below[:] = [name for name in below if name not in _NOT_THE_PROJECT]
        for name in files:
            file = Path(directory, name)
            found = file.stat()
            archive.put(
                str(ROOT / file.relative_to(tree)),
                file.read_bytes(),
                0o755 if found.st_mode & 0o100 else 0o644,
                found.st_mtime,
            )
