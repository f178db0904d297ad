"""Command lines read by argparse, with help that fits the terminal."""

import argparse
from functools import partial
from types import ModuleType

from nsview import __version__
from nsview.cli.main import COMMANDS
from nsview.cli.output import width

# There are no translations of its few words; looking for them costs more than all options of a command.
vars(argparse)["_"] = str


def command_parser(name: str, module: ModuleType) -> argparse.ArgumentParser:
    """The options of one command, as its module declares them."""
    parser = argparse.ArgumentParser(
        prog=f"nsview {name}",
        description=module.__doc__,
        formatter_class=_formatter(),
        allow_abbrev=False,
    )
    module.configure(parser)
    return parser


def top_parser(app: ModuleType) -> argparse.ArgumentParser:
    """For a command line without a command: --help, --version, and the options of the app."""
    lines = [f"  {name:<12}{meaning}" for name, meaning in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="nsview",
        usage="nsview [OPTIONS]\n       nsview COMMAND [OPTIONS]",
        description="Browse Linux namespaces, and learn why each one is alive. Without a command: the app.",
        epilog="commands:\n" + "\n".join(lines) + "\n\n'nsview COMMAND --help' tells a command's options.",
        formatter_class=_formatter(),
        allow_abbrev=False,
    )
    app.configure(parser)
    parser.add_argument("--version", action="version", version=f"nsview {__version__}")
    return parser


def _formatter() -> partial[argparse.RawDescriptionHelpFormatter]:
    """argparse makes one for every option; with a width of our own it need not load shutil for each."""
    columns = min(100, (width() or 80) - 2)
    return partial(argparse.RawDescriptionHelpFormatter, max_help_position=32, width=columns)
