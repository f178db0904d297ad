"""Namespaces as JSON, in lsns(8)'s words and some of our own."""

from typing import TYPE_CHECKING

from nsview.cli import columns
from nsview.cli.columns import Column
from nsview.cli.output import write_json
from nsview.cli.scanning import scan_json
from nsview.model.namespace import Namespace
from nsview.model.record import NamespaceRecord
from nsview.model.snapshot import Snapshot

if TYPE_CHECKING:
    from nsview.cli.arrange import Node


def write_namespaces(
    snapshot: Snapshot, shown: list[Namespace], chosen: list[Column], relation: str | None
) -> None:
    if relation is None:
        rows = [namespace_json(NamespaceRecord(snapshot, ns), chosen) for ns in shown]
    else:
        from nsview.cli.arrange import forest

        rows = [_nested(snapshot, node, chosen) for node in forest(snapshot, shown, relation)]
    write_json({"namespaces": rows, "scan": scan_json(snapshot.report)})


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
    if record.snapshot.names is not None:
        row["names"] = [name.facts for name in record.names()]
    return row


def _nested(snapshot: Snapshot, node: "Node", chosen: list[Column]) -> dict[str, object]:
    if node.invisible:
        row: dict[str, object] = {column.name.lower(): None for column in chosen}
        row |= {"type": str(node.id.kind), "certainty": "unreadable"}
    else:
        row = namespace_json(NamespaceRecord(snapshot, snapshot.namespaces[node.id]), chosen)
    if node.kids:
        row["children"] = [_nested(snapshot, kid, chosen) for kid in node.kids]
    return row
