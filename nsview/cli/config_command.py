"""Show where the settings are, and which hold: as the TOML that the file would have if it said everything."""

import argparse

from nsview import config as settings
from nsview.cli.main import Failure
from nsview.cli.output import warn, write_line
from nsview.debug_log import VARIABLE
from nsview.keys import keys
from nsview.text import clean


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keys", action="store_true", help="also every action with its keys")


def run(arguments: argparse.Namespace) -> int:
    import os

    try:
        config = settings.read()
    except settings.ConfigError as error:
        raise Failure(str(error)) from None
    table, problems = keys(config.keys, config.vim)
    for problem in problems:
        warn(problem)
    place = settings.path()
    there = "" if os.path.exists(place) else " (not there: these are the usual ones)"
    write_line(f"# settings: {place}{there}")
    write_line(f"# crash log: {settings.log_path()}")
    debug_log = clean(os.environ.get(VARIABLE, "")) or f"none ({VARIABLE}=FILE writes one)"
    write_line(f"# debug log: {debug_log}")
    shown = config._replace(keys=table.of if arguments.keys else config.keys)
    write_line(settings.written(shown, everything=True).rstrip("\n"))
    return 0
