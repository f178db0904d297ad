"""Columns where there is only so much room: the less important go, the others give way."""

from nsview.contents.section import BYTES, MOMENT, Column
from nsview.tabular import Head, heads_of, joined, widths
from nsview.text import cell_width

HEADS = (Head("NAME"), Head("SIZE", right=True, drop=1), Head("PLACE", shrinks=True), Head("NOTE", drop=2))
ROWS = [["one", "12", "/somewhere/quite/far/away", "x"], ["漢字", "3", "/", "long note"]]


def lines(room: int | None) -> list[str]:
    cells = widths(HEADS, ROWS, room)
    return [joined(row, HEADS, cells, room) for row in ([head.name for head in HEADS], *ROWS)]


def test_without_a_limit_everything_is_whole() -> None:
    assert lines(None) == [
        "NAME SIZE PLACE                     NOTE",
        "one    12 /somewhere/quite/far/away x",
        "漢字    3 /                         long note",
    ]


def test_the_less_important_go_first_and_what_is_left_is_cut() -> None:
    assert lines(36)[0].split() == ["NAME", "SIZE", "PLACE"]
    assert lines(32)[0].split() == lines(24)[0].split() == ["NAME", "PLACE"]
    assert lines(32)[1].endswith("/away")
    assert lines(24)[1].endswith("…")


def test_what_never_goes_keeps_more() -> None:
    heads = (Head("PATH", shrinks=True), Head("OPTIONS", shrinks=True, drop=1))
    cells = widths(heads, [["p" * 40, "o" * 60]], 60)
    assert cells == [36, 23]


def test_nothing_is_ever_wider_than_the_room() -> None:
    for room in range(1, 60):
        assert max(map(cell_width, lines(room))) <= room


def test_what_is_known_of_no_row_goes_before_all_else() -> None:
    columns = (
        Column("a", "A"),
        Column("b", "B", BYTES, 1),
        Column("c", "C", drop=9),
        Column("t", "T", MOMENT, 2),
    )
    heads = heads_of(columns, [("x", None, 3, 1.5), ("", None, 4, None)])
    assert max(heads, key=lambda head: head.drop).name == "B"
    assert [head.right for head in heads] == [False, False, True, False]
