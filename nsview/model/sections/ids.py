"""Users, groups and capabilities: what numbers mean inside and outside, and what that allows."""

from collections.abc import Callable

from nsview.model.capability import KNOWN, describe, names
from nsview.model.capability_rule import Ability, capabilities_in
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.process import Capabilities, Details, Task
from nsview.model.sections import links, maps
from nsview.model.sections.maps import NO_MAPS, Maps
from nsview.model.sections.section import Row, Section
from nsview.model.snapshot import Snapshot
from nsview.model.views.tree import ALERT
from nsview.model.views.view import INFERRED


def of_namespace(snapshot: Snapshot, ns: Namespace, of_maps: Maps = NO_MAPS) -> Section:
    """`of_maps` are those of its user namespace: its owner's, or of a user namespace its own."""
    user = ns.id if ns.kind is Kind.USER else ns.owner
    rows = []
    if isinstance(user, NamespaceId):
        rows.append(Row("User namespace", links.named(snapshot, user)))
    if ns.creator_uid is not None:
        whose = "Made by" if ns.kind is Kind.USER else "Owner made by"
        rows.append(Row(whose, f"{snapshot.user_name(ns.creator_uid)} (uid {ns.creator_uid})"))
    rows += _maps(of_maps)
    return Section("Ids", tuple(rows))


def of_process(
    snapshot: Snapshot, task: Task, of_maps: Maps = NO_MAPS, targets: tuple[Namespace, ...] | None = None
) -> Section:
    """`of_maps` are those of its user namespace. Of each of `targets` it is told what the process could do in
    it; None: of each of its own namespaces."""
    details = snapshot.detail(task.tgid)
    rows = [*_users(snapshot, task, details), *_maps(of_maps), *_numbers(snapshot, task)]
    if details.capabilities is not None:
        rows += _capabilities(details.capabilities)
    if targets is None:
        found = (snapshot.namespace_of(task, kind) for kind in snapshot.kinds)
        targets = tuple(ns for ns in found if ns is not None)
    rows += _could(snapshot, task, targets)
    if details.seccomp is not None:
        rows.append(Row("Seccomp", seccomp(details.seccomp)))
    if details.no_new_privs is not None:
        rows.append(Row("No new privileges", "yes" if details.no_new_privs else "no"))
    return Section("Ids", tuple(rows))


def _users(snapshot: Snapshot, task: Task, details: Details) -> list[Row]:
    if details.uids is None:
        return [Row("User", f"{snapshot.user_name(task.uid)} (uid {task.uid}), effective")]
    rows = [Row("User", _four(snapshot.user_name, details.uids))]
    if details.gids is not None:
        rows.append(Row("Group", _four(str, details.gids)))
    if details.groups:
        rows.append(Row("Other groups", ", ".join(map(str, details.groups))))
    return rows


def _four(name: Callable[[int], str], ids: tuple[int, int, int, int]) -> str:
    """One if all are the same, else each with what it is."""

    def named(number: int) -> str:
        return str(number) if name(number) == str(number) else f"{name(number)} ({number})"

    if len(set(ids)) == 1:
        return named(ids[0])
    sorts = ("real", "effective", "saved", "file system")
    return ", ".join(f"{sort} {named(number)}" for sort, number in zip(sorts, ids, strict=True))


def _maps(of_maps: Maps) -> list[Row]:
    rows = links.lines("Users", maps.told(of_maps.uid)) + links.lines("Groups", maps.told(of_maps.gid))
    if of_maps.setgroups is not None:
        rows.append(Row("setgroups", of_maps.setgroups))
    return rows


def _numbers(snapshot: Snapshot, task: Task) -> list[Row]:
    """Its number in each pid namespace, from the one we read in down to its own (NSpid, proc(5))."""
    rows: list[Row] = []
    for number, ns in snapshot.numbers(task):
        where = "a pid namespace that may not be seen" if ns is None else links.named(snapshot, ns.id)
        init = ", its init" if number == 1 else ""
        rows.append(Row("" if rows else "Number", f"{number} in {where}{init}"))
    return rows


def _capabilities(sets: Capabilities) -> list[Row]:
    rows = [
        Row("Effective", describe(sets.effective, KNOWN)),
        Row("Permitted", describe(sets.permitted, KNOWN)),
        Row("Bounding", describe(sets.bounding, KNOWN)),
    ]
    if sets.inheritable:
        rows.append(Row("Inheritable", ", ".join(names(sets.inheritable))))
    if sets.ambient:
        rows.append(Row("Ambient", ", ".join(names(sets.ambient))))
    return rows


def _could(snapshot: Snapshot, task: Task, targets: tuple[Namespace, ...]) -> list[Row]:
    """What it could do in each of the targets; those where it is the same for the same reason together."""
    found: dict[Ability, list[Namespace]] = {}
    for ns in targets:
        found.setdefault(capabilities_in(snapshot, task, ns), []).append(ns)
    rows: list[Row] = []
    for ability, namespaces in found.items():
        label = "" if rows else "Could do"
        where = ", ".join(str(ns.kind) for ns in namespaces)
        if ability.mask is None:
            rows.append(Row(label, f"unknown in {where}: {ability.reason}", INFERRED))
        else:
            alert = bool(ability.mask) and any(ns.host for ns in namespaces)
            host = ", THE HOST'S" if alert else ""
            told = f"{describe(ability.mask, KNOWN)} in {where}{host}: {ability.reason}"
            rows.append(Row(label, told, ALERT if alert else ""))
    return rows


def seccomp(mode: int) -> str:
    return _SECCOMP.get(mode, str(mode))


_SECCOMP = {0: "off", 1: "strict: read, write and exit only", 2: "filtered"}
"""seccomp(2)."""
