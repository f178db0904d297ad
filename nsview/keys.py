"""Which keys do what: the table's, with a person's own choices, and how keys are written."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nsview.key_table import ACTIONS, BY_ID, CHANGING, SECTIONS, WHY_NOT, Action

__all__ = (
    "ACTIONS",
    "BY_ID",
    "CHANGING",
    "ON_THE_MAP",
    "SECTIONS",
    "WHY_NOT",
    "Action",
    "Keys",
    "keys",
    "keys_text",
    "named",
    "shown",
)

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "backslash": "\\",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "plus": "+",
    "minus": "-",
    "asterisk": "*",
    "number_sign": "#",
    "apostrophe": "'",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "space": "Space",
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
}
_BY_CHARACTER = {name: key for key, name in _NAMES.items()}


def shown(key: str) -> str:
    """A key as people write it: `ctrl+r` is Ctrl-R, `question_mark` is ?."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last)
    if name is None:
        name = last.upper() if len(last) > 1 and last[0] == "f" and last[1:].isdecimal() else last
    if modifiers and len(name) == 1:
        name = name.upper()
    return "-".join([*(modifier.capitalize() for modifier in modifiers), name])


def named(key: str) -> str:
    """The name of a key that a person wrote: `?` or `Ctrl-R` or `f5`. ValueError where it is none."""
    text = key.strip()
    if text in _BY_CHARACTER:
        return _BY_CHARACTER[text]
    if len(text) == 1 and (text.isalnum()):
        return text
    *modifiers, last = text.replace("-", "+").split("+")
    last = _BY_CHARACTER.get(last.capitalize(), last.lower())
    known = last in _NAMES or len(last) == 1 or (last[:1] == "f" and last[1:].isdecimal())
    if not known or not all(modifier.lower() in ("ctrl", "shift", "alt") for modifier in modifiers):
        raise ValueError(f"'{key}' is no key: write it as e, F5, ?, ctrl+r, space, escape")
    return "+".join([*(modifier.lower() for modifier in modifiers), last])


ON_THE_MAP = (
    ("arrows PgUp PgDn", "scroll; Home and End go to the edges"),
    ("Tab Shift-Tab", "to the next namespace, or the one before"),
    ("n N", "to the next interface, or the one before; while something is searched: to the matches"),
    ("Enter g", "from an interface to what it is linked with; on a namespace Enter goes to it in the tree"),
    ("/", "search names, addresses and kinds"),
    ("y", "copy what is under the cursor, or the map as text, SVG, Mermaid or for Graphviz"),
    ("r", "read it again"),
    ("Esc q", "close the map"),
)
"""Keys of the screen of the map, which are its own."""


class Keys(NamedTuple):
    """Which keys do what, with a person's own choices."""

    of: Mapping[str, tuple[str, ...]]
    """By the action's id."""

    def sharing(self) -> Mapping[str, tuple[str, ...]]:
        """Key → the actions that have it, of which the first whose need is met runs."""
        found: dict[str, tuple[str, ...]] = {}
        for action, keys in self.of.items():
            for key in keys:
                found[key] = (*found.get(key, ()), action)
        return found

    def letter(self, action: str) -> str:
        """The key that the function bar shows beside the F-key."""
        keys = [shown(key) for key in self.of.get(action, ())]
        return next((key for key in keys if len(key) == 1), keys[0] if keys else "")

    def function(self, action: str) -> str:
        keys = [shown(key) for key in self.of.get(action, ())]
        return next((key for key in keys if len(key) > 1 and key[0] == "F" and key[1:].isdecimal()), "")


def keys(own: Mapping[str, Iterable[str]] = {}, vim: bool = False) -> tuple[Keys, tuple[str, ...]]:
    """The keys, and what is wrong with a person's own choices: unknown actions and keys, a key used twice.

    A key that a person gives to an action is taken from whatever else has it.
    """
    problems: list[str] = []
    chosen: dict[str, tuple[str, ...]] = {}
    for name, wanted in own.items():
        if name not in BY_ID:
            problems.append(f"there is no action '{name}' (nsview help keys lists them)")
            continue
        good = []
        for key in wanted:
            try:
                good.append(named(key))
            except ValueError as error:
                problems.append(f"{name}: {error}")
        chosen[name] = tuple(good)
    taken: dict[str, str] = {}
    for name, wanted in chosen.items():
        for key in wanted:
            if key in taken:
                problems.append(f"{shown(key)} is given to both {taken[key]} and {name}")
            taken.setdefault(key, name)
    of: dict[str, tuple[str, ...]] = {}
    for action in ACTIONS:
        if action.id in chosen:
            of[action.id] = tuple(key for key in chosen[action.id] if taken[key] == action.id)
        else:
            usual = action.keys
            if vim:
                usual = (*(key for key in usual if key not in action.not_vim), *action.vim)
            of[action.id] = tuple(key for key in usual if key not in taken)
    if not of["quit"]:
        problems.append("quit has no key left; Ctrl-C stays")
        of["quit"] = ("ctrl+c",)
    return Keys(of), tuple(problems)


def keys_text(own: Keys | None = None) -> str:
    """All keys with what they do, ending in a newline."""
    table = own or keys()[0]
    lines = []
    for section in SECTIONS:
        lines += [section, ""]
        for action in ACTIONS:
            if action.section == section:
                names = " ".join(shown(key) for key in table.of[action.id])
                lines.append(f"  {names:<18}{action.id:<18}{action.help}")
        lines.append("")
    lines += [
        "Mouse",
        "",
        "  click             choose a row; on its mark: fold and unfold; on a title: sort by it",
        "  double click      everything about the row",
        "  wheel             scroll",
        "  drag the border   resize the details",
        "  Shift-drag        select text, as the terminal does it (or start with --no-mouse)",
        "",
        "The map",
        "",
        *(f"  {names:<18}{meaning}" for names, meaning in ON_THE_MAP),
        "",
        'The second column is what the config file calls an action: [keys] pause = ["ctrl+s"]',
    ]
    return "\n".join(lines) + "\n"
