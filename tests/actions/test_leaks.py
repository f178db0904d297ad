"""What the inside gets to see of the outside: nothing that was not asked for."""

import ctypes
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nsview.actions.failure import LaunchError
from nsview.actions.launcher.inside import Channel, carry_out
from nsview.actions.launcher.opening import open_all
from nsview.actions.plan import Place
from tests import linux
from tests.actions import containers
from tests.actions.programs import plan_for, run
from tests.actions.terminals import Terminal, nsview
from tests.kernel_fixtures import Spawn
from tests.processes import Child


@pytest.fixture
def container(require_root: None, spawn: Spawn, tmp_path: Path) -> Child:
    return spawn(lambda: containers.host_programs(tmp_path), unshare=containers.KINDS)


def test_no_file_above_two(container: Child) -> None:
    held = os.open("/", os.O_RDONLY)
    os.set_inheritable(held, True)
    try:
        ran = run(plan_for(container.pid), "sh", "-c", "ls /proc/$$/fd")
    finally:
        os.close(held)
    assert ran.out.split() == ["0", "1", "2"]


def test_no_variable_of_ours(container: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "hush")
    names = {line.partition("=")[0] for line in run(plan_for(container.pid), "env").out.splitlines()}
    assert names <= {"PATH", "HOME", "TERM", "LANG"}
    ours = run(plan_for(container.pid, environment="mine"), "env").out
    assert "SECRET_OF_THE_HOST=hush" in ours.splitlines()
    asked = run(plan_for(container.pid, variables=(("ASKED", "for"),)), "env").out
    assert "ASKED=for" in asked.splitlines()


def test_the_targets_environment(require_root: None) -> None:
    process = subprocess.Popen(["sleep", "1000"], env={"OF_THE_TARGET": "ünicode\x01", "PATH": "/bin"})
    try:
        plan = plan_for(process.pid, environment="target", kinds=())
        assert "OF_THE_TARGET=ünicode\x01" in run(plan, "env").out.split("\n")
    finally:
        process.kill()
        process.wait()


def test_root_and_directory_are_the_targets(container: Child) -> None:
    ran = run(plan_for(container.pid), "sh", "-c", "pwd; stat -c %i / /..; ls /")
    here, inode, above, *names = ran.out.split()
    assert here == "/home"
    assert inode == above == str(os.stat(f"/proc/{container.pid}/root").st_ino)
    assert set(names) <= {"bin", "lib", "lib64", "usr", "sbin", "etc", "home", "proc"}
    links = run(plan_for(container.pid), "sh", "-c", "readlink /proc/$$/root /proc/$$/cwd")
    assert links.out.split() == ["/", "/home"]


def test_a_directory_outside_the_root_is_not_taken(container: Child) -> None:
    plan = plan_for(container.pid, cwd=Place("path", "/tmp"))
    with pytest.raises(LaunchError, match="not below the root"):
        run(plan, "pwd")


def test_no_control_of_our_session(container: Child) -> None:
    ran = run(plan_for(container.pid), "sh", "-c", "cut -d' ' -f4-7 /proc/$$/stat")
    parent, group, session, terminal = map(int, ran.out.split())
    assert parent == 0  # outside the pid namespace
    assert group == session > 0
    assert terminal == 0


def test_signals_are_at_their_defaults(container: Child) -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    try:
        out = run(plan_for(container.pid), "cat", "/proc/self/status").out
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
    rows = dict(line.split(":\t") for line in out.splitlines() if line.startswith("Sig"))
    # 32 and 33 are glibc's own, which no program may change; whoever was started by posix_spawn ignores them.
    assert {name: int(rows[name], 16) & ~(3 << 31) for name in ("SigBlk", "SigIgn", "SigCgt")} == {
        "SigBlk": 0,
        "SigIgn": 0,
        "SigCgt": 0,
    }


def attach(pid: int) -> int:
    """errno of a PTRACE_ATTACH, or 0."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, pid, 0, 0) < 0:
        return ctypes.get_errno()
    os.waitpid(pid, 0)
    libc.ptrace(17, pid, 0, 0)
    return 0


def test_nobody_inside_may_trace_us_before_exec(require_root: None, spawn: Spawn) -> None:
    """Held at the last step before exec, already inside, with root of the target's user namespace as
    tracer."""
    target = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWUTS)
    up_read, up_write = os.pipe()
    down_read, down_write = os.pipe()
    plan = plan_for(target.pid)._replace(command=("sleep", "1000"))
    held = os.fork()
    if held == 0:
        os.close(down_write)
        carry_out(plan, open_all(plan), Channel(up_write, down_read), False)
    try:
        os.close(up_write)
        os.close(down_read)
        assert b"ready" in os.read(up_read, 4096)
        tracer = (target.pid, ["user"])
        assert linux.inode(held, "user") == target.inode("user")
        assert spawn(lambda: attach(held), join=tracer).value == 1  # EPERM
        os.write(down_write, b"g")
        while os.read(up_read, 4096):
            pass
        # The program itself is as traceable as any other in there.
        assert spawn(lambda: attach(held), join=tracer).value == 0
    finally:
        os.kill(held, signal.SIGKILL)
        os.waitpid(held, 0)
        os.close(up_read)
        os.close(down_write)


class TestPlantedFiles:
    """The target's root holds a trap wherever a Python or a C library might look for something of its own."""

    NAMES = (
        *("encodings/__init__.py", "encodings/utf_8.py", "encodings/ascii.py", "encodings/idna.py"),
        *("sitecustomize.py", "usercustomize.py", "traceback.py", "linecache.py", "pwd.py", "errno.py"),
    )

    def plant(self, place: Path, busybox: str) -> list[str]:
        containers.one_static_program(place, busybox)
        library = str(Path(os.__file__).parent)
        planted = []
        for directory in {library, f"{library}/lib-dynload", *(path for path in sys.path if path[:1] == "/")}:
            for name in self.NAMES:
                file = Path(directory, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("import os; os.mkdir('/caught')\n")
                planted.append(str(file))
        for text in ("/etc/nsswitch.conf", "/etc/ld.so.preload", "/etc/ld.so.cache", "/etc/localtime"):
            Path(text).parent.mkdir(exist_ok=True)
            Path(text).write_text("passwd: trap\n")
            planted.append(text)
        for text in (
            "/lib/libnss_trap.so.2",
            "/usr/share/locale/locale.alias",
            "/usr/share/terminfo/x/xterm",
        ):
            Path(text).parent.mkdir(parents=True, exist_ok=True)
            Path(text).write_bytes(b"\x7fELF")
            planted.append(text)
        for text in planted:
            os.utime(text, (1000, 1000))
        return planted

    def read(self, child: Child, planted: list[str]) -> list[str]:
        """Those that somebody has read: the file system notes every access."""
        return [text for text in planted if os.stat(f"/proc/{child.pid}/root{text}").st_atime != 1000]

    def test_none_is_ever_loaded(self, require_root: None, spawn: Spawn, tmp_path: Path) -> None:
        busybox = containers.static_busybox()
        child = spawn(lambda: self.plant(tmp_path, busybox), unshare=linux.CLONE_NEWNS)
        planted: list[str] = child.value
        plan = plan_for(child.pid, variables=(("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")))
        assert run(plan, "/busybox-app", "true").status == 0
        # Failing takes the ways that are seldom gone: words for an error, a user without a name.
        for failing in (
            plan._replace(command=("/nö/such",)),
            plan._replace(command=("true",), cwd=Place("inside", "/none")),
        ):
            with pytest.raises(LaunchError):
                run(failing)
        assert self.read(child, planted) == []
        # The trap does snap.
        with open(f"/proc/{child.pid}/root{planted[0]}") as file:
            file.read()
        assert self.read(child, planted) == planted[:1]


def test_keystrokes_put_into_the_terminal_stay_inside(
    require_root: None, spawn: Spawn, tmp_path: Path
) -> None:
    legacy = Path("/proc/sys/dev/tty/legacy_tiocsti")
    if legacy.exists() and legacy.read_text().strip() == "0":
        pytest.skip("dev.tty.legacy_tiocsti is 0: the kernel lets nobody put keystrokes into a terminal")
    push = tmp_path / "push.py"
    push.write_text(
        "import fcntl, termios\n"
        "for key in b\"echo pu''shed\\n\":\n"
        "    fcntl.ioctl(0, termios.TIOCSTI, bytes([key]))\n"
    )
    child = spawn(unshare=linux.CLONE_NEWUTS)
    enter = " ".join(nsview("enter", str(child.pid), "--"))
    for wrapper, arrives in ((enter, False), ("", True)):
        with Terminal("bash", "--norc", "--noprofile", "-i") as terminal:
            terminal.expect(r"\$ ")
            terminal.write(f"{wrapper} {sys.executable} {push}; echo do''ne\n")
            terminal.expect(r"done\r\n")
            terminal.write("echo after''wards; exit\n")
            seen = terminal.expect(r"([\s\S]*)afterwards")[1]
            # What is typed meanwhile is echoed before it or after it.
            assert (re.search(r"[\r\n]pushed\r", seen) is not None) == arrives
            terminal.wait()
