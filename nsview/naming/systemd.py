"""systemd's units, of the system and of users: the innermost one in the control group's path."""

import re

from nsview.model.name import Name
from nsview.naming.scope import unescaped
from nsview.naming.state import text
from nsview.naming.subject import Subject

ENGINE = "systemd"
_UNIT = re.compile(r".+\.(?:service|scope|socket|mount|swap)")
_WHERE_PEOPLE_WORK = re.compile(r"session-[^/]+\.scope|user@[0-9]+\.service|init\.scope")
"""Units that hold whatever people start: they have not made its namespaces."""


def identify(subject: Subject) -> Name | None:
    return of_parts(subject.parts)


def of_parts(parts: tuple[str, ...]) -> Name | None:
    unit = unit_of(parts)
    if not unit or _WHERE_PEOPLE_WORK.fullmatch(unit):
        return None
    # Two users may have units of one name.
    path = "/" + "/".join(parts)
    return Name(ENGINE, unescaped(unit), text(path), witness="control group")


def unit_of(parts: tuple[str, ...]) -> str:
    r"""The innermost unit's name, unescaped; "" for none."""
    for part in reversed(parts):
        if _UNIT.fullmatch(part):
            return text(unescaped(part))
    return ""
