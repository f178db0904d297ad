"""Two processes or namespaces side by side: where they are, what they may do, and what differs inside."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from nsview.contents.comparing import compare
from nsview.contents.inside import inside
from nsview.contents.section import (
    FIRST,
    NAMESPACE,
    Column,
    Page,
    Pages,
    Section,
    Unread,
    Value,
    Wanted,
    table,
    unread,
)
from nsview.kernel.cgroup import main_path, parse_cgroup
from nsview.kernel.limits import parse_limits
from nsview.kernel.procfs import Procfs
from nsview.kernel.stat import parse_stat
from nsview.kernel.status import parse_status
from nsview.model.capability import KNOWN, describe
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot

_WHOLE, _NONE = Page(limit=100_000), Page(limit=0)
_ROWS: dict[Kind, Wanted] = {
    Kind.PID: _NONE,
    Kind.USER: Pages(Page(limit=1000), {"members": _NONE}),
    Kind.NET: Pages(_WHOLE, {"sockets": _NONE, "neighbours": _NONE}),
}
"""Members and sockets are not compared, and a row of each costs a read; a map has 340 ranges at most."""
_KINDS = (
    *(Column("type", "TYPE"), Column("state", "STATE"), Column("a", "FIRST", NAMESPACE)),
    *(
        Column("a_host", "HOST'S", drop=1),
        Column("b", "SECOND", NAMESPACE),
        Column("b_host", "HOST'S", drop=1),
    ),
)
_VALUES = (Column("what", "WHAT"), Column("a", "FIRST"), Column("b", "SECOND"))
HOST, SAME, DIFFERENT, UNKNOWN = "host", "same", "different", "unknown"
"""HOST: the same, and it is the host's."""
_SETS = ("effective", "permitted", "bounding", "inheritable", "ambient")
_SECCOMP = {0: "off", 1: "strict", 2: "filtered"}


class Pair(NamedTuple):
    """Where both are, of one kind; None: not to be told."""

    kind: Kind
    a: Namespace | None
    b: Namespace | None

    @property
    def state(self) -> str:
        if self.a is None or self.b is None:
            return UNKNOWN
        if self.a.id != self.b.id:
            return DIFFERENT
        return HOST if self.a.host else SAME


def pairs(
    snapshot: Snapshot, a: Task | Namespace, b: Task | Namespace, kinds: Iterable[Kind] = ()
) -> list[Pair]:
    """The kinds to compare: all for two processes, else that of the namespace that is named.

    ValueError for two namespaces of different kinds.
    """
    named = {one.kind for one in (a, b) if isinstance(one, Namespace)}
    if len(named) > 1:
        raise ValueError("namespaces of different kinds have nothing to compare")
    wanted = [kind for kind in snapshot.kinds if kind in named or not named]
    chosen = frozenset(kinds)
    return [
        Pair(kind, _of(snapshot, a, kind), _of(snapshot, b, kind))
        for kind in wanted
        if not chosen or kind in chosen
    ]


def _of(snapshot: Snapshot, one: Task | Namespace, kind: Kind) -> Namespace | None:
    return one if isinstance(one, Namespace) else snapshot.namespace_of(one, kind)


def difference(
    snapshot: Snapshot,
    a: Task | Namespace,
    b: Task | Namespace,
    kinds: Iterable[Kind] = (),
    page: Wanted = FIRST,
    proc: Procfs | None = None,
    given_up: Callable[[], bool] = lambda: False,
) -> tuple[Section, ...]:
    """Kinds, then rights and limits of two processes, then what differs inside of each kind that differs.

    Takes up to some seconds for each kind; once `given_up` says so it comes to its end soon.
    """
    proc = proc or Procfs()
    compared = pairs(snapshot, a, b, kinds)
    sections = [_kinds(compared, page)]
    if isinstance(a, Task) and isinstance(b, Task):
        sections += _processes(snapshot, proc, a, b, page)
    for pair in compared:
        if pair.state == DIFFERENT and pair.a is not None and pair.b is not None:
            rows = _ROWS.get(pair.kind, _WHOLE)
            first = inside(snapshot, pair.a, rows, proc, given_up)
            second = inside(snapshot, pair.b, rows, proc, given_up)
            sections.append(compare(pair.kind, first, second, page))
    return tuple(sections)


def difference_at(
    root: str,
    snapshot: Snapshot,
    a: Task | Namespace,
    b: Task | Namespace,
    page: Page,
    given_up: Callable[[], bool],
) -> tuple[Section, ...]:
    """The same by the procfs at `root` ("" is the usual one)."""
    proc = Procfs(root) if root else Procfs()
    return difference(snapshot, a, b, page=page, proc=proc, given_up=given_up)


def _kinds(compared: list[Pair], page: Wanted) -> Section:
    rows: list[tuple[Value, ...]] = [
        (str(pair.kind), pair.state, *_cells(pair.a), *_cells(pair.b)) for pair in compared
    ]
    return table("kinds", "Namespaces", _KINDS, rows, page)


def _cells(ns: Namespace | None) -> tuple[Value, Value]:
    return (None, None) if ns is None else (ns.inode or None, ns.host)


def _processes(snapshot: Snapshot, proc: Procfs, a: Task, b: Task, page: Wanted) -> list[Section]:
    problems: list[Unread] = []
    rights = [_rights(snapshot, proc, task, problems) for task in (a, b)]
    limits = [_limits(proc, task, problems) for task in (a, b)]
    # Asked last: what was read before belongs to the processes that had these numbers.
    ended = [task for task in (a, b) if not _is_there(proc, task)]
    if ended:
        gone = [Unread(f"process {task.pid}", "it has ended") for task in ended]
        return [Section("rights", "Rights that differ", columns=_VALUES, unread=tuple(gone))]
    return [
        table("rights", "Rights that differ", _VALUES, _differing(*rights), page, unread=problems),
        table("limits", "Limits that differ", _VALUES, _differing(*limits), page),
    ]


def _is_there(proc: Procfs, task: Task) -> bool:
    try:
        stat = parse_stat(proc.read_record(task.tgid, "stat"))
    except OSError:
        return False
    leader = task.pid == task.tgid
    return stat is not None and (not leader or stat.starttime == task.starttime)


def _differing(a: dict[str, Value], b: dict[str, Value]) -> list[tuple[Value, ...]]:
    names = dict.fromkeys([*a, *b])
    return [(name, a.get(name), b.get(name)) for name in names if a.get(name) != b.get(name)]


def _read(proc: Procfs, task: Task, name: str, problems: list[Unread]) -> bytes:
    try:
        return proc.read(task.tgid, name)
    except OSError as error:
        problems.append(unread(f"{name} of process {task.tgid}", error))
        return b""


def _rights(snapshot: Snapshot, proc: Procfs, task: Task, problems: list[Unread]) -> dict[str, Value]:
    status = parse_status(_read(proc, task, "status", problems))
    found: dict[str, Value] = {"user": snapshot.user_name(task.uid)}
    if status.uids is not None:
        found["uids"] = tuple(map(str, status.uids))
    if status.gids is not None:
        found["gids"] = tuple(map(str, status.gids))
    found["groups"] = tuple(map(str, status.groups))
    masks = (
        *(status.cap_effective, status.cap_permitted, status.cap_bounding),
        *(status.cap_inheritable, status.cap_ambient),
    )
    for name, mask in zip(_SETS, masks, strict=True):
        found[f"{name} capabilities"] = None if mask is None else describe(mask, KNOWN)
    found["no new privileges"] = status.no_new_privs
    if status.seccomp is not None:
        found["seccomp"] = _SECCOMP.get(status.seccomp, str(status.seccomp))
    for name in ("uid_map", "gid_map", "setgroups"):
        lines = _read(proc, task, name, problems).decode("ascii", "replace").splitlines()
        found[name] = tuple(" ".join(line.split()) for line in lines)
    found["control group"] = main_path(parse_cgroup(_read(proc, task, "cgroup", problems))) or None
    try:
        found["root"] = proc.readlink(task.tgid, "root")
    except OSError as error:
        problems.append(unread(f"root of process {task.tgid}", error))
    return found


def _limits(proc: Procfs, task: Task, problems: list[Unread]) -> dict[str, Value]:
    limits = parse_limits(_read(proc, task, "limits", problems))
    return {name: f"{limit.soft} of {limit.hard}" for name, limit in limits.items()}
