"""What the scanning thread hands over: one view of one moment, laid out and ready to be shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from nsview.model.views.build import build
from nsview.model.views.folds import Folds
from nsview.model.views.moment import Moment
from nsview.model.views.tree import Cell, Key
from nsview.model.views.view import Arrangement, View
from nsview.model.views.visible import Visible


class Table:
    """A view with its cells: what the tree widget shows. Cells are made when a row is first looked at."""

    __slots__ = ("_cells", "_make", "kids", "roots", "view")

    def __init__(self, view: View, make: Callable[[View, Key], Mapping[str, Cell]]) -> None:
        self.view = view
        self.roots: Sequence[Key] = view.roots
        self.kids: Mapping[Key, Sequence[Key]] = view.kids
        self._make = make
        self._cells: dict[Key, Mapping[str, Cell]] = {}

    def __contains__(self, key: object, /) -> bool:
        return key in self.view

    def parent(self, key: Key) -> Key | None:
        return self.view.parent(key)

    def cells(self, key: Key) -> Mapping[str, Cell]:
        cells = self._cells.get(key)
        if cells is None:
            cells = self._cells[key] = self._make(self.view, key)
        return cells

    def marks(self, key: Key) -> tuple[str, ...]:
        return self.view.marks(key)

    def starts_open(self, key: Key) -> bool:
        return self.view.starts_open(key)


class Frame(NamedTuple):
    moment: Moment
    arrangement: Arrangement
    table: Table
    visible: Visible
    scanned: bool
    """Made of a new scan, and not only arranged anew."""

    @property
    def view(self) -> View:
        return self.table.view


def frame(
    moment: Moment,
    arrangement: Arrangement,
    folds: Folds,
    make: Callable[[View, Key], Mapping[str, Cell]],
    scanned: bool = True,
    before: View | None = None,
) -> Frame:
    """`before`: the view of the frame before."""
    table = Table(build(moment, arrangement, before), make)
    return Frame(moment, arrangement, table, Visible(table, folds), scanned)
