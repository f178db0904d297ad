"""A user namespace: its maps with names, its creator, its members' capabilities, what it owns, its limits."""

from collections.abc import Iterable, Mapping

from nsview.contents.asking import Answers, ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import (
    FIRST,
    NAMESPACE,
    PROCESS,
    Column,
    Fact,
    Section,
    Unread,
    Value,
    Wanted,
    cut,
    table,
    unread,
)
from nsview.kernel.accounts import parse_passwd
from nsview.kernel.confined import Confined
from nsview.kernel.idmap import IdRange, parse_id_map, to_inside
from nsview.kernel.procfs import GONE
from nsview.kernel.status import Status, parse_status
from nsview.kernel.subordinate import read_subordinate
from nsview.model.capability import KNOWN, describe
from nsview.model.record import NamespaceRecord, command

_MAP = (
    *(Column("map", "MAP"), Column("inside", "INSIDE"), Column("outside", "OUTSIDE")),
    *(Column("count", "COUNT"), Column("inside_name", "NAME INSIDE", drop=1)),
    Column("outside_name", "NAME OUTSIDE", drop=1),
)
_MEMBERS = (
    *(Column("pid", "PID", PROCESS), Column("user", "USER"), Column("inner_uid", "UID INSIDE", drop=2)),
    *(Column("effective", "EFFECTIVE"), Column("permitted", "PERMITTED", drop=6)),
    *(Column("bounding", "BOUNDING", drop=4), Column("inheritable", "INHERITABLE", drop=7)),
    *(Column("ambient", "AMBIENT", drop=5), Column("command", "COMMAND", drop=1)),
)
_OWNED = (
    *(Column("type", "TYPE"), Column("ns", "NS", NAMESPACE), Column("nprocs", "PROCESSES", drop=1)),
    *(Column("pid", "PID", PROCESS, 2), Column("command", "COMMAND")),
)
_ACCOUNTS = 1 << 20
_EVERYBODY = (1 << 32) - 1

Names = dict[int, str | None]


def inside(pinned: Pinned, page: Wanted = FIRST) -> tuple[Section, ...]:
    """Numbers outside are those of our own user namespace."""
    texts, problems = _of_member(pinned)
    parts: dict[str, dict[str, object]] = {"user_limits": {}}
    if "uid_map" not in texts and not pinned.is_ours:
        parts["id_maps"] = {}
    answers = ask(pinned, parts)
    if "id_maps" in parts:
        texts = answers.get("id_maps") or {}
        problems = [*answers.unread("id_maps", "the maps")]
    maps = {name: parse_id_map(texts.get(name, "").encode()) for name in ("uid_map", "gid_map")}
    return (
        _identity(pinned, texts, maps, page, problems),
        _members(pinned, maps["uid_map"], page),
        _owned(pinned, page),
        _limits(answers),
    )


def _of_member(pinned: Pinned) -> tuple[dict[str, str], list[Unread]]:
    problems: list[Unread] = []
    texts: dict[str, str] = {}
    pids: Iterable[int | str] = ["self"] if pinned.is_ours else pinned.members[:8]
    for pid in pids:
        try:
            for name in ("uid_map", "gid_map", "setgroups"):
                texts[name] = pinned.proc.read(pid, name).decode("ascii", "replace")
            return texts, []
        except OSError as error:
            problems.append(unread(f"the maps of process {pid}", error))
    return {}, problems


def _identity(
    pinned: Pinned,
    texts: dict[str, str],
    maps: dict[str, tuple[IdRange, ...]],
    page: Wanted,
    problems: list[Unread],
) -> Section:
    rows: list[tuple[Value, ...]] = []
    for name, file in (("uid_map", "passwd"), ("gid_map", "group")):
        inner, outer = _names_inside(pinned, file, problems), _names_outside(pinned, file)
        subordinate = read_subordinate(f"/etc/sub{name[:3]}")
        for inside_first, outside_first, count in maps[name]:
            whose = outer.get(outside_first) if count < _EVERYBODY else None
            for owner, first, length in subordinate:
                if first <= outside_first < first + length:
                    whose = f"subordinate to {owner}"
            named = inner.get(inside_first) if count < _EVERYBODY else None
            rows.append((name[:3], inside_first, outside_first, count, named, whose))
    creator = pinned.ns.creator_uid
    facts = [Fact("setgroups", "setgroups", texts["setgroups"].strip())] if "setgroups" in texts else []
    if creator is not None:
        facts.append(Fact("creator_uid", "Made by uid", creator))
        facts.append(Fact("creator", "Made by", pinned.snapshot.user_name(creator)))
    return table("maps", "Users and groups", _MAP, rows, page, facts, problems)


def _names_outside(pinned: Pinned, file: str) -> Mapping[int, str | None]:
    if file == "passwd":
        return pinned.snapshot.user_names
    try:
        with open(f"/etc/{file}", "rb") as accounts:
            return parse_passwd(accounts.read(_ACCOUNTS))
    except OSError:
        return {}


def _names_inside(pinned: Pinned, file: str, problems: list[Unread]) -> Names:
    """What the first member's own accounts say; nothing where there is no member, or it has no such file."""
    for pid in pinned.members[:1]:
        try:
            with Confined(pinned.proc.path(pid, "root"), pinned.proc.path(pid, "mountinfo")) as root:
                return parse_passwd(root.read(f"etc/{file}", _ACCOUNTS))
        except OSError as error:
            if error.errno not in GONE:
                problems.append(unread(f"names inside, /etc/{file} of process {pid}", error))
    return {}


def _members(pinned: Pinned, uid_map: tuple[IdRange, ...], wanted: Wanted) -> Section:
    snapshot = pinned.snapshot
    tasks = [snapshot.processes[pid] for pid in pinned.members]
    page = wanted.of("members")
    shown, total = cut(
        tasks,
        page,
        lambda task: (task.pid, snapshot.user_name(task.uid), command(task, snapshot.detail(task.pid))),
    )
    rows: list[tuple[Value, ...]] = []
    problems = []
    for task in shown:
        status: Status | None = None
        try:
            status = parse_status(pinned.proc.read_record(task.pid, "status"))
        except OSError as error:
            if error.errno in GONE:
                continue  # it has ended since
            problems.append(unread(f"the capabilities of process {task.pid}", error))
        sets = _sets(status)
        inner = to_inside(uid_map, task.uid)
        words = command(task, snapshot.detail(task.pid))
        rows.append((task.pid, snapshot.user_name(task.uid), inner, *sets, words))
    return Section("members", "Members", (), _MEMBERS, tuple(rows), total, page.offset, tuple(problems))


def _sets(status: Status | None) -> tuple[Value, ...]:
    if status is None:
        return (None,) * 5
    sets = (
        *(status.cap_effective, status.cap_permitted, status.cap_bounding),
        *(status.cap_inheritable, status.cap_ambient),
    )
    return tuple(None if mask is None else describe(mask, KNOWN) for mask in sets)


def _owned(pinned: Pinned, page: Wanted) -> Section:
    snapshot = pinned.snapshot
    rows: list[tuple[Value, ...]] = []
    for identity in snapshot.owned(pinned.ns.id):
        ns = snapshot.namespaces[identity]
        task = NamespaceRecord(snapshot, ns).shown_task
        words = None if task is None else command(task, snapshot.detail(task.tgid))
        rows.append((str(ns.kind), ns.inode, ns.nprocs, ns.first, words))
    return table("owned", "Owned namespaces", _OWNED, rows, page)


def _limits(answers: Answers) -> Section:
    limits = (answers.get("user_limits") or {}).get("limits", {})
    facts = tuple(
        Fact(name, name.removeprefix("max_").replace("_", " ").capitalize(), value)
        for name, value in limits.items()
    )
    return Section("limits", "Limits of each user", facts, unread=answers.unread("user_limits", "the limits"))
