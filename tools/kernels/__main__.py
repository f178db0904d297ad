"""Runs tests inside Debian's packaged kernels, from the oldest to the newest in its archive, in QEMU.

Examples:

    make test-kernels                                      every series; the README's table is renewed
    make test-kernels KERNELS="5.10 newest"                these only
    make test-kernels KERNELS=6.19 TESTS="tests/discovery/test_bpf.py -k sockets"
                                                           these tests, pytest's options; not recorded
    make test-kernels KERNELS=newest ARGS=--shell          a shell inside; `exit` ends the machine
    .venv/bin/python -m tools.kernels newest --tree ../other-worktree --tests tests/discovery
                                                           the tests and the code of another checkout

It needs qemu-system-x86_64, apt-get, dpkg-deb and Debian's archive keyring, no rights, and no KVM (but takes
it where there is a processor for it). Kernels are kept in $XDG_CACHE_HOME/nsview/kernels, with console and
report of the last run of each. Machines run one at a time, however many of these are started.
"""

import argparse
import fcntl
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tools.kernels import initramfs, machine, readme
from tools.kernels.debian import Kernel, Missing, Packages
from tools.kernels.modules import Modules
from tools.kernels.report import Report, read_report

TESTS = ("tests/discovery", "tests/actions", "tests/kernel", "tests/contents", "-m", "not hypothesis")
"""Discovery, enter, spawn, BPF: what depends on the kernel, which random bytes do not."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nsview" / "kernels"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make test-kernels", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "kernels", metavar="SERIES", nargs="*", help="such as 6.12, or oldest, newest; else all"
    )
    parser.add_argument("--list", action="store_true", help="only say which kernels there are")
    parser.add_argument(
        "--tests", metavar="ARGUMENTS", default="", help="for pytest, in one word; nothing is recorded"
    )
    parser.add_argument(
        "--tree", metavar="DIR", type=Path, default=initramfs.ROOT, help="the checkout to be tested"
    )
    parser.add_argument("--shell", action="store_true", help="a shell on the console instead of the tests")
    parser.add_argument("--offline", action="store_true", help="with the lists and kernels fetched before")
    parser.add_argument("--seconds", type=float, default=2700, help="that one kernel may take (%(default)s)")
    arguments = parser.parse_args()
    try:
        return _run(arguments)
    except Missing as missing:
        print(f"make test-kernels: {missing}", file=sys.stderr)
        return 1


def _run(arguments: argparse.Namespace) -> int:
    packages = _packages(arguments.offline)
    kernels = _chosen(packages.kernels(), arguments.kernels)
    if arguments.list:
        for kernel in kernels:
            print(f"{kernel.series:6}{kernel.release:32}{kernel.version}")
        return 0
    tests = shlex.split(arguments.tests)
    reports = []
    for kernel in kernels:
        unpacked = packages.unpack(kernel)
        if arguments.shell:
            _boot(kernel, unpacked, arguments.tree, ["bash", "-i"], arguments.seconds, interactive=True)
            continue
        report = _test(kernel, unpacked, arguments.tree, tests or TESTS, arguments.seconds)
        reports.append(report)
        print(report.summary(), flush=True)
        if tests:
            print(report.console.read_text(errors="replace"))
        elif arguments.tree == initramfs.ROOT:
            readme.record(report)
    return int(any(report.failures for report in reports))


def _packages(offline: bool) -> Packages:
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = os.open(CACHE / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting for another run to end", file=sys.stderr, flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)  # kept until this process ends
    packages = Packages(CACHE / "apt")
    if not offline:
        for reason in packages.update():
            print(f"left out, {reason}", file=sys.stderr, flush=True)
    return packages


def _chosen(kernels: Sequence[Kernel], names: Sequence[str]) -> list[Kernel]:
    if not kernels:
        raise Missing("no list of Debian's packages could be had: is the network there?")
    known = {kernel.series: kernel for kernel in kernels}
    known |= {"oldest": kernels[0], "newest": kernels[-1]}
    for name in names:
        if name not in known:
            raise Missing(f"no kernel {name} in Debian's archive: {' '.join(known)}")
    return [known[name] for name in names] or list(kernels)


def _test(kernel: Kernel, unpacked: Path, tree: Path, tests: Sequence[str], seconds: float) -> Report:
    options = ["-v", "-ra", "--color=no", "-p", "no:cacheprovider", "--junit-xml=/tmp/junit.xml"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    ran = _boot(kernel, unpacked, tree, command, seconds)
    return read_report(kernel, date.today(), ran, bool(Modules(unpacked)))


def _boot(
    kernel: Kernel, unpacked: Path, tree: Path, command: list[str], seconds: float, interactive: bool = False
) -> machine.Ran:
    place = CACHE / "last" / kernel.series
    place.mkdir(parents=True, exist_ok=True)
    orders = {
        "command": command,
        "directory": str(initramfs.ROOT),
        "interactive": interactive,
        "environment": {
            "PATH": f"{os.path.dirname(sys.executable)}:{initramfs.PATH}",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "TERM": os.environ.get("TERM", "linux") if interactive else "linux",
        },
    }
    print(f"Linux {kernel.release} ({kernel.version}); console: {place / 'console.log'}", flush=True)
    with tempfile.NamedTemporaryFile(dir=place, prefix="initramfs") as archive:
        initramfs.write(Path(archive.name), Modules(unpacked), tree.resolve(), orders)
        return machine.boot(machine.find_kernel(unpacked), Path(archive.name), place, seconds, interactive)


if __name__ == "__main__":
    sys.exit(main())
