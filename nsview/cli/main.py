"""The `nsview` command: finds the subcommand's module and lets it do the rest.

Each module of a command has `configure(parser)` and `run(arguments) -> exit status`. Only the one
that was asked for is imported.
"""

import argparse
import os
import sys
from importlib import import_module
from types import ModuleType

from nsview import __version__

COMMANDS: dict[str, str] = {
    "list": "all namespaces, as a table or JSON",
    "show": "all that is known of one process or namespace",
    "holders": "why a namespace is alive, and what would have to end for it to go away",
    "help": "longer help on a topic: nsview help filter",
}

OK, FAILED, USAGE = 0, 1, 2


class Failure(Exception):
    """Ends a command with exit status 1 and this line on standard error."""


def main(argv: list[str] | None = None) -> int:
    """Run a command line; returns the exit status: 0 ok, 1 failed, 2 wrong usage."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except Failure as failure:
        print(f"nsview: {failure}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read us has seen enough. Standard output must not be flushed again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return OK
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    _use_utf8()
    if arguments and arguments[0] in COMMANDS:
        module = import_module(f"nsview.cli.{_module_name(arguments[0])}")
        parser = _command_parser(arguments[0], module)
        return int(module.run(parser.parse_args(arguments[1:])))
    parser = _top_parser()
    parser.parse_args(arguments)
    return _run(["list"])


def _module_name(command: str) -> str:
    return command.replace("-", "_") + "_command"


def _command_parser(name: str, module: ModuleType) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"nsview {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.configure(parser)
    return parser


def _top_parser() -> argparse.ArgumentParser:
    lines = [f"  {name:<12}{meaning}" for name, meaning in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="nsview",
        usage="nsview [COMMAND] [OPTIONS]",
        description="Browse Linux namespaces, and learn why each one is alive.",
        epilog="commands:\n" + "\n".join(lines) + "\n\n'nsview COMMAND --help' tells a command's options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"nsview {__version__}")
    return parser


def _use_utf8() -> None:
    """Output is UTF-8 whatever the locale says: names are cleaned, not lost in a C locale's ASCII."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
