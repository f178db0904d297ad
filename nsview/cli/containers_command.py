"""List containers, sandboxes, and services with namespaces of their own: what is theirs, what is the host's.

Known from control groups, command lines and the engines' own files; no engine is asked unless --ask-engines.
"""

import argparse

from nsview.cli import scanning
from nsview.cli.naming import named
from nsview.cli.output import colourful, width, write_json, write_line
from nsview.cli.table import Line, draw
from nsview.discovery.details import read_details
from nsview.discovery.id_maps import read_id_maps
from nsview.discovery.scanner import Scope, Wanted
from nsview.kernel.procfs import Procfs
from nsview.model import capability
from nsview.model.containers import Container, State, containers
from nsview.model.kind import Kind
from nsview.model.process import Details
from nsview.model.snapshot import Snapshot
from nsview.tabular import Head

_SECCOMP = {0: "off", 1: "strict", 2: "filter"}
_HEADS = (
    Head("ENGINE"),
    Head("NAME", shrinks=True),
    Head("POD", shrinks=True),
    Head("IMAGE", shrinks=True),
    Head("PID", right=True),
    Head("PROCS", right=True),
)
_ORDER = (Kind.USER, Kind.PID, Kind.MNT, Kind.NET, Kind.IPC, Kind.UTS, Kind.CGROUP, Kind.TIME)


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-J", "--json", action="store_true", help="JSON output")
    add("-n", "--noheadings", action="store_true", help="no headings")
    add("-u", "--notruncate", action="store_true", help="cut nothing, even if it is wider than the terminal")
    add("--ask-engines", action="store_true", help="ask Docker and Podman as well, on their sockets")
    scanning.add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    snapshot = scanning.scan(arguments, Scope(dear=False, details=Wanted.NONE))
    snapshot = named(snapshot, arguments.proc, arguments.ask_engines)
    found = containers(snapshot)
    proc = Procfs(arguments.proc)
    if arguments.json:
        rows = [_json(snapshot, proc, container) for container in found]
        write_json({"containers": rows, "scan": scanning.scan_json(snapshot.report)})
    elif found:
        _draw(snapshot, proc, found, arguments)
    else:
        write_line("no container, sandbox, or service with namespaces of its own")
    scanning.tell_partial(snapshot.report)
    return 0


def _json(snapshot: Snapshot, proc: Procfs, container: Container) -> dict[str, object]:
    name, details = container.name, read_details(proc, container.init.pid)
    maps, _ = read_id_maps(proc, container.init.pid)
    sets = details.capabilities
    return {
        "engine": name.engine,
        "name": name.name,
        "id": name.id or None,
        "image": name.image or None,
        "pod": name.pod or None,
        "unit": name.unit or None,
        "pid": container.init.pid,
        "pids": list(container.pids),
        "root": name.root,
        "witness": name.witness,
        "kinds": {
            str(kind): {"ns": place.ns.inode or None if place.ns else None, "state": str(place.state)}
            for kind, place in container.kinds.items()
        },
        "user_map": None if maps.uid is None else [list(span) for span in maps.uid],
        "caps": None if sets is None else list(capability.names(sets.effective)),
        "seccomp": None if details.seccomp is None else _SECCOMP.get(details.seccomp),
    }


def _draw(snapshot: Snapshot, proc: Procfs, found: list[Container], arguments: argparse.Namespace) -> None:
    kinds = [kind for kind in _ORDER if kind in snapshot.kinds]
    full = _all_capabilities(proc)
    heads = [
        *_HEADS,
        *(Head(str(kind).upper()) for kind in kinds),
        Head("CAPS", shrinks=True),
        Head("SECCOMP"),
    ]
    lines = []
    for container in found:
        name, details = container.name, read_details(proc, container.init.pid)
        cells = [
            name.engine,
            name.name,
            name.pod,
            name.image,
            str(container.init.pid),
            str(len(container.pids)),
        ]
        cells += [_mark(container, kind) for kind in kinds]
        cells += [
            _capabilities(details, full),
            _SECCOMP.get(details.seccomp, "") if details.seccomp is not None else "",
        ]
        lines.append(Line(cells))
    draw(
        heads,
        lines,
        width=None if arguments.notruncate else width(),
        headings=not arguments.noheadings,
        colour=colourful(),
    )


def _mark(container: Container, kind: Kind) -> str:
    """The host's in capitals: it is what stands out among one's own."""
    state = container.kinds[kind].state
    return {State.HOST: "HOST", State.UNKNOWN: "?"}.get(state, str(state))


def _all_capabilities(proc: Procfs) -> int:
    """Those that this kernel has: the first process may have them all, whatever it has now."""
    sets = read_details(proc, 1).capabilities
    return sets.bounding if sets is not None else capability.KNOWN


def _capabilities(details: Details, full: int) -> str:
    sets = details.capabilities
    return "" if sets is None else capability.describe(sets.effective, full)
