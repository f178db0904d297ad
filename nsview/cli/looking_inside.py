"""`nsview show --inside`: what is inside one namespace, or those of a process."""

import argparse
import time
from typing import TYPE_CHECKING

from nsview.cli import scanning
from nsview.cli.main import Failure
from nsview.cli.output import write_json, write_line
from nsview.kernel.procfs import Procfs
from nsview.model.kind import Kind, parse_kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot

if TYPE_CHECKING:
    from nsview.contents.section import Section

LIMIT = 200
LONGEST = 3600.0
"""Seconds between two looks, at most."""


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("inside")
    group.add_argument(
        "--inside",
        action="store_true",
        help="what is in the namespace: addresses, mounts, names …; of a process: in all not the host's",
    )
    group.add_argument(
        "--rate",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="look twice, that far apart, and tell how fast the counters of interfaces grow",
    )
    add_page_options(group)


def add_page_options(group: argparse._ActionsContainer) -> None:
    """Which kinds, and which rows of their tables."""
    group.add_argument("-t", "--type", metavar="KIND", action="append", default=[], help="only these kinds")
    group.add_argument("--limit", metavar="N", type=int, default=LIMIT, help="rows of a table (%(default)s)")
    group.add_argument("--offset", metavar="N", type=int, default=0, help="rows to pass over")
    group.add_argument("--find", metavar="TEXT", default="", help="only rows with this text")


def show(arguments: argparse.Namespace, snapshot: Snapshot, found: Task | Namespace, proc: Procfs) -> None:
    from nsview.cli.inside import inside_json, write_inside
    from nsview.contents.inside import inside
    from nsview.contents.rates import with_rates
    from nsview.contents.section import Page

    page = Page(max(0, arguments.offset), max(0, arguments.limit), arguments.find)
    namespaces = _namespaces(snapshot, found, kinds_of(arguments.type))

    def look(ns: Namespace) -> "tuple[Section, ...]":
        found = inside(snapshot, ns, page, proc)
        if ns.kind is not Kind.NET or not 0 < arguments.rate <= LONGEST:
            return found
        begun = time.monotonic()
        time.sleep(arguments.rate)
        later = inside(snapshot, ns, page, proc)
        return with_rates(found, later, time.monotonic() - begun)

    looks = ((ns, look(ns)) for ns in namespaces)
    if arguments.json:
        facts = [inside_json(ns, sections) for ns, sections in looks]
        write_json({"inside": facts, "scan": scanning.scan_json(snapshot.report)})
        return
    for place, (ns, sections) in enumerate(looks):
        if place:
            write_line()
        write_inside(ns, sections)


def kinds_of(names: list[str]) -> list[Kind]:
    try:
        return [parse_kind(name) for text in names for name in text.split(",")]
    except ValueError as error:
        raise Failure(str(error)) from None


def _namespaces(snapshot: Snapshot, found: Task | Namespace, kinds: list[Kind]) -> list[Namespace]:
    if isinstance(found, Namespace):
        return [found]
    its = [snapshot.namespace_of(found, kind) for kind in kinds or snapshot.kinds]
    known = [ns for ns in its if ns is not None]
    if not known:
        raise Failure(f"none of the namespaces of process {found.tgid} may be read; run as root")
    chosen = known if kinds else [ns for ns in known if not ns.host]
    if not chosen:
        raise Failure(
            f"process {found.tgid} is in the host's namespaces only; name kinds to look into: -t net,mnt"
        )
    return chosen
