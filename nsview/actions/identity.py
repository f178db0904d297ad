"""Who the program will be inside."""

from typing import TYPE_CHECKING, NamedTuple

from nsview.actions.candidates import Candidates
from nsview.actions.plan import FIRST_MAPPED, Check, Identity
from nsview.kernel.idmap import IdRange, first_mapped, to_inside, to_outside
from nsview.kernel.own import CAP_SETGID, CAP_SETUID, Own
from nsview.kernel.task import OpenTask
from nsview.model.kind import Kind

if TYPE_CHECKING:
    from nsview.actions.enter import EnterRequest


class Identification(NamedTuple):
    identity: Identity
    checks: tuple[Check, ...]


class _Maps(NamedTuple):
    """Of the user namespace that the program will be in; None where they cannot be read from here."""

    uid: tuple[IdRange, ...] | None
    gid: tuple[IdRange, ...] | None


def identify(
    request: "EnterRequest", task: OpenTask | None, candidates: Candidates, us: Own
) -> Identification:
    """User and groups as numbers inside, and what there is to know about them."""
    maps = _maps(task, candidates, us)
    enters = Kind.USER in candidates
    mode = "given" if request.uid is not None or request.gid is not None else request.identity
    identity = Identity(mode, keep_capabilities=request.keep_capabilities)
    if request.identity == "target" and task is not None:
        identity = _as_target(identity, task, maps, enters)
    elif request.identity == "root":
        identity = _as_root(identity, maps, enters, us)
    if request.uid is not None:
        identity = identity._replace(uid=request.uid)
    if request.gid is not None:
        identity = identity._replace(gid=request.gid)
    if mode == "given" and identity.groups is None and _may_change(us, enters):
        identity = identity._replace(groups=())
    return Identification(identity, _checks(identity, maps, enters, us))


def _may_change(us: Own, enters: bool) -> bool:
    return enters or (us.has(CAP_SETUID) and us.has(CAP_SETGID))


def _maps(task: OpenTask | None, candidates: Candidates, us: Own) -> _Maps:
    """By the task, if it is in the user namespace that will be ours; else by none, or our own."""
    if Kind.USER not in candidates:
        return _Maps(us.uid_map, us.gid_map)
    if task is None or not _is_in(task, candidates):
        return _Maps(None, None)
    try:
        return _Maps(task.id_map("uid_map"), task.id_map("gid_map"))
    except OSError:
        return _Maps(None, None)


def _is_in(task: OpenTask, candidates: Candidates) -> bool:
    import os

    try:
        return os.stat("ns/user", dir_fd=task.directory).st_ino == candidates[Kind.USER].inode
    except OSError:
        return False


def _as_root(identity: Identity, maps: _Maps, enters: bool, us: Own) -> Identity:
    if not enters:
        # Root stays root; an ordinary user cannot become it without a user namespace.
        return (
            identity._replace(uid=0, gid=0, groups=()) if us.uid == 0 and _may_change(us, False) else identity
        )
    if maps.uid is None or maps.gid is None:
        return identity._replace(uid=FIRST_MAPPED, gid=FIRST_MAPPED, groups=())
    # 0 where that is mapped; without a map we stay nobody.
    return identity._replace(uid=first_mapped(maps.uid), gid=first_mapped(maps.gid), groups=())


def _as_target(identity: Identity, task: OpenTask, maps: _Maps, enters: bool) -> Identity:
    status = task.status()
    if status.uids is None or status.gids is None:
        return identity
    if not enters:
        return identity._replace(uid=status.uids[1], gid=status.gids[1], groups=status.groups)
    if maps.uid is None or maps.gid is None:
        return identity
    groups = [to_inside(maps.gid, group) for group in status.groups]
    return identity._replace(
        uid=to_inside(maps.uid, status.uids[1]),
        gid=to_inside(maps.gid, status.gids[1]),
        groups=tuple(group for group in groups if group is not None),
    )


def _checks(identity: Identity, maps: _Maps, enters: bool, us: Own) -> tuple[Check, ...]:
    if enters and maps.uid == ():
        return (Check("note", "user", "no ids are mapped in its user namespace: we stay nobody (65534)"),)
    found = []
    if enters and identity.mode == "keep":
        words = "our own user is not mapped in its user namespace: it shows as nobody (65534)"
        if maps.uid is not None and to_inside(maps.uid, us.uid) is None:
            found.append(Check("note", "user", words))
    for name, number, ranges in (("user", identity.uid, maps.uid), ("group", identity.gid, maps.gid)):
        if number is None or number == FIRST_MAPPED:
            continue
        if enters and ranges is not None and to_outside(ranges, number) is None:
            found.append(Check("fail", name, f"EINVAL: {name} {number} is not mapped in its user namespace"))
        if not enters and number != (us.uid if name == "user" else us.gid) and not _may_change(us, False):
            capability = "CAP_SETUID" if name == "user" else "CAP_SETGID"
            found.append(Check("fail", name, f"EPERM: becoming {name} {number} needs {capability}"))
    return tuple(found)
