"""Every action of the app: its keys, its words, and when it is allowed.

One table, from which the key bindings, the function bar, the help and the palette are made. It loads no
terminal library, so that the command line can print it too.

Several actions may share a key: the first of them, in the order of the table, whose need is met runs.
Collisions that were settled otherwise: `n` is the next match, so spawn is `s`; `h` is help, so the vim keys
fold with `h` only where they are asked for; `k` is the signal menu, and with vim keys it is `K`.
"""

from collections.abc import Mapping
from typing import NamedTuple

ALWAYS = ""
ROW = "row"
NAMESPACE = "namespace"
PROCESS = "process"
TARGET = "target"
SIGNAL = "signal"
CHANGE = "change"
SEARCHED = "searched"
TREE = "tree"
NET = "net"

WHY_NOT: Mapping[str, str] = {
    ROW: "there is no row",
    NAMESPACE: "the row has no namespace",
    PROCESS: "the row is no process",
    TARGET: "the row is neither a namespace nor a process nor a running container",
    SIGNAL: "no living process is under the cursor or tagged",
    CHANGE: "the row is neither a namespace nor a process nor a running container",
    SEARCHED: "nothing has been searched for yet",
    TREE: "the log has no rows below others",
    NET: "the row is no network namespace",
}
"""What an action needs, and what to say where that is missing."""


class Action(NamedTuple):
    id: str
    """What the config file calls it."""
    keys: tuple[str, ...]
    """As Textual names them; the first letter of them is the one that the function bar shows."""
    label: str
    """A word or two, for the function bar and the palette."""
    help: str
    section: str
    call: str
    """The screen's action, with its arguments."""
    needs: str = ALWAYS
    bar: bool = False
    """Shown in the function bar."""
    vim: tuple[str, ...] = ()
    """Keys beside `keys` where the config asks for vim keys."""
    not_vim: tuple[str, ...] = ()
    """Those of `keys` that give way to vim keys."""


_MOVE, _FOLD, _LOOK, _FIND, _GO, _ACT, _APP = (
    "Moving",
    "Folding and tagging",
    "What is shown",
    "Finding",
    "Going elsewhere",
    "Acting",
    "The app",
)

ACTIONS: tuple[Action, ...] = (
    Action(
        "help",
        ("f1", "h", "question_mark"),
        "Help",
        "this help; type to search it",
        _APP,
        "help",
        bar=True,
        not_vim=("h",),
    ),
    Action(
        "setup",
        ("f2", "S"),
        "Setup",
        "columns, sorting, interval, theme; Save writes the config",
        _APP,
        "setup",
        bar=True,
    ),
    Action(
        "search",
        ("f3", "slash"),
        "Search",
        "search while typing, also in what is folded away; in the details on the whole screen",
        _FIND,
        "search",
        bar=True,
    ),
    Action(
        "filter",
        ("f4", "backslash"),
        "Filter",
        "show only what matches; see nsview help filter",
        _LOOK,
        "filter",
        bar=True,
    ),
    Action("view.next", ("f5", "t"), "View", "the next view", _LOOK, "next_view", bar=True),
    Action(
        "sort",
        ("f6", "less_than_sign", "greater_than_sign"),
        "Sort",
        "choose what to sort by",
        _LOOK,
        "sort",
        bar=True,
    ),
    Action(
        "enter",
        ("f7", "e"),
        "Enter",
        "enter the namespaces of the row",
        _ACT,
        "enter_namespace",
        CHANGE,
        bar=True,
    ),
    Action("spawn", ("f8", "s"), "Spawn", "start a program in new namespaces", _ACT, "spawn", bar=True),
    Action(
        "signal",
        ("f9", "k"),
        "Kill",
        "send a signal to the process, or to all tagged ones",
        _ACT,
        "signal",
        SIGNAL,
        bar=True,
        vim=("K",),
        not_vim=("k",),
    ),
    Action("quit", ("f10", "q", "ctrl+c"), "Quit", "leave nsview", _APP, "quit", bar=True),
    # Moving
    Action("up", ("up",), "Up", "one row up", _MOVE, "tree('move', -1)", vim=("k",)),
    Action("down", ("down",), "Down", "one row down", _MOVE, "tree('move', 1)", vim=("j",)),
    Action("page.up", ("pageup",), "Page up", "a screen up", _MOVE, "tree('page', -1)", vim=("ctrl+b",)),
    Action(
        "page.down", ("pagedown",), "Page down", "a screen down", _MOVE, "tree('page', 1)", vim=("ctrl+f",)
    ),
    Action("first", ("home",), "First row", "to the first row", _MOVE, "tree('edge', -1)", vim=("g",)),
    Action("last", ("end",), "Last row", "to the last row", _MOVE, "tree('edge', 1)", vim=("G",)),
    Action(
        "sibling.next",
        ("shift+down", "J"),
        "Next sibling",
        "to the next row of the same parent",
        _MOVE,
        "tree('sibling', 1)",
    ),
    Action(
        "sibling.previous",
        ("shift+up", "B"),
        "Previous sibling",
        "to the previous row of the same parent",
        _MOVE,
        "tree('sibling', -1)",
    ),
    Action(
        "pan.right",
        ("shift+right", "full_stop"),
        "Pan right",
        "see more of long command lines",
        _MOVE,
        "tree('pan', 12)",
    ),
    Action(
        "pan.left", ("shift+left", "comma"), "Pan left", "back to their beginning", _MOVE, "tree('pan', -12)"
    ),
    # Folding and tagging
    Action(
        "unfold",
        ("right", "plus"),
        "Unfold",
        "show what is below; again: go there",
        _FOLD,
        "tree('unfold')",
        ROW,
        vim=("l",),
    ),
    Action(
        "fold",
        ("left", "minus"),
        "Fold",
        "hide what is below; again: go to the row above",
        _FOLD,
        "tree('fold')",
        ROW,
        vim=("h",),
    ),
    Action(
        "fold.all",
        ("asterisk",),
        "Fold all",
        "unfold everything; again: fold everything",
        _FOLD,
        "fold_all",
        TREE,
    ),
    Action(
        "tag",
        ("space",),
        "Tag",
        "tag or untag the row; actions then go to all that is tagged",
        _FOLD,
        "tree('tag')",
        ROW,
    ),
    Action(
        "tag.below",
        ("c",),
        "Tag below",
        "tag the row and everything below it",
        _FOLD,
        "tree('tag_below')",
        ROW,
    ),
    Action("untag", ("U",), "Untag all", "forget all tags", _FOLD, "tree('untag_all')"),
    # What is shown
    Action("view.kind", ("1",), "Kinds", "namespaces by kind", _LOOK, "view('kind')"),
    Action(
        "view.owner",
        ("2",),
        "Owners",
        "namespaces below the user namespaces that own them",
        _LOOK,
        "view('owner')",
    ),
    Action(
        "view.container",
        ("3",),
        "Containers",
        "engines, pods and containers; then units and control groups",
        _LOOK,
        "view('container')",
    ),
    Action(
        "view.process",
        ("4",),
        "Processes",
        "the process tree, and where namespaces change in it",
        _LOOK,
        "view('process')",
    ),
    Action("view.log", ("5",), "Log", "what came, went and moved since the start", _LOOK, "view('log')"),
    Action("sort.cpu", ("P",), "Sort by CPU", "sort by CPU use", _LOOK, "sort_by('cpu')"),
    Action("sort.memory", ("M",), "Sort by memory", "sort by memory", _LOOK, "sort_by('mem')"),
    Action("sort.age", ("T",), "Sort by age", "sort by age", _LOOK, "sort_by('age')"),
    Action("invert", ("I",), "Invert order", "sort the other way round", _LOOK, "invert"),
    Action("host", ("H",), "Hide the host's", "hide or show the host's own namespaces", _LOOK, "toggle_host"),
    Action(
        "ordinary",
        ("a",),
        "All events",
        "in the log also processes that start and end in the host's namespaces",
        _LOOK,
        "toggle_ordinary",
    ),
    Action("user", ("u",), "User", "show one user's processes only", _LOOK, "user"),
    Action(
        "details",
        ("enter", "d"),
        "Details",
        "everything about the row, on the whole screen",
        _LOOK,
        "details",
        ROW,
    ),
    Action(
        "details.pane",
        ("D",),
        "Details pane",
        "show or hide the details beside the tree",
        _LOOK,
        "toggle_pane",
    ),
    Action("details.next", ("tab",), "Next tab", "the next tab of the details", _LOOK, "tab(1)"),
    Action(
        "details.previous",
        ("shift+tab",),
        "Previous tab",
        "the previous tab of the details",
        _LOOK,
        "tab(-1)",
    ),
    Action(
        "details.down",
        ("right_curly_bracket",),
        "Details down",
        "scroll the details down; at their end: the next page of a big table",
        _LOOK,
        "scroll_details(1)",
    ),
    Action(
        "details.up",
        ("left_curly_bracket",),
        "Details up",
        "scroll the details up; at their beginning: the page before",
        _LOOK,
        "scroll_details(-1)",
    ),
    Action(
        "inside",
        ("i",),
        "Inside",
        "what is inside the namespace; of a process or container again: the next kind",
        _LOOK,
        "inside",
        ROW,
    ),
    Action(
        "inside.next",
        ("right_parenthesis",),
        "Next section",
        "of what is inside the next section alone",
        _LOOK,
        "section(1)",
        ROW,
    ),
    Action(
        "inside.previous",
        ("left_parenthesis",),
        "Previous section",
        "of what is inside the previous section alone",
        _LOOK,
        "section(-1)",
        ROW,
    ),
    Action("header", ("number_sign",), "Header", "hide or show the header", _LOOK, "toggle_header"),
    # Finding
    Action("search.next", ("n",), "Next match", "to the next match", _FIND, "search_again(1)", SEARCHED),
    Action(
        "search.previous",
        ("N",),
        "Previous match",
        "to the previous match",
        _FIND,
        "search_again(-1)",
        SEARCHED,
    ),
    Action(
        "follow",
        ("F",),
        "Follow",
        "stay with the process wherever a refresh puts it; moving ends it",
        _FIND,
        "follow",
        ROW,
    ),
    # Going elsewhere
    Action(
        "warp",
        ("w",),
        "Warp",
        "from a process to its namespaces in another view, and back",
        _GO,
        "warp",
        TARGET,
    ),
    Action("owner", ("o",), "Owner", "to the user namespace that owns the row's", _GO, "owner", TARGET),
    Action(
        "parent",
        ("p",),
        "Parent",
        "to the parent namespace, the parent process, or the row above",
        _GO,
        "parent",
        ROW,
    ),
    Action(
        "links",
        ("O",),
        "Links",
        "what the details lead to: the other end of an interface, the processes of a socket",
        _GO,
        "links",
    ),
    Action(
        "map.here",
        ("m",),
        "Map here",
        "on a network namespace: the map of all of them, beginning there",
        _GO,
        "map_here",
        NET,
    ),
    Action(
        "map",
        ("V",),
        "Map",
        "network namespaces, and what is linked with what in them; at the row's own",
        _GO,
        "map",
    ),
    Action(
        "mark",
        ("b", "m"),
        "Set bookmark",
        "remember the row under a letter",
        _GO,
        "mark",
        ROW,
    ),
    Action("mark.go", ("apostrophe",), "Go to bookmark", "to the row of a letter", _GO, "go_to_mark"),
    # Acting
    Action(
        "copy",
        ("y",),
        "Copy",
        "copy its number, path, the equal nsenter line, the row or JSON",
        _ACT,
        "copy",
        ROW,
    ),
    Action(
        "enter.now",
        ("E",),
        "Enter at once",
        "enter without asking, as the dialog would propose it",
        _ACT,
        "enter_now",
        CHANGE,
    ),
    Action(
        "enter.apart",
        ("shift+f7", "f19"),  # F19 is what most terminals say for it
        "Enter apart",
        "enter at once in a new tmux pane or window",
        _ACT,
        "enter_apart",
        CHANGE,
    ),
    Action(
        "spawn.apart",
        ("shift+f8", "f20"),
        "Spawn apart",
        "spawn at once in a new tmux pane or window: a rootless shell",
        _ACT,
        "spawn_apart",
    ),
    Action(
        "compare",
        ("x",),
        "Compare",
        "this row with the tagged one, or both tagged ones, or with the one of the next x: what differs",
        _ACT,
        "compare",
        ROW,
    ),
    Action("kept", ("L",), "Kept", "what nsview keeps by name: go to it, or let go of it", _ACT, "kept"),
    # The app
    Action("pause", ("Z",), "Pause", "stop looking; again: go on", _APP, "pause"),
    Action("rescan", ("ctrl+r",), "Rescan", "look at everything now, the dear sources too", _APP, "rescan"),
    Action("slower", ("left_square_bracket",), "Slower", "look less often", _APP, "interval(-1)"),
    Action("faster", ("right_square_bracket",), "Faster", "look more often", _APP, "interval(1)"),
    Action("redraw", ("ctrl+l",), "Redraw", "draw the screen anew", _APP, "redraw"),
    Action("palette", ("colon", "ctrl+p"), "Palette", "every action, by its words", _APP, "palette"),
    Action(
        "back",
        ("escape",),
        "Back",
        "close the innermost thing: menu, details, search, filter, tags",
        _APP,
        "back",
    ),
)

CHANGING = ("enter", "enter.now", "enter.apart", "spawn", "spawn.apart", "signal")
"""Actions that a read-only app refuses."""

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
SECTIONS = (_APP, _MOVE, _FOLD, _LOOK, _FIND, _GO, _ACT)
