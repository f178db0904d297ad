"""What every view is: a lazy tree of identities, with the cells of a row made when the row is looked at."""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias, overload

Key: TypeAlias = Hashable
"""The identity of a row, unique in its tree and the same in every snapshot; never None. A row that may stand
in several places (a process under each of its namespaces) has one key for each of them."""

NEW = "new"
ENDED = "ended"
DIM = "dim"
ALERT = "alert"
"""Marks that are drawn with a sign or an attribute as well as a colour. Any other mark is a style's name."""


class Span(NamedTuple):
    """A stretch of a cell with a style of its own."""

    text: str
    style: str = ""
    """The name of a style, which the screen knows how to draw; "" is the row's."""


Cell: TypeAlias = str | Span | tuple[Span, ...]


def plain(cell: Cell) -> str:
    """A cell's text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Span):
        return cell.text
    return "".join(span.text for span in cell)


class TreeModel(Protocol):
    """One arrangement of one snapshot.

    It never changes once it is made, so that any thread may read it, and following `parent` from any of its
    keys ends at a root.
    """

    @property
    def roots(self) -> Sequence[Key]: ...

    @property
    def kids(self) -> Mapping[Key, Sequence[Key]]:
        """The rows below a row; a leaf is absent. `Leaves` where none of them has rows below."""
        ...

    def __contains__(self, key: object, /) -> bool:
        """Whether there is such a row, exactly: an identity that moved is not where it was."""
        ...

    def parent(self, key: Key) -> Key | None:
        """The row above; None for a root, and for a key that is not here."""
        ...

    def cells(self, key: Key) -> Mapping[str, Cell]:
        """By the column's name; what is absent is empty. The text is clean already: one line, printable."""
        ...

    def marks(self, key: Key) -> tuple[str, ...]:
        """What the row is besides its cells: NEW, ENDED (shown for a while yet), DIM (kept for its
        descendants' sake), ALERT, or names of styles, the later over the earlier."""
        ...

    def starts_open(self, key: Key) -> bool:
        """Whether a row with rows below shows them before anyone has folded or unfolded it."""
        ...


class Leaves(Sequence[Key]):
    """Keys (*parent, item) of rows that have none below, made when asked for.

    Their number is all that a tree needs to lay them out, so ten thousand of them cost no more than one.
    """

    __slots__ = ("parent", "items")

    def __init__(self, parent: tuple[Hashable, ...], items: Sequence[Hashable]) -> None:
        self.parent = parent
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Key: ...
    @overload
    def __getitem__(self, index: slice) -> "Leaves": ...
    def __getitem__(self, index: int | slice) -> "Key | Leaves":
        if isinstance(index, slice):
            return Leaves(self.parent, self.items[index])
        return (*self.parent, self.items[index])

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and key[:-1] == self.parent and key[-1] in self.items

    def index(self, value: object, start: int = 0, stop: int | None = None) -> int:
        if not isinstance(value, tuple) or value[:-1] != self.parent:
            raise ValueError(f"{value!r} is none of these leaves")
        if (start, stop) == (0, None):
            return self.items.index(value[-1])  # a range takes no bounds
        return self.items.index(value[-1], start, len(self.items) if stop is None else stop)


class NoRows:
    """The tree before the first snapshot."""

    roots: Sequence[Key] = ()
    kids: Mapping[Key, Sequence[Key]] = {}

    def __contains__(self, key: object, /) -> bool:
        return False

    def parent(self, key: Key) -> Key | None:
        return None

    def cells(self, key: Key) -> Mapping[str, Cell]:
        return {}

    def marks(self, key: Key) -> tuple[str, ...]:
        return ()

    def starts_open(self, key: Key) -> bool:
        return False
