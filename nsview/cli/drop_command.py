"""Let go of namespaces that nsview keeps (nsview kept lists them).

Programs in them go on; a namespace ends with the last that holds it.
"""

import argparse

from nsview.actions.kept import drop
from nsview.cli.main import Failure
from nsview.cli.output import write_line
from nsview.text import clean


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name that they are kept under")


def run(arguments: argparse.Namespace) -> int:
    try:
        dropped = drop(arguments.name)
    except LookupError as error:
        raise Failure(str(error.args[0])) from None
    except OSError as error:
        words = "this needs CAP_SYS_ADMIN: run as root" if error.errno in (1, 13) else error.strerror
        raise Failure(f"{error.filename}: {words}") from None
    for each in dropped:
        number = "left over" if each.inode is None else f"{each.kind}:[{each.inode}]"
        write_line(f"dropped {number} {clean(each.path)}")
    return 0
