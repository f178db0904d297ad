"""Sections in words, for fronts that draw labelled lines."""

import pytest

from nsview.contents.section import (
    BYTES,
    FIRST,
    MICROSECONDS,
    MOMENT,
    NESTED,
    OCTAL,
    PROCESS,
    SECONDS,
    Column,
    Page,
    Section,
    Value,
    table,
    unread,
)
from nsview.contents.telling import cells, remark, told


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "", "-"),
        ("", "", "-"),
        (True, "", "yes"),
        ((), "", "-"),
        (("a", "b"), "", "a, b"),
        (1234567, "", "1,234,567"),
        (2048, BYTES, "2.0 KiB"),
        ("no limit", BYTES, "no limit"),
        (-90061, SECONDS, "-1 d 1 h"),
        (0.5, SECONDS, "0.5 s"),
        (1500, MICROSECONDS, "0.0015 s"),
        (0, MOMENT, "never"),
        (0o640, OCTAL, "0640"),
    ],
)
def test_values(value: Value, unit: str, words: str) -> None:
    assert told(value, unit) == words


def test_a_tree_is_set_in_and_numbers_that_are_names_are_whole() -> None:
    columns = (Column("depth", "DEPTH"), Column("pid", "PID", PROCESS), Column("name", "NAME", NESTED))
    assert cells(columns, (2, 12345, "kid")) == ["2", "12345", "    kid"]


def test_what_is_below_the_rows() -> None:
    columns = (Column("n", "NUMBER"),)
    rows: list[tuple[Value, ...]] = [(number,) for number in range(5)]
    assert remark(table("t", "Table", columns, rows, Page(limit=2))) == "… 3 more of 5"
    assert remark(table("t", "Table", columns, rows, Page(offset=7))) == "none on this page"
    assert remark(table("t", "Table", columns, [], FIRST)) == "none"
    assert remark(Section("e", "Empty")) == "nothing is counted or limited here"


def test_what_would_help() -> None:
    assert "run as root" in unread("it", PermissionError(1, "Operation not permitted")).why
    assert "ENOENT" in unread("it", FileNotFoundError(2, "No such file or directory")).why
