"""The eight kinds of Linux namespace (namespaces(7)) and the ten links of /proc/PID/ns."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """A kind of namespace; its value is the name of its link in /proc/PID/ns.

    `flag` is the CLONE_NEW* bit of clone(2), setns(2) and unshare(2). `since` is the first kernel
    with the link. `hierarchical` kinds have a parent (NS_GET_PARENT answers only for these).
    `initial_inode` is the inode number that the kernel gives to the first namespace of the kind; None
    where it is given out at boot like any other (net and mnt, before about 6.18).
    """

    flag: int
    since: tuple[int, int]
    hierarchical: bool
    initial_inode: int | None
    meaning: str

    def __new__(
        cls,
        name: str,
        flag: int,
        since: tuple[int, int],
        initial_inode: int | None,
        meaning: str,
    ) -> "Kind":
        kind = str.__new__(cls, name)
        kind._value_ = name
        kind.flag = flag
        kind.since = since
        kind.hierarchical = name in ("pid", "user")
        kind.initial_inode = initial_inode
        kind.meaning = meaning
        return kind

    # The text's own: an Enum's is a call of Python, and kinds are in the key of every namespace.
    __hash__ = str.__hash__

    CGROUP = "cgroup", 0x02000000, (4, 6), 0xEFFFFFFB, "root of the control group tree"
    IPC = "ipc", 0x08000000, (3, 0), 0xEFFFFFFF, "System V IPC, POSIX message queues"
    MNT = "mnt", 0x00020000, (3, 8), None, "mount points"
    NET = "net", 0x40000000, (3, 0), None, "network devices, addresses, ports"
    PID = "pid", 0x20000000, (3, 8), 0xEFFFFFFC, "process numbers"
    TIME = "time", 0x00000080, (5, 6), 0xEFFFFFFA, "boot and monotonic clocks"
    USER = "user", 0x10000000, (3, 8), 0xEFFFFFFD, "user and group numbers, capabilities"
    UTS = "uts", 0x04000000, (3, 0), 0xEFFFFFFE, "host name and domain name"


KINDS: tuple[Kind, ...] = tuple(Kind)
BY_NAME: dict[str, Kind] = {kind.value: kind for kind in KINDS}
BY_FLAG: dict[int, Kind] = {kind.flag: kind for kind in KINDS}

ABSENT = 0
"""In Links: the kernel has no such link for this task (a zombie, no fork yet, a kernel without the kind)."""
UNREADABLE = -1
"""In Links: the kernel refused to tell (EACCES, EPERM)."""


class Links(NamedTuple):
    """Inode numbers behind the ten links of /proc/PID/ns; ABSENT or UNREADABLE where there is none.

    The first eight stand in the order of KINDS, so that `links[i]` belongs to `KINDS[i]`.
    """

    cgroup: int
    ipc: int
    mnt: int
    net: int
    pid: int
    time: int
    user: int
    uts: int
    pid_for_children: int = ABSENT
    time_for_children: int = ABSENT

    def of(self, kind: Kind) -> int:
        return self[POSITION[kind]]


POSITION: dict[Kind, int] = {kind: place for place, kind in enumerate(KINDS)}
LINK_NAMES: tuple[str, ...] = Links._fields
FOR_CHILDREN: dict[Kind, int] = {Kind.PID: 8, Kind.TIME: 9}
"""Place in Links of the link that tells where a task's next child will be."""

NO_LINKS = Links(*[ABSENT] * 8)
UNREADABLE_LINKS = Links(*[UNREADABLE] * 10)


def parse_kind(text: str) -> Kind:
    """The kind of this name; ValueError with the names that would do."""
    kind = BY_NAME.get(text.strip().lower())
    if kind is None:
        raise ValueError(f"unknown namespace kind '{text}': one of {', '.join(KINDS)}")
    return kind
