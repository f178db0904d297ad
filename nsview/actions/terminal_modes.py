"""What a program has switched on in a terminal, and the sequences that switch it off again.

A program that is killed leaves the alternate screen, mouse reports and the like on. Only what is still on is
undone: leaving an alternate screen that was never entered, for one, moves the cursor on some terminals.
"""

import re

# Modes that a program sets while it runs (xterm's ctlseqs, "DECSET"), and the two that it clears.
_UNDO_SET = frozenset(
    (
        1,
        5,
        6,
        9,
        47,
        66,
        1000,
        1001,
        1002,
        1003,
        1004,
        1005,
        1006,
        1015,
        1016,
        1047,
        1049,
        2004,
        2026,
        2031,
        2048,
    )
)
_UNDO_CLEARED = frozenset((7, 25))

_SEQUENCE = re.compile(
    rb"\x1b(?:"
    rb"\[\?(?P<modes>[0-9;]{1,64})(?P<set>[hl])"
    rb"|\[(?P<margins>[0-9;]{0,16})r"
    rb"|\[(?P<insert>4[hl])"
    rb"|\[(?P<kitty>[<>][0-9;]{0,16})u"
    rb"|\[>4;?(?P<keys>[0-9]*)m"
    rb"|\[(?P<colour>[0-9;:]{0,64})m"
    rb"|\((?P<charset>[0AB])"
    rb"|(?P<keypad>[=>])"
    rb"|(?P<reset>c)"
    rb")"
)
_LONGEST = 80


class TerminalModes:
    """Follows a program's output."""

    def __init__(self) -> None:
        self._rest = b""
        self._forget()

    def _forget(self) -> None:
        """All as it was, as after a full reset of the terminal."""
        self._set: set[int] = set()
        self._cleared: set[int] = set()
        self._other: dict[str, bytes] = {}
        self._kitty = 0

    def feed(self, data: bytes) -> None:
        if b"\x1b" not in data and not self._rest:
            return
        data = self._rest + data
        end = 0
        for found in _SEQUENCE.finditer(data):
            self._obey(found)
            end = found.end()
        # A sequence may be cut in two: keep a last ESC that may still become one.
        start = data.rfind(b"\x1b", end)
        self._rest = data[start:] if start >= 0 and len(data) - start < _LONGEST else b""

    def undo(self) -> bytes:
        """The sequences that put back what is not as it was."""
        parts = []
        # Mouse and keys first, the screen last: what comes after it belongs to the old screen.
        screens = {47, 1047, 1049}
        modes = sorted(self._set - screens) + sorted(self._set & screens)
        if self._kitty > 0:
            parts.append(b"\x1b[<%du" % self._kitty)
        parts += self._other.values()
        parts += (b"\x1b[?%dl" % mode for mode in modes)
        parts += (b"\x1b[?%dh" % mode for mode in sorted(self._cleared))
        return b"".join(parts)

    def _obey(self, found: "re.Match[bytes]") -> None:
        if found["modes"] is not None:
            self._mode(found["modes"], found["set"] == b"h")
        elif found["margins"] is not None:
            # Setting margins moves the cursor home, so it is saved around it.
            self._note("margins", b"\x1b7\x1b[r\x1b8", found["margins"] not in (b"", b";"))
        elif found["insert"] is not None:
            self._note("insert", b"\x1b[4l", found["insert"] == b"4h")
        elif found["kitty"] is not None:
            count = found["kitty"][1:].split(b";")[0]
            self._kitty = max(0, self._kitty + (1 if found["kitty"][:1] == b">" else -int(count or 1)))
        elif found["keys"] is not None:
            self._note("keys", b"\x1b[>4m", found["keys"] not in (b"", b"0"))
        elif found["colour"] is not None:
            self._note("colour", b"\x1b[m", found["colour"] not in (b"", b"0", b"00"))
        elif found["charset"] is not None:
            self._note("charset", b"\x1b(B", found["charset"] != b"B")
        elif found["keypad"] is not None:
            self._note("keypad", b"\x1b>", found["keypad"] == b"=")
        else:
            self._forget()

    def _mode(self, numbers: bytes, on: bool) -> None:
        for text in numbers.split(b";"):
            mode = int(text or 0)
            if mode in _UNDO_SET:
                (self._set.add if on else self._set.discard)(mode)
            elif mode in _UNDO_CLEARED:
                (self._cleared.discard if on else self._cleared.add)(mode)

    def _note(self, what: str, undo: bytes, on: bool) -> None:
        if on:
            self._other[what] = undo
        else:
            self._other.pop(what, None)
