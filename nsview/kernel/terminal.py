"""Pseudo-terminals and the settings of our own terminal (pty(7), termios(3), ioctl_tty(2))."""

import fcntl
import os
import signal
import struct
import termios
from typing import Any

_LFLAG = 3
Settings = list[Any]


def open_pair(like: int) -> tuple[int, int]:
    """A new pseudo-terminal (master, slave) of the size of another one."""
    master, slave = os.openpty()
    copy_size(like, master)
    return master, slave


def size(fd: int) -> tuple[int, int]:
    """(rows, columns) of a terminal; 24 x 80 where it does not know."""
    try:
        rows, columns, _, _ = struct.unpack("4H", fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8)))
    except OSError:
        rows = columns = 0
    return (rows, columns) if rows and columns else (24, 80)


def copy_size(source: int, master: int) -> None:
    """Give a pseudo-terminal the size of a terminal; its foreground group gets SIGWINCH if that is new."""
    rows, columns = size(source)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))


def settings(fd: int) -> Settings:
    """What `restore` puts back; OSError where `fd` is no terminal."""
    try:
        return termios.tcgetattr(fd)
    except termios.error as error:
        raise OSError(*error.args) from None


def set_raw(fd: int, saved: Settings) -> None:
    """Every key goes through at once, unseen by the terminal's own line editing, signals and translation."""
    raw = list(saved)
    raw[0] &= ~(
        termios.BRKINT | termios.ICRNL | termios.INPCK | termios.ISTRIP | termios.IXON | termios.IGNCR
        | termios.INLCR | termios.PARMRK | termios.IGNBRK
    )  # fmt: skip
    raw[1] &= ~termios.OPOST
    raw[2] = (raw[2] & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
    raw[_LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.IEXTEN | termios.ISIG)
    raw[6] = list(saved[6])
    raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
    _apply(fd, raw)


def restore(fd: int, saved: Settings) -> None:
    """Take the terminal back, and put its settings back, even if another group is in its foreground by now.

    From the background both calls would stop us with SIGTTOU, so that is blocked meanwhile.
    """
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        try:
            os.tcsetpgrp(fd, os.getpgrp())
        except OSError:
            pass  # not our controlling terminal: then nobody can have taken it from us
        try:
            _apply(fd, saved)
        except OSError:
            pass  # it was hung up
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _apply(fd: int, attributes: Settings) -> None:
    try:
        termios.tcsetattr(fd, termios.TCSADRAIN, attributes)
    except termios.error as error:
        raise OSError(*error.args) from None


def end_of_file(fd: int) -> bytes:
    """The byte that means end of input on this terminal."""
    try:
        found = termios.tcgetattr(fd)[6][termios.VEOF]
    except termios.error:
        return b"\x04"
    return found if isinstance(found, bytes) else b"\x04"


def is_ours_to_read(fd: int) -> bool:
    """Whether we are in the terminal's foreground, and nobody has switched its line mode off.

    A pager at the other end of a pipe reads keys itself, in raw mode: they are not for us then.
    """
    try:
        if os.tcgetpgrp(fd) != os.getpgrp():
            return False
        return bool(termios.tcgetattr(fd)[_LFLAG] & termios.ICANON)
    except (OSError, termios.error):
        return False
