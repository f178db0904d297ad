"""List containers, sandboxes, and services with namespaces of their own: what is theirs, what is the host's.

Known from control groups, command lines and the engines' own files; no engine is asked unless --ask-engines.
Namespaces, user mapping, capabilities and seccomp are those of a container's first process.
"""

import argparse
import os
from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple

from nsview.cli import scanning
from nsview.cli.naming import named
from nsview.cli.output import colourful, warn, width, write_json, write_line
from nsview.cli.table import Line, draw
from nsview.discovery.details import read_details
from nsview.discovery.id_maps import read_id_maps
from nsview.discovery.scanner import Scope, Wanted
from nsview.kernel.procfs import Procfs
from nsview.model import capability
from nsview.model.containers import Container, State, containers
from nsview.model.kind import Kind
from nsview.model.snapshot import Snapshot
from nsview.tabular import Head

_SECCOMP = {0: "off", 1: "strict", 2: "filter"}
_ORDER = (Kind.USER, Kind.PID, Kind.MNT, Kind.NET, Kind.IPC, Kind.UTS, Kind.CGROUP, Kind.TIME)
_WEIGHTY = (Kind.NET, Kind.PID, Kind.IPC, Kind.UTS, Kind.MNT, Kind.USER, Kind.CGROUP, Kind.TIME)
_ROOMY = 140
"""Cells of a terminal in which a column for each kind leaves enough for names."""


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-J", "--json", action="store_true", help="JSON output")
    add("-n", "--noheadings", action="store_true", help="no headings")
    add("-u", "--notruncate", action="store_true", help="cut nothing, even if it is wider than the terminal")
    scanning.add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    snapshot = scanning.scan(arguments, Scope(dear=False, details=Wanted.NONE))
    snapshot = named(snapshot, arguments)
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
    _tell_nameless(found)
    return 0


def _tell_nameless(found: list[Container]) -> None:
    """Why some have no better name than their id."""
    nameless = sum(container.name.nameless for container in found)
    if nameless:
        hidden = "may not be read; run as root" if os.geteuid() else "are not where they usually are"
        warn(f"{nameless} called by the id alone: the engine's files that tell names {hidden}")


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
    room = None if arguments.notruncate else width()
    full = _all_capabilities(proc)
    rows = [_Row(container, proc, full) for container in found]
    table = _by_kind(rows, snapshot.kinds) if room is None or room >= _ROOMY else _by_state(rows)
    draw(
        [column.head for column in table],
        [Line([column.cell(row) for column in table]) for row in rows],
        width=room,
        headings=not arguments.noheadings,
        colour=colourful(),
    )


class _Row:
    """A container, and of its first process what is not in a snapshot."""

    def __init__(self, container: Container, proc: Procfs, full: int) -> None:
        self.name = container.name
        self.container = container
        details = read_details(proc, container.init.pid)
        sets = details.capabilities
        self.capabilities = "?" if sets is None else capability.counted(sets.effective, full)
        self.seccomp = "?" if details.seccomp is None else _SECCOMP.get(details.seccomp, "?")
        self.users = ""
        if container.kinds[Kind.USER].state is not State.HOST:
            spans = read_id_maps(proc, container.init.pid)[0].uid
            self.users = "?" if spans is None else ",".join(":".join(map(str, span)) for span in spans)

    def kinds(self, state: State) -> str:
        """Those in which it is so, first those that matter most."""
        places = self.container.kinds
        return " ".join(str(kind) for kind in _WEIGHTY if kind in places and places[kind].state is state)


class _Column(NamedTuple):
    head: Head
    cell: Callable[[_Row], str]


_ENGINE = _Column(Head("ENGINE"), lambda row: row.name.engine)
_IMAGE = _Column(Head("IMAGE", shrinks=True, drop=1), lambda row: row.name.image)
_PID = _Column(Head("PID", right=True), lambda row: str(row.container.init.pid))
_PROCS = _Column(Head("PROCS", right=True, drop=2), lambda row: str(len(row.container.pids)))
_USERS = _Column(Head("UIDMAP", shrinks=True, drop=3), lambda row: row.users)
_CAPS = _Column(Head("CAPS"), lambda row: row.capabilities)
_FILTER = _Column(Head("SECCOMP"), lambda row: row.seccomp)


def _by_kind(rows: list[_Row], known: Collection[Kind]) -> list[_Column]:
    """A column for each kind."""
    name = _Column(Head("NAME", shrinks=True), lambda row: row.name.name)
    pod = _Column(Head("POD", shrinks=True), lambda row: row.name.pod)
    kinds = [_Column(Head(str(kind).upper()), partial(_mark, kind)) for kind in _ORDER if kind in known]
    return [_ENGINE, name, pod, _IMAGE, _PID, _PROCS, *kinds, *_users(rows), _CAPS, _FILTER]


def _by_state(rows: list[_Row]) -> list[_Column]:
    """For a narrow terminal: what it shares, what is the host's, what is hidden. The rest is its own."""
    name = _Column(Head("NAME", shrinks=True), lambda row: row.name.full)
    kinds = [
        _Column(Head(title, shrinks=True), partial(_Row.kinds, state=state))
        for state, title in ((State.SHARED, "SHARED"), (State.HOST, "HOST"), (State.UNKNOWN, "UNKNOWN"))
        if any(row.kinds(state) for row in rows)
    ]
    return [_ENGINE, name, _PID, _PROCS, *kinds, *_users(rows), _CAPS, _FILTER, _IMAGE]


def _users(rows: list[_Row]) -> list[_Column]:
    return [_USERS] if any(row.users for row in rows) else []


def _mark(kind: Kind, row: _Row) -> str:
    """The host's in capitals: it is what stands out among one's own."""
    state = row.container.kinds[kind].state
    return {State.HOST: "HOST", State.UNKNOWN: "?"}.get(state, str(state))


def _all_capabilities(proc: Procfs) -> int:
    """Those that this kernel has: the first process may have them all, whatever it has now."""
    sets = read_details(proc, 1).capabilities
    return sets.bounding if sets is not None else capability.KNOWN
