"""The app's looks on fixed data, against pictures of before.

Where a change of the looks is meant, `make snapshots` takes the pictures anew; the diff tells what changed.
"""

import os
import re
from pathlib import Path

import pytest

from tests.ui.scene import picture

PICTURES = Path(__file__).parent / "snapshots"


def normal(svg: str) -> str:
    """Without what differs from run to run or says nothing of the looks: the id, and where fonts are from."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", svg)
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


@pytest.mark.parametrize(
    ("name", "size"),
    [("kinds", (120, 36)), ("processes", (80, 24)), ("details", (100, 30)), ("filter", (40, 12))],
)
async def test_it_looks_as_before(name: str, size: tuple[int, int], tmp_path: Path) -> None:
    drawn = normal(await picture(name, size))
    right = PICTURES / f"{name}.svg"
    if os.environ.get("RENEW_SNAPSHOTS"):
        right.write_text(drawn)
    now = tmp_path / f"{name}.svg"
    now.write_text(drawn)
    # Not compared by ==: the difference of two such texts is nothing to read.
    same = right.read_text() == drawn
    assert same, f"compare {right} with {now}; if the change is meant: make snapshots"
