"""Where the cursor and the screen stand on a tree that changes under them.

Pure arithmetic, without a screen. The rule throughout is that rows hold still: the cursor is an identity, and
a refresh leaves it on its line of the screen; with the cursor out of sight the topmost row stays where it is.
"""

from collections.abc import Iterator

from nsview.model.views.folds import Folds
from nsview.model.views.tree import Key, NoRows, TreeModel
from nsview.model.views.visible import Row, Visible
from nsview.model.views.walk import ancestors, siblings

NEAR = 200
"""How many rows above and below a vanished row are asked whether they have survived."""


class Window:
    """`height` rows of a tree, from row `top` on, and a cursor on row `row`, perhaps not one of them."""

    def __init__(self) -> None:
        self.visible = Visible(NoRows())
        self.height = 1
        self.top = 0
        self.row = 0
        self.key: Key | None = None
        """The row under the cursor; None only where there are no rows at all."""

    @property
    def model(self) -> TreeModel:
        return self.visible.model

    @property
    def folds(self) -> Folds:
        return self.visible.folds

    @property
    def line(self) -> int | None:
        """The cursor's line on the screen, from 0; None when it is out of sight."""
        line = self.row - self.top
        return line if 0 <= line < self.height else None

    @property
    def furthest(self) -> int:
        """The largest `top` that leaves no empty line."""
        return max(0, len(self.visible) - self.height)

    def rows(self) -> list[Row]:
        return self.visible.rows(self.top, self.top + self.height)

    def replace(self, visible: Visible, follow: Key | None = None) -> None:
        """Stand on another tree: on the same row, and on the same line of the screen.

        A row that is folded away there is stood for by its ancestor, one that is gone by its neighbour. With
        `follow`, if that is there, the cursor goes to that row instead, unfolded and in sight.
        """
        old, line = self.visible, self.line
        if follow is not None and follow in visible.model:
            _unfold(visible, follow)
            place = visible.locate(follow)
        elif self.key is not None:
            place = visible.locate(self.key) or _nearest(old, self.row, self.key, visible)
        else:
            place = None
        if line is None:
            top = self._topmost_in(visible)
        self.visible = visible
        self._stand(*(place or self._clamp(self.row)))
        if line is not None:
            top = self.row - line
        self.scroll_to(self.top if top is None else top)
        if follow is not None:
            self._into_sight()

    def arrive(self, visible: Visible, cursor: Key | None, line: int) -> None:
        """Stand on an unrelated tree, the cursor on a given row and line of the screen."""
        self.visible = visible
        place = visible.locate(cursor) if cursor is not None else None
        self._stand(*(place or self._clamp(0)))
        self.scroll_to(self.row - line)
        self._into_sight()

    def _topmost_in(self, visible: Visible) -> int | None:
        """Where the top has to be for the rows on the screen to stay there."""
        for line, row in enumerate(self.rows()):
            found = visible.row_of(row.key)
            if found is not None:
                return found - line
        return None

    def _clamp(self, row: int) -> tuple[int, Key | None]:
        row = max(0, min(row, len(self.visible) - 1))
        return row, self.visible.key_at(row)

    def _stand(self, row: int, key: Key | None) -> None:
        self.row, self.key = row, key

    def _into_sight(self) -> None:
        """Scroll as little as needed to see the cursor."""
        self.top = min(self.row, max(self.top, self.row - self.height + 1))

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, the first or the last one if there is no such row, and look there."""
        self._stand(*self._clamp(row))
        self._into_sight()

    def scroll_to(self, top: int) -> None:
        """Look elsewhere; the cursor stays on its row."""
        self.top = max(0, min(top, self.furthest))

    def resize(self, height: int) -> None:
        """See more or fewer rows, the cursor among them if it was."""
        seen = self.line is not None
        self.height = max(1, height)
        self.top = min(self.top, self.furthest)
        if seen:
            self._into_sight()

    def set_open(self, key: Key, opened: bool) -> None:
        """Unfold or fold a row. Those above it do not move; a cursor that is folded away goes to the row."""
        (self.visible.open if opened else self.visible.close)(key)
        was = self.key
        if was is not None:
            self._stand(*(self.visible.locate(was) or self._clamp(self.row)))
        self.top = min(self.top, self.furthest)
        if self.key != was:
            self._into_sight()

    def refold(self, folds: Folds) -> None:
        """Fold and unfold any rows; the cursor stays on its line, and out of sight of it the topmost row."""
        line, first = self.line, self.visible.key_at(self.top)
        self.visible = self.visible.refolded(folds)
        if self.key is not None:
            self._stand(*(self.visible.locate(self.key) or self._clamp(self.row)))
        if line is not None:
            self.scroll_to(self.row - line)
        elif first is not None:
            self.scroll_to((self.visible.locate(first) or (self.top, first))[0])

    def reveal(self, key: Key) -> bool:
        """Put the cursor on a row, after unfolding what it is folded into; False if there is no such row."""
        if key not in self.model:
            return False
        _unfold(self.visible, key)
        row = self.visible.row_of(key)
        if row is None:
            return False
        seen = self.top <= row < self.top + self.height
        self._stand(row, key)
        if not seen:
            # In the middle, so that what is around a row that was jumped to can be seen.
            self.scroll_to(row - self.height // 2)
        return True

    def sibling(self, step: int) -> Key | None:
        """The row `step` places further in the cursor's generation, the last or first one at its end."""
        if self.key is None:
            return None
        generation = siblings(self.model, self.key)
        place = generation.index(self.key) + step
        return generation[max(0, min(place, len(generation) - 1))]


def _unfold(visible: Visible, key: Key) -> None:
    """Open what a row is folded into. From below, so that only one unfolding has rows to lay out."""
    for above in ancestors(visible.model, key):
        visible.open(above)


def _nearest(old: Visible, row: int, key: Key, new: Visible) -> tuple[int, Key] | None:
    """Where the surviving neighbour of a vanished row is now: at equal distance the lower one, which takes
    its place on the screen, and failing all neighbours an ancestor."""
    for near in _around(old, row):
        if near in new.model and (found := new.locate(near)) is not None:
            return found
    for above in ancestors(old.model, key):
        if above in new.model and (found := new.locate(above)) is not None:
            return found
    return None


def _around(visible: Visible, row: int) -> Iterator[Key]:
    first = max(0, row - NEAR)
    rows = visible.rows(first, row + NEAR + 1)
    at = row - first
    for distance in range(1, NEAR + 1):
        for place in (at + distance, at - distance):
            if 0 <= place < len(rows):
                yield rows[place].key
