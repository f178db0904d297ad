"""A program for the terminal tests: the app on a machine of hostile names that stands still.

It looks twenty times a second and counts its looks in a file, so that silence can be told from idleness.
"""

import os
import sys
from typing import Any

from nsview.config import Options
from nsview.discovery.scanner import Scope
from nsview.model.name import Name
from nsview.model.process import Details
from nsview.model.snapshot import Snapshot
from nsview.ui.app import run
from tests.model.snapshots import named, process, snapshot
from tests.ui.tree_on_terminal import NAMES


def machine() -> Snapshot:
    tasks = [process(1, "systemd")]
    tasks += [process(number, name, net=4026532500 + number) for number, name in enumerate(NAMES, 10)]
    details = {task.pid: Details(cmdline=(task.comm, "--flag"), cgroup=f"/{task.comm}") for task in tasks}
    users = {0: "\x1b]0;PWNED\x07[/red]root"}
    scene = snapshot(tasks, details=details, users=users)
    # Engines take names from files that whoever runs there may have written.
    called = {
        task.pid: Name(
            "podman",
            task.comm,
            f"{task.comm}{task.pid}",
            image=task.comm,
            pod=task.comm if task.pid % 2 else "",
            unit=task.comm,
            root="/" if task.pid % 3 else f"/{task.comm}",
            witness=task.comm,
        )
        for task in tasks[1:]
    }
    return named(scene, called)


class Still:
    """The same snapshot for ever; a byte in a file for each time that it was asked for."""

    def __init__(self, count: int, crash: bool) -> None:
        self.now, self.count, self.crash = machine(), count, crash

    def scan(self, scope: Scope) -> Snapshot:
        os.write(self.count, b".")
        if self.crash and os.fstat(self.count).st_size > 5:
            raise RuntimeError("on purpose: \x1b]0;PWNED\x07")
        return self.now

    def due(self) -> frozenset[str]:
        return frozenset()


def main(arguments: list[str]) -> int:
    count = os.open(arguments[0], os.O_WRONLY | os.O_APPEND)
    options: dict[str, Any] = {"interval": 0.2}
    if len(arguments) > 1 and arguments[1] in ("kind", "process", "container", "log", "owner"):
        options["view"] = arguments[1]
    options["unicode"] = "ascii" not in arguments
    return run(Options(**options), Still(count, "crash" in arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
