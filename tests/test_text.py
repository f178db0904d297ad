"""What reaches a screen: nothing a terminal obeys, nothing a reader cannot see, nothing lost."""

import os
import re
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from nsview.text import cell_width, clean, fit

BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"}
# Every plane that has characters, and the ends of those for private use.
ALL_CHARACTERS = [
    *range(0x40000),
    *range(0xE0000, 0xE0200),
    *range(0xFFF00, 0x100100),
    *range(0x10FF00, 0x110000),
]

BIDI_MARKS = "\u061c\u200e\u200f"

hostile = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Zl", "Zp", "Zs"]),
        st.sampled_from("\x1b\x07\x9b\x9d\\ntxuU0123456789abcdef\u202e\u2066\u200b\ufe0f\udc80\udcff\u0301 "),
    )
)
names = st.one_of(hostile, st.binary(), hostile.map(lambda text: text.encode("utf-8", "surrogatepass")))

ESCAPE = re.compile(r"\\(?:\\|n|t|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


def unescape(text: str) -> str:
    """The reverse of `clean` for what it did not cut."""

    def original(match: re.Match[str]) -> str:
        escape = match[0]
        if escape in ("\\\\", "\\n", "\\t"):
            return {"\\\\": "\\", "\\n": "\n", "\\t": "\t"}[escape]
        code = int(escape[2:], 16)
        return chr(0xDC00 + code) if escape[1] == "x" and code >= 0x80 else chr(code)

    assert not re.search(r"\\", ESCAPE.sub("", text)), "a backslash that begins no escape"
    return ESCAPE.sub(original, text)


def assert_harmless(text: str) -> None:
    for char in text:
        assert unicodedata.category(char)[0] != "C", hex(ord(char))
        assert unicodedata.category(char) not in ("Zl", "Zp"), hex(ord(char))
        assert unicodedata.bidirectional(char) not in BIDI_CONTROLS, hex(ord(char))
        assert char not in BIDI_MARKS, hex(ord(char))
    assert text.isprintable()
    text.encode("utf-8")


@given(names, st.sampled_from([1, 2, 3, 7, 20, 4096]))
@example("\x1b]0;title\x07", 4096)
@example(b"\x9b31m\xc2\x9b31m", 4096)
@example(") R 1 (\n[/nope]", 4096)
def test_nothing_that_a_terminal_obeys_comes_through(value: str | bytes, limit: int) -> None:
    text = clean(value, limit)
    assert_harmless(text)
    assert len(text) <= limit


@given(names)
@example("\\n")
@example("\n")
@example(b"\x85")
@example("\x85")
@example("e" + "\u0301" * 40)
def test_no_information_is_lost(value: str | bytes) -> None:
    text = os.fsdecode(value) if isinstance(value, bytes) else value
    assert unescape(clean(value, 10 * len(text) + 1)) == text


def test_every_single_character() -> None:
    for code in ALL_CHARACTERS:
        char = chr(code)
        text = clean(char)
        if text != char:
            assert text.isascii()
            assert text.isprintable()
            assert unescape(text) == char
        else:
            assert_harmless(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("systemd-journald", "systemd-journald"),
        ("", ""),
        ("a b", "a b"),
        ("naïve 日本語 🐧", "naïve 日本語 🐧"),
        ("[bold]x[/nope]", "[bold]x[/nope]"),
        ("a\\nb", r"a\\nb"),
        ("a\nb\tc\rd", r"a\nb\tc\x0dd"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x7f", r"\x7f"),
        ("\x9b", r"\u009b"),
        (b"\x9b", r"\x9b"),
        (b"\xff\xfe ok \xe2\x82", r"\xff\xfe ok \xe2\x82"),
        (b"\xed\xa0\x80", r"\xed\xa0\x80"),
        (b"caf\xc3\xa9", "café"),
        ("\udcff", r"\xff"),
        ("\ud800", r"\ud800"),
        ("admin\u202egnp.exe", r"admin\u202egnp.exe"),
        ("ro\u200bot", r"ro\u200bot"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\u3164", r"\u3164"),
        ("\U000e0041", r"\U000e0041"),
        ("\xa0", r"\u00a0"),
    ],
)
def test_examples(value: str | bytes, text: str) -> None:
    assert clean(value) == text


def test_a_pile_of_marks_is_taken_apart_without_loss() -> None:
    text = clean("Z" + "\u0300" * 30 + "a" + "\u0301" * 4)
    assert text == "Z" + "\u0300" * 4 + r"\u0300" * 26 + "a" + "\u0301" * 4
    assert unescape(text) == "Z" + "\u0300" * 30 + "a" + "\u0301" * 4


def test_a_long_text_is_cut_and_says_so() -> None:
    assert clean("x" * 4096) == "x" * 4096
    assert clean("x" * 4097) == "x" * 4095 + "…"
    assert clean(b"x" * 100_000) == "x" * 4095 + "…"
    assert clean("日" * 10, 4) == "日日日…"
    assert clean("日本語".encode() * 10, 4) == "日本語…"


def test_a_cut_goes_round_an_escape_not_through_it() -> None:
    assert clean("ab\x1b\x1b", 7) == "ab\\x1b…"
    assert clean("ab\x1b\x1b", 6) == "ab…"
    assert clean("ab\x1b", 6) == "ab\\x1b"


@given(names, st.integers(0, 40), st.booleans(), st.sampled_from(["…", "~", ""]))
def test_a_fitted_text_takes_exactly_its_cells(
    value: str | bytes, width: int, right: bool, mark: str
) -> None:
    text = clean(value)
    fitted = fit(text, width, right=right, mark=mark)
    assert cell_width(fitted) == width
    if cell_width(text) <= width:
        assert fitted.strip(" ") == text.strip(" ")
        assert (fitted.endswith if right else fitted.startswith)(text)


def test_fit() -> None:
    assert fit("abc", 5) == "abc  "
    assert fit("42", 5, right=True) == "   42"
    assert fit("abcdef", 4) == "abc…"
    assert fit("日本語", 4) == "日… "
    assert fit("日本語", 4, right=True) == " 日…"
    assert fit("cafe\u0301s", 5) == "cafe\u0301s"
    assert fit("cafe\u0301s", 4) == "caf…"
    assert fit("abc", 1) == "…"
    assert fit("abc", 0) == ""


# What Rich counts wider since Unicode 16 made them so; terminals differ, as do the tables of Python versions.
NEWLY_WIDE = [(0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D356), (0x1D360, 0x1D376)]


def test_each_visible_character_is_as_wide_as_the_terminal_library_says() -> None:
    differing = {
        code
        for code in ALL_CHARACTERS
        if clean(chr(code)) == chr(code) and cell_width("a" + chr(code)) != cell_len("a" + chr(code))
    }
    assert {
        f"U+{code:04X}" for code in differing if not any(low <= code <= high for low, high in NEWLY_WIDE)
    } == set()


@given(
    st.text(st.characters(max_codepoint=0x2FFF) | st.characters(min_codepoint=0x3000, max_codepoint=0x9FFF))
)
def test_texts_are_as_wide_as_the_terminal_library_says(value: str) -> None:
    text = clean(value)
    if not any(low <= ord(char) <= high for char in text for low, high in NEWLY_WIDE):
        assert cell_width(text) == cell_len(text)


def test_importing_it_is_cheap() -> None:
    program = "import sys, nsview.text; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)
    assert not {"re", "typing", "unicodedata", "dataclasses"} & set(loaded.stdout.split())
