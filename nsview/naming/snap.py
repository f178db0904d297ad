"""Snap: control groups snap.NAME.APP, as scopes, services, or plain groups of version 1."""

import re

from nsview.model.name import Name
from nsview.naming.subject import Subject

ENGINE = "snap"
_NAME = r"[a-z0-9][a-z0-9_-]*"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PART = re.compile(
    rf"snap\.(?P<snap>{_NAME})(?:\.(?P<app>[A-Za-z0-9][A-Za-z0-9-]*?|hook\.[a-z-]+))?"
    rf"(?:[.-](?P<id>{_UUID}))?(?:\.scope|\.service)?"
)


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    for part in reversed(subject.parts):
        name = parse(part)
        if name is not None:
            return name
    return None


def parse(part: str) -> Name | None:
    """What a part of a control group's path says; None if it is no snap's."""
    match = _PART.fullmatch(part) if len(part) < 256 else None
    if match is None:
        return None
    app = match["app"]
    name = match["snap"] if not app or app == match["snap"] else f"{match['snap']}.{app}"
    return Name(ENGINE, name, match["id"] or "", witness="control group")
