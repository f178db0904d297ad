"""The characters that a tree draws by itself: in Unicode, and for terminals that have only ASCII."""

from collections.abc import Mapping
from typing import NamedTuple

from nsview.model.views.tree import ALERT, ENDED, NEW

TAGGED = "tagged"


class Glyphs(NamedTuple):
    """Each takes the same number of cells in both sets, so that switching moves nothing."""

    rails: Mapping[str, str]
    """Two cells for each character of a row's rails."""
    opened: str
    closed: str
    leaf: str
    """In place of a fold mark: the guide goes on to the text."""
    cursor: str
    signs: Mapping[str, str]
    """What stands in the gutter: the first of these that is true of a row."""
    ascending: str
    descending: str
    cut: str
    """In place of what does not fit, so that a number that was cut is never taken for a smaller one."""
    unknown: str
    """In place of a character that must not reach the terminal."""


UNICODE = Glyphs(
    rails={"│": "│ ", " ": "  ", "├": "├─", "└": "└─"},
    opened="▾ ",
    closed="▸ ",
    leaf="─ ",
    cursor="▌",
    signs={ENDED: "×", TAGGED: "✓", ALERT: "!", NEW: "+"},
    ascending="▲",
    descending="▼",
    cut="…",
    unknown="�",
)

ASCII = Glyphs(
    rails={"│": "| ", " ": "  ", "├": "|-", "└": "`-"},
    opened="- ",
    closed="+ ",
    leaf="- ",
    cursor=">",
    signs={ENDED: "x", TAGGED: "*", ALERT: "!", NEW: "+"},
    ascending="^",
    descending="v",
    cut="~",
    unknown="?",
)
