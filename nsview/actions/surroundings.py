"""What the program finds around itself: shells, environment."""

import os

from nsview.kernel.sealed import is_static

SHELLS = ("/bin/bash", "/bin/sh", "/bin/ash", "/usr/bin/sh", "/busybox/sh", "/bin/busybox")
_STATIC_SHELLS = ("/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static", "/sbin/busybox")
_FROM_TERMINAL = ("TERM", "LANG")


def environment_variables(mode: str, asked: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """What is set on top: of a clean environment the terminal's kind and the language, of ours all."""
    mine = os.environ
    names = mine.keys() if mode == "mine" else [name for name in _FROM_TERMINAL if name in mine]
    return (*((name, mine[name]) for name in names), *asked)


def spare_shell() -> str | None:
    """A static busybox of ours, which runs under any root."""
    return next((path for path in _STATIC_SHELLS if is_static(path)), None)


def own_shells() -> tuple[str, ...]:
    """Our own shell first."""
    shell = os.environ.get("SHELL", "")
    return (shell, *SHELLS) if shell.startswith("/") else SHELLS


def user_name(uid: int) -> str | None:
    """As our own accounts call the user."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
