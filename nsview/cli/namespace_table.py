"""Namespaces as a table, flat or as a tree."""

import argparse
from collections.abc import Iterator

from nsview.cli import columns
from nsview.cli.columns import Column
from nsview.cli.table import Line, write_rows
from nsview.model.namespace import Namespace
from nsview.model.record import NamespaceRecord
from nsview.model.snapshot import Snapshot
from nsview.tabular import Head

_SHRINKING = ("COMMAND", "PATH", "NSFS", "HELD", "USER", "CREATOR", "NAME", "IMAGE")


def write_table(
    snapshot: Snapshot, shown: list[Namespace], chosen: list[Column], arguments: argparse.Namespace
) -> None:
    heads = [Head(column.name, column.number, column.name in _SHRINKING) for column in chosen]
    if arguments.tree:
        heads[0] = heads[0]._replace(right=False)
        lines = list(_tree_lines(snapshot, shown, chosen, arguments))
    else:
        lines = [_line(snapshot, ns, chosen, arguments.nowrap or arguments.raw) for ns in shown]
    write_rows(heads, lines, arguments)


def _tree_lines(
    snapshot: Snapshot, shown: list[Namespace], chosen: list[Column], arguments: argparse.Namespace
) -> Iterator[Line]:
    from nsview.cli import arrange

    for node in arrange.flat(arrange.forest(snapshot, shown, arguments.tree)):
        if node.invisible:
            cells = ["user" if column.name == "TYPE" else "" for column in chosen]
            yield Line(["invisible", *cells[1:]], node.depth_guides)
        else:
            ns = snapshot.namespaces[node.id]
            line = _line(snapshot, ns, chosen, arguments.nowrap or arguments.raw)
            line.guide = node.depth_guides
            yield line


def _line(snapshot: Snapshot, ns: Namespace, chosen: list[Column], one_line: bool) -> Line:
    record = NamespaceRecord(snapshot, ns)
    cells = [columns.cell(record, column, one_line) for column in chosen]
    if not ns.inode and chosen and chosen[0].name == "NS":
        cells[0] = f"?{ns.id.serial}"  # inferred: the number that gave it away
    return Line(cells, style="host" if ns.host else "")
