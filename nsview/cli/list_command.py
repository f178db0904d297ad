"""List all namespaces, also those that no process is in, or the processes of one."""

import argparse
from collections.abc import Iterator

from nsview.cli import arrange, columns, scanning
from nsview.cli.columns import COLUMNS, Column
from nsview.cli.main import USAGE, Failure
from nsview.cli.output import colourful, warn, width, write_json, write_line
from nsview.cli.processes import list_processes
from nsview.cli.table import Head, Line, draw, draw_raw
from nsview.discovery.scanner import Scope, Wanted
from nsview.discovery.targets import NoTarget, resolve
from nsview.model.kind import Kind, parse_kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.query import Query, QuerySyntaxError, parse
from nsview.model.record import NEEDS_COMMANDS, NEEDS_DETAILS, NamespaceRecord
from nsview.model.snapshot import Snapshot

_SHRINKING = ("COMMAND", "PATH", "NSFS", "HELD", "USER", "CREATOR")


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("namespace", metavar="NS", nargs="?", help="list the processes of this namespace instead")
    add(
        "-t",
        "--type",
        metavar="KIND",
        action="append",
        default=[],
        type=_kinds,
        help="only these kinds (may be repeated, or a list with commas)",
    )
    add("-p", "--task", metavar="PID", help="only the namespaces of this process or thread")
    add("-P", "--persistent", action="store_true", help="only namespaces without a process")
    add(
        "-T",
        "--tree",
        metavar="REL",
        nargs="?",
        const="owner",
        help="as a tree by owner (default), parent or process",
    )
    add("-o", "--output", metavar="COLS", help="columns to show; +COLS adds to the default ones")
    add("--output-all", action="store_true", help="all columns")
    add("-J", "--json", action="store_true", help="JSON output")
    add("-r", "--raw", action="store_true", help="raw output: one space between cells")
    add("-n", "--noheadings", action="store_true", help="no headings")
    add("-u", "--notruncate", action="store_true", help="cut nothing, even if it is wider than the terminal")
    add("-W", "--nowrap", action="store_true", help="no cells of several lines")
    add("-l", "--list", action="store_true", help="as a list (the default)")
    add("-H", "--list-columns", action="store_true", help="tell which columns there are")
    add("-Q", "--filter", metavar="EXPR", help="only what this filter matches: see 'nsview help filter'")
    scanning.add_options(parser)


def _kinds(text: str) -> list[Kind]:
    try:
        return [parse_kind(name) for name in text.split(",") if name.strip()]
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace) -> int:
    if arguments.list_columns:
        return _tell_columns(arguments)
    if arguments.tree not in (None, *arrange.RELATIONS):
        if arguments.namespace is not None:  # `-T owner`, apart, and `-T NS` are told apart by the word
            warn(f"unknown tree '{arguments.tree}': one of {', '.join(arrange.RELATIONS)}")
            return USAGE
        arguments.namespace, arguments.tree = arguments.tree, "owner"
    kinds = tuple(kind for chosen in arguments.type for kind in chosen)
    try:
        query = parse(arguments.filter or "")
        chosen = columns.choose(
            arguments.output, arguments.output_all, kinds, arguments.persistent and not arguments.json
        )
    except (QuerySyntaxError, columns.UnknownColumn) as error:
        for line in str(error).splitlines():
            warn(line)
        return USAGE
    if arguments.namespace is not None:
        return list_processes(arguments)
    snapshot = scanning.scan(arguments, _scope(query, chosen, kinds))
    shown = _choose(snapshot, arguments, kinds, query)
    if arguments.json:
        _write_json(snapshot, shown, chosen, arguments.tree)
    else:
        _write_table(snapshot, shown, chosen, arguments)
    scanning.tell_partial(snapshot.report)
    return 0


def _scope(query: Query, chosen: list[Column], kinds: tuple[Kind, ...]) -> Scope:
    """Read only what will be shown or asked for."""
    names = {column.name for column in chosen}
    details = Wanted.COMMANDS if "COMMAND" in names else Wanted.NONE
    if query.fields & NEEDS_COMMANDS:
        details = Wanted.ALL_COMMANDS
    if query.fields & NEEDS_DETAILS:
        details = Wanted.ALL
    return Scope(details=details, net_ids="NETNSID" in names or "netnsid" in query.fields)


def _choose(
    snapshot: Snapshot, arguments: argparse.Namespace, kinds: tuple[Kind, ...], query: Query
) -> list[Namespace]:
    """The namespaces that the options leave, by inode number as lsns(8) sorts them."""
    shown: list[Namespace] = sorted(
        snapshot.namespaces.values(), key=lambda ns: (ns.inode == 0, ns.inode, ns.id.serial)
    )
    if kinds:
        shown = [ns for ns in shown if ns.kind in kinds]
    if arguments.task is not None:
        task = _task(snapshot, arguments.task)
        home = [snapshot.namespace_of(task, kind) for kind in snapshot.kinds]
        of_task = {ns.id for ns in home if ns is not None}
        shown = [ns for ns in shown if ns.id in of_task]
    if arguments.persistent:
        shown = [ns for ns in shown if not ns.nprocs]
    if query:
        shown = [ns for ns in shown if query.matches(NamespaceRecord(snapshot, ns))]
    return shown


def _task(snapshot: Snapshot, text: str) -> Task:
    try:
        found = resolve(snapshot, text)
    except NoTarget as error:
        raise Failure(str(error)) from None
    if isinstance(found, Task):
        return found
    raise Failure(f"-p wants a process, and {text} is a namespace")


# ---- JSON


def _write_json(
    snapshot: Snapshot, shown: list[Namespace], chosen: list[Column], relation: str | None
) -> None:
    if relation is None:
        rows = [namespace_json(NamespaceRecord(snapshot, ns), chosen) for ns in shown]
    else:
        rows = [_nested(snapshot, node, chosen) for node in arrange.forest(snapshot, shown, relation)]
    write_json({"namespaces": rows, "scan": scanning.scan_json(snapshot.report)})


def namespace_json(record: NamespaceRecord, chosen: list[Column]) -> dict[str, object]:
    """One namespace: the chosen columns, and what nsview adds to every one."""
    ns = record.ns
    row = {column.name.lower(): columns.json_value(record, column) for column in chosen}
    counts = record.snapshot.holder_counts(ns)
    row |= {
        "id": ns.kernel_id,
        "nthreads": ns.tasks,
        "holders": {str(how): count for how, count in counts.items()},
        "host": ns.host,
        "certainty": str(ns.certainty),
    }
    if ns.inferred:
        row["inferred"] = len(ns.inferred)
    return row


def _nested(snapshot: Snapshot, node: arrange.Node, chosen: list[Column]) -> dict[str, object]:
    if node.id == arrange.INVISIBLE:
        row: dict[str, object] = {column.name.lower(): None for column in chosen}
        row |= {"type": str(node.id.kind), "certainty": "unreadable"}
    else:
        row = namespace_json(NamespaceRecord(snapshot, snapshot.namespaces[node.id]), chosen)
    if node.kids:
        row["children"] = [_nested(snapshot, kid, chosen) for kid in node.kids]
    return row


# ---- tables


def _write_table(
    snapshot: Snapshot, shown: list[Namespace], chosen: list[Column], arguments: argparse.Namespace
) -> None:
    heads = [Head(column.name, column.number, column.name in _SHRINKING) for column in chosen]
    if arguments.tree:
        heads[0] = heads[0]._replace(right=False)
        lines = list(_tree_lines(snapshot, shown, chosen, arguments))
    else:
        lines = [_line(snapshot, ns, chosen, arguments.nowrap or arguments.raw) for ns in shown]
    if arguments.raw:
        draw_raw(heads, lines, headings=not arguments.noheadings)
        return
    draw(
        heads,
        lines,
        width=None if arguments.notruncate else width(),
        headings=not arguments.noheadings,
        colour=colourful(),
    )


def _tree_lines(
    snapshot: Snapshot, shown: list[Namespace], chosen: list[Column], arguments: argparse.Namespace
) -> Iterator[Line]:
    for node in arrange.flat(arrange.forest(snapshot, shown, arguments.tree)):
        if node.id == arrange.INVISIBLE:
            cells = ["user" if column.name == "TYPE" else "" for column in chosen]
            yield Line(["invisible", *cells[1:]], node.depth_guides)
        else:
            ns = snapshot.namespaces[node.id]
            line = _line(snapshot, ns, chosen, arguments.nowrap or arguments.raw)
            yield line._replace(guide=node.depth_guides)


def _line(snapshot: Snapshot, ns: Namespace, chosen: list[Column], one_line: bool) -> Line:
    record = NamespaceRecord(snapshot, ns)
    cells = [columns.cell(record, column, one_line) for column in chosen]
    if not ns.inode and chosen and chosen[0].name == "NS":
        cells[0] = f"?{ns.id.serial}"  # inferred: the number that gave it away
    return Line(cells, style="host" if ns.host else "")


def _tell_columns(arguments: argparse.Namespace) -> int:
    if arguments.json:
        write_json(
            {"columns": [{"name": column.name, "meaning": column.meaning} for column in COLUMNS.values()]}
        )
        return 0
    for column in COLUMNS.values():
        write_line(f"{column.name:<10}{column.meaning}{' (nsview)' if column.own else ''}")
    return 0
