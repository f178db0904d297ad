"""Make new namespaces, and run a program or a shell in them.

KINDS are names (net,uts), or the options below; an option that needs a kind adds it. An ordinary user needs a
user namespace for all others: nsview spawn --preset rootless. With --in the namespaces are made inside those
of a target.

The exit status is the program's: 128 + n when signal n ended it, 127 when it is not there, 126 when it cannot
be run, 125 when nothing was run.
"""

import argparse
import signal

from nsview.actions.enter import NoPlan
from nsview.actions.id_maps import MapRequest
from nsview.actions.plan import IdLine
from nsview.actions.presets import PRESETS
from nsview.actions.spawn import SpawnRequest, plan_spawn
from nsview.cli import enter_command
from nsview.cli import program_options as options
from nsview.cli.naming import named
from nsview.cli.output import warn
from nsview.discovery.meant import Meant, meant
from nsview.discovery.targets import NoTarget
from nsview.kernel.own import PROC

_WITH_VALUES = {"--mount-proc": "--proc-at", "--kill-child": "--kill-child-by", "--veth": "--veth-names"}
_VETH = ("nsview0", "eth0")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = f"{parser.prog} [KINDS] [OPTIONS] [-- PROGRAM [ARGUMENT …]]"
    parser.add_argument(
        "words", nargs="*", metavar="KINDS", help="for example net,uts (as the options below)"
    )
    lines = "; ".join(f"{preset.name}: {preset.meaning}" for preset in PRESETS.values())
    parser.add_argument("--preset", choices=tuple(PRESETS), help=lines)
    parser.add_argument(
        "--in", dest="inside", metavar="TARGET", help="enter the namespaces of a target first"
    )
    options.add_kinds(parser, "Which to make; -n=FILE also keeps it, by a bind mount on FILE.", "FILE")
    _add_ids(parser)
    _add_set_up(parser)
    _add_running(parser)
    enter_command.add_showing(parser)
    options.prepare(parser, _WITH_VALUES)


def _add_ids(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("users and groups of a new user namespace")
    group.add_argument("-r", "--map-root-user", action="store_true", help="we are root in it")
    group.add_argument("-c", "--map-current-user", action="store_true", help="we are who we are in it")
    group.add_argument("--map-user", type=_number, metavar="UID", help="we are this user in it")
    group.add_argument("--map-group", type=_number, metavar="GID", help="we are of this group in it")
    for what in ("users", "groups"):
        group.add_argument(
            f"--map-{what}", action="append", default=[], type=_range, metavar="I:O:N",
            help="N ids from I on are those from O on outside; or auto, subids, all",
        )  # fmt: skip
    group.add_argument(
        "--map-auto", action="store_true", help="map the ids that /etc/subuid and /etc/subgid grant us"
    )
    group.add_argument("--setgroups", choices=("allow", "deny"), help="whether groups may be changed in it")
    group.add_argument("--owner", type=_pair, metavar="UID:GID", help="whose it is")


def _add_set_up(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is set up")
    group.add_argument("--mount-proc", action="store_const", const=PROC, help=f"a fresh {PROC} (=DIR)")
    group.add_argument("--proc-at", dest="mount_proc", help=argparse.SUPPRESS)
    group.add_argument(
        "--propagation",
        choices=("private", "slave", "shared", "unchanged"),
        default="private",
        help="of mounts in a new mount namespace (default: private)",
    )
    group.add_argument("--hostname", metavar="NAME")
    group.add_argument("--domainname", metavar="NAME")
    group.add_argument("--loopback", action="store_true", help="set lo up in a new network namespace")
    group.add_argument(
        "--veth",
        action="store_const",
        const=_VETH,
        help=f"connect it by a pair of interfaces, {_VETH[0]} here and {_VETH[1]} in it (=HERE,INSIDE)",
    )
    group.add_argument("--veth-names", dest="veth", type=_names, help=argparse.SUPPRESS)
    group.add_argument("--boottime", type=int, metavar="SECONDS", help="offset of the boot clock")
    group.add_argument("--monotonic", type=int, metavar="SECONDS", help="offset of the monotonic clock")
    group.add_argument(
        "--keep", metavar="NAME", help="keep the namespaces when the program has ended: nsview kept"
    )


def _add_running(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how the program runs")
    group.add_argument("-R", "--root", metavar="DIR", help="another root directory")
    group.add_argument("-w", "--wd", metavar="DIR", help="working directory, as it is called inside")
    group.add_argument("-S", "--setuid", type=_number, metavar="UID")
    group.add_argument("-G", "--setgid", type=_number, metavar="GID")
    group.add_argument(
        "--keep-caps", action="store_true", help="hand capabilities on to a program that is not root"
    )
    group.add_argument(
        "--clear-env", action="store_true", help="only PATH, HOME, TERM and LANG of our environment"
    )
    group.add_argument(
        "-E", dest="variables", action="append", type=options.variable, default=[], metavar="NAME=VALUE",
        help="set this variable too",
    )  # fmt: skip
    group.add_argument("-f", "--fork", action="store_true", help=argparse.SUPPRESS)
    group.add_argument(
        "--no-fork", action="store_true", help="the program itself stays out of a new pid namespace"
    )
    group.add_argument(
        "--kill-child", action="store_const", const=signal.SIGKILL, default=signal.SIGKILL,
        help="the signal it gets when nsview's launcher is killed (=SIGNAL; default: KILL)",
    )  # fmt: skip
    group.add_argument("--kill-child-by", dest="kill_child", type=_signal, help=argparse.SUPPRESS)
    # Signals are always passed on; the option is here for hands that know it from unshare.
    group.add_argument("--forward-signals", action="store_true", help=argparse.SUPPRESS)


def _number(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) < 0xFFFFFFFF:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no user or group number")


def _pair(text: str) -> tuple[int, int]:
    uid, _, gid = text.partition(":")
    return _number(uid), _number(gid)


def _range(text: str) -> IdLine | str:
    if text in ("auto", "subids", "all"):
        return text
    parts = text.split(":")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"'{text}' is not INSIDE:OUTSIDE:COUNT, nor auto, subids or all")
    return IdLine(*map(_number, parts))


def _names(text: str) -> tuple[str, str]:
    here, _, inside = text.partition(",")
    for name in (here, inside or _VETH[1]):
        if not 0 < len(name.encode()) < 16 or "/" in name or not name.isprintable() or " " in name:
            raise argparse.ArgumentTypeError(f"'{name}' is no interface name (at most 15 bytes)")
    return here, inside or _VETH[1]


def _signal(text: str) -> int:
    name = text.upper().removeprefix("SIG")
    if name.isdecimal() and 0 < int(name) < 65:
        return int(name)
    try:
        return signal.Signals[f"SIG{name}"]
    except KeyError:
        raise argparse.ArgumentTypeError(f"'{text}' is no signal") from None


def run(arguments: argparse.Namespace) -> int:
    try:
        request = request_of(arguments)
        found = Meant(None, None)
        if arguments.inside is not None:
            found = meant(arguments.inside, more=True, name=named)
        plan = plan_spawn(request, found.target, found.snapshot)
    except (NoTarget, NoPlan, ValueError) as error:
        warn(str(error))
        return options.OWN_FAILURE
    return options.carry_out(plan, arguments)


def request_of(arguments: argparse.Namespace) -> SpawnRequest:
    """ValueError for words that are no kinds, and maps that contradict each other."""
    files = tuple(arguments.files or ())
    request = SpawnRequest(
        kinds=(*(arguments.kinds or ()), *options.kinds_in(arguments.words)),
        users=_map_request(arguments, arguments.map_user, arguments.map_users, "user"),
        groups=_map_request(arguments, arguments.map_group, arguments.map_groups, "group"),
        setgroups=arguments.setgroups,
        owner=arguments.owner,
        mount_proc=arguments.mount_proc,
        propagation=None if arguments.propagation == "unchanged" else arguments.propagation,
        hostname=arguments.hostname,
        domainname=arguments.domainname,
        boottime=arguments.boottime,
        monotonic=arguments.monotonic,
        loopback=arguments.loopback,
        veth=arguments.veth,
        keep=arguments.keep,
        files=files,
        uid=arguments.setuid,
        gid=arguments.setgid,
        keep_capabilities=arguments.keep_caps,
        root=arguments.root,
        cwd=arguments.wd,
        environment="clean" if arguments.clear_env else "mine",
        variables=tuple(arguments.variables),
        command=arguments.command,
        fork=not arguments.no_fork,
        kill_child=int(arguments.kill_child),
    )
    return PRESETS[arguments.preset].apply(request) if arguments.preset else request


def _map_request(
    arguments: argparse.Namespace, number: int | None, ranges: list[IdLine | str], what: str
) -> MapRequest:
    import os

    if arguments.map_root_user:
        number = 0
    elif arguments.map_current_user:
        number = os.geteuid() if what == "user" else os.getegid()
    words = {each for each in ranges if isinstance(each, str)} | ({"auto"} if arguments.map_auto else set())
    if len(words) > 1:
        raise ValueError(f"--map-{what}s: {' and '.join(sorted(words))} exclude each other")
    lines = tuple(each for each in ranges if not isinstance(each, str))
    return MapRequest(number, lines, next(iter(words), None))
