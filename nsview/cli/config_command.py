"""Show where the settings are, and which hold: as the TOML that the file would have if it said everything."""

import argparse

from nsview import config as settings
from nsview.cli.main import Failure
from nsview.cli.output import warn, write_line
from nsview.keys import keys


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
    shown = config._replace(keys=table.of if arguments.keys else config.keys)
    write_line(settings.written(shown, everything=True).rstrip("\n"))
    return 0
