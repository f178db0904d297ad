"""The `nsview` command: finds the subcommand's module and lets it do the rest.

Each module of a command has `configure(parser)` and `run(arguments) -> exit status`. Only the one
that was asked for is imported.
"""

import gc
import os
import sys
from importlib import import_module

from nsview.cli.output import warn

COMMANDS: dict[str, str] = {
    "list": "all namespaces, as a table or JSON",
    "show": "all that is known of one process or namespace",
    "containers": "containers and sandboxes: what is theirs, and what they share with the host",
    "diff": "two processes or namespaces side by side: what they share, and what differs",
    "map": "network namespaces and what is linked with what in them, as a picture",
    "holders": "why a namespace is alive, and what would have to end for it to go away",
    "enter": "run a program in the namespaces of a process, or in any one",
    "spawn": "make new namespaces and run a program in them",
    "kept": "the namespaces that nsview keeps alive",
    "drop": "let go of kept namespaces",
    "config": "where the settings are, and which are in force",
    "help": "longer help on a topic: nsview help filter",
}

OK, FAILED, USAGE = 0, 1, 2


class Failure(Exception):
    """Ends a command with exit status 1 and this line on standard error."""


def run() -> None:
    """The `nsview` program.

    It ends without taking the interpreter apart piece by piece: after a short command that would cost a tenth
    of the whole, and all that matters is flushed.
    """
    gc.disable()  # nothing that a command loads or makes is worth looking for cycles in
    _use_all_three()
    status = main()
    sys.stderr.flush()
    os._exit(status)


def _use_all_three() -> None:
    """Whoever starts us with a standard stream closed wants nothing of it; a file of ours must not take its
    place, nor an error message another stream's."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            fd = os.open(os.devnull, os.O_RDWR)
            if fd != number:
                os.dup2(fd, number)
                os.close(fd)
            os.set_inheritable(number, True)  # a program that we run has three of them too
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))


def main(argv: list[str] | None = None) -> int:
    """Run a command line; returns the exit status: 0 ok, 1 failed, 2 wrong usage."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except Failure as failure:
        warn(str(failure))
        return FAILED
    except BrokenPipeError:
        # Whoever read us has seen enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), 1)
        return OK
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    from nsview.cli.parsers import command_parser, top_parser

    _use_utf8()
    _begin_debug_log()
    if arguments and arguments[0] in COMMANDS:
        module = import_module(f"nsview.cli.{_module_name(arguments[0])}")
        parser = command_parser(arguments[0], module)
        return int(module.run(parser.parse_args(arguments[1:])))
    if arguments and not arguments[0].startswith("-"):
        warn(f"there is no command '{arguments[0]}': one of {', '.join(COMMANDS)}")
        return USAGE
    module = import_module("nsview.cli.app_command")
    return int(module.run(top_parser(module).parse_args(arguments)))


def _module_name(command: str) -> str:
    return command.replace("-", "_") + "_command"


def _begin_debug_log() -> None:
    from nsview import debug_log

    place = os.environ.get(debug_log.VARIABLE)
    if place:
        try:
            debug_log.begin(place)
        except OSError as error:
            raise Failure(f"{debug_log.VARIABLE}={place}: {error.strerror}") from None


def _use_utf8() -> None:
    """Output is UTF-8 whatever the locale says: names are cleaned, not lost in a C locale's ASCII."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
