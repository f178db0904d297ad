"""Everything that one scan found, frozen, with its indexes built once."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from nsview.model.certainty import Certainty
from nsview.model.holder import Holder, How
from nsview.model.kind import KINDS, POSITION, Kind, Links
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.process import NO_DETAILS, Details, ProcessId, Task, Usage

if TYPE_CHECKING:  # most commands name nothing
    from nsview.model.name import Names


_K = TypeVar("_K")
_V = TypeVar("_V")


class Problem(NamedTuple):
    """One thing that could not be read: errors are data."""

    source: str
    subject: str
    """What was tried: a path or a call."""
    error: str
    """What the kernel said: the name of the errno."""
    times: int = 1
    """How often the same source met the same error; `subject` is the first."""


class Comparison(NamedTuple):
    """The kernel's own list of namespaces (listns(2), Linux 6.19) beside what was found.

    What came or went meanwhile, or waits for a source that looks less often, is in none of the numbers. Nor
    is what the kernel does not list: a network namespace that only sockets keep.
    """

    known: int | None = None
    """How many the kernel has; None where it cannot be told."""
    explained: int | None = None
    """How many of them something keeps that was found."""
    unexplained: int = 0
    """How many namespaces are alive, on the list or not, though nothing was found that keeps them."""
    why: str = ""
    """Why it cannot be told how many the kernel has."""

    @property
    def all_explained(self) -> bool:
        """As far as it can be told."""
        return not self.unexplained and self.known == self.explained


class Report(NamedTuple):
    """How a scan went, and how much of the machine it saw."""

    source: str
    processes: int
    """Process directories seen, those that vanished meanwhile included."""
    readable: int
    unreadable: int
    vanished: int
    elapsed: float
    """Seconds."""
    timings: Mapping[str, float]
    """Seconds per source."""
    complete: bool
    """Every source ran, nothing was unreadable or hidden, and something was found that keeps each namespace:
    those that were found, and those on the kernel's list, where it has one (`comparison.known`)."""
    left_out: Mapping[str, str]
    """Sources that did not run or are not here, and why."""
    problems: tuple[Problem, ...]
    hidden: bool = False
    """/proc hides other users' processes from us (hidepid, proc(5))."""
    comparison: Comparison = Comparison()


class Host(NamedTuple):
    """Whose namespaces count as the host's, and how we know."""

    links: Links
    witness: str
    """For people: "pid 1", "pid 2 (kernel thread)", "this process"."""


class _Relations:
    """Which namespace has a number, which hang from it, and which belong to it."""

    __slots__ = ("by_inode", "children", "owned")

    def __init__(self, namespaces: Iterable[Namespace]) -> None:
        self.by_inode: dict[int, NamespaceId] = {}
        self.children: dict[NamespaceId, list[NamespaceId]] = {}
        self.owned: dict[NamespaceId, list[NamespaceId]] = {}
        for ns in namespaces:
            if ns.inode:
                self.by_inode[ns.inode] = ns.id
            if isinstance(ns.parent, NamespaceId):
                self.children.setdefault(ns.parent, []).append(ns.id)
            if isinstance(ns.owner, NamespaceId):
                self.owned.setdefault(ns.owner, []).append(ns.id)


class Snapshot:
    """An immutable picture of all namespaces and the tasks in them.

    processes   pid → Task, thread-group leaders only
    threads     tid → Task, only threads that are elsewhere than their leader
    namespaces  NamespaceId → Namespace, in the order of KINDS, then inode
    details     pid → Details, for the processes for which they were asked
    usage       pid → Usage, where the source tells
    inferred    pid → {kind: namespace}, for processes whose links may not be read
    time        seconds since 1970 when the scan ended
    uptime      seconds since boot then, as our time namespace has them
    net_ids     inode → the netns id (ip-netns(8)) that ours gave it, -1 for none; where it was asked for
    names       who processes and namespaces belong to; None where nobody has asked (see `named`)
    """

    __slots__ = (
        "_relations",
        "details",
        "host",
        "inferred",
        "kinds",
        "names",
        "net_ids",
        "namespaces",
        "processes",
        "report",
        "threads",
        "ticks_per_second",
        "time",
        "uptime",
        "usage",
        "user_names",
    )

    def __init__(
        self,
        *,
        time: float,
        kinds: tuple[Kind, ...],
        processes: Mapping[int, Task],
        threads: Mapping[int, Task],
        namespaces: Mapping[NamespaceId, Namespace],
        details: Mapping[int, Details],
        usage: Mapping[int, Usage],
        inferred: Mapping[int, Mapping[Kind, NamespaceId]],
        user_names: Mapping[int, str],
        host: Host,
        report: Report,
        net_ids: Mapping[int, int] | None = None,
        uptime: float = 0.0,
        ticks_per_second: int = 100,
        related_as: "Snapshot | None" = None,
    ) -> None:
        """`related_as` has the same namespaces, and each hangs where it does there."""
        self.time = time
        self.kinds = kinds
        self.processes = _unchanging(processes)
        self.threads = _unchanging(threads)
        self.namespaces = _unchanging(namespaces)
        self.details = _unchanging(details)
        self.usage = _unchanging(usage)
        self.inferred = _unchanging(inferred)
        self.user_names = user_names
        self.host = host
        self.report = report
        self.net_ids = net_ids or {}
        self.names: Names | None = None
        self.uptime = uptime
        self.ticks_per_second = ticks_per_second
        self._relations: _Relations = (
            _Relations(namespaces.values()) if related_as is None else related_as._relations
        )

    def named(self, names: "Names") -> "Snapshot":
        """The same picture, and whose everything is."""
        twin = Snapshot.__new__(Snapshot)
        for part in Snapshot.__slots__:
            setattr(twin, part, getattr(self, part))
        twin.names = names
        return twin

    # ---- finding

    def by_inode(self, inode: int) -> Namespace | None:
        """The namespace with this inode number, if the scan found one."""
        found = self._relations.by_inode.get(inode)
        return None if found is None else self.namespaces[found]

    def namespace_of(self, task: Task, kind: Kind) -> Namespace | None:
        """Where a task is, also if that is only inferred."""
        found = self._relations.by_inode.get(task.links[POSITION[kind]])
        if found is None:
            found = self.inferred.get(task.tgid, {}).get(kind)
        return None if found is None else self.namespaces.get(found)

    def process(self, identity: ProcessId) -> Task | None:
        """The process of this identity, not another one that has got its number."""
        task = self.processes.get(identity.pid)
        return task if task is not None and task.starttime == identity.starttime else None

    def detail(self, pid: int) -> Details:
        return self.details.get(pid, NO_DETAILS)

    def age(self, task: Task) -> float:
        """Seconds since the task started."""
        return max(0.0, self.uptime - task.starttime / self.ticks_per_second)

    def user_name(self, uid: int | None) -> str:
        """The user's name as the host calls it; the number where it has none; "" for None."""
        if uid is None:
            return ""
        return self.user_names.get(uid) or str(uid)

    def numbers(self, task: Task) -> list[tuple[int, Namespace | None]]:
        """A task's number in each pid namespace, from the outermost that we see down to its own.

        The namespace is None where it may not be seen. Needs the process's details.

        NSpid (proc(5)) begins in the pid namespace of the procfs that was read; the chain of
        parents is zipped from below.
        """
        numbers = self.detail(task.tgid).ns_pids
        chain: list[Namespace | None] = []
        ns = self.namespace_of(task, Kind.PID)
        while ns is not None and len(chain) < len(numbers):
            chain.append(ns)
            ns = self.namespaces.get(ns.parent) if isinstance(ns.parent, NamespaceId) else None
        chain += [None] * (len(numbers) - len(chain))
        return list(zip(numbers, reversed(chain), strict=True))

    # ---- relations

    def is_related_as(self, other: "Snapshot") -> bool:
        """Whether both are known to have the same namespaces, each hanging where it does in the other."""
        return self._relations is other._relations

    def children(self, namespace: NamespaceId) -> tuple[NamespaceId, ...]:
        """Namespaces (pid, user) whose parent this is."""
        return tuple(self._relations.children.get(namespace, ()))

    def owned(self, namespace: NamespaceId) -> tuple[NamespaceId, ...]:
        """Namespaces of every kind that belong to this user namespace."""
        return tuple(self._relations.owned.get(namespace, ()))

    def is_host(self, task: Task) -> tuple[Kind, ...]:
        """The kinds that a task shares with the host."""
        return task.shares(self.host.links)

    # ---- what keeps it alive

    def holder_counts(self, ns: Namespace) -> dict[How, int]:
        """How many holders of each sort a namespace has; sorts without any are left out."""
        counts = {How.PROCESS: ns.nprocs, How.THREAD: len(ns.threads)}
        for pin in ns.pins:
            counts[pin.how] = counts.get(pin.how, 0) + 1
        counts[How.CHILD] = len(self._relations.children.get(ns.id, ()))
        counts[How.OWNED] = len(self._relations.owned.get(ns.id, ()))
        return {how: counts[how] for how in How if counts.get(how)}

    def holders(self, ns: Namespace) -> Iterator[Holder]:
        """Everything that keeps a namespace alive, each with its place.

        A socket counts as a holder of its own only in a process that is not in its network namespace: the
        sockets of a member end with the member. Likewise a link for children, where it is the task's own.
        """
        for pid in ns.processes:
            yield Holder(How.PROCESS, pid, self.processes[pid].starttime)
        for pid in ns.inferred:
            yield Holder(How.PROCESS, pid, self.processes[pid].starttime, certainty=Certainty.INFERRED)
        for tgid, tid in ns.threads:
            yield Holder(How.THREAD, tgid, self.threads[tid].starttime, tid)
        yield from ns.pins
        yield from self.relatives(ns.id)

    def relatives(self, namespace: NamespaceId) -> Iterator[Holder]:
        """The namespaces that hold this one: its children, and those it owns."""
        for child in self.children(namespace):
            yield Holder(How.CHILD, ns=child.inode, ns_kind=child.kind)
        for owned in self.owned(namespace):
            yield Holder(How.OWNED, ns=owned.inode, ns_kind=owned.kind)

    def holders_of(self, inode: int) -> Iterator[Holder]:
        """The holders of the namespace with this inode number; none if there is none."""
        ns = self.by_inode(inode)
        return iter(()) if ns is None else self.holders(ns)

    def kernel_id_of(self, inode: int) -> int | None:
        """The kernel's number of the namespace with this inode number, if it is known."""
        ns = self.by_inode(inode)
        return None if ns is None else ns.kernel_id


def _unchanging(mapping: Mapping[_K, _V]) -> Mapping[_K, _V]:
    return mapping if isinstance(mapping, MappingProxyType) else MappingProxyType(dict(mapping))


def present_kinds(links: Links) -> tuple[Kind, ...]:
    """The kinds that a kernel has, by the links of a process whose links can be read."""
    return tuple(kind for kind, inode in zip(KINDS, links, strict=False) if inode)
