"""How a user namespace translates user and group numbers (user_namespaces(7)); read when asked for."""

from collections.abc import Mapping

from nsview.discovery.findings import error_name
from nsview.kernel.idmap import parse_id_map
from nsview.kernel.procfs import Procfs
from nsview.model.sections.maps import Maps


def read_id_maps(proc: Procfs, pid: int) -> tuple[Maps, Mapping[str, str]]:
    """The maps, and what could not be read with the name of the error.

    Numbers outside are as the reader's own user namespace has them.
    """
    problems: dict[str, str] = {}

    def read(name: str) -> bytes | None:
        try:
            return proc.read(pid, name)
        except OSError as error:
            problems[name] = error_name(error)
            return None

    uids, gids, setgroups = read("uid_map"), read("gid_map"), read("setgroups")
    maps = Maps(
        uid=None if uids is None else parse_id_map(uids),
        gid=None if gids is None else parse_id_map(gids),
        setgroups=None if setgroups is None else setgroups.decode("ascii", "replace").strip(),
    )
    return maps, problems
