"""The process tree as seen inside a pid namespace: inner and outer numbers, its init, its limits."""

from nsview.contents.asking import ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import (
    FIRST,
    NAMESPACE,
    NESTED,
    PROCESS,
    Column,
    Fact,
    Page,
    Section,
    Unread,
    Value,
    Wanted,
    cut,
    unread,
)
from nsview.kernel.procfs import GONE
from nsview.kernel.status import parse_status
from nsview.model.namespace import NamespaceId
from nsview.model.process import Task
from nsview.model.record import command

_TREE = (
    *(Column("inner", "INSIDE"), Column("pid", "OUTSIDE", PROCESS), Column("depth", "DEPTH", drop=9)),
    *(Column("ppid", "PARENT", PROCESS, 6), Column("user", "USER", drop=2), Column("state", "STATE", drop=5)),
    *(Column("ns", "PID NAMESPACE", NAMESPACE, 4), Column("numbers", "ALL NUMBERS", drop=3)),
    Column("command", "COMMAND", NESTED),
)
_DEEPEST = 40
"""Pid namespaces nest 32 deep at most."""


def inside(pinned: Pinned, wanted: Wanted = FIRST) -> tuple[Section, ...]:
    """Processes of namespaces below it are in it too. Numbers are read only of the page's processes."""
    page = wanted.of("processes")
    answers = ask(pinned, {"pid_numbers": {"joins": not pinned.is_ours}})
    numbers = answers.get("pid_numbers") or {}
    tree, total, problems = _tree(pinned, page)
    facts = [Fact("processes", "Processes", total)] if not page.find else []
    level = _level(pinned)
    init = _init(pinned, level)
    if init is not None:
        facts.append(Fact("init", "Its init, outside", init, PROCESS))
    facts.append(Fact("level", "Level below ours", level))
    for key, label in (("limit", "Numbers below"), ("last", "Last number given, about")):
        if numbers.get(key) is not None:
            facts.append(Fact(key, label, numbers[key]))
    return (
        Section("numbers", "Numbers", tuple(facts), unread=answers.unread("pid_numbers", "the limits")),
        Section("processes", "Processes", (), _TREE, tuple(tree), total, page.offset, problems),
    )


def _init(pinned: Pinned, level: int | None) -> int | None:
    """Number 1 was the first in it, and all end with it: so it is the oldest member."""
    oldest = pinned.ns.oldest
    if oldest is None or level is None:
        return None
    try:
        numbers = parse_status(pinned.proc.read_record(oldest, "status")).ns_pid
    except OSError:
        return None
    return oldest if numbers[level : level + 1] == (1,) else None


def _level(pinned: Pinned) -> int | None:
    """How many namespaces it lies below the one that our /proc is of; None if that is not to be told."""
    home = pinned.snapshot.by_inode(_own(pinned))
    ns, level = pinned.ns, 0
    while home is not None and ns.id != home.id and level < _DEEPEST:
        if not isinstance(ns.parent, NamespaceId):
            return None
        ns, level = pinned.snapshot.namespaces[ns.parent], level + 1
    return None if home is None else level


def _own(pinned: Pinned) -> int:
    try:
        return pinned.proc.stat("self", "ns/pid").st_ino
    except OSError:
        return 0


def _everybody(pinned: Pinned) -> list[Task]:
    """The members of the namespace and of all below it."""
    snapshot = pinned.snapshot
    found: list[Task] = []
    waiting = [pinned.ns.id]
    while waiting:
        ns = snapshot.namespaces[waiting.pop()]
        found += [snapshot.processes[pid] for pid in (*ns.processes, *ns.inferred)]
        waiting += snapshot.children(ns.id)
    return found


def _tree(pinned: Pinned, page: Page) -> tuple[list[tuple[Value, ...]], int, tuple[Unread, ...]]:
    """One page of rows, in the order of the tree; how many there are in all."""
    tasks = {task.pid: task for task in _everybody(pinned)}
    kids: dict[int, list[int]] = {}
    for task in tasks.values():
        # What was started from outside hangs on the namespace itself.
        kids.setdefault(task.ppid if task.ppid in tasks else 0, []).append(task.pid)
    order: list[tuple[Task, int]] = []
    stack = [(pid, 0) for pid in sorted(kids.get(0, ()), reverse=True)]
    while stack:
        pid, depth = stack.pop()
        order.append((tasks[pid], depth))
        stack += [(kid, depth + 1) for kid in sorted(kids.get(pid, ()), reverse=True) if kid != pid]
    shown, total = cut(order, page, lambda one: _searched(pinned, one[0]))
    level = _level(pinned)
    rows, problems = [], []
    for task, depth in shown:
        numbers: tuple[int, ...] = ()
        try:
            numbers = parse_status(pinned.proc.read_record(task.pid, "status")).ns_pid
        except OSError as error:
            if error.errno in GONE:
                continue  # it has ended since
            problems.append(unread(f"the numbers of process {task.pid}", error))
        rows.append(_row(pinned, task, depth, numbers, level))
    return rows, total, tuple(problems)


def _searched(pinned: Pinned, task: Task) -> tuple[object, ...]:
    snapshot = pinned.snapshot
    return task.pid, snapshot.user_name(task.uid), command(task, snapshot.detail(task.pid))


def _row(
    pinned: Pinned, task: Task, depth: int, numbers: tuple[int, ...], level: int | None
) -> tuple[Value, ...]:
    snapshot = pinned.snapshot
    inner = numbers[level] if level is not None and level < len(numbers) else None
    return (
        *(inner, task.pid, depth, task.ppid, snapshot.user_name(task.uid), task.state or None),
        *(task.links.pid if task.links.pid > 0 else None, tuple(map(str, numbers))),
        command(task, snapshot.detail(task.pid)),
    )
