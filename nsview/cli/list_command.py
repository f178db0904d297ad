"""List all namespaces, also those that no process is in, or the processes of one."""

import argparse
from typing import TYPE_CHECKING

from nsview.cli import columns, scanning
from nsview.cli.columns import COLUMNS, Column
from nsview.cli.main import USAGE, Failure
from nsview.cli.output import warn, write_json, write_line
from nsview.discovery.scanner import Scope, Wanted
from nsview.model.kind import Kind, parse_kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.record import NEEDS_COMMANDS, NEEDS_DETAILS, NEEDS_NAMES, NamespaceRecord
from nsview.model.snapshot import Snapshot

if TYPE_CHECKING:  # what only some calls need is loaded by them: a short command shall be quick
    from nsview.model.query import Query

_RELATIONS = ("owner", "parent", "process")
_NAMES = ("NAME", "ENGINE", "IMAGE", "POD", "UNIT")


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
        return [parse_kind(name) for name in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace) -> int:
    if arguments.list_columns:
        return _tell_columns(arguments)
    if arguments.tree not in (None, *_RELATIONS):
        if arguments.namespace is not None:  # `-T owner`, apart, and `-T NS` are told apart by the word
            warn(f"unknown tree '{arguments.tree}': one of {', '.join(_RELATIONS)}")
            return USAGE
        arguments.namespace, arguments.tree = arguments.tree, "owner"
    kinds = tuple(kind for chosen in arguments.type for kind in chosen)
    try:
        query = _query(arguments.filter)
        chosen = columns.choose(
            arguments.output, arguments.output_all, kinds, arguments.persistent and not arguments.json
        )
    except ValueError as error:
        for line in str(error).splitlines():
            warn(line)
        return USAGE
    if arguments.namespace is not None:
        from nsview.cli.processes import list_processes

        return list_processes(arguments)
    snapshot = scanning.scan(arguments, _scope(query, chosen))
    if _wants_names(query, chosen):
        from nsview.cli.naming import named

        snapshot = named(snapshot, arguments)
    shown = _choose(snapshot, arguments, kinds, query)
    if arguments.json:
        from nsview.cli.namespace_json import write_namespaces

        write_namespaces(snapshot, shown, chosen, arguments.tree)
    else:
        from nsview.cli.namespace_table import write_table

        write_table(snapshot, shown, chosen, arguments)
    scanning.tell_partial(snapshot.report)
    return 0


def _query(text: str | None) -> "Query | None":
    """ValueError with the place that is wrong."""
    if not text:
        return None
    from nsview.model.query import parse

    return parse(text)


def _scope(query: "Query | None", chosen: list[Column]) -> Scope:
    """Read only what will be shown or asked for."""
    names = {column.name for column in chosen}
    asked = query.fields if query else frozenset()
    details = Wanted.COMMANDS if "COMMAND" in names else Wanted.NONE
    if asked & NEEDS_COMMANDS:
        details = Wanted.ALL_COMMANDS
    if asked & NEEDS_DETAILS:
        details = Wanted.ALL
    return Scope(details=details, net_ids="NETNSID" in names or "netnsid" in asked)


def _wants_names(query: "Query | None", chosen: list[Column]) -> bool:
    return any(column.name in _NAMES for column in chosen) or bool(query and query.fields & NEEDS_NAMES)


def _choose(
    snapshot: Snapshot, arguments: argparse.Namespace, kinds: tuple[Kind, ...], query: "Query | None"
) -> list[Namespace]:
    """The namespaces that the options leave, by inode number as lsns(8) sorts them."""
    shown: list[Namespace] = sorted(
        snapshot.namespaces.values(), key=lambda ns: (ns.inode == 0, ns.inode, ns.id.serial)
    )
    if kinds:
        shown = [ns for ns in shown if ns.kind in kinds]
    if arguments.task is not None:
        from nsview.cli.naming import named_for

        task = _task(named_for(snapshot, arguments.task, arguments), arguments.task)
        home = [snapshot.namespace_of(task, kind) for kind in snapshot.kinds]
        of_task = {ns.id for ns in home if ns is not None}
        shown = [ns for ns in shown if ns.id in of_task]
    if arguments.persistent:
        shown = [ns for ns in shown if not ns.nprocs]
    if query:
        shown = [ns for ns in shown if query.matches(NamespaceRecord(snapshot, ns))]
    return shown


def _task(snapshot: Snapshot, text: str) -> Task:
    from nsview.discovery.targets import NoTarget, resolve

    try:
        found = resolve(snapshot, text)
    except NoTarget as error:
        raise Failure(str(error)) from None
    if isinstance(found, Task):
        return found
    raise Failure(f"-p wants a process, and {text} is a namespace")


def _tell_columns(arguments: argparse.Namespace) -> int:
    if arguments.json:
        write_json(
            {"columns": [{"name": column.name, "meaning": column.meaning} for column in COLUMNS.values()]}
        )
        return 0
    for column in COLUMNS.values():
        write_line(f"{column.name:<10}{column.meaning}{' (nsview)' if column.own else ''}")
    return 0
