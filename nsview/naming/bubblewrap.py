"""bubblewrap: nothing but the command line of the process that stays outside."""

from nsview.model.name import Name
from nsview.naming.state import text
from nsview.naming.subject import Subject

ENGINE = "bubblewrap"
PROGRAM = "bwrap"
_VALUES = {
    **dict.fromkeys(
        (
            *(
                "--args",
                "--argv0",
                "--userns",
                "--userns2",
                "--pidns",
                "--uid",
                "--gid",
                "--hostname",
                "--chdir",
            ),
            *(
                "--unsetenv",
                "--lock-file",
                "--sync-fd",
                "--remount-ro",
                "--exec-label",
                "--file-label",
                "--proc",
            ),
            *("--dev", "--tmpfs", "--mqueue", "--dir", "--seccomp", "--add-seccomp-fd", "--block-fd"),
            *(
                "--userns-block-fd",
                "--info-fd",
                "--json-status-fd",
                "--cap-add",
                "--cap-drop",
                "--perms",
                "--size",
            ),
            *("--overlay-src", "--tmp-overlay", "--ro-overlay"),
        ),
        1,
    ),
    **dict.fromkeys(
        (
            *(
                "--setenv",
                "--bind",
                "--bind-try",
                "--dev-bind",
                "--dev-bind-try",
                "--ro-bind",
                "--ro-bind-try",
            ),
            *("--bind-fd", "--ro-bind-fd", "--file", "--bind-data", "--ro-bind-data", "--symlink", "--chmod"),
        ),
        2,
    ),
    "--overlay": 3,
}
"""Options that take values, and how many (bwrap(1), 0.11)."""


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    keeper = subject.keeper_outside(PROGRAM)
    if keeper is None:
        return None
    name = text(program_in(keeper.cmdline)) or str(keeper.pid)
    return Name(ENGINE, name, str(keeper.pid), witness=f"command line of {keeper.pid}")


def program_in(cmdline: tuple[str, ...]) -> str:
    """The file name of the program that bwrap was asked to run; "" where it is not on the command line."""
    place = 1
    while place < len(cmdline):
        argument = cmdline[place]
        if argument == "--":
            place += 1
            break
        if not argument.startswith("-"):
            break
        place += 1 + _VALUES.get(argument, 0)
    return cmdline[place].rpartition("/")[2] if place < len(cmdline) else ""
