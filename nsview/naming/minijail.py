"""minijail: nothing but the command line of minijail0, which waits outside unless told not to (-i)."""

from nsview.model.name import Name
from nsview.naming.state import text
from nsview.naming.subject import Subject

ENGINE = "minijail"
PROGRAM = "minijail0"
_WITH_VALUE = frozenset("ugSscCPbBVfkaRT")
_VALUE_ATTACHED = frozenset("mMe")
"""Their value is optional, and then part of the same argument."""
_LONG_WITH_VALUE = frozenset(
    ("--ambient", "--uts", "--logging", "--profile", "--preload-library", "--mount", "--bind-mount")
    + ("--seccomp-bpf-binary", "--add-suppl-group", "--fs-path-rx", "--fs-path-ro", "--fs-path-rw")
)


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    keeper = subject.keeper_outside(PROGRAM)
    if keeper is None:
        return None
    name = text(program_in(keeper.cmdline)) or str(keeper.pid)
    return Name(ENGINE, name, str(keeper.pid), witness=f"command line of {keeper.pid}")


def program_in(cmdline: tuple[str, ...]) -> str:
    """The file name of the program in `minijail0 [OPTIONS] PROGRAM …`; "" for none."""
    place = 1
    while place < len(cmdline) and cmdline[place].startswith("-") and cmdline[place] != "-":
        argument = cmdline[place]
        place += 1
        if argument == "--":
            break
        if argument.startswith("--"):
            place += argument in _LONG_WITH_VALUE
            continue
        for at, letter in enumerate(argument[1:], 2):
            if letter in _VALUE_ATTACHED:
                break
            if letter in _WITH_VALUE:
                place += at == len(argument)
                break
    return cmdline[place].rpartition("/")[2] if place < len(cmdline) else ""
