"""Help, made of the table of actions as it is bound."""

from collections.abc import Callable

from nsview.keys import ACTIONS, ON_THE_MAP, SECTIONS, Action, Keys, shown
from nsview.ui.ascii import in_words
from nsview.ui.container_cells import MARKED
from nsview.ui.screens.text import TextScreen
from nsview.ui.widgets.sheet import Entry

_SIGNS = (
    ("+", "new since a few looks"),
    ("×", "has ended, and is still shown for a few looks, struck out"),
    ("✓", "tagged"),
    ("!", "stands out, as what is shared with the host"),
    ("host", "the host's own namespace, drawn dim"),
    (
        "HELD BY",
        "processes p, threads t, open files fd, sockets sock, bind mounts m, links for children fc, "
        "child namespaces ch, owned ones own",
    ),
    (
        "KINDS",
        "of a container, kind by kind: a CAPITAL letter is the HOST'S, a small one is shared with others, "
        "· is its own, ? may not be read; " + ", ".join(f"{letter} {kind}" for kind, letter in MARKED),
    ),
)
_MOUSE = (
    (
        "click",
        "choose a row; on its mark: fold and unfold; on a title: sort by it, again: the other way round",
    ),
    ("double click", "everything about the row"),
    ("drag the border", "resize the details"),
    ("Shift-drag", "select text, as the terminal does it (or start with --no-mouse)"),
)


class Help(TextScreen):
    def __init__(
        self, keys: Keys, why_not: Callable[[Action], str | None], *, ascii_only: bool = False
    ) -> None:
        super().__init__("nsview: keys and signs", _entries(keys, why_not, ascii_only), searchable=True)


def _entries(keys: Keys, why_not: Callable[[Action], str | None], ascii_only: bool) -> list[Entry]:
    entries: list[Entry] = []
    for section in SECTIONS:
        entries.append(Entry("", section, "title"))
        for action in ACTIONS:
            if action.section != section:
                continue
            reason = why_not(action)
            text = f"{action.label}: {action.help}" + ("" if reason is None else f" (not now: {reason})")
            names = " ".join(shown(key) for key in keys.of[action.id])
            if ascii_only:
                names = in_words(names)
            entries.append(Entry(names or "–", text, "" if reason is None else "dim"))
    entries.append(Entry("", "Mouse", "title"))
    entries += [Entry(label, text) for label, text in _MOUSE]
    entries.append(Entry("", "The map", "title"))
    entries += [Entry(label, text) for label, text in ON_THE_MAP]
    entries.append(Entry("", "Signs", "title"))
    entries += [Entry(label, text) for label, text in _SIGNS]
    entries.append(Entry("", "More", "title"))
    entries.append(Entry("filter", "nsview help filter tells the language of the filter line"))
    entries.append(
        Entry("keys", "every key can be chosen in the config file: nsview help keys, nsview config")
    )
    return entries
