"""The last steps before the program runs: environment, descriptors, signals, and exec(2).

Nothing here may look anything up: the files that would be found are no longer ours.
"""

import errno
import os
import signal
from typing import NoReturn

from nsview.actions.launcher.failing import Failed
from nsview.actions.launcher.opening import Opened
from nsview.actions.plan import Plan
from nsview.kernel import joining

_PATH = b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NO_SHELLS = (b"/nologin", b"/false", b"/sync", b"/halt", b"/shutdown")


class Account:
    """Home and shell of a user, by the passwd(5) file of the root that will be ours."""

    def __init__(self, passwd: bytes, uid: int) -> None:
        self.home = b"/root" if uid == 0 else b"/"
        self.shell: bytes | None = None
        number = str(uid).encode()
        for line in passwd.split(b"\n"):
            fields = line.split(b":")
            if len(fields) >= 7 and fields[2] == number:
                if fields[5].startswith(b"/"):
                    self.home = fields[5]
                if fields[6].startswith(b"/") and not fields[6].endswith(_NO_SHELLS):
                    self.shell = fields[6]
                return


def environment(plan: Plan, opened: Opened, account: Account) -> dict[bytes, bytes]:
    if plan.environment.mode == "clean":
        variables = {b"PATH": _PATH, b"HOME": account.home}
    else:
        variables = dict(opened.environ)
    for name, value in plan.environment.extra:
        variables[os.fsencode(name)] = os.fsencode(value)
    return variables


def become(plan: Plan, opened: Opened, account: Account, variables: dict[bytes, bytes]) -> NoReturn:
    """exec the program, or the first shell that there is; Failed if there is none."""
    os.umask(0o022)
    _default_signals()
    joining.close_on_exec_from(3)
    if plan.command:
        _run(tuple(map(os.fsencode, plan.command)), variables)
    shells = [*map(os.fsencode, plan.shells)]
    if account.shell is not None and plan.environment.mode != "mine":
        shells.insert(0, account.shell)
    refusal: Failed | None = None
    for shell in shells:
        name = shell.rpartition(b"/")[2]
        try:
            _exec(shell, (b"sh" if name == b"busybox" else name,), variables)
        except Failed as failure:
            if failure.number != errno.ENOENT:
                refusal = refusal or failure
    if opened.spare is not None:
        # execveat(2) of the memfd itself: it needs no file and no /proc inside.
        try:
            os.execve(opened.spare, (b"sh",), variables)
        except OSError as error:
            raise Failed("exec", error.errno or errno.EIO, plan.spare_shell or "") from None
    raise refusal or Failed("exec", errno.ENOENT, "a shell", f"none of {' '.join(plan.shells)} is there")


def _default_signals() -> None:
    """What we or Python ignored would stay ignored in the program (signal(7))."""
    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _run(command: tuple[bytes, ...], variables: dict[bytes, bytes]) -> NoReturn:
    """exec by name, through PATH as execvp(3) does it."""
    name = command[0]
    if b"/" in name:
        _exec(name, command, variables)
    failure = Failed("exec", errno.ENOENT, os.fsdecode(name))
    if name:
        for directory in variables.get(b"PATH", _PATH).split(b":"):
            try:
                _exec((directory or b".") + b"/" + name, command, variables)
            except Failed as error:
                if error.number not in (errno.ENOENT, errno.ENOTDIR):
                    failure = error
    raise failure


def _exec(path: bytes, command: tuple[bytes, ...], variables: dict[bytes, bytes]) -> NoReturn:
    try:
        os.execve(path, command, variables)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise Failed("exec", error.errno or errno.EIO, os.fsdecode(path)) from None
    # A script without a first line that names its interpreter belongs to the shell, as in execvp(3).
    try:
        os.execve(b"/bin/sh", (b"sh", path, *command[1:]), variables)
    except OSError:
        raise Failed("exec", errno.ENOEXEC, os.fsdecode(path)) from None
