"""The processes of one namespace: `nsview list NS`."""

import argparse
from collections.abc import Iterator

from nsview.cli import scanning
from nsview.cli.main import USAGE, Failure
from nsview.cli.naming import named_for
from nsview.cli.output import warn, write_json
from nsview.cli.scanning import scan_json
from nsview.cli.table import Line, write_rows
from nsview.discovery.scanner import Scope, Wanted
from nsview.discovery.targets import NoTarget, resolve_namespace
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.record import command
from nsview.model.snapshot import Snapshot
from nsview.tabular import Head

_DEEPEST_GUIDE = 60
"""Cells of guides; deeper rows are drawn no further to the right."""
_DEEPEST_JSON = 200

_NUMBERS = ("PID", "PPID", "UID")
_COLUMNS = ("PID", "PPID", "USER", "UID", "COMMAND")
_DEFAULT = ("PID", "PPID", "USER", "COMMAND")


def list_processes(arguments: argparse.Namespace) -> int:
    """A tree by parents, as lsns(8) shows it; a list with -l or -r."""
    added = (arguments.output or "").startswith("+")
    names = [name.strip().upper() for name in (arguments.output or "").removeprefix("+").split(",")]
    names = [name for name in names if name]
    unknown = [name for name in names if name not in _COLUMNS]
    if unknown:
        warn(f"column '{unknown[0]}' does not tell of processes: one of {', '.join(_COLUMNS)}")
        return USAGE
    chosen = tuple(_DEFAULT) + tuple(names) if added or not names else tuple(names)
    if arguments.output_all:
        chosen = _COLUMNS
    snapshot = scanning.scan(arguments, Scope(details=Wanted.ALL_COMMANDS))
    snapshot = named_for(snapshot, arguments.namespace, arguments)
    try:
        ns = resolve_namespace(snapshot, arguments.namespace)
    except NoTarget as error:
        raise Failure(str(error)) from None
    as_tree = not (arguments.list or arguments.raw)
    placed = list(_family(members(snapshot, ns))) if as_tree else [(t, "") for t in members(snapshot, ns)]
    if arguments.json:
        write_json({"namespaces": _nest(snapshot, placed, chosen), "scan": scan_json(snapshot.report)})
    else:
        _draw(snapshot, placed, chosen, arguments)
    scanning.tell_partial(snapshot.report)
    return 0


def members(snapshot: Snapshot, ns: Namespace) -> list[Task]:
    """Processes, then threads that are in it without their process."""
    found = [snapshot.processes[pid] for pid in (*ns.processes, *ns.inferred)]
    return found + [snapshot.threads[tid] for _, tid in ns.threads]


def _value(snapshot: Snapshot, task: Task, name: str) -> str | int:
    match name:
        case "PID":
            return task.pid
        case "PPID":
            return task.ppid
        case "UID":
            return task.uid
        case "USER":
            return snapshot.user_name(task.uid)
        case _:
            return command(task, snapshot.detail(task.tgid))


def _family(tasks: list[Task]) -> Iterator[tuple[Task, str]]:
    """Tasks with their guides, children below their parents; iterative, as anyone can build a deep chain."""
    here = {task.pid for task in tasks}
    kids: dict[int, list[Task]] = {}
    for task in tasks:
        kids.setdefault(task.ppid if task.ppid in here else 0, []).append(task)
    waiting = [(task, "", "") for task in reversed(kids.get(0, []))]
    while waiting:
        task, guide, below = waiting.pop()
        yield task, guide
        children = kids.get(task.pid, [])
        deeper = below if len(below) > _DEEPEST_GUIDE else below + "│ "
        last = below if len(below) > _DEEPEST_GUIDE else below + "  "
        for place, child in reversed(list(enumerate(children))):
            end = place == len(children) - 1
            waiting.append((child, below + ("└─" if end else "├─"), last if end else deeper))


def _nest(
    snapshot: Snapshot, placed: list[tuple[Task, str]], chosen: tuple[str, ...]
) -> list[dict[str, object]]:
    """Rows with `children`, as deep as readers of JSON follow; what is deeper hangs from the last."""
    rows: dict[int, dict[str, object]] = {}
    depth: dict[int, int] = {}
    over: dict[int, int] = {}
    roots: list[dict[str, object]] = []
    for task, guide in placed:
        row: dict[str, object] = {name.lower(): _value(snapshot, task, name) for name in chosen}
        rows[task.pid] = row
        if not guide:
            depth[task.pid] = 0
            roots.append(row)
            continue
        parent = task.ppid if depth[task.ppid] < _DEEPEST_JSON else over[task.ppid]
        over[task.pid] = parent
        depth[task.pid] = depth[parent] + 1
        children = rows[parent].setdefault("children", [])
        assert isinstance(children, list)
        children.append(row)
    return roots


def _draw(
    snapshot: Snapshot,
    placed: list[tuple[Task, str]],
    chosen: tuple[str, ...],
    arguments: argparse.Namespace,
) -> None:
    heads = [Head(name, name in _NUMBERS, name in ("COMMAND", "USER")) for name in chosen]
    lines = []
    for task, guide in placed:
        cells = [str(_value(snapshot, task, name)) for name in chosen]
        lines.append(Line(cells, guide, guided=chosen.index("COMMAND") if "COMMAND" in chosen else 0))
    write_rows(heads, lines, arguments)
