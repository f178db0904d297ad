"""Two processes or namespaces side by side: what they share, and what differs."""

import argparse

from nsview.cli import looking_inside, scanning
from nsview.cli.main import Failure
from nsview.cli.naming import named_for
from nsview.cli.output import write_json, write_line
from nsview.contents.difference import difference
from nsview.contents.section import Page
from nsview.discovery.scanner import Scope, Wanted
from nsview.discovery.targets import NoTarget, is_name, resolve
from nsview.kernel.procfs import Procfs
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot


def configure(parser: argparse.ArgumentParser) -> None:
    for name in ("first", "second"):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help="pid, namespace number, kind:[number], a container's name, or a path to a namespace",
        )
    parser.add_argument("-J", "--json", action="store_true", help="JSON output")
    looking_inside.add_page_options(parser)
    scanning.add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from nsview.cli.inside import write_section

    snapshot = scanning.scan(arguments, Scope(details=Wanted.ALL_COMMANDS))
    named = [text for text in (arguments.first, arguments.second) if is_name(text)]
    snapshot = named_for(snapshot, named[0] if named else None, arguments)
    kinds = looking_inside.kinds_of(arguments.type)
    page = Page(max(0, arguments.offset), max(0, arguments.limit), arguments.find)
    try:
        a, b = (resolve(snapshot, text) for text in (arguments.first, arguments.second))
        sections = difference(snapshot, a, b, kinds, page, Procfs(arguments.proc))
    except (NoTarget, ValueError) as error:
        raise Failure(str(error)) from None
    if arguments.json:
        sides = {"first": _side(a), "second": _side(b)}
        data: list[object] = [section.as_data() for section in sections]
        write_json({**sides, "sections": data, "scan": scanning.scan_json(snapshot.report)})
    else:
        for name, one in (("first", a), ("second", b)):
            write_line(f"{name:<8}{_told(snapshot, one)}")
        for section in sections:
            write_line()
            write_section(section)
    scanning.tell_partial(snapshot.report)
    return 0


def _side(one: Task | Namespace) -> dict[str, object]:
    if isinstance(one, Namespace):
        return {"ns": one.inode, "type": str(one.kind)}
    return {"pid": one.tgid, "comm": one.comm}


def _told(snapshot: Snapshot, one: Task | Namespace) -> str:
    from nsview.model.record import command
    from nsview.text import clean

    if isinstance(one, Namespace):
        return str(one.id)
    words = clean(command(one, snapshot.detail(one.tgid)))
    return f"{one.pid} {clean(snapshot.user_name(one.uid))} {words}"
