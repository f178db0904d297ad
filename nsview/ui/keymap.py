"""From the table of actions to Textual's bindings."""

from textual.binding import Binding

from nsview.keys import BY_ID, Keys

ALSO_WHILE_TYPING = ("quit",)
"""Actions whose control keys work in a line of text too."""


def bindings(keys: Keys) -> list[Binding]:
    """One binding for each key, under the id of its first action."""
    return [
        Binding(
            key,
            f"screen.do('{' '.join(actions)}')",
            BY_ID[actions[0]].label,
            show=False,
            key_display=None,
            priority=key.startswith("ctrl+") and any(name in ALSO_WHILE_TYPING for name in actions),
            id=actions[0],
        )
        for key, actions in keys.sharing().items()
    ]
