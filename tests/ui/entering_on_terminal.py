"""A program for the terminal tests: the app with one real process to enter.

Arguments: the process, and the seconds below which a program's last output is held on the screen.
"""

import sys

from nsview.config import Options
from nsview.discovery.one_task import task_of
from nsview.discovery.scanner import Scope
from nsview.model.snapshot import Snapshot
from nsview.ui import hand_over
from nsview.ui.app import run
from tests.model.snapshots import process, snapshot


class OneProcess:
    """Looks at this process alone, so that the rest of the machine takes no time."""

    def __init__(self, pid: int) -> None:
        self._task = task_of(pid)

    def scan(self, scope: Scope) -> Snapshot:
        init = process(1, "init", links=task_of(1).links)
        return snapshot([init, self._task._replace(ppid=1)])

    def due(self) -> frozenset[str]:
        return frozenset()


if __name__ == "__main__":
    hand_over.HASTY = float(sys.argv[2])
    sys.exit(run(Options(view="process", interval=0.5), OneProcess(int(sys.argv[1]))))
