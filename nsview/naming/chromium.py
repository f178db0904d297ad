"""Chromium-based browsers and Electron: helper processes say on their command line what they are."""

import re

from nsview.model.name import Name
from nsview.naming.state import text
from nsview.naming.subject import Subject, program_of

ENGINE = "chromium"
_HELPER = re.compile(
    r"(?:^|[ \0])--type=(?:zygote|renderer|gpu-process|utility|ppapi|ppapi-broker|broker|sandbox-helper)"
    r"(?:$|[ \0])"
)


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None or not is_helper(subject.cmdline):
        return None
    own = subject.cmdline
    # The browser is the first ancestor that is no helper; a zygote's children have helpers above them.
    for ancestor in subject.ancestors():
        if not is_helper(ancestor.cmdline):
            name = program_of(ancestor.cmdline)
            if not _related(program_of(own), name):
                break
            return Name(ENGINE, text(name), str(ancestor.pid), witness="command line")
    name = text(program_of(own))
    return Name(ENGINE, name, name, witness="command line") if name else None


def is_helper(cmdline: tuple[str, ...]) -> bool:
    return _HELPER.search("\0".join(cmdline)) is not None


def _related(helper: str, browser: str) -> bool:
    """The same program, or its wrapper: chrome and google-chrome, nacl_helper and chrome."""
    if helper in ("exe", "nacl_helper", "nacl_helper_bootstrap"):
        return True
    return helper == browser or helper in browser or browser in helper
