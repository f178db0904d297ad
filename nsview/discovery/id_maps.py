"""How a user namespace translates user and group numbers (user_namespaces(7)); read when asked for."""

from collections.abc import Mapping
from typing import NamedTuple

from nsview.discovery.findings import error_name
from nsview.kernel.idmap import parse_id_map
from nsview.kernel.procfs import Procfs

Range = tuple[int, int, int]
"""(first number inside, first number outside, how many); outside is as the reader's user namespace has it."""


class IdMaps(NamedTuple):
    """None where it could not be read (see `problems`); () is a map that has not been written."""

    uids: tuple[Range, ...] | None
    gids: tuple[Range, ...] | None
    setgroups: str | None
    """"allow" or "deny"."""
    problems: Mapping[str, str]


def read_id_maps(proc: Procfs, pid: int) -> IdMaps:
    problems: dict[str, str] = {}

    def read(name: str) -> bytes | None:
        try:
            return proc.read(pid, name)
        except OSError as error:
            problems[name] = error_name(error)
            return None

    uids, gids, setgroups = read("uid_map"), read("gid_map"), read("setgroups")
    return IdMaps(
        uids=None if uids is None else tuple(tuple(line) for line in parse_id_map(uids)),
        gids=None if gids is None else tuple(tuple(line) for line in parse_id_map(gids)),
        setgroups=None if setgroups is None else setgroups.decode("ascii", "replace").strip(),
        problems=problems,
    )
