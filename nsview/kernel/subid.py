"""Ranges of ids that a user may map into user namespaces: /etc/subuid and /etc/subgid (subuid(5))."""

import os

from nsview.kernel.idmap import IdRange


def granted(file: str, uid: int, name: str | None) -> tuple[IdRange, ...]:
    """The ranges that `file` grants to a user, by name or number, each mapped to itself.

    () where there are none, or no such file; lines that are none are passed over.
    """
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except OSError:
        return ()
    users = {str(uid).encode()}
    if name:
        users.add(os.fsencode(name))
    found = []
    for line in data.split(b"\n"):
        fields = line.split(b":")
        if len(fields) == 3 and fields[0] in users and fields[1].isdigit() and fields[2].isdigit():
            first, length = int(fields[1]), int(fields[2])
            if length:
                found.append(IdRange(first, first, length))
    return tuple(found)
