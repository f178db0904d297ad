"""For terminals that have only ASCII: whatever widget draws it, other characters are replaced at the edge."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from nsview.text import only_ascii

_IN_WORDS = str.maketrans({"↑": "Up", "↓": "Down", "←": "Left", "→": "Right"})


class OnlyAscii(LineFilter):
    """Takes no cell more or less than what it replaces; what looks like nothing in ASCII is a `?`."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.text.isascii() else segment._replace(text=only_ascii(segment.text))
            for segment in segments
        ]


def in_words(keys: str) -> str:
    """Names of keys without arrows: `<` and `>` are keys themselves."""
    return keys.translate(_IN_WORDS)
