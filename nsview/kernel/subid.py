"""Ranges of ids that a user may map into user namespaces: /etc/subuid and /etc/subgid (subuid(5))."""

from nsview.kernel.idmap import IdRange
from nsview.kernel.subordinate import read_subordinate


def granted(file: str, uid: int, name: str | None) -> tuple[IdRange, ...]:
    """The ranges that `file` grants to a user, by name or number, each mapped to itself; () if none."""
    users = {str(uid), name}
    return tuple(
        IdRange(entry.first, entry.first, entry.length)
        for entry in read_subordinate(file)
        if entry.owner in users and entry.length
    )
