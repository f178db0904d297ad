"""What tests of the real kernel ask for: rights, processes in namespaces, an ordinary user.

def test_a_net_namespace(require_root: None, spawn: Spawn) -> None:
    child = spawn(unshare=linux.CLONE_NEWNET)
    assert child.inode("net") != linux.inode("self", "net")
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

import nsview
from tests import linux
from tests.leftovers import OURS
from tests.processes import Child, call, start

NOBODY = 65534


def require_kind(kind: str) -> None:
    """Skip the test where the kernel has no such namespaces."""
    if not os.path.exists(f"/proc/self/ns/{kind}"):
        pytest.skip(f"this kernel has no {kind} namespaces")


def require_link(kind: str) -> None:
    """Skip the test where the kernel has no such network interfaces; needs root."""
    command = ["ip", "link", "add", "probe", "type", kind]

    def make() -> str:
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    if no_such_link(call(make, unshare=linux.CLONE_NEWNET)):
        pytest.skip(f"this kernel has no {kind} interfaces")


def no_such_link(said: str) -> bool:
    """Whether ip(8) says that the kernel has no such kind of interface."""
    return "Operation not supported" in said or "Unknown device type" in said


class Spawn(Protocol):
    """`start`, with everything it started ended after the test."""

    def __call__(self, function: Callable[[], Any] | None = None, **where: Any) -> Child: ...


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start processes as `start` does; they are ended after the test, the last one first."""
    with ExitStack() as children:

        def one(function: Callable[[], Any] | None = None, **where: Any) -> Child:
            child = start(function, **where)
            children.callback(child.end)
            return child

        yield one


@pytest.fixture(scope="session")
def _lacking_for_root() -> str | None:
    if os.geteuid() != 0:
        return "needs root"
    refusal: str | None = call(_refusal)
    return refusal and f"needs root that may make namespaces and mounts; here: {refusal}"


def _refusal() -> str | None:
    try:
        linux.unshare(linux.CLONE_NEWNS)
        linux.private_tmpfs("/tmp")
    except PermissionError as error:
        return str(error)
    return None


@pytest.fixture
def require_root(_lacking_for_root: str | None) -> None:
    """Skip the test, saying why, unless it may make namespaces and mounts."""
    if _lacking_for_root:
        pytest.skip(_lacking_for_root)


class AsNobody(Protocol):
    """Call a function as an ordinary user and return what it returned."""

    def __call__(self, function: Callable[[], Any], **where: Any) -> Any: ...


@pytest.fixture
def as_nobody(require_root: None) -> AsNobody:
    """`call` as the user nobody, without groups and capabilities; see also `nsview_as_nobody`."""

    def run(function: Callable[[], Any], **where: Any) -> Any:
        return call(function, user=NOBODY, **where)

    return run


class RunNsview(Protocol):
    """Run `python -m nsview` with these arguments; outputs are bytes, the status is not judged."""

    def __call__(self, *args: str, timeout: float = 60) -> subprocess.CompletedProcess[bytes]: ...


@pytest.fixture(scope="session")
def _nsview_for_nobody(_lacking_for_root: str | None) -> Iterator[tuple[str, dict[str, str]] | str]:
    """An interpreter and an environment with which nobody can run nsview, or why there is none."""
    if _lacking_for_root:
        yield _lacking_for_root
        return
    # The checkout and the interpreter that runs the tests may both be in root's home, closed to others.
    place = Path(tempfile.mkdtemp(prefix=OURS))
    try:
        place.chmod(0o755)
        package = Path(nsview.__file__).parent
        shutil.copytree(package, place / "nsview", ignore=shutil.ignore_patterns("__pycache__"))
        yield _find_python_for_nobody(place)
    finally:
        shutil.rmtree(place)


def _find_python_for_nobody(place: Path) -> tuple[str, dict[str, str]] | str:
    search = os.pathsep.join(["/usr/local/bin", "/usr/bin", "/bin"])
    same = f"python3.{sys.version_info.minor}"
    names = dict.fromkeys([same, "python3.14", "python3.13", "python3.12", "python3.11", "python3"])
    found = [sys.executable, *filter(None, (shutil.which(name, path=search) for name in names))]
    installed = [_within_reach(entry, place) for entry in sys.path if entry.endswith("site-packages")]
    for executable in found:
        # Compiled modules fit only the version that they were installed for.
        with_installed = executable == sys.executable or executable.endswith(same)
        environment = {
            "PATH": search,
            "HOME": "/nonexistent",
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join([str(place), *installed] if with_installed else [str(place)]),
        }
        attempt = [executable, "-c", "import sys, nsview; sys.exit(sys.version_info < (3, 11))"]
        try:
            if _run_as_nobody(attempt, environment, 60).returncode == 0:
                return executable, environment
        except OSError:
            continue
    return f"user nobody may start none of {', '.join(found)}, or none is Python 3.11 or newer"


def _within_reach(directory: str, place: Path) -> str:
    """A directory of packages, or a copy of it where nobody may not go to the first."""
    if call(lambda: os.access(f"{directory}/textual", os.R_OK), user=NOBODY):
        return directory
    copy = Path(tempfile.mkdtemp(prefix="packages", dir=place))
    copy.chmod(0o755)
    shutil.copytree(directory, copy, symlinks=True, dirs_exist_ok=True, copy_function=_link)
    return str(copy)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)


def _run_as_nobody(
    command: Sequence[str], environment: dict[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture
def nsview_as_nobody(require_root: None, _nsview_for_nobody: tuple[str, dict[str, str]] | str) -> RunNsview:
    """Run nsview's command line as the user nobody, without groups and capabilities."""
    if isinstance(_nsview_for_nobody, str):
        pytest.skip(_nsview_for_nobody)
    executable, environment = _nsview_for_nobody

    def run(*args: str, timeout: float = 60) -> subprocess.CompletedProcess[bytes]:
        return _run_as_nobody([executable, "-m", "nsview", *args], environment, timeout)

    return run
