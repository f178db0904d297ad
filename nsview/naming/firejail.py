"""Firejail: a file with the sandbox's name for each firejail process that keeps one."""

from nsview.model.name import Name
from nsview.naming.state import text
from nsview.naming.subject import Subject, program_of

ENGINE = "firejail"
_NAMES = "/run/firejail/name"
_PLACES = (_NAMES, "/run/firejail/profile", "/run/firejail/sandbox")
"""Each has a file for each process that keeps a sandbox, called by its number; one may be in one alone."""


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    for root in subject.roots:
        for keeper in subject.keepers():
            # The process that keeps the sandbox is outside of it.
            number = subject.number_of(keeper.task, root) if keeper.task.links != subject.links else 0
            place = next((place for place in _PLACES if str(number) in root.names(place)), "")
            if number and place:
                name = root.line(f"{_NAMES}/{number}") or text(name_of(keeper.cmdline)) or str(number)
                return Name(ENGINE, name, str(number), root=root.path, witness=f"{place}/{number}")
    keeper_by_line = subject.keeper_outside(ENGINE)
    if keeper_by_line is None:
        return None
    name = text(name_of(keeper_by_line.cmdline)) or str(keeper_by_line.pid)
    return Name(ENGINE, name, str(keeper_by_line.pid), witness=f"command line of {keeper_by_line.pid}")


def name_of(cmdline: tuple[str, ...]) -> str:
    """--name=…, else the program that it was asked to run; its options hold their values.

    Called by a link of another name, as the desktop's own start it, it runs the program of that name.
    """
    if program_of(cmdline) not in (ENGINE, ""):
        return program_of(cmdline)
    for argument in cmdline[1:]:
        if argument.startswith("--name="):
            return argument.partition("=")[2]
    for argument in cmdline[1:]:
        if not argument.startswith("-"):
            return argument.rpartition("/")[2]
    return ""
