"""What runc and crun have in common: a state directory with one directory a container."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from nsview.model.name import Name
from nsview.naming.state import Root, file_name, identifier, text
from nsview.naming.subject import Subject


class Started(NamedTuple):
    """A container as its state has it."""

    id: str
    pid: int
    """Of its first process."""
    start: int
    """When that started, in clock ticks since boot; 0: not told."""
    cgroups: frozenset[str]
    """Paths, of version 1 with their mount points before them."""


Containers: TypeAlias = Callable[[Root, str], tuple[Started, ...]]
"""All of a state directory below a root."""

_WITH_VALUE = frozenset(
    ("--root", "--log", "--log-format", "--criu", "--rootless", "--cgroup-manager", "-b", "--bundle", "-f")
    + ("--config", "--pid-file", "--console-socket", "--preserve-fds", "--pidfd-socket", "--process", "-p")
)


def identify(engine: str, containers: Containers, subject: Subject) -> Name | None:
    """The container by its first process, by its control group, or by the runtime that waits for it.

    Ids of 64 digits are other engines', which have a runtime start their containers.
    """
    for root in subject.roots:
        for place in (f"/run/{engine}", f"/run/user/{subject.uid}/{engine}"):
            for started in root.remember(containers, place):
                if _is_it(started, subject, root):
                    witness = f"{place}/{started.id}"
                    return Name(engine, started.id, started.id, root=root.path, witness=witness)
    for keeper in subject.keepers():
        if keeper.program == engine and keeper.task.links.mnt != subject.links.mnt:
            identity = container_of(keeper.cmdline)
            if identity and not identifier(identity):
                witness = f"command line of its parent {keeper.pid}"
                return Name(engine, identity, identity, root=subject.place_of(keeper.task), witness=witness)
    return None


def containers(root: Root, place: str, started: Callable[[str], Started | None]) -> tuple[Started, ...]:
    """The containers of a state directory, each by the name of its own directory."""
    found = []
    for identity in root.names(place):
        if file_name(identity) and not identifier(identity):
            one = started(identity)
            if one is not None and one.id == identity:
                found.append(one)
    return tuple(found)


def _is_it(started: Started, subject: Subject, root: Root) -> bool:
    for task, number in subject.numbers(root):
        # In another time namespace the kernel counts from another boot.
        if number == started.pid and (started.start in (0, task.starttime) or not root.ours):
            return True
    if not subject.parts or not root.ours:
        return False
    return any(path == subject.cgroup or path.endswith(subject.cgroup) for path in started.cgroups)


def container_of(cmdline: tuple[str, ...]) -> str:
    """The container in `runc [OPTIONS] run|exec|create [OPTIONS] ID …`; "" where there is none."""
    words = []
    rest = iter(cmdline[1:])
    for argument in rest:
        if not argument.startswith("-"):
            words.append(argument)
        elif argument in _WITH_VALUE:
            next(rest, None)
        if len(words) == 2:
            break
    if len(words) < 2 or words[0] not in ("run", "exec", "create", "start", "restore"):
        return ""
    return text(words[1])
