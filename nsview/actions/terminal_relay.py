"""A program on a pseudo-terminal of its own, relayed to ours.

The outer terminal is never handed in: a program inside could put keystrokes into it (TIOCSTI), and would
leave it in whatever state it dies in.
"""

import os
import select
import signal
import time
from types import FrameType

from nsview.actions.launch import Program
from nsview.actions.plan import Plan
from nsview.actions.relay import Handler, handling, write_all
from nsview.actions.terminal_modes import TerminalModes
from nsview.kernel import terminal

_MUCH = 1 << 16
_PATIENCE = 2.0
"""Seconds for the program to end after its terminal was hung up."""


def run_on_terminal(plan: Plan, stdin: int = 0, stdout: int = 1) -> int:
    """The program's return code. LaunchError if it could not be started: then the terminal was not touched.

    Afterwards the terminal is as it was, whatever the program did and however it ended.
    """
    saved = terminal.settings(stdin)
    master, slave = terminal.open_pair(stdin)
    try:
        relay = _Relay(master, stdin, stdout, saved)
        with handling(relay.handlers()):
            try:
                program = Program(plan, stdin=slave, stdout=slave, stderr=slave, terminal=True)
            finally:
                os.close(slave)
            with program:
                try:
                    relay.run(program)
                except BaseException:
                    program.kill()  # nobody is left to relay for it
                    raise
                return program.wait()
    finally:
        os.close(master)


class _Relay:
    def __init__(self, master: int, stdin: int, stdout: int, saved: terminal.Settings) -> None:
        self._program: Program | None = None
        self._master = master
        self._stdin = stdin
        self._stdout = stdout
        self._saved = saved
        self._modes = TerminalModes()
        self._typed = b""
        self._hung_up: float | None = None
        os.set_blocking(master, False)

    def handlers(self) -> dict[signal.Signals, Handler]:
        return {
            signal.SIGWINCH: self._resize,
            signal.SIGTSTP: self._stop,
            signal.SIGHUP: self._hang_up,
            signal.SIGTERM: self._hang_up,
            # Not ignored but handled: an ignored signal would survive the exec of a child.
            signal.SIGINT: self._nothing,
            signal.SIGQUIT: self._nothing,
        }

    def run(self, program: Program) -> None:
        self._program = program
        try:
            terminal.set_raw(self._stdin, self._saved)
            terminal.copy_size(self._stdin, self._master)
            if self._hung_up is not None:
                self._tell_program()
            self._relay(program)
        finally:
            self._program = None
            try:
                write_all(self._stdout, self._modes.undo())
            except OSError:
                pass  # nobody is there to see it any more
            terminal.restore(self._stdin, self._saved)

    # ---- signals

    def _nothing(self, number: int, frame: FrameType | None) -> None:
        pass

    def _resize(self, number: int, frame: FrameType | None) -> None:
        terminal.copy_size(self._stdin, self._master)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Somebody stops us from outside: the shell that we go back to needs its terminal as it was."""
        terminal.restore(self._stdin, self._saved)
        os.kill(os.getpid(), signal.SIGSTOP)
        if self._program is not None:
            terminal.set_raw(self._stdin, self._saved)
            terminal.copy_size(self._stdin, self._master)

    def _hang_up(self, number: int, frame: FrameType | None) -> None:
        self._lose_terminal()

    def _lose_terminal(self) -> None:
        if self._hung_up is None:
            self._hung_up = time.monotonic()
            self._tell_program()

    def _tell_program(self) -> None:
        if self._program is not None:
            for number in (signal.SIGHUP, signal.SIGCONT):
                self._program.send_signal(number, group=True)

    # ---- bytes

    def _relay(self, program: Program) -> None:
        """Until the program has ended and all that it wrote has been shown."""
        readers = [self._master, program.fileno(), self._stdin]
        while True:
            listen = [fd for fd in readers if fd != self._stdin or len(self._typed) < _MUCH]
            wants = [self._master] if self._typed else []
            ready, writable, _ = select.select(listen, wants, [], self._time_left())
            if self._hung_up is not None and self._time_left() == 0:
                program.kill()
            if self._stdin in ready and not self._read_keys():
                readers.remove(self._stdin)
            if writable:
                self._send_keys()
            if self._master in ready and not self._show():
                readers.remove(self._master)
            if program.fileno() in ready:
                while self._master in readers and self._show():
                    pass
                return

    def _time_left(self) -> float | None:
        if self._hung_up is None:
            return None
        return max(0.0, self._hung_up + _PATIENCE - time.monotonic())

    def _read_keys(self) -> bool:
        """False at the end of input."""
        try:
            data = os.read(self._stdin, _MUCH)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
            self._lose_terminal()
        self._typed += data or terminal.end_of_file(self._master)
        return bool(data)

    def _send_keys(self) -> None:
        try:
            self._typed = self._typed[os.write(self._master, self._typed) :]
        except BlockingIOError:
            pass
        except OSError:
            self._typed = b""  # the last program on the terminal has gone

    def _show(self) -> bool:
        """One piece of output; False when there is no more for now, or for ever."""
        try:
            data = os.read(self._master, _MUCH)
        except OSError:  # EAGAIN, or EIO: nobody has the other side open any more
            return False
        self._modes.feed(data)
        try:
            write_all(self._stdout, data)
        except OSError:
            self._lose_terminal()
        return bool(data)
