"""Why a namespace is alive: everything that holds it, and what would have to end for it to go away."""

import argparse

from nsview.cli import columns, scanning
from nsview.cli.main import Failure
from nsview.cli.naming import named_for
from nsview.cli.output import write_json, write_line
from nsview.discovery.scanner import Scope, Wanted
from nsview.discovery.targets import NoTarget, resolve_namespace
from nsview.model.certainty import Certainty
from nsview.model.explain import explain, place
from nsview.model.holder import Holder
from nsview.model.namespace import Namespace
from nsview.model.record import NamespaceRecord
from nsview.model.snapshot import Snapshot
from nsview.text import clean


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "namespace",
        metavar="NS",
        help="inode number, kind:[number], kind:NAME of a container, or a path to it",
    )
    parser.add_argument("-J", "--json", action="store_true", help="JSON output")
    scanning.add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    snapshot = scanning.scan(arguments, Scope(details=Wanted.ALL_COMMANDS))
    snapshot = named_for(snapshot, arguments.namespace, arguments)
    try:
        ns = resolve_namespace(snapshot, arguments.namespace)
    except NoTarget as error:
        raise Failure(str(error)) from None
    if arguments.json:
        _write_json(snapshot, ns)
    else:
        _write(snapshot, ns)
    scanning.tell_partial(snapshot.report)
    return 0


def _write(snapshot: Snapshot, ns: Namespace) -> None:
    for holder in snapshot.holders(ns):
        unsure = "" if holder.certainty is Certainty.KNOWN else f" ({holder.certainty})"
        write_line(f"{holder.how:<13}{clean(place(snapshot, holder))}{unsure}")
    explanation = explain(snapshot, ns)
    for label, sentences in (("ends when", explanation.ends_when), ("unclear", explanation.dead_ends)):
        for sentence in sentences:
            write_line(f"{label:<13}{clean(sentence)}")
            label = ""


def _write_json(snapshot: Snapshot, ns: Namespace) -> None:
    from nsview.cli.namespace_json import namespace_json

    explanation = explain(snapshot, ns)
    record = NamespaceRecord(snapshot, ns)
    write_json(
        {
            "namespace": namespace_json(record, list(columns.COLUMNS.values())),
            "holders": [holder_json(holder) for holder in snapshot.holders(ns)],
            "ends_when": list(explanation.ends_when),
            "dead_ends": list(explanation.dead_ends),
            "scan": scanning.scan_json(snapshot.report),
        }
    )


def holder_json(holder: Holder) -> dict[str, object]:
    """One holder; what does not apply to its sort is left out."""
    row: dict[str, object] = {"how": str(holder.how)}
    for name in ("pid", "tid", "fd", "path", "mnt_ns", "ns"):
        value = getattr(holder, name)
        if value is not None:
            row[name] = value
    if holder.hidden:
        row["hidden"] = True
    row["certainty"] = str(holder.certainty)
    return row
