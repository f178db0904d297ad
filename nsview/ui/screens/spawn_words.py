"""What is typed into the dialog for spawning, understood; and a request as words of the command line."""

import shlex
import signal

from nsview.actions.plan import IdLine
from nsview.actions.spawn import DEFAULTS, SpawnRequest
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task

_HIGHEST = 0xFFFFFFFF
"""No user or group has this number: it means "unchanged"."""


def ranges(text: str) -> tuple[IdLine, ...]:
    """Lines of an id map; ValueError for what is none."""
    return tuple(_range(word) for word in text.split())


def _range(word: str) -> IdLine:
    numbers = [_number(part) for part in word.split(":")]
    if len(numbers) != 3 or None in numbers:
        raise ValueError(f"ranges: '{word}' is not INSIDE:OUTSIDE:COUNT")
    return IdLine(*(number for number in numbers if number is not None))


def pair(name: str, text: str) -> tuple[int | None, int | None]:
    """A user and a group, as 1000:100; None for one that is left out. ValueError with the field's `name`."""
    user, colon, group = text.partition(":")
    numbers = _number(user), _number(group)
    if (user and numbers[0] is None) or (colon and numbers[1] is None):
        raise ValueError(f"{name}: write numbers, UID:GID as 1000:1000")
    return numbers


def variables(text: str) -> tuple[tuple[str, str], ...]:
    """NAME=VALUE words, quoted as for a shell; ValueError for what is none."""
    found = []
    for word in shlex.split(text):
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise ValueError(f"vars: '{word}' is not NAME=VALUE")
        found.append((name, value))
    return tuple(found)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and int(text) < _HIGHEST else None


def clocks(text: str) -> tuple[int | None, int | None]:
    """Offsets of the boot and the monotonic clock in seconds; ValueError for what is none."""
    words = text.split()
    try:
        numbers = [int(word) for word in words]
    except ValueError:
        raise ValueError("clocks: write one or two numbers of seconds, as 86400 0") from None
    if len(numbers) > 2:
        raise ValueError("clocks: there are two, the boot clock and the monotonic one")
    return (*numbers, None, None)[0], (*numbers, None, None)[1]


def spawn_arguments(request: SpawnRequest, inside: Task | Namespace | None = None) -> tuple[str, ...]:
    """The same request as words for `nsview`."""
    words = ["spawn"]
    if request.kinds:
        words.append(",".join(request.kinds))
    if inside is not None:
        words.append(f"--in={inside.id if isinstance(inside, Namespace) else inside.pid}")
    for what, wanted in (("user", request.users), ("group", request.groups)):
        if wanted.single is not None:
            words.append(f"--map-{what}={wanted.single}")
        words += [f"--map-{what}s={line.inside}:{line.outside}:{line.length}" for line in wanted.ranges]
        if wanted.automatic is not None:
            words.append(f"--map-{what}s={wanted.automatic}")
    kill = None if request.kill_child == DEFAULTS.kill_child else signal.Signals(request.kill_child).name
    for option, value in (
        ("--setgroups", request.setgroups),
        ("--owner", None if request.owner is None else ":".join(map(str, request.owner))),
        ("--mount-proc", request.mount_proc),
        ("--hostname", request.hostname),
        ("--boottime", request.boottime),
        ("--monotonic", request.monotonic),
        ("--keep", request.keep),
        ("--veth", None if request.veth is None else ",".join(request.veth)),
        ("--root", request.root),
        ("--wd", request.cwd),
        ("--setuid", request.uid),
        ("--setgid", request.gid),
        ("--kill-child", kill),
    ):
        if value is not None:
            words.append(f"{option}={value}")
    if Kind.MNT in request.kinds or request.mount_proc is not None:
        words.append(f"--propagation={request.propagation or 'unchanged'}")
    if request.loopback:
        words.append("--loopback")
    if request.environment == "clean":
        words.append("--clear-env")
    words += [f"-E{name}={value}" for name, value in request.variables]
    return (*words, "--", *request.command) if request.command else tuple(words)
