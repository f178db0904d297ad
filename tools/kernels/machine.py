"""A virtual machine that boots a kernel with an initramfs and ends by itself."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from tools.kernels.debian import Missing

QEMU = "qemu-system-x86_64"
MEMORY = 3072
"""MB; about a tenth of it is the initramfs."""


class Ran(NamedTuple):
    ended: bool
    """Whether the machine ended by itself, not for want of time."""
    seconds: float
    console: Path
    result: Path


def find_kernel(unpacked: Path) -> Path:
    """The kernel's image in its unpacked package."""
    for pattern in ("boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz"):
        for file in unpacked.glob(pattern):
            return file
    raise Missing(f"{unpacked}: no kernel image in this package")


def boot(kernel: Path, initramfs: Path, place: Path, seconds: float, interactive: bool = False) -> Ran:
    """Boot and wait for the end; console and result become files in `place`."""
    if shutil.which(QEMU) is None:
        raise Missing(f"{QEMU} is not here: install qemu-system-x86")
    console, result = place / "console.log", place / "result"
    result.write_bytes(b"")
    command = [
        *(QEMU, "-nodefaults", "-display", "none", "-no-reboot", "-m", str(MEMORY), "-smp", "1"),
        *_processor(interactive),
        *("-kernel", str(kernel), "-initrd", str(initramfs)),
        *("-append", "console=ttyS0 panic=-1 mitigations=off nokaslr quiet loglevel=4 net.ifnames=0"),
        *("-serial", "mon:stdio" if interactive else f"file:{console}"),
        *("-serial", f"file:{result}"),
    ]
    started = time.monotonic()
    machine = subprocess.Popen(command, stdin=None if interactive else subprocess.DEVNULL)
    try:
        machine.wait(None if interactive else seconds)
        ended = True
    except subprocess.TimeoutExpired:
        ended = False
    finally:
        machine.kill()
        machine.wait()
    return Ran(ended, time.monotonic() - started, console, result)


def _processor(interactive: bool) -> list[str]:
    """Options for a real processor where this machine lends one, and else for an emulated one.

    The emulated one counts its instructions for nanoseconds, and time jumps when it has nothing to do. So to
    whatever runs inside it looks like an ordinary processor: only this machine takes longer over it. Nothing
    in there needs more patience than elsewhere, however busy this machine is.
    """
    if _lends_processor():
        return ["-accel", "kvm", "-cpu", "host"]
    counting = [] if interactive else ["-icount", "shift=0,sleep=off"]
    return ["-accel", "tcg", "-cpu", "max,la57=off", *counting]


def _lends_processor() -> bool:
    """Whether there is KVM, on a processor made for it: software in its place is too little for QEMU."""
    flags = set(Path("/proc/cpuinfo").read_text().split())
    return bool(flags & {"vmx", "svm"}) and os.access("/dev/kvm", os.R_OK | os.W_OK)
