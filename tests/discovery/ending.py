"""Processes that end in the middle of a scan, at a moment that the test chooses."""

import os
import signal
from collections.abc import Callable
from typing import Any

from nsview.kernel.procfs import Procfs
from tests.processes import Child


class Ends(Procfs):
    """A proc file system in which a process ends just before or after a certain question is asked."""

    def __init__(self, method: str, child: Child, after: bool, reap: bool) -> None:
        super().__init__()
        asked: Callable[..., Any] = getattr(self, method)

        def kill() -> None:
            if reap:
                child.end()
            elif child.pidfd >= 0:
                signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
                os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        def ask(*args: Any) -> Any:
            concerned = method == "listing" or args[0] == child.pid
            if concerned and not after:
                kill()
            answer = asked(*args)
            if concerned and after:
                kill()
            return answer

        setattr(self, method, ask)
