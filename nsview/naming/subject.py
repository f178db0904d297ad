"""What an engine may ask about a process to say whose it is. Everything is read when first asked for."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from nsview.model.kind import Links
from nsview.model.process import Task
from nsview.naming.scope import Scope, innermost, parts_of
from nsview.naming.state import Files, Root


class Reader(Protocol):
    """Facts of a process by its number. None or () where they may not be read, or it has ended."""

    def cmdline(self, pid: int) -> tuple[str, ...]: ...
    def cgroup(self, pid: int) -> str | None: ...
    def ns_pids(self, pid: int) -> tuple[int, ...]: ...
    def container_variable(self, pid: int) -> str: ...
    def files(self, pid: int | None) -> Files:
        """Those below a process's root, or below our own; OSError if they cannot be reached."""
        ...

    def place(self, pid: int) -> str:
        """The path of a process's root."""
        ...

    def home(self) -> int:
        """The inode number of the mount namespace that we are in ourselves; 0 if it is not to be told."""
        ...

    def forget(self) -> None:
        """One look is over: what was read may be otherwise by the next."""
        ...


class Ancestor(NamedTuple):
    task: Task
    cmdline: tuple[str, ...]

    @property
    def pid(self) -> int:
        return self.task.pid

    @property
    def program(self) -> str:
        """The file name of what it runs, as its command line has it."""
        return program_of(self.cmdline)


class Subject:
    """A process that is to be named: the first of those that share all its namespaces and its cgroup."""

    __slots__ = ("_lineage", "_read", "_roots", "cgroup", "parts", "scope", "task")

    def __init__(
        self,
        task: Task,
        cgroup: str,
        lineage: Callable[[], tuple[Task, ...]],
        roots: Callable[[], tuple[Root, ...]],
        read: Reader,
    ) -> None:
        self.task = task
        self.cgroup = cgroup
        self.parts = parts_of(cgroup)
        self.scope: Scope | None = innermost(self.parts)
        self._lineage = lineage
        self._roots = roots
        self._read = read

    @property
    def pid(self) -> int:
        return self.task.pid

    @property
    def uid(self) -> int:
        return self.task.uid

    @property
    def links(self) -> Links:
        return self.task.links

    @property
    def cmdline(self) -> tuple[str, ...]:
        return self._read.cmdline(self.task.pid)

    @property
    def container_variable(self) -> str:
        """`container=` of its environment: its own claim, never more than a hint."""
        return self._read.container_variable(self.task.pid)

    @property
    def roots(self) -> tuple[Root, ...]:
        """Where files about it may be: the roots of the mount namespaces that its ancestors are in and it is
        not, the nearest first, and ours last."""
        return self._roots()

    def place_of(self, keeper: Task) -> str:
        """The root directory that one of its keepers works in, as a path."""
        return next((root.path for root in self.roots if root.mnt == keeper.links.mnt), "/")

    def ancestors(self) -> Iterator[Ancestor]:
        """Its parent, that one's parent and so on."""
        for task in self._lineage():
            yield Ancestor(task, self._read.cmdline(task.pid))

    def keepers(self) -> Iterator[Ancestor]:
        """The ancestors that may have put it where it is: those in its own namespaces, and the next ones up
        that are together elsewhere. Who is further up has made what surrounds these."""
        home = self.task.links
        elsewhere: Links | None = None
        for task in self._lineage():
            if task.links != home:
                if elsewhere is None:
                    elsewhere = task.links
                elif task.links != elsewhere:
                    return
            yield Ancestor(task, self._read.cmdline(task.pid))

    def keeper_outside(self, program: str) -> Ancestor | None:
        """The keeper that runs this program and waits outside. Inside, process number 1 may well run it too,
        with the same command line, and be in other namespaces than what it has started."""
        keeper = None
        for ancestor in self.keepers():
            if ancestor.program == program and ancestor.task.links != self.links:
                keeper = ancestor
                break
        if keeper is not None:
            for ancestor in self.ancestors():
                if ancestor.pid == keeper.task.ppid and ancestor.cmdline == keeper.cmdline:
                    keeper = ancestor
        return keeper

    def first_inside(self) -> Ancestor:
        """Of itself and its ancestors the highest that is in all of its namespaces."""
        first = Ancestor(self.task, self.cmdline)
        for keeper in self.keepers():
            if keeper.task.links != self.links:
                break
            first = keeper
        return first

    def numbers(self, root: Root) -> Iterator[tuple[Task, int]]:
        """Itself and its keepers, with the numbers that they have for whoever wrote the files of a root."""
        yield from self._number(self.task, root)
        for keeper in self.keepers():
            yield from self._number(keeper.task, root)

    def number_in(self, root: Root) -> int:
        """Its own number as a root's pid namespace counts; 0 if it has none there."""
        return self.number_of(self.task, root)

    def number_of(self, task: Task, root: Root) -> int:
        """The number of a task as a root's pid namespace counts; 0 if it has none there."""
        return next((number for _, number in self._number(task, root)), 0)

    def _number(self, task: Task, root: Root) -> Iterator[tuple[Task, int]]:
        if root.level == 0:
            yield task, task.pid
            return
        numbers = self._read.ns_pids(task.pid)
        if len(numbers) > root.level:
            yield task, numbers[root.level]


def program_of(cmdline: tuple[str, ...]) -> str:
    """The file name of the program, also where the process has written one title over all its arguments."""
    if not cmdline:
        return ""
    first = cmdline[0] if len(cmdline) > 1 else cmdline[0].partition(" ")[0]
    return first.rpartition("/")[2]


def option(arguments: tuple[str, ...], *names: str) -> str:
    """The value of the first of these options: `-n x`, `--name x` or `--name=x`; "" if there is none."""
    for place, argument in enumerate(arguments):
        if argument in names and place + 1 < len(arguments):
            return arguments[place + 1]
        head, equals, value = argument.partition("=")
        if equals and head in names and head.startswith("--"):
            return value
    return ""
