"""Moving the cursor about a tree, and folding."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from nsview.model.views.folds import ALL_CLOSED, ALL_OPEN, Folds
from nsview.model.views.tree import Key
from nsview.model.views.walk import subtree
from nsview.ui.widgets.tree.canvas import TreeCanvas


class SteeredTree(TreeCanvas, inherit_bindings=False):
    """A tree with a cursor. Only plain movement has keys here; all else is for the app to bind."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="tree.up"),
        Binding("down", "move(1)", "Down", show=False, id="tree.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="tree.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="tree.page-down"),
        Binding("home", "edge(-1)", "First row", show=False, id="tree.home"),
        Binding("end", "edge(1)", "Last row", show=False, id="tree.end"),
    ]

    _settled: Key | None = None
    """The row that the cursor was last said to be on."""

    def settle(self) -> None:
        """Draw what has changed and say where the cursor is, if that is another row."""
        self.present()
        if self.cursor_key != self._settled:
            self._settled = self.cursor_key
            self.cursor_moved(self._settled)

    def cursor_moved(self, key: Key | None) -> None:
        """The cursor is on another row; None when there are no rows."""

    @property
    def cursor_key(self) -> Key | None:
        """The row under the cursor; None when there are no rows."""
        return self.window.key

    def reveal(self, key: Key) -> bool:
        """Put the cursor on a row and unfold what it is folded into; False if there is no such row."""
        found = self.window.reveal(key)
        if found:
            self.settle()
        return found

    def move_to(self, key: Key | None) -> bool:
        """Put the cursor on a row, unless it is folded away or there is none."""
        row = self.window.visible.row_of(key) if key is not None else None
        if row is None:
            return False
        self.window.move_to(row)
        self.settle()
        return True

    def action_move(self, rows: int) -> None:
        self.window.move_to(self.window.row + rows)
        self.settle()

    def action_page(self, pages: int) -> None:
        # One row stays, so that the eye finds its way.
        self.action_move(pages * max(1, self.window.height - 1))

    def action_edge(self, side: int) -> None:
        """To the first row (side below 0) or the last one."""
        self.window.move_to(0 if side < 0 else len(self.window.visible) - 1)
        self.settle()

    def action_sibling(self, step: int) -> None:
        """To the next or previous row of the same parent."""
        self.move_to(self.window.sibling(step))

    def action_parent(self) -> None:
        if self.cursor_key is not None:
            self.move_to(self.model.parent(self.cursor_key))

    # Folds

    @property
    def folds(self) -> Folds:
        """What is folded. Immutable: another thread may lay out the next model with it."""
        return self.window.folds

    @folds.setter
    def folds(self, folds: Folds) -> None:
        self.window.refold(folds)
        self.settle()

    def is_open(self, key: Key) -> bool:
        """Whether the rows below a row are shown, if there are any."""
        return bool(self.model.kids.get(key)) and self.window.visible.is_open(key)

    def set_open(self, key: Key, opened: bool) -> None:
        self.window.set_open(key, opened)
        self.settle()

    def action_toggle_fold(self) -> None:
        if self.cursor_key is not None:
            self.set_open(self.cursor_key, not self.is_open(self.cursor_key))

    def action_unfold(self) -> None:
        """Show the rows below; where they are shown, go to the first of them."""
        key = self.cursor_key
        if key is not None and self.is_open(key):
            self.action_move(1)
        elif key is not None:
            self.set_open(key, True)

    def action_fold(self) -> None:
        """Hide the rows below; where none are shown, go to the row above."""
        key = self.cursor_key
        if key is not None and self.is_open(key):
            self.set_open(key, False)
        else:
            self.action_parent()

    def action_unfold_all(self) -> None:
        self.folds = ALL_OPEN

    def action_fold_all(self) -> None:
        self.folds = ALL_CLOSED

    def action_unfold_below(self) -> None:
        """Unfold the row and everything below it."""
        key, kids = self.cursor_key, self.model.kids
        if key is not None:
            self.folds = self.folds.opening(*(each for each in subtree(self.model, key) if each in kids))
