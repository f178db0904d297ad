"""What every view answers, and the ways in which it can be asked for."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from nsview.model.kind import Kind
from nsview.model.query import Query
from nsview.model.views.moment import Moment
from nsview.model.views.subject import Subject
from nsview.model.views.tree import Key

INFERRED = "inferred"
"""A mark beside those of the tree: this is concluded, not read."""


class ViewName(StrEnum):
    """The views, in the order of their keys 1 to 5."""

    KIND = "kind"
    OWNER = "owner"
    CONTAINER = "container"
    PROCESS = "process"
    LOG = "log"


class SortBy(StrEnum):
    """What siblings can be sorted by."""

    NAME = "name"
    """Each view's own order: host namespaces first, then inode; processes by number; groups by name."""
    NPROCS = "nprocs"
    PID = "pid"
    USER = "user"
    CPU = "cpu"
    MEM = "mem"
    THREADS = "threads"
    HELD = "held"
    AGE = "age"
    COMMAND = "command"

    @property
    def descends(self) -> bool:
        """Whether the largest comes first unless reversed."""
        return self in _LARGEST_FIRST


_LARGEST_FIRST = frozenset({SortBy.NPROCS, SortBy.CPU, SortBy.MEM, SortBy.THREADS, SortBy.HELD})


class Arrangement(NamedTuple):
    """What to show, and in which order. What is None or empty leaves nothing out."""

    view: ViewName = ViewName.KIND
    sort: SortBy = SortBy.NAME
    reverse: bool = False
    filter: Query | None = None
    """What matches stays, with its ancestors (dimmed); of a namespace that matches by itself every member."""
    kinds: tuple[Kind, ...] = ()
    user: int | None = None
    """Only processes of this user, and what they are in; process-less namespaces that this user made."""
    pid: int | None = None
    """Only the namespaces of this process; in the process view its descendants."""
    hide_host: bool = False
    """Without the host's own namespaces and what is only there."""
    ordinary: bool = False
    """The log with processes that start and end in the host's namespaces."""


class View(Protocol):
    """One arrangement of one moment: structure and subjects; a front makes cells of them.

    It is a TreeModel but for the cells. Keys are tuples. It never changes once it is made; what is computed
    when it is first asked for is the same in whichever thread asks.
    """

    @property
    def moment(self) -> Moment: ...

    @property
    def arrangement(self) -> Arrangement: ...

    @property
    def roots(self) -> Sequence[Key]: ...

    @property
    def kids(self) -> Mapping[Key, Sequence[Key]]: ...

    def __contains__(self, key: object, /) -> bool: ...

    def parent(self, key: Key) -> Key | None: ...

    def starts_open(self, key: Key) -> bool: ...

    def marks(self, key: Key) -> tuple[str, ...]:
        """NEW, ENDED, INFERRED, and DIM for the host's namespaces and for what a filter kept only for its
        descendants' sake."""
        ...

    def subject(self, key: Key) -> Subject:
        """What a row stands for; KeyError for a key of another view."""
        ...

    def find(self, subject: Subject) -> Key | None:
        """The row of a subject, the first where there are several; None where it is not shown."""
        ...

    def pids(self, key: Key) -> Sequence[int]:
        """The processes that a row stands for: a namespace's members as far as they are shown, a group's, the
        one of a task; () for other rows."""
        ...
