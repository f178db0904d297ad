"""What is left on in a terminal, and only that, is switched off again."""

import re

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nsview.actions.terminal_modes import TerminalModes

ON_AND_OFF = [
    (b"\x1b[?1049h", b"\x1b[?1049l"),
    (b"\x1b[?1000;1006h", b"\x1b[?1000;1006l"),
    (b"\x1b[?2004h", b"\x1b[?2004l"),
    (b"\x1b[?25l", b"\x1b[?25h"),
    (b"\x1b[?7l", b"\x1b[?7h"),
    (b"\x1b[1;31m", b"\x1b[0m"),
    (b"\x1b[1;31m", b"\x1b[m"),
    (b"\x1b[4h", b"\x1b[4l"),
    (b"\x1b[5;10r", b"\x1b[r"),
    (b"\x1b(0", b"\x1b(B"),
    (b"\x1b=", b"\x1b>"),
    (b"\x1b[>1u", b"\x1b[<u"),
    (b"\x1b[>4;2m", b"\x1b[>4m"),
]


def undo_of(*output: bytes) -> bytes:
    modes = TerminalModes()
    for piece in output:
        modes.feed(piece)
    return modes.undo()


@pytest.mark.parametrize(("on", "off"), ON_AND_OFF)
def test_what_was_switched_off_is_left_alone(on: bytes, off: bytes) -> None:
    assert undo_of(b"text" + on + b"more" + off + b"end") == b""
    assert undo_of(on) != b""
    # The undoing is complete: after it there is nothing to undo.
    assert undo_of(on + undo_of(on)) == b""


def test_plain_text_leaves_nothing_to_undo() -> None:
    assert undo_of(b"\x1b[2J\x1b[H\x1b[K\x1b]0;title\x07 \xff\x1b") == b""


def test_a_full_reset_undoes_all() -> None:
    assert undo_of(b"\x1b[?1049h\x1b[?1000h\x1b[31m\x1bc") == b""


def test_the_screen_is_left_last() -> None:
    undo = undo_of(b"\x1b[?1049h\x1b[?1003h\x1b[>1u")
    assert undo.endswith(b"\x1b[?1049l")


def test_kitty_keyboards_are_counted() -> None:
    assert undo_of(b"\x1b[>1u\x1b[>5u") == b"\x1b[<2u"
    assert undo_of(b"\x1b[>1u\x1b[>5u\x1b[<1u") == b"\x1b[<1u"
    assert undo_of(b"\x1b[<3u\x1b[>1u") == b"\x1b[<1u"


pieces = st.lists(
    st.sampled_from([part for pair in ON_AND_OFF for part in pair] + [b"x", b"\x1b", b"\xff", b"\x1b[K"])
)


@given(pieces, st.data())
def test_cut_anywhere_it_is_the_same(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert undo_of(*chunks) == undo_of(whole)


@given(pieces)
@example([b"\x1b[5;10r", b"\x1b", b"\x1b[r"])
def test_a_terminal_is_as_it_was(parts: list[bytes]) -> None:
    """By a terminal emulator: modes, margins, colour and cursor are those of a fresh one."""
    output = b"".join(
        part for part in parts if part not in (b"\x1b[>1u", b"\x1b[<u", b"\x1b[>4;2m", b"\x1b[>4m")
    )
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    before = (set(screen.mode), screen.margins, screen.cursor.attrs, screen.cursor.hidden)
    # At each ESC a terminal begins anew; the emulator takes two in a row for one unknown sequence.
    stream.feed(re.sub(rb"\x1b+(?=\x1b)", b"", output + b"\x1b\\"))
    stream.feed(undo_of(output + b"\x1b\\"))
    assert set(screen.mode) - before[0] <= {2004 << 5}
    assert screen.margins in (None, before[1]) or screen.margins == (0, 23)
    assert screen.cursor.attrs == before[2]
    assert screen.cursor.hidden == before[3]


@given(st.binary(max_size=300))
def test_any_output_is_followed(data: bytes) -> None:
    undo_of(data, data)
