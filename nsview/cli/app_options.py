"""The options of `nsview` without a command: how the app starts."""

import argparse

from nsview import config as settings
from nsview.config import Options


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("options of the app").add_argument
    add("-d", "--delay", metavar="SECONDS", type=_seconds, help="time between two looks at the machine")
    add("-t", "--type", metavar="KIND", action="append", help="only this kind of namespace; may be repeated")
    add("-p", "--pid", metavar="PID", type=int, help="only the namespaces of this process")
    add("-u", "--user", metavar="USER", help="only this user's processes: a name or a number")
    add("--filter", metavar="EXPR", help="show only what matches; see nsview help filter")
    add("--view", choices=settings.VIEWS, help="the view to start with")
    add("--readonly", action="store_true", help="allow nothing that changes anything")
    add("--ask-engines", action="store_true", help="ask Docker and Podman for names, on their sockets")
    add("--no-mouse", action="store_true", help="leave the mouse to the terminal, to select text")
    add("--no-unicode", action="store_true", help="draw with ASCII characters only")
    add("--theme", metavar="NAME", help="a theme of Textual: textual-dark, ansi-dark, nord, …")
    add("--proc", metavar="DIR", default="", help="procfs to read")


def options(arguments: argparse.Namespace) -> Options:
    """ValueError where a user or kind is unknown."""
    kinds: tuple[str, ...] = ()
    if arguments.type:
        from nsview.model.kind import parse_kind

        kinds = tuple(str(parse_kind(part)) for text in arguments.type for part in text.split(","))
    return Options(
        interval=arguments.delay,
        kinds=kinds,
        pid=arguments.pid,
        user=None if arguments.user is None else _uid(arguments.user),
        filter=arguments.filter,
        view=arguments.view,
        theme=arguments.theme,
        readonly=arguments.readonly,
        ask_engines=arguments.ask_engines,
        mouse=not arguments.no_mouse,
        unicode=not arguments.no_unicode,
        proc=arguments.proc,
    )


def _seconds(text: str) -> float:
    least, most = settings.INTERVALS
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"seconds from {least:g} to {most:g}, not '{text}'")
    return value


def _uid(text: str) -> int:
    """A user's number, by number or by the name that the host knows."""
    if text.isdecimal() and text.isascii():
        return int(text)
    from nsview.kernel.accounts import UserNames

    found = UserNames().number(text)
    if found is None:
        raise ValueError(f"there is no user '{text}'")
    return found
