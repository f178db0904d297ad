"""A program on our files and pipes as they are; terminals among them are replaced by pipes.

What is no terminal is passed on itself, so that every byte goes straight. A terminal is never handed in, and
without a pseudo-terminal there is none inside: no prompts, no /dev/tty, as with ssh(1) without -t.
"""

import os
import select
import signal
from types import FrameType

from nsview.actions.launch import Program
from nsview.actions.plan import Plan
from nsview.actions.relay import Handler, handling, write_all
from nsview.kernel import terminal

_MUCH = 1 << 16
_LOOK_AGAIN = 0.2
"""Seconds until a terminal that was not ours to read is looked at again."""


def run_on_pipes(plan: Plan) -> int:
    """The program's return code. LaunchError if it could not be started."""
    relay = _Relay()
    signals = _Signals()
    with handling(signals.handlers()):
        try:
            stdin, stdout, stderr = relay.for_program
            program = Program(plan, stdin=stdin, stdout=stdout, stderr=stderr)
        except BaseException:
            relay.close()
            raise
        finally:
            relay.close_program_side()
        with program:
            try:
                signals.pass_on_to(program)
                relay.run(program)
                return program.wait()
            except BaseException:
                program.kill()  # nobody is left to relay for it
                raise
            finally:
                relay.close()


class _Relay:
    def __init__(self) -> None:
        self.for_program: list[int | None] = [None, None, None]
        self._to_program = self._from_program = -1
        self._shown_on = 1
        if os.isatty(0):
            self.for_program[0], self._to_program = os.pipe()
            os.set_blocking(self._to_program, False)
        screens = [fd for fd in (1, 2) if os.isatty(fd)]
        if screens:
            # One pipe for both, so that what the program writes keeps its order.
            self._shown_on = screens[0]
            self._from_program, inside = os.pipe()
            for fd in screens:
                self.for_program[fd] = inside
        self._typed = b""

    def close_program_side(self) -> None:
        for fd in {fd for fd in self.for_program if fd is not None}:
            os.close(fd)

    def close(self) -> None:
        for fd in (self._to_program, self._from_program):
            if fd >= 0:
                os.close(fd)
        self._to_program = self._from_program = -1

    def run(self, program: Program) -> None:
        """Until the program has ended and all that it wrote has been shown."""
        while True:
            listen = [program.fileno()]
            if self._from_program >= 0:
                listen.append(self._from_program)
            reading = self._to_program >= 0 and not self._typed
            ours = reading and terminal.is_ours_to_read(0)
            if ours:
                listen.append(0)
            wants = [self._to_program] if self._typed else []
            timeout = _LOOK_AGAIN if reading else None
            ready, writable, _ = select.select(listen, wants, [], timeout)
            if 0 in ready and terminal.is_ours_to_read(0):
                self._read_line()
            if writable:
                self._send_line()
            if self._from_program in ready:
                self._show()
            if program.fileno() in ready:
                self._show_rest()
                return

    def _read_line(self) -> None:
        """A terminal in line mode gives whole lines; nothing means end of input."""
        try:
            self._typed = os.read(0, _MUCH)
        except OSError:
            self._typed = b""
        if not self._typed:
            os.close(self._to_program)
            self._to_program = -1

    def _send_line(self) -> None:
        try:
            self._typed = self._typed[os.write(self._to_program, self._typed) :]
        except BlockingIOError:
            pass
        except OSError:
            self._typed = b""
            os.close(self._to_program)  # the program reads no more
            self._to_program = -1

    def _show(self) -> None:
        data = os.read(self._from_program, _MUCH)
        if data:
            write_all(self._shown_on, data)
        else:
            os.close(self._from_program)
            self._from_program = -1

    def _show_rest(self) -> None:
        """What is in the pipe now: a program in the background may hold it open for ever."""
        while self._from_program >= 0 and select.select([self._from_program], [], [], 0)[0]:
            self._show()


class _Signals:
    """The program is in a session of its own, so the terminal's signals reach only us and are passed on.

    Those of keys are for all that runs in the foreground, the others for the program. SIGTSTP would be lost
    on a session without a terminal (its process group is orphaned), so it becomes SIGSTOP. What comes before
    the program runs waits for it.
    """

    def __init__(self) -> None:
        self._program: Program | None = None
        self._waiting: list[tuple[int, bool]] = []

    def handlers(self) -> dict[signal.Signals, Handler]:
        found: dict[signal.Signals, Handler] = dict.fromkeys((signal.SIGINT, signal.SIGQUIT), self._to_group)
        others = (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
        found |= dict.fromkeys(others, self._to_program)
        found[signal.SIGTSTP] = self._stop
        return found

    def pass_on_to(self, program: Program) -> None:
        self._program = program
        for number, group in self._waiting:
            program.send_signal(number, group)

    def _send(self, number: int, group: bool) -> None:
        if self._program is None:
            self._waiting.append((number, group))
        else:
            self._program.send_signal(number, group)

    def _to_group(self, number: int, frame: FrameType | None) -> None:
        self._send(number, True)

    def _to_program(self, number: int, frame: FrameType | None) -> None:
        self._send(number, False)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._send(signal.SIGSTOP, True)
        os.kill(os.getpid(), signal.SIGSTOP)
        self._send(signal.SIGCONT, True)
