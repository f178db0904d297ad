"""Which ids a new user namespace will have, and who may write its maps (user_namespaces(7))."""

from typing import NamedTuple

from nsview.actions.plan import Check, IdLine
from nsview.kernel.idmap import IdRange
from nsview.kernel.own import CAP_SETGID, CAP_SETUID, Own
from nsview.kernel.subid import granted

SUBUID, SUBGID = "/etc/subuid", "/etc/subgid"
_PROGRAMS = ("/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin")


class MapRequest(NamedTuple):
    """What somebody asked for, of users or of groups."""

    single: int | None = None
    """Our own id becomes this one inside."""
    ranges: tuple[IdLine, ...] = ()
    """Explicit lines."""
    automatic: str | None = None
    """"auto": the ids granted to us, from 0 on; "subids": the same, each as itself; "all": all that we
    have."""

    def __bool__(self) -> bool:
        return self.single is not None or bool(self.ranges) or self.automatic is not None


class IdMaps(NamedTuple):
    uid: tuple[IdLine, ...]
    gid: tuple[IdLine, ...]
    writer: str
    checks: tuple[Check, ...]


def id_maps(users: MapRequest, groups: MapRequest, us: Own, name: str | None, below: bool) -> IdMaps:
    """The lines of both maps. `below`: the parent is a user namespace that is joined first, whose root we
    are."""
    if not users and not groups:
        return IdMaps((), (), "self", ())
    checks: list[Check] = []
    uid = _lines(users, 0 if below else us.uid, us, us.uid_map, SUBUID, name, checks)
    gid = _lines(groups, 0 if below else us.gid, us, us.gid_map, SUBGID, name, checks)
    for what, lines in (("users", uid), ("groups", gid)):
        if _overlap(lines):
            checks.append(Check("fail", what, "EINVAL: an id is mapped twice"))
    return IdMaps(uid, gid, _writer(uid, gid, us, below, checks), tuple(checks))


def _lines(
    request: MapRequest,
    own: int,
    us: Own,
    parent: tuple[IdRange, ...],
    file: str,
    name: str | None,
    checks: list[Check],
) -> tuple[IdLine, ...]:
    single = [] if request.single is None else [IdLine(request.single, own, 1)]
    taken = [*single, *request.ranges]
    if request.automatic == "all":
        found = [IdLine(span.inside, span.inside, span.length) for span in parent]
        return tuple(_fill_around(single, found)) if single else tuple(found)
    if request.automatic in ("auto", "subids"):
        spans = granted(file, us.uid, name)
        if not spans:
            who = name or us.uid
            words = (
                f"EPERM: {file} grants nothing to {who} (usermod --add-sub{file[-3:]}s 100000-165535 {who})"
            )
            checks.append(Check("fail", "users" if file == SUBUID else "groups", words))
        if request.automatic == "subids":
            return tuple(sorted([*taken, *(IdLine(*span) for span in spans)]))
        return tuple(sorted([*taken, *_from_zero(taken, spans)]))
    return tuple(sorted(taken))


def _from_zero(taken: list[IdLine], spans: tuple[IdRange, ...]) -> list[IdLine]:
    """The granted ids, as the lowest numbers that are not taken."""
    found = []
    place = 0
    waiting = sorted(taken)
    for span in spans:
        outside, left = span.outside, span.length
        while left:
            while waiting and waiting[0].inside <= place:
                place = max(place, waiting[0].inside + waiting[0].length)
                waiting.pop(0)
            length = min(left, waiting[0].inside - place) if waiting else left
            found.append(IdLine(place, outside, length))
            place, outside, left = place + length, outside + length, left - length
    return found


def _fill_around(single: list[IdLine], lines: list[IdLine]) -> list[IdLine]:
    """All ids as themselves, but ours as another: the two ids that this would map twice are left out."""
    for fixed in single:
        for number, side in ((fixed.inside, "inside"), (fixed.outside, "outside")):
            lines = [part for line in lines for part in _without(line, number, side)]
    return sorted([*single, *lines])


def _without(line: IdLine, number: int, side: str) -> list[IdLine]:
    offset = number - (line.inside if side == "inside" else line.outside)
    if not 0 <= offset < line.length:
        return [line]
    parts = [IdLine(line.inside, line.outside, offset)]
    parts.append(IdLine(line.inside + offset + 1, line.outside + offset + 1, line.length - offset - 1))
    return [part for part in parts if part.length]


def _overlap(lines: tuple[IdLine, ...]) -> bool:
    for side in (0, 1):
        end = -1
        for line in sorted(lines, key=lambda each: each[side]):
            if line[side] < end:
                return True
            end = line[side] + line.length
    return False


def _writer(
    uid: tuple[IdLine, ...], gid: tuple[IdLine, ...], us: Own, below: bool, checks: list[Check]
) -> str:
    if below or (us.has(CAP_SETUID) and us.has(CAP_SETGID)):
        return "parent"
    if _is_own(uid, us.uid) and _is_own(gid, us.gid):
        return "self"
    import os

    for program in ("newuidmap", "newgidmap"):
        if not any(os.path.exists(f"{place}/{program}") for place in _PROGRAMS):
            checks.append(Check("fail", "users", f"ENOENT: {program} is not installed (package uidmap)"))
    return "newuidmap"


def _is_own(lines: tuple[IdLine, ...], own: int) -> bool:
    return not lines or (len(lines) == 1 and lines[0].length == 1 and lines[0].outside == own)
