"""Searching a tree row by row without holding up the keys and the screen."""

import time
from collections.abc import Iterator
from functools import partial

from nsview.model.views.tree import Key
from nsview.model.views.walk import Found, Wanted, search
from nsview.ui.widgets.tree.steering import SteeredTree

SLICE = 0.006
PAUSE = 0.001
"""Seconds that a search may work at a time, and then has to leave to others."""


class SearchedTree(SteeredTree):
    """Finds rows, folded ones too, and puts the cursor on them. Rows that match are underlined."""

    _search: Iterator[Found | None] | None = None

    @property
    def searching(self) -> bool:
        """Whether a search is still on its way."""
        return self._search is not None

    def search(
        self,
        wanted: Wanted,
        *,
        origin: Key | None = None,
        backwards: bool = False,
        inclusive: bool = True,
    ) -> None:
        """Look for a row from `origin` on (None: from the cursor) and around, in place of any earlier search.

        While a person types, the origin is where the typing began: a letter taken back leads back.
        `search_ended` tells the outcome, at once or, in a large tree, later.
        """
        start = origin if origin is not None else self.cursor_key
        self._wanted = wanted
        self._search = search(self.model, wanted, start, backwards=backwards, inclusive=inclusive)
        self.present()
        self._search_on(self._search)

    def search_again(self, backwards: bool = False) -> None:
        """Go to the next (or previous) row that matches, if there was a search."""
        if self._wanted is not None:
            self.search(self._wanted, backwards=backwards, inclusive=False)

    def end_search(self) -> None:
        """Give up, and mark matching rows no longer."""
        self._wanted = self._search = None
        self.present()

    def search_ended(self, found: Found | None) -> None:
        """The cursor is on the row that was found, or there is none."""

    def _search_on(self, steps: Iterator[Found | None]) -> None:
        if steps is not self._search:
            return
        until = time.monotonic() + SLICE
        found = None
        for found in steps:
            if found is not None:
                break
            if time.monotonic() >= until:
                self.set_timer(PAUSE, partial(self._search_on, steps))
                return
        self._search = None
        if found is not None and not self.reveal(found.key):
            # It went while the search was under way, in the model that the search began with.
            self.search_again()
            return
        self.search_ended(found)
