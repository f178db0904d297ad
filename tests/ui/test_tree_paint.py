"""Columns and lines: every text in its place, whatever it is made of."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from wcwidth import wcwidth

from nsview.model.views.tree import ALERT, ENDED, NEW, Cell, Span, plain
from nsview.model.views.visible import Row
from nsview.ui.widgets.tree.columns import GAP, GUTTER, Column, column_at, fit
from nsview.ui.widgets.tree.glyphs import ASCII, UNICODE, Glyphs
from nsview.ui.widgets.tree.paint import (
    Heading,
    Line,
    Names,
    fold_mark,
    lead,
    paint_heading,
    paint_line,
    width_of,
)

COLUMNS = (
    Column("name", "NAMESPACE", 16, grow=2, limit=40),
    Column("count", "NPROC", 5, "right"),
    Column("pid", "PID", 7, "right", drop=2),
    Column("user", "USER", 9, drop=1),
    Column("cpu", "CPU%", 5, "right", drop=3),
    Column("held", "HELD BY", 10, drop=4),
    Column("command", "COMMAND", 10, grow=3),
)

HOSTILE = (
    "[/nope]",
    "[bold red]x[/]",
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "a\tb\nc\rd",
    "\u202eevil",
    "e\u0301\u0301\u0301",
    "漢字かな交じり文の名前です",
    "🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂",
    "❤\ufe0f❤\ufe0f❤\ufe0f",
    "👩\u200d👩\u200d👧",
    "👍🏽👍🏿",
    "🇩🇪🇫🇷",
    "\u200b\u200b",
    "\udcff\udc80",
    "\u0301leading",
    "ᄒ\u1161\u11ab",
    "\u3000wide space",
    "\u00ad\ufeff",
    "",
)

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
cells: st.SearchStrategy[Cell] = st.one_of(
    texts,
    st.builds(Span, texts, st.sampled_from(["", "net", "dim"])),
    st.lists(st.builds(Span, texts, st.sampled_from(["", "net"])), max_size=4).map(tuple),
)
rows = st.builds(
    Row,
    st.just("key"),
    st.builds(lambda above, own: above + own, st.text("│ ", max_size=24), st.sampled_from(["", "├", "└"])),
    st.sampled_from([None, True, False]),
)


def drawn(line: Line, glyphs: Glyphs = UNICODE) -> str:
    return "".join(segment.text for segment in paint_line(line, glyphs, lambda names, blank: Style()))


def on_a_terminal(text: str) -> list[str]:
    """The cells of a terminal that goes character by character: wide ones take a second, empty cell."""
    shown: list[str] = []
    for char in text:
        width = wcwidth(char)
        assert width >= 0, f"{char!r} is an order to the terminal"
        if width:
            shown += [char] + [""] * (width - 1)
    return shown


@given(rows, st.lists(cells, min_size=7, max_size=7), st.integers(0, 130), st.integers(0, 40), st.booleans())
@example(Row("k", "", True), list(HOSTILE[:7]), 120, 0, False)
@example(Row("k", "└", None), list(HOSTILE[7:14]), 80, 0, True)
@example(Row("k", "└", None), list(HOSTILE[14:21]), 40, 3, True)
def test_every_column_is_where_its_title_is(
    row: Row, given_cells: list[Cell], width: int, pan: int, unicode: bool
) -> None:
    glyphs = UNICODE if unicode else ASCII
    placed = fit(COLUMNS, width)
    shown = given_cells[: len(placed) - 1] + given_cells[-1:]
    line = Line(row, placed, tuple(shown[: len(placed)]), (), pan)
    text = drawn(line, glyphs)
    wanted = placed[-1].x + placed[-1].width
    assert cell_len(text) == wanted
    terminal = on_a_terminal(text)
    assert len(terminal) == wanted
    for place in placed[1:]:
        assert terminal[place.x - 1] == " ", "the gap before a column"
    heading = paint_heading(Heading(placed, "pid", True, pan), glyphs, lambda names, blank: Style())
    assert cell_len("".join(segment.text for segment in heading)) == wanted
    if not unicode:
        guides = lead(row, placed[0].width, glyphs)
        assert guides.isascii()


@given(st.integers(0, 300))
def test_columns_use_the_room_and_no_more(width: int) -> None:
    placed = fit(COLUMNS, width)
    assert placed[0].column.name == "name"
    x = GUTTER
    for place in placed:
        assert place.x == x
        assert place.width >= 1
        x += place.width + GAP
    if width >= GUTTER + 1:
        assert x - GAP == width
    if width >= 86:
        assert len(placed) == len(COLUMNS)
        assert all(place.width >= place.column.width for place in placed)


def test_the_least_useful_columns_go_first() -> None:
    def names(width: int) -> list[str]:
        return [place.column.name for place in fit(COLUMNS, width)]

    assert names(120) == ["name", "count", "pid", "user", "cpu", "held", "command"]
    assert names(66) == ["name", "count", "pid", "user", "cpu", "command"]
    assert names(55) == ["name", "count", "pid", "user", "command"]
    assert names(50) == ["name", "count", "user", "command"]
    assert names(40) == ["name", "count", "command"]
    assert names(30) == ["name", "count", "command"]
    assert names(12) == ["name"]
    assert fit(COLUMNS, 40)[0].width >= 16


def test_columns_grow_by_share_up_to_their_limit() -> None:
    wide = {place.column.name: place.width for place in fit(COLUMNS, 200)}
    assert wide["name"] == 40
    assert wide["pid"] == 7
    assert sum(wide.values()) + GUTTER + GAP * 6 == 200
    narrow = {place.column.name: place.width for place in fit(COLUMNS, 100)}
    assert 16 < narrow["name"] < 40
    assert narrow["command"] > 10


def test_a_click_finds_its_column() -> None:
    placed = fit(COLUMNS, 120)
    assert column_at(placed, 0) is COLUMNS[0]
    for place in placed:
        assert column_at(placed, place.x) is place.column
        assert column_at(placed, place.x + place.width - 1) is place.column
    assert column_at(placed, 119) is COLUMNS[-1]
    assert column_at((), 5) is None


ROOT = Row("k", "", None)


def line(
    *shown: Cell,
    row: Row = ROOT,
    marks: Names = (),
    cursor: bool = False,
    tagged: bool = False,
    matched: bool = False,
) -> Line:
    return Line(row, fit(COLUMNS, 40), shown, marks, 0, cursor, tagged, matched)


def test_what_does_not_fit_ends_in_a_mark() -> None:
    placed = fit((Column("n", "N", 6), Column("pid", "PID", 3, "right")), 12)
    assert drawn(Line(Row("k", "", None), placed, ("abc", "4194304"), (), 0)).endswith(" 41…")
    assert drawn(Line(Row("k", "", None), placed, ("abc", "419"), (), 0)).endswith(" 419")
    assert drawn(Line(Row("k", "", None), placed, ("abc", "4194304"), (), 0), ASCII).endswith(" 41~")


def test_panning_shows_the_rest_of_the_last_column_only() -> None:
    placed = fit((Column("n", "N", 6), Column("c", "C", 6)), 16)
    shown = Line(Row("k", "", None), placed, ("name", "0123456789"), (), 4)
    assert drawn(shown) == "    name 456789 "
    wide = Line(Row("k", "", None), placed, ("name", "漢字かな"), (), 3)
    assert drawn(wide).rstrip().endswith(" かな")
    styled = Line(Row("k", "", None), placed, ("name", (Span("0123", "x"), Span("456", "y"))), (), 5)
    assert drawn(styled).rstrip().endswith("56")


def test_marks_are_seen_without_colour() -> None:
    assert drawn(line("a", "1", "c"))[:2] == "  "
    assert drawn(line("a", "1", "c", cursor=True))[:2] == "▌ "
    assert drawn(line("a", "1", "c", tagged=True, marks=(NEW,)))[:2] == " ✓"
    assert drawn(line("a", "1", "c", tagged=True, marks=(ENDED,), cursor=True))[:2] == "▌×"
    assert drawn(line("a", "1", "c", marks=(NEW,)), ASCII)[:2] == " +"
    assert drawn(line("a", "1", "c", marks=(ALERT,), cursor=True), ASCII)[:2] == ">!"
    assert drawn(line("a", "1", "c", marks=("net",)))[:2] == "  "


def test_styles_are_named_from_the_row_to_the_cursor() -> None:
    used: list[tuple[Names, bool]] = []

    def style(names: Names, blank: bool) -> Style:
        used.append((names, blank))
        return Style()

    shown = line(Span("net", "kind-net"), "1", "c", marks=(ENDED,), tagged=True, cursor=True, matched=True)
    paint_line(shown, UNICODE, style)
    assert ((ENDED, "tagged", "match", "kind-net", "cursor"), False) in used
    assert ((ENDED, "tagged", "cursor"), False) in used
    assert ((ENDED, "tagged", "cursor"), True) in used, "blanks are not struck out"
    assert (("guide", "cursor"), False) in used


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_guides_take_the_cells_they_say(glyphs: Glyphs) -> None:
    for text in (*glyphs.rails.values(), glyphs.opened, glyphs.closed, glyphs.leaf):
        assert cell_len(text) == 2
    for text in (*glyphs.signs.values(), glyphs.cursor, glyphs.ascending, glyphs.descending, glyphs.cut):
        assert cell_len(text) == 1
        assert all(unicodedata.east_asian_width(char) not in "WF" for char in text)


def test_deep_guides_leave_half_of_the_column_to_the_text() -> None:
    deep = Row("k", "│" * 23 + "└", True)
    assert len(lead(deep, 20, UNICODE)) == 10
    assert lead(deep, 20, UNICODE).startswith("…")
    assert lead(deep, 20, UNICODE).endswith("└─▾ ")
    assert lead(Row("k", "│└", None), 20, ASCII) == "| `-- "
    assert fold_mark(line("a", "1", "c", row=Row("k", "├", True)), UNICODE) == range(4, 6)
    assert fold_mark(line("a", "1", "c"), UNICODE) == range(0)


@given(cells)
def test_width_of_a_cell_is_that_of_its_text(cell: Cell) -> None:
    assert width_of(cell) == cell_len(plain(cell)) or isinstance(cell, tuple)
