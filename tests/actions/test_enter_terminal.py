"""`nsview enter` on a real terminal: keys, jobs, sizes, and what is left of the terminal afterwards."""

import os
import shlex
import signal
import subprocess

import pytest

from tests import linux
from tests.actions.terminals import Terminal, nsview
from tests.kernel_fixtures import Spawn
from tests.processes import Child, eventually


@pytest.fixture
def child(require_root: None, spawn: Spawn) -> Child:
    def fresh_proc() -> None:
        linux.private_mounts()
        linux.mount("proc", "/proc", "proc")

    kinds = linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWUTS
    return spawn(unshare=kinds, function=fresh_proc)


BASH = ("bash", "--norc", "--noprofile", "-i")


def shell(child: Child, *options: str) -> Terminal:
    return Terminal(*nsview("enter", str(child.pid), *options, "-E", "PS1=$ ", "--", *BASH))


def test_a_shell_with_job_control(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        terminal.write("readlink /proc/self/ns/pid; tty -s && echo on a terminal\n")
        terminal.expect(rf"pid:\[{child.inode('pid')}\]\s+on a terminal")
        terminal.write('bash -c \'trap "echo agai"n CONT; echo awa""ke; while :; do sleep 0.1; done\'\n')
        # (dash would start sleep by vfork, and a stop in that moment stops only the half-made child.)
        terminal.expect("awake")
        terminal.write("\x1a")
        terminal.expect(r"Stopped")
        terminal.expect(r"\$ ")
        terminal.write("fg\n")
        terminal.expect("again")  # bash has given it the terminal by then
        terminal.write("\x03")
        terminal.expect(r"\$ ")
        terminal.write("echo status $?; exit 3\n")
        terminal.expect(r"status 130")
        assert terminal.wait() == 3
        assert terminal.settings() == terminal.before
        assert b"no job control" not in terminal.output


def test_its_terminal_is_another_one(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        terminal.write("stat -Lc 'device %t:%T' /dev/fd/0; stat -Lc 'same %t:%T' /dev/fd/2\n")
        inside = terminal.expect(r"device ([0-9a-f]+:[0-9a-f]+)\r\n")[1]
        terminal.expect(rf"same {inside}\r\n")
        outside = os.fstat(terminal.slave).st_rdev
        assert inside != f"{os.major(outside):x}:{os.minor(outside):x}"
        terminal.write("exit\n")
        assert terminal.wait() == 0


def test_the_size_follows(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        terminal.write("stty size\n")
        terminal.expect(r"24 80\r\n")
        terminal.resize(40, 132)
        # The kernel tells the foreground process, that process tells the terminal inside.
        for _ in range(50):
            terminal.write("stty size\n")
            if terminal.expect(r"(\d+ \d+)\r\n")[1] == "40 132":
                break
        else:
            pytest.fail("the size inside has not changed")
        terminal.write("exit\n")
        terminal.wait()


def shell_pid(child: Child) -> int:
    """The program that nsview has put into the child's pid namespace."""

    def found() -> int | None:
        for name in os.listdir("/proc"):
            if name.isdecimal() and int(name) != child.pid:
                try:
                    same = linux.inode(name, "pid") == child.inode("pid")
                    with open(f"/proc/{name}/comm") as file:
                        if same and file.read() == "bash\n":
                            return int(name)
                except OSError:
                    continue
        return None

    pid: int = eventually(found, "a bash inside")
    return pid


def test_a_killed_shell_in_raw_mode_and_the_alternate_screen(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        terminal.write(
            "stty raw -echo; printf '\\033[?1049h\\033[?1000h\\033[?25l\\033[1;31m'; echo rea''dy\n"
        )
        terminal.expect("ready")
        os.kill(shell_pid(child), signal.SIGKILL)
        assert terminal.wait() == 128 + signal.SIGKILL
        assert terminal.settings() == terminal.before
        for undone in (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h", b"\x1b[m"):
            assert undone in terminal.output
        assert os.tcgetpgrp(terminal.master) in (0, terminal.pid)


def test_nothing_is_undone_that_was_not_done(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        terminal.write("bind 'set enable-bracketed-paste off'; exit\n")
        terminal.wait()
        assert b"1049l" not in terminal.output
        assert b"1000l" not in terminal.output


def test_suspend_in_a_shell_that_nobody_could_continue(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        terminal.write("kill -STOP $$\n")
        terminal.write("echo on we''nt\n")
        terminal.expect("on went")
        terminal.write("exit\n")
        assert terminal.wait() == 0


def test_the_outer_terminal_goes_away(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        pid = shell_pid(child)
        os.kill(terminal.pid, signal.SIGHUP)
        terminal.wait()
        eventually(lambda: not os.path.exists(f"/proc/{pid}"), "the shell has ended")
        assert terminal.settings() == terminal.before


def test_our_own_death_ends_the_shell(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        pid = shell_pid(child)
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait()
        eventually(lambda: not os.path.exists(f"/proc/{pid}"), "the shell has ended")


def test_stopped_and_continued_from_outside(child: Child) -> None:
    with shell(child) as terminal:
        terminal.expect(r"\$ ")
        os.kill(terminal.pid, signal.SIGTSTP)
        os.waitpid(terminal.pid, os.WUNTRACED)
        assert terminal.settings() == terminal.before
        os.kill(terminal.pid, signal.SIGCONT)
        eventually(lambda: terminal.settings() != terminal.before, "raw again")
        terminal.write("echo ba''ck; exit\n")
        terminal.expect("back")
        assert terminal.wait() == 0


def test_a_failure_leaves_the_terminal_alone(child: Child) -> None:
    with Terminal(*nsview("enter", str(child.pid), "--", "nosuch")) as terminal:
        assert terminal.wait() == 127
        assert terminal.settings() == terminal.before
        assert b"nosuch: No such file or directory" in terminal.output


class TestWithoutATerminal:
    def run(self, child: Child, *command: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        line = nsview("enter", str(child.pid), "--", *command)
        return subprocess.run(line, input=data, capture_output=True, timeout=60, check=False)

    def test_bytes_go_through_unchanged(self, child: Child) -> None:
        data = bytes(range(256)) * 700 + b"\r\n\x03\x04\x1a"
        result = self.run(child, "cat", data=data)
        assert (result.returncode, result.stdout, result.stderr) == (0, data, b"")

    @pytest.mark.parametrize(
        ("script", "status"),
        [
            ("exit 0", 0),
            ("exit 3", 3),
            ("kill -TERM $$", 143),
            ("kill -KILL $$", 137),
            ("kill -SEGV $$", 139),
        ],
    )
    def test_the_exit_status_is_the_programs(self, child: Child, script: str, status: int) -> None:
        assert self.run(child, "sh", "-c", f"ulimit -c 0; {script}").returncode == status

    def test_nsviews_own_statuses(self, child: Child) -> None:
        assert self.run(child, "/no/such").returncode == 127
        assert self.run(child, "/etc/passwd").returncode == 126
        assert self.run(child, "/etc").returncode == 126
        line = nsview("enter", "--no-such-option")
        assert subprocess.run(line, capture_output=True, timeout=60, check=False).returncode == 125

    def test_a_closed_input_is_not_taken_by_a_pipe_of_ours(self, child: Child) -> None:
        line = shlex.join(
            nsview("enter", str(child.pid), "--", "sh", "-c", "readlink /proc/$$/fd/0; ls /proc/$$/fd")
        )
        done = subprocess.run(["sh", "-c", f"{line} <&-"], capture_output=True, timeout=60, check=True)
        assert done.stdout.split() == [b"/dev/null", b"0", b"1", b"2"]

    def test_children_of_a_parent_that_ignores_them(self, child: Child) -> None:
        line = shlex.join(nsview("enter", str(child.pid), "--", "sh", "-c", "exit 7"))
        assert (
            subprocess.run(["bash", "-c", f"trap '' CHLD; exec {line}"], timeout=60, check=False).returncode
            == 7
        )

    def test_there_is_no_terminal_inside(self, child: Child) -> None:
        result = self.run(child, "sh", "-c", "tty; (: </dev/tty) 2>&1")
        assert b"not a tty" in result.stdout
        assert b"No such device or address" in result.stdout

    def test_a_signal_reaches_the_program(self, child: Child) -> None:
        line = nsview(
            "enter",
            str(child.pid),
            "--",
            "sh",
            "-c",
            "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done",
        )
        with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 9


class TestOneEndIsATerminal:
    def line(self, child: Child, script: str) -> Terminal:
        command = " ".join(nsview("enter", str(child.pid)))
        return Terminal("bash", "--norc", "-c", script.replace("ENTER", command))

    def test_output_into_a_pipe_is_exact(self, child: Child) -> None:
        with self.line(child, "ENTER -- printf 'a\\nb\\n' | od -c | head -1") as terminal:
            assert terminal.wait() == 0
            assert b"a  \\n   b  \\n" in terminal.output

    def test_typed_lines_reach_it(self, child: Child) -> None:
        with self.line(
            child, "ENTER -- sh -c 'echo up >&2; read x; echo got $x; cat' | tr a-z A-Z"
        ) as terminal:
            terminal.expect("up")
            terminal.write("hello\n")
            terminal.expect("GOT HELLO")
            terminal.write("more\n\x04")
            terminal.expect("MORE")
            assert terminal.wait() == 0

    def test_a_pager_at_the_end_keeps_the_keyboard(self, child: Child) -> None:
        pager = "stty raw -echo </dev/tty; echo up; head -c1 </dev/tty | od -c; stty sane </dev/tty"
        script = f"ENTER -- seq 3 | ({pager})"
        with self.line(child, script) as terminal:
            terminal.expect("up")
            terminal.write("q")
            terminal.expect(r"0000000\s+q")
            terminal.wait()

    def test_ctrl_c_ends_the_program(self, child: Child) -> None:
        with self.line(
            child, "ENTER -- sh -c 'echo up >&2; exec sleep 1000' | cat; echo ${PIPESTATUS[0]}"
        ) as terminal:
            terminal.expect("up")
            terminal.write("\x03")
            terminal.wait()
        assert terminal.output.endswith(b"130\r\n")

    def test_input_from_a_pipe(self, child: Child) -> None:
        with self.line(child, "printf 'x\\ny\\n' | ENTER -- sh -c 'cat; tty'") as terminal:
            terminal.expect(r"x\r\ny\r\nnot a tty\r\n")
            assert terminal.wait() == 1
