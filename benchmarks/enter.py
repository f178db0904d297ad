"""What it takes to enter and to make namespaces, beside the interpreter's own start, nsenter and unshare."""

import os
import pty
import select
import shutil
import sys
import time

import nsview
from benchmarks.measure import NSVIEW, Goal, run

ROUNDS = 15
ENTER = "nsview enter PID -- true"
PROMPT = "to the prompt of a shell inside, beyond its own start"
_CONTAINER = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
_SHELL = ("/bin/sh",)


def figures() -> dict[str, dict[str, float]]:
    """Milliseconds, the best of many rounds in which all take turns."""
    ordinary = os.geteuid() != 0
    kinds = (*_CONTAINER, "user") if ordinary else _CONTAINER
    with nsview.spawn(kinds, ["sleep", "1000"], mount_proc=True) as target:
        try:
            return {"best of rounds": _figures(str(target.pid), ordinary)}
        finally:
            target.kill()


def _figures(pid: str, ordinary: bool) -> dict[str, float]:
    root = os.path.dirname(os.path.dirname(os.path.abspath(nsview.__file__)))
    launcher = f"import sys; sys.path.append({root!r}); import nsview.actions.launcher.main"
    commands = {
        "Python starts": [sys.executable, "-c", "pass"],
        "Python starts isolated": [sys.executable, "-IS", "-c", "pass"],
        "the launcher is loaded": [sys.executable, "-IS", "-c", launcher],
        "planned only (--print-command)": [NSVIEW, "enter", pid, "--print-command"],
        ENTER: [NSVIEW, "enter", pid, "--", "true"],
        "nsview spawn --preset rootless -- true": [NSVIEW, "spawn", "--preset", "rootless", "--", "true"],
    }
    if shutil.which("nsenter") and not ordinary:
        commands["nsenter -t PID -a true"] = ["nsenter", "-t", pid, "-a", "true"]
    taken: dict[str, list[float]] = {name: [] for name in commands}
    prompts: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        for name, command in commands.items():
            taken[name].append(run(command).milliseconds)
        prompts.append(_until_prompt([NSVIEW, "enter", pid, "-E", "PS1=ready> ", "--", *_SHELL]))
        bare.append(_until_prompt([*_SHELL]))
    found = {f"{name}, ms": min(times) for name, times in taken.items()}
    found[f"{PROMPT}, ms"] = min(prompts) - min(bare)
    return found


def _until_prompt(command: list[str]) -> float:
    """On a terminal: until the shell asks for a command."""
    started = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.execvpe(command[0], command, {**os.environ, "PS1": "ready> ", "TERM": "xterm"})
        finally:
            os._exit(127)
    seen = b""
    try:
        while b"ready> " not in seen:
            if not select.select([terminal], [], [], 10)[0]:
                raise TimeoutError(f"no prompt of {' '.join(command)}: {seen!r}")
            seen += os.read(terminal, 4096)
        return 1e3 * (time.perf_counter() - started)
    finally:
        os.write(terminal, b"exit\n")
        while True:
            try:
                if not os.read(terminal, 4096):
                    break
            except OSError:  # EIO: the last one on the terminal has gone
                break
        os.close(terminal)
        os.waitpid(pid, 0)


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    (figures,) = found.values()
    return [
        Goal(f"{ENTER}, ms", figures[f"{ENTER}, ms"], 150),
        Goal(f"{PROMPT}, ms", figures[f"{PROMPT}, ms"], 250),
    ]
