"""Which row of the screen is which: the arithmetic between line numbers and identities of a folded tree.

There is no list of rows. Only the heights of the open inner rows are kept, so that a new snapshot costs as
much as there are inner rows, and a repaint as much as the screen is high.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from nsview.model.views.folds import Folds
from nsview.model.views.tree import Key, Leaves, TreeModel

DEEPEST_RAIL = 24
"""Levels whose guides are drawn. A chain of forks may be twenty thousand deep, no screen is."""

FEW = 64
"""Siblings that are searched as fast one by one as by a table."""


class Row(NamedTuple):
    key: Key
    rails: str
    """One character a level: "│" where the ancestor has later siblings, else " ", and "├" or "└" at the end;
    "" for a root."""
    fold: bool | None
    """Whether the rows below are shown; None where there are none."""


class _Level:
    """One generation on the way from the roots to a row."""

    __slots__ = ("siblings", "place", "rails", "depth")

    def __init__(self, siblings: Sequence[Key], rails: str, depth: int) -> None:
        self.siblings = siblings
        self.place = 0
        self.rails = rails
        self.depth = depth

    @property
    def last(self) -> bool:
        return self.place == len(self.siblings) - 1

    def guide(self) -> str:
        return self.rails + ("└" if self.last else "├") if self.depth else ""

    def below(self, kids: Sequence[Key]) -> "_Level":
        rails = self.rails
        if 0 < self.depth < DEEPEST_RAIL:
            rails += " " if self.last else "│"
        return _Level(kids, rails, self.depth + 1)


class Visible:
    """The open part of a model. Belongs to one thread at a time: `open` and `close` change it."""

    __slots__ = ("model", "folds", "_height", "_ends", "_places")

    def __init__(self, model: TreeModel, folds: Folds | None = None) -> None:
        self.model = model
        self.folds = folds if folds is not None else Folds()
        # None stands for the root of the roots. Heights are of open inner rows, themselves included.
        self._height: dict[Key | None, int] = {}
        # Where each child ends, counted in rows. Made when it is asked for: few rows ever are.
        self._ends: dict[Key | None, list[int]] = {}
        self._places: dict[Key | None, dict[Key, int] | None] = {}
        self._measure(None)

    def __len__(self) -> int:
        return self._height[None] - 1

    def _kids(self, key: Key | None) -> Sequence[Key]:
        return self.model.roots if key is None else self.model.kids[key]

    def _measure(self, top: Key | None) -> None:
        """Fill in the heights of an open row and of the open rows below it."""
        kids_of, is_open, height = self.model.kids, self.folds.test(self.model), self._height
        self._ends.clear()
        uneven: list[tuple[Key | None, int, list[Key]]] = []
        stack = [top]
        while stack:
            key = stack.pop()
            kids = self._kids(key)
            inner = [] if isinstance(kids, Leaves) else [k for k in kids if k in kids_of and is_open(k)]
            if inner:
                uneven.append((key, 1 + len(kids) - len(inner), inner))
                stack += inner
            else:
                height[key] = 1 + len(kids)
        for key, others, inner in reversed(uneven):
            height[key] = others + sum([height[k] for k in inner])

    def _ends_of(self, key: Key | None) -> list[int] | None:
        """Where each child ends; None where every child is one row high."""
        kids = self._kids(key)
        if self._height[key] == 1 + len(kids):
            return None
        ends = self._ends.get(key)
        if ends is None:
            # A height may be left over from before a row was folded away, but only of rows still open in it.
            ends = self._ends[key] = list(accumulate([self._height.get(k, 1) for k in kids]))
        return ends

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows start to stop - 1, as many as there are."""
        start, stop = max(0, start), min(stop, len(self))
        if start >= stop:
            return []
        kids_of, height = self.model.kids, self._height
        path = self._descend(start)
        rows: list[Row] = []
        while len(rows) < stop - start:
            level = path[-1]
            if level.place == len(level.siblings):
                path.pop()
                path[-1].place += 1
                continue
            key = level.siblings[level.place]
            if key in height:
                rows.append(Row(key, level.guide(), True if kids_of[key] else None))
                path.append(level.below(kids_of[key]))
            else:
                rows.append(Row(key, level.guide(), False if kids_of.get(key) else None))
                level.place += 1
        return rows

    def _descend(self, row: int) -> "list[_Level]":
        """The path from the roots to a row."""
        level = _Level(self.model.roots, "", 0)
        path, ends, left = [level], self._ends_of(None), row
        while True:
            if ends is None:
                level.place, left = left, 0
            else:
                level.place = bisect_right(ends, left)
                left -= ends[level.place - 1] if level.place else 0
            if not left:
                return path
            left -= 1
            key = level.siblings[level.place]
            level = level.below(self.model.kids[key])
            path.append(level)
            ends = self._ends_of(key)

    def key_at(self, row: int) -> Key | None:
        found = self.rows(row, row + 1) if row >= 0 else ()
        return found[0].key if found else None

    def row_of(self, key: Key) -> int | None:
        """The row of a key; None where it is folded away or not in the model."""
        found = self.locate(key)
        return found[0] if found is not None and found[1] == key else None

    def locate(self, key: Key) -> tuple[int, Key] | None:
        """The row and key that stand for a key: its own, or of the ancestor that it is folded into."""
        if key not in self.model:
            return None
        chain, above = [key], self.model.parent(key)
        while above is not None:
            chain.append(above)
            above = self.model.parent(above)
        row = -1
        try:
            for parent, child in zip([None, *reversed(chain)], reversed(chain), strict=False):
                row += 1 + self._rows_before(parent, child)
                if child not in self._height:
                    return row, child
        except ValueError:
            return None
        return row, key

    def _rows_before(self, parent: Key | None, child: Key) -> int:
        place, ends = self._place(parent, child), self._ends_of(parent)
        if ends is None:
            return place
        return ends[place - 1] if place else 0

    def _place(self, parent: Key | None, child: Key) -> int:
        """A child's number among its siblings; a table is made when it is asked for a second time."""
        siblings = self._kids(parent)
        if len(siblings) <= FEW:
            return siblings.index(child)
        if parent not in self._places:
            self._places[parent] = None
            return siblings.index(child)
        table = self._places[parent]
        if table is None:
            table = self._places[parent] = {key: place for place, key in enumerate(siblings)}
        try:
            return table[child]
        except KeyError:
            raise ValueError(f"{child!r} is not below {parent!r}") from None

    def is_open(self, key: Key) -> bool:
        """Whether a row shows its rows below, or would if it were shown itself."""
        return key in self.model.kids and self.folds.test(self.model)(key)

    def open(self, key: Key) -> None:
        """Unfold a row, at the cost of what it shows, not of the whole tree."""
        if key not in self.model.kids or self.is_open(key):
            return
        self.folds = self.folds.opening(key)
        if self._is_shown(key):
            self._measure(key)
            self._grow(key, self._height[key] - 1)

    def close(self, key: Key) -> None:
        if key not in self.model.kids or not self.is_open(key):
            return
        self.folds = self.folds.closing(key)
        shown = self._is_shown(key)
        below = self._height.pop(key, 1) - 1
        self._ends.pop(key, None)
        if shown:
            self._grow(key, -below)

    def refolded(self, folds: Folds) -> "Visible":
        """This layout with other folds: itself if few rows differ, which must not be laid out all anew."""
        mine = self.folds
        differing = (mine.opened ^ folds.opened) | (mine.closed ^ folds.closed)
        if mine.rest != folds.rest or len(differing) > FEW:
            return Visible(self.model, folds)
        is_open = folds.test(self.model)
        for key in differing:
            (self.open if is_open(key) else self.close)(key)
        self.folds = folds
        return self

    def _is_shown(self, key: Key) -> bool:
        parent = self.model.parent(key)
        while parent is not None:
            if parent not in self._height:
                return False
            parent = self.model.parent(parent)
        return True

    def _grow(self, key: Key, rows: int) -> None:
        """Tell the ancestors that a row became so much higher."""
        child: Key | None = key
        while rows and child is not None:
            parent = self.model.parent(child)
            self._ends.pop(parent, None)
            self._height[parent] += rows
            child = parent
