"""From the table of actions to Textual's bindings."""

from textual.binding import Binding

from nsview.keys import BY_ID, Keys

ALSO_WHILE_TYPING = ("quit",)
"""Actions whose control keys work in a line of text too."""


def bindings(keys: Keys) -> list[Binding]:
    """One binding for each key, under the id of its action."""
    return [
        Binding(
            key,
            f"screen.do('{name}')",
            BY_ID[name].label,
            show=False,
            key_display=None,
            priority=name in ALSO_WHILE_TYPING and key.startswith("ctrl+"),
            id=name,
        )
        for name, of_action in keys.of.items()
        for key in of_action
    ]
