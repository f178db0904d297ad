"""Tell all that is known of one process, thread or namespace."""

import argparse

from nsview.cli import columns, looking_inside, scanning
from nsview.cli.holders_command import holder_json
from nsview.cli.main import Failure
from nsview.cli.namespace_json import namespace_json
from nsview.cli.naming import named
from nsview.cli.output import write_json
from nsview.cli.process_json import process_json
from nsview.cli.sections import write_sections
from nsview.discovery.id_maps import read_id_maps
from nsview.discovery.scanner import Scope, Wanted
from nsview.discovery.targets import NoTarget, is_name, resolve
from nsview.kernel.procfs import Procfs
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId, Relation, Unseen
from nsview.model.process import Task
from nsview.model.record import NamespaceRecord, command
from nsview.model.sections import everything
from nsview.model.sections.maps import NO_MAPS
from nsview.model.snapshot import Snapshot


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        metavar="TARGET",
        help="pid, tid, namespace number, kind:[number], a container's name, or a path to a namespace",
    )
    parser.add_argument("-J", "--json", action="store_true", help="JSON output")
    looking_inside.add_options(parser)
    scanning.add_options(parser)


def _look(arguments: argparse.Namespace, of: frozenset[int]) -> Snapshot:
    scope = Scope(details=Wanted.ALL_COMMANDS, details_of=of, net_ids=True)
    return named(scanning.scan(arguments, scope), arguments)


def run(arguments: argparse.Namespace) -> int:
    text = arguments.target
    of = frozenset({int(text)}) if text.isascii() and text.isdecimal() else frozenset()
    snapshot = _look(arguments, of)
    try:
        found = resolve(snapshot, text)
        if isinstance(found, Task) and is_name(text):
            # Only now it is known of whom all is to be read.
            pid = found.tgid
            snapshot = _look(arguments, frozenset({pid}))
            found = resolve(snapshot, str(pid))
    except NoTarget as error:
        raise Failure(str(error)) from None
    proc = Procfs(arguments.proc)
    if arguments.inside:
        looking_inside.show(arguments, snapshot, found, proc)
    elif isinstance(found, Task):
        maps, problems = read_id_maps(proc, found.tgid)
        if arguments.json:
            _write_json(snapshot, "process", process_json(snapshot, found, maps, problems))
        else:
            write_sections(everything.of_process(snapshot, found, maps))
    elif arguments.json:
        _write_json(snapshot, "namespace", _namespace_json(snapshot, found))
    else:
        member = found.first if found.kind is Kind.USER else None
        maps = NO_MAPS if member is None else read_id_maps(proc, member)[0]
        write_sections(everything.of_namespace(snapshot, found, maps))
    scanning.tell_partial(snapshot.report)
    return 0


def _write_json(snapshot: Snapshot, what: str, facts: dict[str, object]) -> None:
    write_json({what: facts, "scan": scanning.scan_json(snapshot.report)})


def _namespace_json(snapshot: Snapshot, ns: Namespace) -> dict[str, object]:
    """The row of `list` with all its columns, the chains above it, its members and holders."""
    row = namespace_json(NamespaceRecord(snapshot, ns), list(columns.COLUMNS.values()))
    row["owners"] = _chain(snapshot, ns, "owner")
    if ns.kind.hierarchical:
        row["parents"] = _chain(snapshot, ns, "parent")
    row["processes"] = [
        {
            "pid": pid,
            "user": snapshot.user_name(snapshot.processes[pid].uid),
            "command": command(snapshot.processes[pid], snapshot.detail(pid)),
            "certainty": certainty,
        }
        for certainty, pids in (("known", ns.processes), ("inferred", ns.inferred))
        for pid in pids
    ]
    row["threads"] = [
        {"pid": tgid, "tid": tid, "comm": snapshot.threads[tid].comm} for tgid, tid in ns.threads
    ]
    row["held_by"] = [holder_json(holder) for holder in snapshot.holders(ns)]
    return row


def _chain(snapshot: Snapshot, ns: Namespace, relation: str) -> list[dict[str, object]]:
    """What is above, the nearest first; the last may be one that cannot be seen."""
    chain: list[dict[str, object]] = []
    above: Relation = getattr(ns, relation)
    while isinstance(above, NamespaceId):
        found = snapshot.namespaces[above]
        chain.append({"ns": above.inode, "type": str(above.kind), "host": found.host})
        above = getattr(found, relation)
    if isinstance(above, Unseen):
        chain.append({"ns": None, "certainty": "unreadable", "why": above.value})
    return chain
