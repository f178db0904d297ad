"""Draw the network namespaces and what is linked with what in them: pairs, bridges, VLANs, tunnels.

Each namespace is a box with its interfaces; lines go from interface to interface. With a TARGET only what
hangs together with its network namespace. Solid lines are pairs (veth), broken ones are what is made upon
others (macvlan, VLAN), tunnels, and devices moved from the host. Left out are lo and link-local addresses.

--json: "namespaces", each with its number "ns" (null: linked with, but not found), a key "id", "host",
"owner" in words, "containers", "processes", "unread" (why it could not be read, or null) and "interfaces",
each with "index", "name", "kind", "up", "carrier", "state", "mac", "mtu", "alias", "addresses", "master",
"parent" with "parent_id" (its other end, or what it was made upon), "facts" of its kind, "moved" (a device of
the machine) and "unseen" (known by others only); and "links", each with its "sort" (pair, child, tunnel,
through, port, moved), its "kind", and two ends "a" and "b" of "id", "index" and "name".
"""

import argparse
import sys

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
from nsview.model.net_map.parts import NetMap
from nsview.model.net_map.reach import part
from nsview.model.snapshot import Snapshot


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="pid, namespace number, kind:[number], a container's name, or a path to a namespace",
    )
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("-J", "--json", action="store_true", help="JSON output")
    formats.add_argument("--svg", metavar="FILE", help="write a picture; - is standard output")
    formats.add_argument("--dot", action="store_true", help="in the language of Graphviz")
    formats.add_argument("--mermaid", action="store_true", help="in the language of Mermaid")
    parser.add_argument("-u", "--notruncate", action="store_true", help="cut no line, however wide it is")
    parser.add_argument("--no-unicode", dest="unicode", action="store_false", help="draw with ASCII alone")
    scanning.add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    snapshot = scanning.scan(arguments, Scope(details=Wanted.COMMANDS))
    snapshot = named(snapshot, arguments)
    wanted = None if arguments.target is None else _net_of(snapshot, arguments.target)
    found = net_map(snapshot, Procfs(arguments.proc))
    if wanted is not None:
        found = part(found, str(wanted.id))
    if arguments.json:
        from nsview.cli.map_json import map_json

        write_json({**map_json(found), "scan": scanning.scan_json(snapshot.report)})
    else:
        _draw(found, arguments)
    if found.trouble:
        warn(f"the map is not whole: {found.trouble}")
    scanning.tell_partial(snapshot.report)
    return 0


def _draw(found: NetMap, arguments: argparse.Namespace) -> None:
    from nsview.drawing.layout import Missing

    try:
        if arguments.dot:
            from nsview.drawing.dot import as_dot

            sys.stdout.write(as_dot(found))
        elif arguments.mermaid:
            from nsview.drawing.mermaid import as_mermaid

            sys.stdout.write(as_mermaid(found))
        elif arguments.svg is not None:
            from nsview.drawing.picture import picture
            from nsview.drawing.svg import as_svg

            _write(as_svg(found, picture(found)), arguments.svg)
        else:
            from nsview.cli.map_text import write_map

            write_map(found, ascii_only=not arguments.unicode, whole=arguments.notruncate)
    except Missing as error:
        raise Failure(f"{error}; --json, --dot and --mermaid need it not") from None


def _write(text: str, place: str) -> None:
    if place == "-":
        sys.stdout.write(text)
        return
    try:
        with open(place, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Failure(f"cannot write {place}: {error.strerror}") from None


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
