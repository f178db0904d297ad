"""Which rows of a tree are folded, remembered by identity."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from nsview.model.views.tree import Key, TreeModel


class Folds(NamedTuple):
    """Immutable, so that a tree can be laid out in another thread than the one that folds."""

    opened: frozenset[Key] = frozenset()
    closed: frozenset[Key] = frozenset()
    rest: bool | None = None
    """Whether all other rows are open; None: each as its view proposes."""

    def opening(self, *keys: Key) -> "Folds":
        return Folds(self.opened.union(keys), self.closed.difference(keys), self.rest)

    def closing(self, *keys: Key) -> "Folds":
        return Folds(self.opened.difference(keys), self.closed.union(keys), self.rest)

    def among(self, keys: Iterable[Key]) -> "Folds":
        """What is remembered of these keys alone: to forget rows that are gone for good."""
        kept = frozenset(keys)
        return Folds(self.opened & kept, self.closed & kept, self.rest)

    def test(self, model: TreeModel) -> Callable[[Key], bool]:
        """A function that says of a row with rows below whether it shows them."""
        opened, closed, rest = self
        if rest is None:
            starts_open = model.starts_open
            return lambda key: key in opened or (key not in closed and starts_open(key))
        if rest:
            return lambda key: key not in closed
        return opened.__contains__


ALL_OPEN = Folds(rest=True)
ALL_CLOSED = Folds(rest=False)
