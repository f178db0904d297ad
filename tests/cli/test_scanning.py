"""What commands say of the look that they took."""

import pytest

from nsview.cli.scanning import SCAN_JSON, scan_json, tell_partial
from nsview.model.snapshot import Comparison, Report
from tests.model.snapshots import process, snapshot


def report(comparison: Comparison, unreadable: bool = False) -> Report:
    return snapshot([process(1), process(7, unreadable=unreadable)]).report._replace(comparison=comparison)


def test_json_has_what_the_help_explains() -> None:
    assert list(scan_json(report(Comparison()))) == list(SCAN_JSON)
    told = scan_json(report(Comparison(143, 142, 2)))
    assert (told["known"], told["explained"], told["unexplained"], told["why_not_known"]) == (
        143,
        142,
        2,
        None,
    )
    told = scan_json(report(Comparison(why="no list")))
    assert (told["known"], told["explained"], told["unexplained"], told["why_not_known"]) == (
        *(None, None, 0),
        "no list",
    )


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (Comparison(), ""),
        (Comparison(why="no list"), ""),
        (Comparison(143, 143), ""),
        (
            Comparison(1143, 1142, 1),
            "the kernel knows 1,143 namespaces, we explain 1,142; nsview list -Q held:unknown",
        ),
        (
            Comparison(unexplained=1, why="no list"),
            "nothing was found that keeps 1 namespace alive; nsview list",
        ),
    ],
)
def test_what_is_unexplained_is_told_where_there_is_any(
    comparison: Comparison, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_partial(report(comparison))
    assert capsys.readouterr().err.startswith(f"nsview: {words}" if words else "")
    assert bool(words) == (not comparison.all_explained)


def test_both_in_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    tell_partial(report(Comparison(5, 4, 1), unreadable=True))
    first, second = capsys.readouterr().err.splitlines()
    assert "1 of 2 processes could not be read" in first
    assert "we explain 4" in second
