"""The app itself: `nsview` without a command."""

import argparse

from nsview.cli.main import Failure
from nsview.config import Options
from nsview.kernel.procfs import ROOT
from nsview.model.kind import parse_kind
from nsview.model.views.view import ViewName


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("options of the app").add_argument
    add("-d", "--delay", metavar="SECONDS", type=_seconds, help="time between two scans")
    add("-t", "--type", metavar="KIND", action="append", default=[], type=_kinds, help="only these kinds")
    add("-p", "--task", metavar="PID", type=int, help="only the namespaces of this process")
    add("-u", "--user", metavar="USER", help="only what this user (name or number) is in")
    add("--filter", metavar="EXPR", help="only what this filter matches: see 'nsview help filter'")
    add("--view", choices=[str(view) for view in ViewName], help="the view to start with")
    add("--readonly", action="store_true", help="nothing can be entered, spawned or signalled")
    add("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    add("--no-unicode", action="store_true", help="draw with ASCII alone")
    add("--theme", metavar="NAME", help="colours: one of Textual's themes, ansi-dark or ansi-light")
    add("--proc", metavar="DIR", default=ROOT, help=f"procfs to read (default: {ROOT})")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is no time from 0.1 to 3600 seconds")
    return seconds


def _kinds(text: str) -> list[str]:
    try:
        return [str(parse_kind(name)) for name in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace) -> int:
    from nsview.ui.app import run as run_app

    return run_app(
        Options(
            interval=arguments.delay,
            kinds=tuple(kind for chosen in arguments.type for kind in chosen),
            pid=arguments.task,
            user=None if arguments.user is None else _uid(arguments.user),
            filter=arguments.filter,
            view=arguments.view,
            theme=arguments.theme,
            readonly=arguments.readonly,
            mouse=not arguments.no_mouse,
            unicode=not arguments.no_unicode,
            proc="" if arguments.proc == ROOT else arguments.proc,
        )
    )


def _uid(text: str) -> int:
    """A user's number, by number or name as the host knows it."""
    from nsview.kernel.accounts import UserNames

    if text.isascii() and text.isdecimal():
        return int(text)
    found = UserNames().number(text)
    if found is None:
        raise Failure(f"there is no user '{text}'")
    return found
