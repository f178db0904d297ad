"""minijail: nothing but the command line of minijail0, which waits outside unless told not to (-i).

Then only process number 1 of a pid namespace of its own has it.
"""

from nsview.model.name import Name
from nsview.naming.state import text
from nsview.naming.subject import Subject, program_of

ENGINE = "minijail"
PROGRAM = "minijail0"
_WITH_VALUE = frozenset("ugScCPbBVfkaRT")
_VALUE_ATTACHED = frozenset("mMetK")
"""Their value is optional, and then part of the same argument."""
_LONG_WITH_VALUE = frozenset(
    ("--config", "--gen-config", "--logging", "--profile", "--preload-library", "--mount", "--bind-mount")
    + ("--seccomp-bpf-binary", "--add-suppl-group", "--env-add", "--preserve-fd", "--landlock-abi")
    + ("--fs-path-rx", "--fs-path-ro", "--fs-path-rw", "--fs-path-advanced-rw")
)


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    keeper = subject.keeper_outside(PROGRAM) or subject.first_inside()
    if keeper.program != PROGRAM:
        return None
    program = _started(keeper.cmdline, subject.cmdline) or program_in(keeper.cmdline)
    name = text(program) or str(keeper.pid)
    return Name(ENGINE, name, str(keeper.pid), witness=f"command line of {keeper.pid}")


def _started(keeper: tuple[str, ...], cmdline: tuple[str, ...]) -> str:
    """The program, if this is the process that runs it. Where minijail0 takes the value of an option apart
    (as NAME=VALUE), it does so in its own command line, and what follows is not certain any more."""
    return program_of(cmdline) if len(cmdline) < len(keeper) and keeper[-len(cmdline) :] == cmdline else ""


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
