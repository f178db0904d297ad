"""The first process of the virtual machine: makes it a machine, runs the tests, hands the result out.

Standard library only, started by the kernel as /init with nothing but the root directory. What it writes is
seen on the console; the result goes through the second serial port.
"""

import ctypes
import json
import os
import subprocess
import sys
import termios
import traceback
import tty
from pathlib import Path

ORDERS = Path("/orders.json")
MODULES = Path("/modules")
REPORT = Path("/tmp/junit.xml")

_CONSOLE = "/dev/ttyS0"
_RESULT = "/dev/ttyS1"

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MS_BIND, _MS_MOVE, _MS_REC, _MS_SHARED = 0x1000, 0x2000, 0x4000, 0x100000
_SYS_INIT_MODULE = 175
_RB_AUTOBOOT = 0x0123_4567

_QUIET = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
_MOUNTS = (
    ("proc", "/proc", _QUIET, ""),
    ("sysfs", "/sys", _QUIET, ""),
    ("devtmpfs", "/dev", _MS_NOSUID, ""),
    ("devpts", "/dev/pts", _MS_NOSUID | _MS_NOEXEC, "mode=620,ptmxmode=666"),
    ("tmpfs", "/dev/shm", _MS_NOSUID | _MS_NODEV, "mode=1777"),
    ("mqueue", "/dev/mqueue", _QUIET, ""),
    ("cgroup2", "/sys/fs/cgroup", _QUIET, ""),
    ("bpf", "/sys/fs/bpf", _QUIET, "mode=700"),
    ("tmpfs", "/run", _MS_NOSUID | _MS_NODEV, "mode=755"),
    ("tmpfs", "/tmp", _MS_NOSUID | _MS_NODEV, "mode=1777"),
)

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    try:
        _stand_on_a_mount()
        for fstype, place, flags, data in _MOUNTS:
            _mount(fstype, place, flags, data)
        _use_console()
        _load_modules()
        _settle()
        orders = json.loads(ORDERS.read_text())
        status = _run(**orders)
        print(f"== ended with status {status}", flush=True)
        _hand_out()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        termios.tcdrain(1)
        os.sync()
        _libc.reboot(ctypes.c_int(_RB_AUTOBOOT))


def _stand_on_a_mount() -> None:
    """Put the root directory on top of itself: the kernel's first mount cannot be left by pivot_root."""
    os.makedirs("/root_again", exist_ok=True)
    _mount("/", "/root_again", _MS_BIND, "")
    os.chdir("/root_again")
    _mount(".", "/", _MS_MOVE, "")
    os.chroot(".")
    os.chdir("/")
    # As every Linux with systemd has it.
    _mount("none", "/", _MS_REC | _MS_SHARED, "")


def _mount(what: str, place: str, flags: int, data: str) -> None:
    os.makedirs(place, exist_ok=True)
    if _libc.mount(
        what.encode(), place.encode(), what.encode(), ctypes.c_ulong(flags), data.encode() or None
    ):
        number = ctypes.get_errno()
        print(f"{place}: {what} cannot be mounted: {os.strerror(number)}", flush=True)


def _use_console() -> None:
    """The console as the terminal of all that follows, with Ctrl-C for whoever sits at it."""
    os.setsid()
    for fd in (0, 1, 2):
        console = os.open(_CONSOLE, os.O_RDWR)
        os.dup2(console, fd)
        os.close(console)
    for link, target in (
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ):
        if not os.path.lexists(f"/dev/{link}"):
            os.symlink(target, f"/dev/{link}")


def _load_modules() -> None:
    # Else each tunnel's module puts an interface of its own into every namespace (Linux 4.19).
    Path("/proc/sys/net/core/fb_tunnels_only_for_init_net").write_text("1")
    # Of a kernel whose modules have left the archive there are none.
    for file in sorted(MODULES.iterdir()) if MODULES.is_dir() else ():
        image = file.read_bytes()
        if _libc.syscall(_SYS_INIT_MODULE, image, ctypes.c_ulong(len(image)), b""):
            print(f"{file.name}: cannot be loaded: {os.strerror(ctypes.get_errno())}", flush=True)
        file.unlink()


def _settle() -> None:
    """What a machine has besides: a name, a loopback interface, control groups that count."""
    Path("/proc/sys/kernel/hostname").write_text("kernels")
    groups = Path("/sys/fs/cgroup")
    controllers = (groups / "cgroup.controllers").read_text().split()
    (groups / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    os.makedirs("/run/netns", exist_ok=True)


def _run(command: list[str], directory: str, environment: dict[str, str], interactive: bool) -> int:
    """Start the command and be the parent of orphans until it ends; only a person's keeps the terminal."""
    program = subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=None if interactive else subprocess.DEVNULL,
        start_new_session=not interactive,
    )
    while True:
        pid, status = os.wait()
        if pid == program.pid:
            return os.waitstatus_to_exitcode(status)


def _hand_out() -> None:
    if not REPORT.exists():
        return
    with open(_RESULT, "wb", buffering=0) as out:
        tty.setraw(out.fileno())
        data = REPORT.read_bytes()
        while data:
            data = data[out.write(data) or 0 :]
        termios.tcdrain(out.fileno())


if __name__ == "__main__":
    main()
