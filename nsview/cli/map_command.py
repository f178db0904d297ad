"""Draw the network namespaces and what is linked with what in them: pairs, bridges, VLANs, tunnels.

Each namespace is a box with its interfaces; lines go from interface to interface. With a TARGET only what
hangs together with its network namespace. Pictures for other programs: --svg, --dot (Graphviz), --mermaid.

--json: "namespaces", each with its number "ns" (null: linked with, but not found), a key "id", "host",
"owner" in words, "containers", "processes", "unread" (why it could not be read, or null) and "interfaces",
each with "index", "name", "kind", "up", "carrier", "state", "mac", "mtu", "alias", "addresses", "master",
"parent" with "parent_id" (its other end, or what it was made upon), "facts" of its kind, "moved" (a device of
the machine) and "unseen" (known by others only); and "links", each with its "sort" (pair, child, tunnel,
through, port, moved), its "kind", and two ends "a" and "b" of "id", "index" and "name".
"""

import argparse

from nsview.cli import scanning
from nsview.cli.main import Failure
from nsview.cli.naming import named
from nsview.cli.output import warn, write_json
from nsview.contents.net_map import net_map
from nsview.discovery.scanner import Scope, Wanted
from nsview.discovery.targets import NoTarget, resolve
from nsview.kernel.procfs import Procfs
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.net_map.parts import Box, End, Interface, NetMap
from nsview.model.net_map.reach import part
from nsview.model.snapshot import Snapshot


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="pid, namespace number, kind:[number], a container's name, or a path to a namespace",
    )
    parser.add_argument("-J", "--json", action="store_true", help="JSON output")
    scanning.add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    snapshot = scanning.scan(arguments, Scope(details=Wanted.COMMANDS))
    snapshot = named(snapshot, arguments.proc)
    wanted = None if arguments.target is None else _net_of(snapshot, arguments.target)
    found = net_map(snapshot, Procfs(arguments.proc))
    if wanted is not None:
        found = part(found, str(wanted.id))
    write_json({**_json(found), "scan": scanning.scan_json(snapshot.report)})
    if found.trouble:
        warn(f"the map is not whole: {found.trouble}")
    scanning.tell_partial(snapshot.report)
    return 0


def _net_of(snapshot: Snapshot, text: str) -> Namespace:
    try:
        found = resolve(snapshot, text)
    except NoTarget as error:
        raise Failure(str(error)) from None
    if isinstance(found, Namespace):
        if found.kind is not Kind.NET:
            raise Failure(f"{found.id} is no network namespace: name one, or a process or container in it")
        return found
    ns = snapshot.namespace_of(found, Kind.NET)
    if ns is None:
        raise Failure(f"the network namespace of process {found.tgid} may not be read; run as root")
    return ns


def _json(found: NetMap) -> dict[str, object]:
    return {
        "namespaces": [_box_json(box) for box in found.boxes.values()],
        "links": [
            {
                "sort": str(link.sort),
                "kind": link.kind or None,
                "a": _end_json(found, link.a),
                "b": _end_json(found, link.b),
            }
            for link in found.links
        ],
        "trouble": found.trouble or None,
    }


def _box_json(box: Box) -> dict[str, object]:
    return {
        "ns": (box.ns.inode or None) if box.ns is not None else None,
        "id": box.key,
        "host": box.host,
        "owner": box.owner or None,
        "containers": list(box.containers),
        "processes": box.processes,
        "unread": box.refused or None,
        "interfaces": [_interface_json(one) for one in box.interfaces],
    }


def _interface_json(one: Interface) -> dict[str, object]:
    data = one._asdict()
    del data["loopback"], data["parent_box"], data["number"]
    return {
        "index": one.number or None,
        **data,
        "name": one.name or None,
        "kind": one.kind or None,
        "addresses": list(one.addresses),
        "parent_id": one.parent_box,
        "facts": dict(one.facts),
    }


def _end_json(found: NetMap, end: End) -> dict[str, object]:
    one = found.interface(end)
    return {"id": end.box, "index": end.number, "name": one.name or None if one is not None else None}
