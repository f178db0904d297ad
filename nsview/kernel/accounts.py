"""User names as the host knows them: from the passwd file that pid 1 sees, not from ours.

nsview may run in a container, or in a mount namespace of its own, with another /etc/passwd; user numbers
mean what the host says. Directory services (LDAP, sssd) are asked last, through our own C library.
"""

import errno
import os
import stat
from collections.abc import Iterator, Mapping


class UserNames(Mapping[int, str]):
    """uid → name, looked up when first asked for; numbers without a name are absent."""

    def __init__(self, proc: str = "/proc") -> None:
        self._names: dict[int, str | None] = {}
        self.witness = "our own /etc/passwd"
        for path, witness in ((f"{proc}/1/root/etc/passwd", "pid 1"), ("/etc/passwd", self.witness)):
            try:
                self._names.update(parse_passwd(_read_plain(path)))
            except OSError:
                continue
            self.witness = witness
            break

    def __getitem__(self, uid: int) -> str:
        if uid not in self._names:
            self._names[uid] = _ask_services(uid)
        name = self._names[uid]
        if name is None:
            raise KeyError(uid)
        return name

    def number(self, name: str) -> int | None:
        """The user of this name; None if there is none."""
        import pwd

        for uid, known in self._names.items():
            if known == name:
                return uid
        try:
            return pwd.getpwnam(name).pw_uid
        except (KeyError, ValueError):
            return None

    def __iter__(self) -> Iterator[int]:
        return iter([uid for uid, name in self._names.items() if name is not None])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _read_plain(path: str, limit: int = 1 << 26) -> bytes:
    """A file in a place that others may control: nothing but a plain file is read, and none without end."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    with open(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "not a plain file", path)
        return file.read(limit)


def parse_passwd(data: bytes) -> dict[int, str | None]:
    """uid → first name of that number in a passwd(5) file; lines that are none are passed over."""
    found: dict[int, str | None] = {}
    for line in data.split(b"\n"):
        fields = line.split(b":")
        if len(fields) >= 3 and fields[0] and fields[2].isdigit() and len(fields[2]) <= 10:
            found.setdefault(int(fields[2]), os.fsdecode(fields[0]))
    return found


def _ask_services(uid: int) -> str | None:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return None
