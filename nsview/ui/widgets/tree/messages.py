"""What a tree's messages have in common."""

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from nsview.ui.widgets.tree.canvas import TreeCanvas


class TreeMessage(Message):
    def __init__(self, tree: "TreeCanvas") -> None:
        super().__init__()
        self.tree = tree

    @property
    def control(self) -> "TreeCanvas":
        """What `@on(..., selector)` matches."""
        return self.tree
