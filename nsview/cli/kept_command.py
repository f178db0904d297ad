"""The namespaces that nsview keeps alive by bind mounts (nsview spawn --keep NAME).

What was left behind by a run that ended badly is listed too. `nsview drop NAME` lets go of them.
"""

import argparse

from nsview.actions.kept import Kept, kept
from nsview.cli.main import Failure
from nsview.cli.output import write_json, write_line
from nsview.text import cell_width, clean


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-J", "--json", action="store_true", help="JSON output")


def run(arguments: argparse.Namespace) -> int:
    try:
        found = kept()
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from None
    if arguments.json:
        write_json({"kept": [{**each._asdict(), "kind": str(each.kind)} for each in found]})
        return 0
    rows = [("NAME", "KIND", "NS", "PATH")]
    rows += [(clean(each.name), str(each.kind), _number(each), clean(each.path)) for each in found]
    if found:
        widths = [max(cell_width(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            cells = (
                cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=False)
            )
            write_line(" ".join([*cells, row[3]]))
    return 0


def _number(each: Kept) -> str:
    if each.inode is None:
        return "none (left over)"
    return f"{each.inode} (its init has ended)" if each.dead else str(each.inode)
