"""The process outside: opens, starts, waits, passes signals on, and ends as the program ended."""

import errno
import json
import os
import select
import signal
import sys

from nsview.actions.launcher import talk
from nsview.actions.launcher.failing import Failed
from nsview.actions.launcher.inside import Channel, carry_out
from nsview.actions.launcher.keeping import connect, keep
from nsview.actions.launcher.opening import Opened, open_all
from nsview.actions.plan import Plan, from_json
from nsview.kernel import joining

_TO_GROUP = 0x80
"""In an order: the signal is for the program's whole process group."""
NOT_FOUND, NOT_EXECUTABLE, OWN_FAILURE = 127, 126, 125


def main(orders: int, report: int) -> None:
    """Carry out the plan that comes first over `orders`; signals to pass on come after it.

    Over `report` goes one line: {"started": pid} when the program runs, or {"failed": …}. The exit status is
    the program's.
    """
    joining.close_on_exec_from(3)
    for number in (
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGTSTP,
        signal.SIGHUP,
        signal.SIGTTOU,
        signal.SIGPIPE,
    ):
        signal.signal(number, signal.SIG_IGN)  # the program gets them in its own session, or through orders
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would leave us no exit status (wait(2))
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        header, plan = _read_orders(orders)
        program = _start(plan, header, orders, report)
    except Failed as failure:
        talk.send(report, failed=failure.as_data())
        sys.exit(_exit_status(failure))
    # Kept open from here on: that it closes tells that we, and so the program, have ended.
    talk.send(report, started=program)
    _end_like(_wait(program, orders, bool(header["terminal"]), bool(header["outlive"])))


def _read_orders(orders: int) -> tuple[dict[str, object], Plan]:
    data = b""
    while data.count(b"\n") < 2:
        more = os.read(orders, 1 << 16)
        if not more:
            raise Failed("read the plan", errno.EPIPE)
        data += more
    header, plan, _ = data.split(b"\n", 2)
    return json.loads(header), from_json(plan.decode("ascii"))


def _start(plan: Plan, header: dict[str, object], orders: int, report: int) -> int:
    """The number of the process that has become the program."""
    opened = open_all(plan)
    up, up_inside = os.pipe2(os.O_CLOEXEC)
    down_inside, down = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        for fd in (orders, report, up, down):
            os.close(fd)
        carry_out(plan, opened, Channel(up_inside, down_inside), bool(header["terminal"]))
    os.close(up_inside)
    os.close(down_inside)
    _let_go(opened)
    try:
        return _accompany(plan, child, talk.Messages(up), down)
    finally:
        os.close(up)
        os.close(down)


def _let_go(opened: Opened) -> None:
    """What we hold would keep the target's namespaces alive as long as the program runs."""
    fds = [*opened.namespaces.values(), *opened.cgroups]
    for fd in (*fds, opened.root, opened.cwd, opened.spare, opened.proc):
        if fd is not None:
            os.close(fd)


def _accompany(plan: Plan, child: int, messages: talk.Messages, down: int) -> int:
    """Follow the inside until it has become the program: then the last sender's end is closed by exec."""
    program = child
    ready = False
    while (message := messages.next()) is not None:
        if "child" in message:
            os.waitpid(program, 0)
            program = int(message["child"])
        elif "ready" in message:
            ready = True
            if plan.makes is not None:
                try:
                    connect(plan.makes, program)
                    keep(plan.makes, program)
                except Failed:
                    os.kill(program, signal.SIGKILL)
                    _reap_all()
                    raise
            os.write(down, talk.GO)
        elif "failed" in message:
            _reap_all()
            found = message["failed"]
            raise Failed(found["step"], found["errno"], found["subject"], found["words"])
    if not ready:
        status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
        words = f"the process that was to become the program ended early ({status})"
        raise Failed("prepare", errno.ECHILD, "", words)
    return program


def _reap_all() -> None:
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def _exit_status(failure: Failed) -> int:
    if failure.step != "exec":
        return OWN_FAILURE
    return NOT_FOUND if failure.number in (errno.ENOENT, errno.ENOTDIR) else NOT_EXECUTABLE


# ---- while it runs


def _wait(program: int, orders: int, terminal: bool, outlive: bool) -> int:
    """The program's wait status. `orders` brings one byte per signal to pass on, and ends with our user."""
    wakeup, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    watched = [wakeup, orders]
    while True:
        found, status = os.waitpid(program, os.WNOHANG | os.WUNTRACED)
        if found and not os.WIFSTOPPED(status):
            return status
        if found and terminal:
            # It leads its session: nobody inside could continue it, and the terminal would hang.
            _signal(program, signal.SIGCONT | _TO_GROUP)
        for fd in select.select(watched, [], [])[0]:
            data = os.read(fd, 512)
            if fd == wakeup:
                continue
            if not data:
                watched.remove(orders)
                if not outlive:
                    _signal(program, signal.SIGHUP | _TO_GROUP)
                    _signal(program, signal.SIGCONT | _TO_GROUP)
            for order in data:
                _signal(program, order)


def _signal(program: int, order: int) -> None:
    """The program is our child and not yet waited for, so the number is still its own."""
    number = order & ~_TO_GROUP
    try:
        if order & _TO_GROUP:
            os.killpg(program, number)
        else:
            os.kill(program, number)
    except OSError:
        pass  # it has ended, or it runs as somebody else and may not be signalled


def _end_like(status: int) -> None:
    """End with the same exit status, or by the same signal."""
    if os.WIFSIGNALED(status):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the program's core dump is enough
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (number,))
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) % 256)
