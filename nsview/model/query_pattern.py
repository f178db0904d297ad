"""Regular expressions in a filter: how they are written, and which ones are refused."""

import re

MAX_PATTERN = 200
"""Characters of one pattern."""
SEARCHED = 4096
"""Characters of a text that a pattern looks at: on a command line of 100 kB even `.*a.*b` takes minutes."""


def find_end(text: str, start: int, boundary: re.Pattern[str]) -> int:
    """Where the slash is that closes a pattern opened at `start`; -1 if there is no pattern.

    A path is none: its next slash is followed by more. A slash inside a pattern is written `\\/`.
    """
    if not text.startswith("/", start):
        return -1
    place = start + 1
    while place < len(text) and text[place] != "/":
        place += 2 if text[place] == "\\" else 1
    return place if place < len(text) and boundary.match(text, place + 1) else -1


_ESCAPED = re.compile(r"\\.|/", re.DOTALL)


def unescape(text: str) -> str:
    """The pattern itself: `\\/` is a slash, all else means what re says."""
    return _ESCAPED.sub(lambda found: "/" if found[0] == "\\/" else found[0], text)


def escape(pattern: str) -> str:
    """As it is written between slashes."""
    return _ESCAPED.sub(lambda found: "\\/" if found[0] == "/" else found[0], pattern)


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """For re.search; either case fits unless the pattern holds an upper-case letter (`\\S` is none).

    Raises re.error, OverflowError (a repeat count), RecursionError (groups within groups).
    """
    import warnings

    letters = re.sub(r"\\.|\(\?P", "", pattern, flags=re.DOTALL)
    either_case = letters == letters.lower()
    with warnings.catch_warnings():
        # "Possible nested set" is for the authors of programs.
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(pattern, re.IGNORECASE if either_case else 0)


_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?>|\(|\)|.", re.DOTALL)
_REPEAT = re.compile(r"(?:[*+?]|\{(\d*)(?:,(\d*))?\})([?+]?)")
_MANY = 10


def nested_repeat(pattern: str) -> bool:
    """Whether an endless repeat stands in a group that is itself repeated often: `(a+)+` tries every way to
    cut the text into pieces, which takes for ever on a text of 40 letters.

    Possessive repeats (`a++`) and atomic groups (`(?>a+)`) try only one way. Patterns that are slow for other
    reasons are not found out.
    """
    # One entry for each open group: whether it is atomic, and whether an endless repeat was seen in it.
    atomic = [False]
    endless = [False]
    place = 0
    while found := _PIECE.match(pattern, place):
        piece = found[0]
        place = found.end()
        if piece in ("(", "(?>"):
            atomic.append(piece == "(?>")
            endless.append(False)
            continue
        inner = False
        if piece == ")" and len(endless) > 1:
            inner = endless.pop() and not atomic.pop()
        repeat = _REPEAT.match(pattern, place)
        if repeat is None:
            endless[-1] |= inner
            continue
        place = repeat.end()
        most = _most(repeat)
        if inner and (most is None or most >= _MANY):
            return True
        if repeat[3] != "+":
            endless[-1] |= inner or most is None
    return False


def _most(repeat: re.Match[str]) -> int | None:
    """How often it repeats at most; None is endless."""
    if repeat[0][0] in "*+":
        return None
    if repeat[0][0] == "?":
        return 1
    if repeat[2] is not None:
        return int(repeat[2]) if repeat[2] else None
    return int(repeat[1]) if repeat[1] else 0
