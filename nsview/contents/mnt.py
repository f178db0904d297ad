"""A mount namespace: its mount tree, what is hidden, how full it is, whose root is where, what differs."""

import os

from nsview.contents.asking import Answers, ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import (
    BYTES,
    FIRST,
    NESTED,
    PROCESS,
    Column,
    Fact,
    Refused,
    Section,
    Unread,
    Value,
    Wanted,
    cut,
    table,
    unread,
)
from nsview.kernel.mountinfo import Mount, hidden, parse_mountinfo
from nsview.kernel.reach import unconfined_member
from nsview.model.kind import Kind

_MOUNTS = (
    *(Column("id", "ID", drop=12), Column("parent", "ON", drop=12), Column("depth", "DEPTH", drop=14)),
    *(Column("point", "MOUNT POINT", NESTED), Column("fs_type", "TYPE"), Column("source", "SOURCE", drop=3)),
    *(Column("root", "ROOT", drop=5), Column("options", "OPTIONS", drop=2)),
    *(Column("super_options", "FS OPTIONS", drop=10), Column("propagation", "PROPAGATION", drop=6)),
    *(Column("hidden", "HIDDEN", drop=1), Column("size", "SIZE", BYTES, 4)),
    *(Column("used", "USED", BYTES, 4), Column("available", "FREE", BYTES, 8)),
    Column("device", "DEVICE", drop=13),
)
_ROOTS = (Column("root", "ROOT"), Column("processes", "PROCESSES"), Column("pids", "FIRST OF THEM", PROCESS))
_GROUPS = (Column("group", "GROUP"), Column("shared", "SHARED"), Column("slaves", "RECEIVE FROM IT"))
_DIFFERENT = (
    *(Column("difference", "DIFFERENCE"), Column("point", "MOUNT POINT"), Column("fs_type", "TYPE", drop=1)),
    *(
        Column("source", "SOURCE", drop=2),
        Column("root", "ROOT", drop=4),
        Column("options", "OPTIONS", drop=3),
    ),
)
_LOOKED_AT = 5000
"""Members whose root is looked up."""
_NAMED = 5

ONLY_HERE, ONLY_HOST, OTHER_OPTIONS = "only here", "only the host's", "other options"


def inside(pinned: Pinned, page: Wanted = FIRST) -> tuple[Section, ...]:
    """Sizes in bytes. Who may not enter still reads the mounts by a member's mountinfo, but no sizes."""
    answers = ask(pinned, {"mounts": {}, "disk_use": {}})
    mounts, problems = _mounts(pinned, answers)
    use = (answers.get("disk_use") or {}).get("devices", {})
    return (
        _tree(mounts, use, page, (*problems, *answers.unread("disk_use", "sizes"))),
        _groups(mounts, page),
        _roots(pinned, page),
        _different(pinned, mounts, page),
    )


def _mounts(pinned: Pinned, answers: Answers) -> tuple[list[Mount], tuple[Unread, ...]]:
    text = answers.get("mounts")
    if text is not None:
        return parse_mountinfo(os.fsencode(text)), ()
    problems = answers.unread("mounts", "mounts from inside")
    whole = unconfined_member(pinned.proc, pinned.snapshot.holders(pinned.ns))
    for member in [whole] if whole else map(str, pinned.members[:8]):
        try:
            mounts = parse_mountinfo(pinned.proc.read(member, "mountinfo"))
        except OSError:
            continue
        seen = f"seen by process {member}, whose root may hide some"
        return mounts, () if whole else (Unread("mounts from the root", seen),)
    return [], problems


def _tree(
    mounts: list[Mount], use: dict[str, dict[str, int]], wanted: Wanted, problems: tuple[Unread, ...]
) -> Section:
    covered = hidden(mounts)
    kids: dict[int, list[Mount]] = {}
    ids = {mount.id for mount in mounts}
    for mount in mounts:
        above = mount.parent if mount.parent in ids and mount.parent != mount.id else 0
        kids.setdefault(above, []).append(mount)
    order: list[tuple[Mount, int]] = []
    stack = [(mount, 0) for mount in reversed(kids.get(0, ()))]
    while stack:
        mount, depth = stack.pop()
        order.append((mount, depth))
        stack += [(kid, depth + 1) for kid in reversed(kids.get(mount.id, ()))]
    page = wanted.of("mounts")
    shown, total = cut(order, page, lambda one: one[0])
    rows: list[tuple[Value, ...]] = []
    for mount, depth in shown:
        sizes = use.get(mount.device, {}) if mount.id not in covered else {}
        rows.append(
            (
                *(mount.id, mount.parent, depth, mount.point, mount.fs_type, mount.source, mount.root),
                *(mount.options, mount.super_options, mount.propagation, mount.id in covered),
                *(sizes.get("size"), sizes.get("used"), sizes.get("available"), mount.device),
            )
        )
    facts = (Fact("mounts", "Mounts", len(mounts)), Fact("hidden", "Hidden under others", len(covered)))
    return Section("mounts", "Mounts", facts, _MOUNTS, tuple(rows), total, page.offset, problems)


def _groups(mounts: list[Mount], page: Wanted) -> Section:
    """Peer groups (mount_namespaces(7)): mounts spread among the shared, and to those that receive."""
    shared: dict[int, list[str]] = {}
    slaves: dict[int, list[str]] = {}
    for mount in mounts:
        for word in mount.propagation:
            sort, _, number = word.partition(":")
            if number.isdecimal() and sort in ("shared", "master"):
                (shared if sort == "shared" else slaves).setdefault(int(number), []).append(mount.point)
    rows: list[tuple[Value, ...]] = [
        (number, tuple(shared.get(number, ())), tuple(slaves.get(number, ())))
        for number in sorted(shared.keys() | slaves.keys())
    ]
    private = sum(not mount.propagation for mount in mounts)
    return table(
        "propagation", "Propagation groups", _GROUPS, rows, page, [Fact("private", "Private mounts", private)]
    )


def _roots(pinned: Pinned, page: Wanted) -> Section:
    roots: dict[str, list[int]] = {}
    refused = Refused("the roots of {} processes")
    for pid in pinned.members[:_LOOKED_AT]:
        try:
            roots.setdefault(pinned.proc.readlink(pid, "root"), []).append(pid)
        except OSError as error:
            refused.note(error)
    rows: list[tuple[Value, ...]] = [
        (root, len(pids), tuple(map(str, pids[:_NAMED])))
        for root, pids in sorted(roots.items(), key=lambda item: -len(item[1]))
    ]
    problems = refused.unread()
    if len(pinned.members) > _LOOKED_AT:
        problems.append(Unread("the roots of the others", f"only the first {_LOOKED_AT} are looked up"))
    return table("roots", "Roots of the members", _ROOTS, rows, page, unread=problems)


def _different(pinned: Pinned, mounts: list[Mount], page: Wanted) -> Section:
    """Mounts that the host has and this has not, and the other way. Order and numbers do not count."""
    title = "Differs from the host's"
    if pinned.ns.host:
        return Section("difference", title, (Fact("host", "The host's own", True),))
    try:
        host = parse_mountinfo(_hosts(pinned))
    except OSError as error:
        return Section("difference", title, unread=(unread("the host's mounts", error),))
    if not mounts:
        return Section("difference", title, unread=(Unread("the difference", "its mounts are not known"),))
    rows = difference(mounts, host)
    return table("difference", title, _DIFFERENT, rows, page)


def _hosts(pinned: Pinned) -> bytes:
    """The host's mountinfo. OSError: that of pid 1, whose file anybody may read where it may be seen."""
    try:
        return pinned.proc.read(1, "mountinfo")
    except OSError as error:
        failure = error
    for ns in pinned.snapshot.namespaces.values():
        if ns.kind is Kind.MNT and ns.host:
            member = unconfined_member(pinned.proc, pinned.snapshot.holders(ns))
            if member is not None:
                return pinned.proc.read(member, "mountinfo")
    raise failure


def difference(here: list[Mount], there: list[Mount]) -> list[tuple[Value, ...]]:
    """One row for each mount that only one side has, or that has other options."""

    def key(mount: Mount) -> tuple[str, ...]:
        return mount.point, mount.device, mount.root, mount.fs_type

    ours = {key(mount): mount for mount in here}
    theirs = {key(mount): mount for mount in there}
    rows = []
    for each, mount in ours.items():
        if each not in theirs:
            rows.append((ONLY_HERE, mount, mount.options))
        elif mount.options != theirs[each].options:
            rows.append((OTHER_OPTIONS, mount, f"{mount.options}; the other: {theirs[each].options}"))
    rows += [(ONLY_HOST, mount, mount.options) for each, mount in theirs.items() if each not in ours]
    return [
        (what, mount.point, mount.fs_type, mount.source, mount.root, options) for what, mount, options in rows
    ]
