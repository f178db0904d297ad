"""The tree that the views of the app are shown in."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from textual import events
from textual.message import Message

from nsview.model.views.folds import Folds
from nsview.model.views.tree import Key, TreeModel
from nsview.model.views.visible import Visible
from nsview.model.views.walk import Found, subtree
from nsview.ui.widgets.tree.canvas import HEADING, TreeCanvas
from nsview.ui.widgets.tree.columns import Column, column_at
from nsview.ui.widgets.tree.messages import TreeMessage
from nsview.ui.widgets.tree.paint import Line, fold_mark
from nsview.ui.widgets.tree.searching import SearchedTree

Follow: TypeAlias = Callable[[TreeModel, Key], Key | None]
"""Given a new model and the cursor's row in the old one: the row to stand on; None leaves it to the rule."""


class Place(NamedTuple):
    """Where a person was in a view, to come back to."""

    cursor: Key | None = None
    line: int = 0
    """The cursor's line on the screen."""
    folds: Folds = Folds()
    tagged: tuple[Key, ...] = ()


class VirtualTree(SearchedTree):
    """A tree with columns over a lazy model of any size.

    Cursor, folds and tags are identities. A new model moves none of them: the cursor keeps its row and its
    line of the screen, unless that row is really gone.
    """

    class Highlighted(TreeMessage):
        """The cursor stands on another row; None when there are no rows."""

        def __init__(self, tree: TreeCanvas, key: Key | None) -> None:
            super().__init__(tree)
            self.key = key

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, VirtualTree.Highlighted)

    class Selected(TreeMessage):
        """A row was chosen, with `action_select` or a double click."""

        def __init__(self, tree: TreeCanvas, key: Key) -> None:
            super().__init__(tree)
            self.key = key

    class HeaderClicked(TreeMessage):
        """A column's title was clicked."""

        def __init__(self, tree: TreeCanvas, column: str) -> None:
            super().__init__(tree)
            self.column = column

    class TagsChanged(TreeMessage):
        """Other rows than before are tagged: by hand, or because tagged rows went or came back."""

        def __init__(self, tree: TreeCanvas, tagged: tuple[Key, ...]) -> None:
            super().__init__(tree)
            self.tagged = tagged

    class SearchEnded(TreeMessage):
        """A search came to a row, on which the cursor is now, or to none."""

        def __init__(self, tree: TreeCanvas, found: Found | None) -> None:
            super().__init__(tree)
            self.found = found

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        ascii_only: bool = False,
        notice: str = "",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        """`columns`, the tree's own first; `notice` stands where there are no rows."""
        super().__init__(
            columns,
            ascii_only=ascii_only,
            notice=notice,
            name=name,
            id=id,
            classes=classes,
            disabled=disabled,
        )
        self.follow: Follow | None = None
        """Asked at each new model while it is set."""
        self._told_tags: tuple[Key, ...] = ()
        self._pressed: Line | None = None
        self._clicked: Key | None = None

    def set_model(
        self, model: TreeModel, visible: Visible | None = None, *, place: Place | None = None
    ) -> None:
        """Show another model.

        `visible` is its layout, where another thread has made that already with the folds it knew of; it
        belongs to the tree from now on. With `place`, come back to where a person was in this view.
        """
        folds = self.folds if place is None else place.folds
        if visible is None or visible.model is not model:
            visible = Visible(model, folds)
        else:
            visible = visible.refolded(folds)
        if place is not None:
            self._tagged = dict.fromkeys(place.tagged)
            self.window.arrive(visible, place.cursor, place.line)
        elif self.follow is not None and self.cursor_key is not None:
            self.window.replace(visible, self.follow(model, self.cursor_key))
        else:
            self.window.replace(visible)
        self.settle()
        self._tell_tags()

    @property
    def place(self) -> Place:
        return Place(self.cursor_key, self.window.line or 0, self.folds, tuple(self._tagged))

    def cursor_moved(self, key: Key | None) -> None:
        self.post_message(self.Highlighted(self, key))

    def search_ended(self, found: Found | None) -> None:
        self.post_message(self.SearchEnded(self, found))

    def action_select(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Selected(self, self.cursor_key))

    def action_pan(self, cells: int) -> None:
        """Move the last column's text to the left, or back."""
        self.pan_to(self._pan + cells)

    # Tags

    @property
    def tagged(self) -> tuple[Key, ...]:
        """The tagged rows that the model has, in the order of tagging. A tag whose row a filter took away
        rests until the row is back: nothing is ever done to rows that are not there to be seen."""
        model = self.model
        return tuple([key for key in self._tagged if key in model])

    def tag(self, keys: Iterable[Key], tagged: bool = True) -> None:
        """Tag rows, or untag them."""
        for key in keys:
            if tagged:
                self._tagged[key] = None
            else:
                self._tagged.pop(key, None)
        self.present()
        self._tell_tags()

    def action_tag(self) -> None:
        """Tag or untag the row and go to the next one."""
        key = self.cursor_key
        if key is not None:
            self.tag([key], key not in self._tagged)
            self.action_move(1)

    def action_tag_below(self) -> None:
        """Tag the row and everything below it, folded or not."""
        if self.cursor_key is not None:
            self.tag(subtree(self.model, self.cursor_key))

    def action_untag_all(self) -> None:
        self.tag(tuple(self._tagged), False)

    def _tell_tags(self) -> None:
        tagged = self.tagged
        if tagged != self._told_tags:
            self._told_tags = tagged
            self.post_message(self.TagsChanged(self, tagged))

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        at = event.get_content_offset(self)
        self._pressed = self.line_at(at.y) if at is not None else None

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        if at is None or event.button != 1:
            return
        if at.y < HEADING:
            column = column_at(self.placed, at.x)
            if column is not None:
                self.post_message(self.HeaderClicked(self, column.name))
            return
        # What was under the pointer when the button went down: a refresh may have come in between.
        line, self._pressed = self._pressed, None
        if line is None:
            return
        key, before = line.row.key, self._clicked
        self._clicked = key
        if not self.move_to(key):
            return
        if at.x in fold_mark(line, self.glyphs):
            self.set_open(key, not line.row.fold)
        elif event.chain == 2 and key == before:
            self.post_message(self.Selected(self, key))
