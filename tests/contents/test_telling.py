"""Sections in words, for fronts that draw labelled lines."""

import pytest

from nsview.contents.section import (
    BYTES,
    FIRST,
    MICROSECONDS,
    MOMENT,
    OCTAL,
    SECONDS,
    Column,
    Fact,
    Page,
    Section,
    Unread,
    Value,
    table,
    unread,
)
from nsview.contents.telling import as_details, told


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


def test_lines() -> None:
    columns = (Column("n", "NUMBER"), Column("s", "SIZE", BYTES))
    rows: list[tuple[Value, ...]] = [(number, number * 1024) for number in range(5)]
    section = table("t", "Table", columns, rows, Page(limit=2), [Fact("f", "Fact", 1000)])
    section = section._replace(unread=(Unread("the rest", "nobody knows"),))
    (details,) = as_details([section])
    assert [(row.label, row.value) for row in details.rows] == [
        ("Fact", "1,000"),
        ("", "NUMBER  SIZE"),
        ("", "0       0 B"),
        ("", "1       1.0 KiB"),
        ("", "… 3 more of 5"),
        ("Not read", "the rest: nobody knows"),
    ]


def test_nothing() -> None:
    assert as_details([Section("e", "Empty")])[0].rows[0].value == "nothing is counted or limited here"
    assert as_details([table("e", "Empty", (Column("a", "A"),), [], FIRST)])[0].rows[0].value == "none"


def test_what_would_help() -> None:
    assert "run as root" in unread("it", PermissionError(1, "Operation not permitted")).why
    assert "ENOENT" in unread("it", FileNotFoundError(2, "No such file or directory")).why
