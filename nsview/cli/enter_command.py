"""Run a program, or a shell, in the namespaces of a process, or in any single namespace.

TARGET is a pid (or PID@STARTTIME), the number of a thread, a namespace's number or kind:[number], the name of
a container (web, docker:web, pod/web), or a path that leads to a namespace (/run/netns/x, or a file in the
directory ns of a process). Without kinds, all are joined in which the target differs from us; of a namespace
just that one. A shell is started when no program is named.

The exit status is the program's: 128 + n when signal n ended it, 127 when it is not there, 126 when it cannot
be run, 125 when nothing was run.
"""

import argparse
import os

from nsview.actions.enter import TOOLBOX_POINT, EnterRequest, NoPlan, plan_enter
from nsview.actions.plan import Place
from nsview.cli import program_options as options
from nsview.cli.naming import named
from nsview.cli.output import warn
from nsview.discovery.meant import Meant, meant
from nsview.discovery.targets import NoTarget
from nsview.model.kind import KINDS

_WITH_VALUES = {
    "-r": "--root-path",
    "--root": "--root-path",
    "-w": "--wd-path",
    "--wd": "--wd-path",
    "--toolbox": "--toolbox-at",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = f"{parser.prog} TARGET [KINDS] [OPTIONS] [-- PROGRAM [ARGUMENT …]]"
    parser.add_argument("target", nargs="?", metavar="TARGET", help="whom or what to enter")
    parser.add_argument(
        "words", nargs="*", metavar="KINDS", help="for example net,uts (as the options below)"
    )
    options.add_kinds(parser, "Which to join; -n=FILE takes it from a file instead of the target.", "FILE")
    parser.add_argument(
        "-a", "--all", action="store_true", help="all kinds in which the target differs from us"
    )
    add_identity(parser)
    add_surroundings(parser)
    others = parser.add_argument_group("others")
    others.add_argument(
        "-F", "--no-fork", action="store_true", help="the program itself stays out of the pid namespace"
    )
    others.add_argument(
        "-c", "--join-cgroup", action="store_true", help="join the target's control groups too"
    )
    others.add_argument(
        "-N", "--net-socket", type=int, metavar="FD", help="the net namespace of the target's socket FD"
    )
    others.add_argument("--user-parent", action="store_true", help="the user namespace that owns the others")
    others.add_argument(
        "--toolbox",
        action="store_const",
        const=TOOLBOX_POINT,
        help=f"keep our own files and tools, and show the target's root at {TOOLBOX_POINT} (=DIR)",
    )
    others.add_argument("--toolbox-at", dest="toolbox", help=argparse.SUPPRESS)
    others.add_argument(
        "--ask-engines", action="store_true", help="for names, ask Docker and Podman too, on their sockets"
    )
    others.add_argument(
        "--mount-proc", action="store_true", help="a fresh /proc in a mount namespace of its own"
    )
    add_showing(parser)
    options.prepare(parser, _WITH_VALUES)


def add_identity(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("as whom")
    group.add_argument(
        "--as", dest="identity", choices=("root", "target", "me"), default="root", help="default: root"
    )
    group.add_argument("--preserve-credentials", action="store_true", help="the same as --as me")
    group.add_argument(
        "-S", "--setuid", type=_id_or_follow, metavar="UID", help="a user inside, or 'follow' the target"
    )
    group.add_argument(
        "-G", "--setgid", type=_id_or_follow, metavar="GID", help="a group inside, or 'follow'"
    )
    group.add_argument(
        "--keep-caps", action="store_true", help="hand capabilities on to a program that is not root"
    )


def add_surroundings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where, and with what")
    group.add_argument(
        "-r", "--root", action="store_const", const="", dest="root", help="the target's root (=DIR)"
    )
    group.add_argument("--root-path", dest="root", help=argparse.SUPPRESS)
    group.add_argument(
        "-w", "--wd", action="store_const", const="", dest="wd", help="the target's directory (=DIR)"
    )
    group.add_argument("--wd-path", dest="wd", help=argparse.SUPPRESS)
    group.add_argument("-W", "--wdns", metavar="DIR", help="a working directory as it is called inside")
    group.add_argument(
        "--env",
        choices=("clean", "target", "mine"),
        default="clean",
        help="variables: PATH, HOME, TERM, LANG (the default), the target's, or ours",
    )
    group.add_argument(
        "-e", dest="env", action="store_const", const="target", help="the same as --env target"
    )
    group.add_argument(
        "-E", dest="variables", action="append", type=options.variable, default=[], metavar="NAME=VALUE",
        help="set this one too",
    )  # fmt: skip


def add_showing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("instead of doing it")
    group.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and whether it would work"
    )
    group.add_argument("--print-command", action="store_true", help="print the equal nsenter or unshare line")


def _id_or_follow(text: str) -> int | str:
    if text == "follow":
        return text
    if text.isascii() and text.isdecimal() and int(text) < 0xFFFFFFFF:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is neither a number nor 'follow'")


def run(arguments: argparse.Namespace) -> int:
    try:
        request = request_of(arguments)
        found = Meant(None, None)
        if arguments.target is not None:
            more = bool(request.toolbox or request.user_parent)
            found = meant(arguments.target, request.kinds, more, lambda seen: named(seen, arguments))
        elif not request.files:
            raise ValueError("name a TARGET, or files (--net=FILE)")
        files = (*request.files, *found.files)
        plan = plan_enter(found.target, request._replace(files=files), found.snapshot)
    except (NoTarget, NoPlan, ValueError) as error:
        warn(str(error))
        return options.OWN_FAILURE
    return options.carry_out(plan, arguments)


def request_of(arguments: argparse.Namespace) -> EnterRequest:
    """ValueError for kinds and identities that do not go together."""
    kinds = (*(arguments.kinds or ()), *options.kinds_in(arguments.words))
    files = tuple(arguments.files or ())
    if arguments.all:
        kinds = KINDS
    identity = "keep" if arguments.preserve_credentials or arguments.identity == "me" else arguments.identity
    numbers = {"uid": arguments.setuid, "gid": arguments.setgid}
    if "follow" in numbers.values():
        identity = "target"
        numbers = {name: None if value == "follow" else value for name, value in numbers.items()}
    return EnterRequest(
        kinds=kinds or (tuple(kind for kind, _ in files) or None),
        files=files,
        identity=identity,
        **numbers,
        keep_capabilities=arguments.keep_caps,
        root=_root(arguments),
        cwd=_directory(arguments),
        environment=arguments.env,
        variables=tuple(arguments.variables),
        command=arguments.command,
        fork=not arguments.no_fork,
        join_cgroup=arguments.join_cgroup,
        net_socket=arguments.net_socket,
        user_parent=arguments.user_parent,
        toolbox=arguments.toolbox,
        mount_proc=arguments.mount_proc,
    )


def _root(arguments: argparse.Namespace) -> Place | None:
    if arguments.root is None:
        return None
    return Place("path", os.path.abspath(arguments.root)) if arguments.root else Place("target")


def _directory(arguments: argparse.Namespace) -> Place | None:
    if arguments.wdns is not None:
        return Place("inside", arguments.wdns)
    if arguments.wd is None:
        return None
    return Place("path", os.path.abspath(arguments.wd)) if arguments.wd else Place("target")
