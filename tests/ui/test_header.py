"""What the header says of how much of the machine is seen."""

import pytest

from nsview.model.kind import Kind
from nsview.model.snapshot import Comparison, Snapshot
from nsview.model.views.subject import NamespaceSubject
from tests.model.snapshots import NET, namespace, process, snapshot
from tests.ui.app_stage import stage


def seen(comparison: Comparison) -> Snapshot:
    scene = snapshot([process(1)])
    scene.report = scene.report._replace(comparison=comparison)
    return scene


@pytest.mark.parametrize(
    ("comparison", "width", "words"),
    [
        (
            Comparison(143, 142, 1),
            160,
            "namespaces, the kernel knows 143, we explain 142, 0 without a process",
        ),
        (Comparison(143, 142, 1), 110, "namespaces, 142 of 143 explained, 0 without a process"),
        (Comparison(143, 142, 1), 60, "ns 142 of 143 explained 1 proc"),
        (Comparison(unexplained=2, why="no list"), 160, "namespaces, 2 unexplained, 0 without a process"),
        (Comparison(unexplained=2, why="no list"), 60, "ns 2 unexplained 1 proc"),
        (Comparison(143, 143), 160, "1 processes  all explained"),
    ],
)
async def test_what_the_kernel_knows_beside_what_is_explained(
    comparison: Comparison, width: int, words: str
) -> None:
    async with stage(seen(comparison), size=(width, 20)) as on:
        assert words in on.header


@pytest.mark.parametrize("width", [160, 110, 60])
async def test_where_it_cannot_be_told_nothing_is_said(width: int) -> None:
    async with stage(seen(Comparison(why="no list")), size=(width, 20)) as on:
        assert "explain" not in on.header


async def test_a_row_says_that_nothing_holds_it_that_can_be_seen() -> None:
    alone = namespace(Kind.NET, NET + 1000)
    async with stage(snapshot([process(1)], [alone])) as on:
        assert on.cell(NamespaceSubject(alone.id), "held") == "unknown"
        assert "nothing that can be seen holds it" in on.cell(NamespaceSubject(alone.id), "command")
        await on.go(NamespaceSubject(alone.id))
        assert "something that cannot be seen" in on.details
        assert "on its way through a unix socket" in on.details
