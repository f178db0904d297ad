"""Firejail: a file with the sandbox's name for each firejail process that keeps one."""

from nsview.model.name import Name
from nsview.naming.state import text
from nsview.naming.subject import Subject

ENGINE = "firejail"
_NAMES = "/run/firejail/name"
_PROFILES = "/run/firejail/profile"


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    for root in subject.roots:
        kept = frozenset((*root.names(_NAMES), *root.names(_PROFILES)))
        if not kept:
            continue
        for task, number in subject.numbers(root):
            # The process that keeps the sandbox is outside of it.
            if str(number) in kept and task.links != subject.links:
                path = f"{_NAMES}/{number}"
                name = root.line(path)
                witness = path if name else f"{_PROFILES}/{number}"
                return Name(ENGINE, name or str(number), str(number), root=root.path, witness=witness)
    for keeper in subject.keepers():
        if keeper.program == ENGINE and keeper.task.links != subject.links:
            name = text(name_of(keeper.cmdline)) or str(keeper.pid)
            return Name(ENGINE, name, str(keeper.pid), witness=f"command line of {keeper.pid}")
    return None


def name_of(cmdline: tuple[str, ...]) -> str:
    """--name=…, else the program that it was asked to run; its options hold their values."""
    for argument in cmdline[1:]:
        if argument.startswith("--name="):
            return argument.partition("=")[2]
    for argument in cmdline[1:]:
        if not argument.startswith("-"):
            return argument.rpartition("/")[2]
    return ""
