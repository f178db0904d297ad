"""The last line: the keys that matter, each as F-key and as letter, dimmed where they cannot be used now."""

from collections.abc import Callable

from nsview.keys import ACTIONS, Action, Keys
from nsview.ui.widgets.line import Lines, Part


class FunctionBar(Lines):
    COMPONENT_CLASSES = {"lines--key", "lines--label", "lines--off"}
    DEFAULT_CSS = """
    FunctionBar {
        height: 1;
        dock: bottom;
        background: $surface;
        & > .lines--key { text-style: bold; color: $foreground; }
        & > .lines--label { background: $primary; color: $text; }
        & > .lines--off { color: $text-disabled; text-style: dim; }
        &:ansi > .lines--label { text-style: reverse; }
    }
    """

    def tell(self, keys: Keys, allowed: Callable[[Action], bool]) -> None:
        actions = [action for action in ACTIONS if action.bar and keys.of.get(action.id)]
        full = [(f"{keys.function(a.id)}{keys.letter(a.id)}", a.label, a) for a in actions]
        width = self.size.width or 80
        forms = (
            full,
            [(keys.letter(a.id), label, a) for _key, label, a in full],
            [(keys.letter(a.id), label[:4], a) for _key, label, a in full],
            [(keys.letter(a.id), "", a) for _key, _label, a in full],
        )
        # The widest form that fits.
        for form in forms:
            if sum(len(key) + len(label) + 1 for key, label, _action in form) <= width:
                break
        parts: list[Part] = []
        for key, label, action in form:
            on = allowed(action)
            parts.append(Part(key, "key" if on else "off", action.id))
            parts.append(Part(label, "label" if on else "off", action.id))
            parts.append(Part(" "))
        self.show(parts)
