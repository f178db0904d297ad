"""What the sources of one scan add to, before it is frozen into a snapshot."""

import errno
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from nsview.model.holder import Holder, How
from nsview.model.kind import Kind, Links
from nsview.model.namespace import Unseen
from nsview.model.process import Details, Task, Usage
from nsview.model.snapshot import Problem


class Pin(NamedTuple):
    """A holder that is no member, and which namespace it holds."""

    kind: Kind
    inode: int
    holder: Holder
    place: str = ""
    """A magic link that shows whether the holder is still there: an open fd, a link for children."""
    link: str = ""
    """What it must say then."""


class Found:
    """One namespace, as far as the sources have got with it; relations are inode numbers."""

    __slots__ = (
        "creator_uid",
        "device",
        "inferred",
        "inode",
        "kernel_id",
        "kind",
        "opened",
        "owner",
        "parent",
        "pins",
        "oldest",
        "processes",
        "tasks",
        "threads",
        "vanished",
    )

    def __init__(self, kind: Kind, inode: int) -> None:
        self.kind = kind
        self.inode = inode
        self.processes: tuple[int, ...] = ()
        self.oldest: tuple[int, int] | None = None
        """(starttime, pid) of the member that started first."""
        self.tasks = 0
        self.inferred: list[int] = []
        self.threads: tuple[tuple[int, int], ...] = ()
        self.pins: list[Holder] = []
        self.forget()

    def forget(self) -> None:
        """All that it says of itself: it is to be asked again."""
        self.device = 0
        self.kernel_id: int | None = None
        self.owner: int | Unseen | None = Unseen.UNKNOWN
        self.parent: int | Unseen | None = Unseen.UNKNOWN if self.kind.hierarchical else None
        self.creator_uid: int | None = None
        self.opened = False
        """Whether it could be opened, so that device, id and relations are known."""
        self.vanished = False
        """Everything that led to it had ended before it could be opened."""


class Problems:
    """Errors as data, gathered by source and errno: ten thousand refusals are one line."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Problem] = {}

    def add(self, source: str, subject: str, error: OSError | str, times: int = 1) -> None:
        name = error if isinstance(error, str) else error_name(error)
        known = self._seen.get((source, name))
        times += 0 if known is None else known.times
        self._seen[source, name] = Problem(source, known.subject if known else subject, name, times)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._seen.values())

    def __len__(self) -> int:
        return len(self._seen)


def error_name(error: OSError) -> str:
    """EACCES rather than a number or a translated sentence."""
    return errno.errorcode.get(error.errno or 0, str(error))


class Findings:
    """The growing result of a scan."""

    def __init__(self) -> None:
        self.processes: dict[int, Task] = {}
        self.threads: dict[int, Task] = {}
        self.details: dict[int, Details] = {}
        self.usage: dict[int, Usage] = {}
        self.groups: Mapping[Links, Collection[int]] = {}
        """Processes by their set of links: there are few sets, however many processes."""
        self.namespaces: dict[int, Found] = {}
        self.touched: set[int] = set()
        """Inode numbers of the namespaces of which anything may be otherwise than in the last scan."""
        self.inferred: dict[tuple[Kind, int], list[int]] = {}
        """Groups that match no known namespace: (kind, what gave them away) → pids."""
        self.net_ids: dict[int, int] = {}
        self.vanished = 0
        self.unreadable = 0
        """Processes whose links were refused."""
        self.malformed = 0
        """Processes of which not even stat could be read."""
        self.problems = Problems()
        self.left_out: dict[str, str] = {}

    def namespace(self, kind: Kind, inode: int) -> Found:
        """The namespace of this inode, made if it is new."""
        found = self.namespaces.get(inode)
        if found is None:
            found = self.namespaces[inode] = Found(kind, inode)
            self.touched.add(inode)
        return found

    def has_members(self, inode: int) -> bool:
        found = self.namespaces.get(inode)
        return found is not None and bool(found.processes)

    def add_pin(self, pin: Pin) -> None:
        self.namespace(pin.kind, pin.inode).pins.append(pin.holder)
        self.touched.add(pin.inode)

    def holders_of(self, inode: int) -> Iterator[Holder]:
        """What leads to a namespace, members first."""
        found = self.namespaces.get(inode)
        if found is None:
            return
        for pid in found.processes:
            yield Holder(How.PROCESS, pid)
        for tgid, tid in found.threads:
            yield Holder(How.THREAD, tgid, tid=tid)
        yield from found.pins
        for other in self.namespaces.values():
            if other.parent == inode:
                yield Holder(How.CHILD, ns=other.inode, ns_kind=other.kind)
            if other.owner == inode:
                yield Holder(How.OWNED, ns=other.inode, ns_kind=other.kind)

    def kernel_id_of(self, inode: int) -> int | None:
        found = self.namespaces.get(inode)
        return None if found is None else found.kernel_id

    def numbered(self) -> dict[int, Found]:
        """Those whose 64-bit id is known, by it."""
        return {ns.kernel_id: ns for ns in self.namespaces.values() if ns.kernel_id is not None}

    def unheld(self) -> list[Found]:
        """What is alive though nothing that was found holds it. The first of a kind is the kernel's own."""
        alone = [
            ns
            for inode in self.touched & self.namespaces.keys()
            if not ((ns := self.namespaces[inode]).processes or ns.inferred or ns.threads or ns.pins)
            and inode != ns.kind.initial_inode
        ]
        above = {relative for ns in self.namespaces.values() for relative in (ns.owner, ns.parent) if alone}
        return [ns for ns in alone if ns.inode not in above]
