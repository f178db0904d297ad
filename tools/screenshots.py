"""Draw the pictures of the README: the app on a machine that is always the same, as SVG and PNG.

python tools/screenshots.py [DIRECTORY]
"""

import asyncio
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import cairosvg  # noqa: E402

from tests.ui.scene import SCENES, picture  # noqa: E402

SIZE = (132, 36)
CELL = 13 / 12.2
"""A cell of the picture is so made a whole number of pixels wide: letters are placed on whole ones."""


def as_png(svg: str) -> bytes:
    """As a browser would draw it: with a font that is there, and the spaces that Textual means."""
    svg = re.sub(r"font-family: [^;]+;", "font-family: DejaVu Sans Mono;", svg)
    svg = svg.replace("font-size: 20px", "font-size: 20.27px")  # its cells are a little narrower
    svg = re.sub(r' textLength="[^"]*"', "", svg)
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    svg = svg.replace("<text ", '<text xml:space="preserve" ')
    picture = cairosvg.svg2png(bytestring=svg.encode(), scale=CELL)
    assert isinstance(picture, bytes)
    return picture


def draw(place: Path) -> None:
    for name in SCENES:
        svg = asyncio.run(picture(name, SIZE))
        (place / f"{name}.svg").write_text(svg)
        (place / f"{name}.png").write_bytes(as_png(svg))
        print(f"{place / name}.svg .png")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots"
    target.mkdir(exist_ok=True)
    draw(target)
