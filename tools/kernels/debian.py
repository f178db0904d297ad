"""The kernels of Debian's archive: which there are, and their files, without anything being installed.

apt-get works with a configuration and directories of its own, so the machine's are neither used nor changed.
It checks the archive's signatures with the machine's debian-archive-keyring. Only names that the archive
itself lists are asked for.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_ARCHIVE = "http://deb.debian.org/debian"
_SECURITY = "http://deb.debian.org/debian-security"
_SUITES = (
    (_ARCHIVE, "bullseye"),
    (_SECURITY, "bullseye-security"),
    (_ARCHIVE, "bookworm"),
    (_SECURITY, "bookworm-security"),
    (_ARCHIVE, "bookworm-backports"),
    (_ARCHIVE, "trixie"),
    (_SECURITY, "trixie-security"),
    (_ARCHIVE, "trixie-backports"),
    (_ARCHIVE, "testing"),
    (_ARCHIVE, "unstable"),
    (_ARCHIVE, "experimental"),
)
"""Where kernels are looked for. An old suite goes to another host one day; then its kernels are not found."""

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The kernels for virtual machines: the same features in the parts that matter here, a quarter of the size.
_IMAGE = re.compile(r"linux-image-((\d+)\.(\d+)\S*-cloud-amd64)")
_PART = re.compile(r"linux-[a-z]+-\d+\.\d+\S*-cloud-amd64")


class Kernel(NamedTuple):
    """A packaged kernel, the newest of its series."""

    series: str
    """As it is spoken of: `6.12`."""
    release: str
    """What `uname -r` will say."""
    version: str
    """The package's."""


class Missing(Exception):
    """Something that this machine lacks; the text says what to do."""


class Packages:
    """Debian's packages as the archive has them today. `place` is kept from one run to the next."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._parts: dict[tuple[str, str], dict[str, str]] = {}
        for program, package in (("apt-get", "apt"), ("apt-cache", "apt"), ("dpkg-deb", "dpkg")):
            if shutil.which(program) is None:
                raise Missing(
                    f"{program} is not here (package {package}): Debian's kernels cannot be fetched"
                )
        if not os.path.exists(_KEYRING):
            raise Missing(f"{_KEYRING} is not here: install debian-archive-keyring")
        for directory in ("state/lists/partial", "cache/archives/partial", "preferences.d"):
            (place / directory).mkdir(parents=True, exist_ok=True)
        self._options = [f"--option={name}={value}" for name, value in self._settings().items()]

    def _settings(self) -> dict[str, object]:
        return {
            "Dir::Etc::SourceList": self._place / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": self._place / "preferences.d",
            "Dir::State": self._place / "state",
            "Dir::State::Status": "/dev/null",
            "Dir::Cache": self._place / "cache",
            "Dir::Cache::pkgcache": "pkgcache.bin",
            "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
            "APT::Architecture": "amd64",
            "APT::Architectures": "amd64",
            "Acquire::Languages": "none",
            # An old suite's list of packages does not change any more, and says that it is out of date.
            "Acquire::Check-Valid-Until": "false",
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any",
        }

    def update(self) -> list[str]:
        """Fetch the lists of all suites; returns what apt said of those that could not be had."""
        unreachable = []
        lines = []
        for host, suite in _SUITES:
            line = f"deb [signed-by={_KEYRING}] {host} {suite} main\n"
            (self._place / "sources.list").write_text(line)
            # One at a time: a suite that has gone must not cost us the others.
            asked = self._run("apt-get", "-qq", "--no-list-cleanup", "update", check=False)
            if asked.returncode == 0:
                lines.append(line)
            else:
                unreachable.append(f"{suite}: {' '.join(asked.stderr.split())}")
        (self._place / "sources.list").write_text("".join(lines))
        return unreachable

    def kernels(self) -> list[Kernel]:
        """The newest kernel of each series that is in the archive, the oldest series first."""
        names = self._run("apt-cache", "pkgnames", "linux-").stdout.split()
        self._parts = {
            (package["Package"], package["Version"]): package
            for package in self._show(sorted(name for name in names if _PART.fullmatch(name)))
        }
        newest: dict[tuple[int, int], Kernel] = {}
        for name, version in self._parts:
            image = _IMAGE.fullmatch(name)
            if image is None:
                continue
            # Of superseded ones a part may have gone; without the modules a kernel still starts.
            binary = name.replace("image", "binary"), version
            if binary in self._needed(name, version) and binary not in self._parts:
                continue
            release, major, minor = image.groups()
            series = int(major), int(minor)
            if series not in newest or self._is_newer(version, newest[series].version):
                newest[series] = Kernel(f"{major}.{minor}", release, version)
        return [newest[series] for series in sorted(newest)]

    def unpack(self, kernel: Kernel) -> Path:
        """The directory that holds the kernel's files; fetched and unpacked only once."""
        place = self._place.parent / kernel.release
        if (place / "version").exists() and (place / "version").read_text() == kernel.version:
            return place
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        image = f"linux-image-{kernel.release}", kernel.version
        parts = {image, *self._needed(*image)} & self._parts.keys()
        wanted = [f"{name}={version}" for name, version in sorted(parts)]
        self._run("apt-get", "-qq", "download", *wanted, cwd=place)
        for file in place.glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", file, place], check=True)
            file.unlink()
        (place / "version").write_text(kernel.version)
        return place

    def _needed(self, name: str, version: str) -> set[tuple[str, str]]:
        """The other packages of the same kernel: since Linux 6.19 its image and its modules are two."""
        depends = self._parts[name, version].get("Depends", "")
        release = name.removeprefix("linux-image-")
        needed = re.findall(r"(linux-[a-z]+-(\S+)) \(= (\S+)\)", depends)
        return {(other, its_version) for other, its_release, its_version in needed if its_release == release}

    def _show(self, names: Iterable[str]) -> Iterator[dict[str, str]]:
        """The fields of packages, one dictionary for each version."""
        told = self._run("apt-cache", "--all-versions", "show", *names).stdout
        for stanza in told.strip().split("\n\n"):
            yield dict(line.split(": ", 1) for line in stanza.splitlines() if re.match(r"\w[\w-]*: ", line))

    def _is_newer(self, one: str, other: str) -> bool:
        return subprocess.run(["dpkg", "--compare-versions", one, "gt", other], check=False).returncode == 0

    def _run(
        self, program: str, *command: str, cwd: Path | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [program, *self._options, *command],
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise Missing(f"{program} {' '.join(command[:3])}: {done.stderr.strip()}")
        return done
