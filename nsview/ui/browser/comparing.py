"""Two rows side by side: those that are tagged, the tagged one and the cursor's, or one after the other."""

from collections.abc import Callable

from nsview.model.views.subject import Subject
from nsview.model.views.tree import Key
from nsview.ui import difference
from nsview.ui.browser.mapping import Maps
from nsview.ui.difference import Compared


class Comparing(Maps, inherit_bindings=False):
    _compare_with: Subject | None = None
    """The row that was chosen first."""

    def action_compare(self) -> None:
        tagged = list(self.tree_.tagged)
        if len(tagged) > 2:
            self.say(f"two rows can be compared: {len(tagged)} are tagged", "warning")
            return
        keys = [*tagged, self.cursor][:2] if tagged else [self.cursor]
        sides = [self._side(key) for key in dict.fromkeys(keys) if key is not None]
        if None in sides:
            self.say("nothing of it can be compared: no process is running in it", "warning")
            return
        if len(sides) == 1 and self._compare_with is not None:
            sides.insert(0, self._compare_with)
        first, second = sides[0], sides[-1]
        assert first is not None
        assert second is not None
        if len(sides) == 1:
            self._compare_with = first
            self.say(f"{self._named(first)}: x again on another row compares the two")
        elif first == second and type(first) is type(second):
            self.say(f"{self._named(first)} is chosen already: x on another row compares the two")
        else:
            self._compare_with = None
            self._compare(first, second)

    def _side(self, key: Key | None) -> Subject | None:
        view, snapshot = self.view, self.snapshot
        if key is None or view is None or snapshot is None:
            return None
        return difference.side(snapshot, view.subject(key), view.pids(key))

    def _compare(self, first: Subject, second: Subject) -> None:
        from nsview.ui.screens.difference import DifferenceScreen

        root = self.options.proc

        def compare(given_up: Callable[[], bool]) -> Compared:
            frame = self._pending or self.frame
            assert frame is not None
            return difference.compare(frame.moment.snapshot, first, second, root, given_up)

        title = f"{self._named(first)}  –  {self._named(second)}"
        self.app.push_screen(DifferenceScreen(title, compare, self.copy_text, self._named), self._link_chosen)

    def forget_comparison(self) -> bool:
        """Whether a row had been chosen."""
        chosen, self._compare_with = self._compare_with, None
        return chosen is not None
