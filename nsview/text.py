r"""From untrusted bytes to text that is safe on a screen, and how many cells that takes there.

Every local user picks process names, command lines, hostnames and paths. Drawn as they are, such names move
the cursor, set the terminal's title, turn the reading direction round, or take no width and shift columns.
Whatever is not plainly visible is written as an escape instead, so that any two names can be told apart:

========================  ====================================================================
``\\ \n \t``              a backslash, a newline, a tab
``\xNN``                  a control character below 0x80, or a byte that is not valid UTF-8 (above)
``\uNNNN \UNNNNNNNN``     any other character that shows nothing or changes how others are shown
========================  ====================================================================
"""

_ELLIPSIS = "…"

# Some written languages stack three or four marks on one letter; more only hide the lines above and below.
_MARKS_ON_A_LETTER = 4

# "Printable" by Unicode's categories, yet drawn as nothing (Default_Ignorable_Code_Point in
# DerivedCoreProperties.txt), as an empty cell that is no space (U+2800), or as a change to the character
# before, about whose width terminals disagree (U+FE0F, the skin tones).
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
    + "".join(map(chr, range(0x1F3FB, 0x1F400)))
)

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("─━═–—‐·", "-"),
        "┄": "=",
        **dict.fromkeys("╌┈", "."),
        **dict.fromkeys("╎┊", ":"),
        **dict.fromkeys("│┃║▌▐┆", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰", "+"),
        **dict.fromkeys("…", "~"),
        **dict.fromkeys("•●✓", "*"),
        "×": "x",
        "↑": "^",
        "↓": "v",
        "←": "<",
        "→": ">",
        "▲": "^",
        "▼": "v",
        "▸": "+",
        "▾": "-",
        # Scroll bars draw their ends with parts of a cell.
        **dict.fromkeys("▁▂▃▄▅▆▇█▉▊▋▍▎▏▔▀", " "),
    }
)
"""Of the characters that nsview itself draws with, those of ASCII that look like them."""


def clean(value: str | bytes, limit: int = 4096) -> str:
    """`value` as text without anything that a terminal obeys, or that a reader cannot see.

    Bytes are read as UTF-8; a str may hold the surrogates of `os.fsdecode`, which stand for single bytes.
    Different values give different texts, up to `limit` (at least 1) characters of text; a longer one is cut
    and ends in `…`. To be called once, where a name meets the screen: a second call would escape the escapes.
    """
    if isinstance(value, bytes):
        # Four bytes make one character at least; what may be cut in two here lies beyond the limit.
        value = value[: 4 * limit + 8].decode("utf-8", "surrogateescape")
    if len(value) <= limit and value.isascii() and value.isprintable() and "\\" not in value:
        return value
    return _escape(value[: limit + 1], limit)


def cell_width(text: str) -> int:
    """How many terminal cells a cleaned text takes: two for wide characters and emoji, none for marks."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def fit(text: str, width: int, *, right: bool = False, mark: str = _ELLIPSIS) -> str:
    """A cleaned text in exactly `width` cells: cut and marked at its end, or padded (left if `right`)."""
    taken = cell_width(text)
    if taken > width:
        text, taken = _cut(text, width, mark)
    padding = " " * (width - taken)
    return padding + text if right else text + padding


def _escape(value: str, limit: int) -> str:
    shown: list[str] = []
    room = limit
    marks = 0
    for char in value:
        marks = marks + 1 if _joins(char) else 0
        if char == "\\" or not char.isprintable() or char in _INVISIBLE or marks > _MARKS_ON_A_LETTER:
            char = _escaped(char)
        room -= len(char)
        shown.append(char)
        if room < 0:
            return _shorten(shown, limit)
    return "".join(shown)


def _shorten(shown: list[str], limit: int) -> str:
    """The pieces that fit into `limit` characters with the mark; an escape is kept whole or left out."""
    length = sum(map(len, shown))
    while shown and length + len(_ELLIPSIS) > limit:
        length -= len(shown.pop())
    return "".join(shown) + _ELLIPSIS


def _escaped(char: str) -> str:
    code = ord(char)
    if char == "\\":
        return "\\\\"
    if char == "\n":
        return "\\n"
    if char == "\t":
        return "\\t"
    if code < 0x80:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # PEP 383: the lone byte 0x80..0xff
        return f"\\x{code - 0xDC00:02x}"
    # Not \xNN for U+0080..U+00FF: that is what the lone bytes look like.
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _joins(char: str) -> bool:
    """Whether it is drawn onto the character before it: marks, vowels and finals of Hangul syllables."""
    from unicodedata import category

    if char.isascii():
        return False
    return category(char)[0] == "M" or "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff"


def _cells(char: str) -> int:
    from unicodedata import east_asian_width

    if char.isascii():
        return 1
    if _joins(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _cut(text: str, width: int, mark: str) -> tuple[str, int]:
    """As much of `text` as leaves room for the mark, with the mark, and the cells of both."""
    mark = mark[: max(width, 0)]
    taken = cell_width(mark)
    end = 0
    for char in text:
        cells = _cells(char)
        if taken + cells > width:
            break
        taken += cells
        end += 1
    return text[:end] + mark, taken


def only_ascii(text: str) -> str:
    """A cleaned text in ASCII, of the same width; what looks like nothing there is a `?`."""
    text = text.translate(_ALIKE)
    if text.isascii():
        return text
    return "".join(char if char.isascii() else "?" * cell_width(char) for char in text)
