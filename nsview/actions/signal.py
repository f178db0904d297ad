"""Send a signal to processes that are still the ones that were meant.

A number may be given to another process between the look and the key. So each process is pinned by a pidfd,
and only then compared with the identity that was shown: what the signal goes to is what was compared
(pidfd_send_signal(2)).
"""

import signal
from collections.abc import Iterable
from typing import NamedTuple

from nsview.kernel.task import OpenTask
from nsview.model.kind import Kind
from nsview.model.process import ProcessId
from nsview.model.snapshot import Snapshot

USUAL: tuple[signal.Signals, ...] = (
    signal.SIGTERM,
    signal.SIGKILL,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGSTOP,
    signal.SIGCONT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
    signal.SIGALRM,
    signal.SIGABRT,
)
"""What is sent by hand, the likeliest first; the others follow by number."""

ALL: tuple[signal.Signals, ...] = (
    *USUAL,
    *(number for number in signal.Signals if number not in USUAL and number < signal.SIGRTMIN),
)

MEANING = {
    signal.SIGTERM: "asks it to end",
    signal.SIGKILL: "ends it at once; it cannot clean up",
    signal.SIGHUP: "its terminal is gone; services read their settings anew",
    signal.SIGINT: "as Ctrl-C",
    signal.SIGQUIT: "as Ctrl-\\: it ends with a core dump",
    signal.SIGSTOP: "stops it until SIGCONT",
    signal.SIGCONT: "lets it go on",
}


class Outcome(NamedTuple):
    process: ProcessId
    error: str
    """What the kernel said; "" when the signal was sent."""


def send(processes: Iterable[ProcessId], number: signal.Signals) -> tuple[Outcome, ...]:
    """Send a signal to each; one that has ended, or that may not be signalled, hinders no other."""
    return tuple(Outcome(process, _send(process, number)) for process in processes)


def _send(process: ProcessId, number: signal.Signals) -> str:
    try:
        with OpenTask(process.pid, process.starttime) as task:
            signal.pidfd_send_signal(task.pidfd, number)
    except PermissionError:
        return "not permitted: it belongs to another user, or to a user namespace that we have no rights in"
    except OSError as error:
        return error.strerror or str(error)
    return ""


def warnings(snapshot: Snapshot, processes: Iterable[ProcessId], number: signal.Signals) -> tuple[str, ...]:
    """What one should know before: who will not mind, and what goes with whom."""
    found = []
    for process in processes:
        task = snapshot.process(process)
        if task is None:
            found.append(f"{process.pid} has ended already")
            continue
        if task.kernel:
            found.append(f"{task.pid} {task.comm} is a kernel thread and takes no signals")
        elif task.zombie:
            found.append(f"{task.pid} {task.comm} has ended and only waits for its parent to ask how")
        elif _is_init(snapshot, process):
            ns = snapshot.namespace_of(task, Kind.PID)
            others = 0 if ns is None else ns.nprocs - 1
            if number in (signal.SIGKILL, signal.SIGSTOP):
                if number is signal.SIGKILL and others:
                    found.append(
                        f"{task.pid} {task.comm} is the init of its pid namespace: {others} more end with it"
                    )
            else:
                found.append(
                    f"{task.pid} {task.comm} is the init of its pid namespace: {number.name} is ignored "
                    "unless it has a handler for it (pid_namespaces(7))"
                )
    return tuple(found)


def _is_init(snapshot: Snapshot, process: ProcessId) -> bool:
    """Whether it is number 1 in its own pid namespace; where its numbers are not known, the oldest in it."""
    if process.pid == 1:
        return True
    numbers = snapshot.detail(process.pid).ns_pids
    if numbers:
        return len(numbers) > 1 and numbers[-1] == 1
    task = snapshot.process(process)
    ns = None if task is None else snapshot.namespace_of(task, Kind.PID)
    return ns is not None and not ns.host and ns.oldest == process.pid
