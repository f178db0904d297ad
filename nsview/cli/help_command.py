"""Longer help on a topic."""

import argparse

from nsview.cli.main import COMMANDS, Failure
from nsview.cli.output import write_line

TOPICS = {
    "filter": "the language of -Q/--filter and of the app's filter line",
    "columns": "the columns of nsview list",
    "keys": "the keys of the app",
    "scan": "what 'scan' says in the JSON of all commands",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", nargs="?", help=f"one of: {', '.join(TOPICS)}")


def run(arguments: argparse.Namespace) -> int:
    match arguments.topic:
        case None:
            _overview()
        case "filter":
            from nsview.model.query_help import help_text

            write_line(help_text().rstrip("\n"))
        case "columns":
            from nsview.cli.columns import COLUMNS

            for column in COLUMNS.values():
                write_line(f"{column.name:<10}{column.meaning}")
        case "keys":
            from nsview.keys import keys_text

            write_line(keys_text().rstrip("\n"))
        case "scan":
            from textwrap import wrap

            from nsview.cli.scanning import SCAN_JSON

            for name, meaning in SCAN_JSON.items():
                for number, line in enumerate(wrap(meaning, 80)):
                    write_line(f"{'' if number else name:<15}{line}")
        case topic if topic in COMMANDS:
            write_line(f"'nsview {topic} --help' tells the options of {topic}.")
        case topic:
            raise Failure(f"no help on '{topic}': there is {', '.join(TOPICS)}")
    return 0


def _overview() -> None:
    write_line("Commands:")
    for name, meaning in COMMANDS.items():
        write_line(f"  nsview {name:<12}{meaning}")
    write_line("Topics:")
    for name, meaning in TOPICS.items():
        write_line(f"  nsview help {name:<7}{meaning}")
