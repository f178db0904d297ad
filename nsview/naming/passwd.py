"""Home directories by the passwd file of a root directory: rootless engines keep their files there."""

import os

from nsview.naming.state import LARGE, Root, text


def home_of(root: Root, uid: int) -> str:
    """A user's home directory; "" for none. Directory services are not asked: they may not answer."""
    return root.remember(_homes, "/etc/passwd").get(uid, "")


def _homes(root: Root, path: str) -> dict[int, str]:
    return parse_homes(root.read(path, LARGE))


def parse_homes(data: bytes | None) -> dict[int, str]:
    """uid → home directory of a passwd(5) file; lines that are none are passed over."""
    found: dict[int, str] = {}
    for line in (data or b"").split(b"\n"):
        fields = line.split(b":")
        if len(fields) == 7 and fields[2].isdigit() and len(fields[2]) <= 10:
            home = text(os.fsdecode(fields[5])).rstrip("/")
            if home.startswith("/") and "\0" not in home:
                found.setdefault(int(fields[2]), home)
    return found
