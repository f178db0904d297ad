"""A picture as SVG: one file, no script, nothing from elsewhere; on light and on dark ground."""

from collections.abc import Iterator
from html import escape

from nsview.drawing import words
from nsview.drawing.picture import Picture, Placed, Wire
from nsview.model.net_map.parts import NetMap
from nsview.text import cell_width

_WIDE, _HIGH = 8.4, 18
"""A cell, in pixels: what a monospaced font of 14 takes."""
_MARGIN = 12
_BASELINE = 13

_STYLE = """
svg { background: #ffffff; }
text { font: 14px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2328; white-space: pre; }
rect { fill: #ffffff; stroke: #59636e; stroke-width: 1.2; }
rect.host { stroke-width: 2.4; }
rect.unseen { stroke-dasharray: 5 4; }
polyline { fill: none; stroke: #1f2328; stroke-width: 1.4; }
.title { font-weight: bold; }
.dim { fill: #6b7480; }
.alert { fill: #9a5b00; }
.pair { fill: #116329; } polyline.pair { stroke: #116329; fill: none; }
.bridge { fill: #0a4a9e; }
.child { fill: #6639ba; } polyline.child { stroke: #6639ba; stroke-dasharray: 7 3; fill: none; }
.tunnel { fill: #a40e66; } polyline.tunnel { stroke: #a40e66; stroke-dasharray: 4 4; fill: none; }
polyline.through { stroke: #a40e66; stroke-dasharray: 1.5 3.5; }
.moved { fill: #b3261e; } polyline.moved { stroke: #b3261e; stroke-dasharray: 1.5 3.5; fill: none; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; }
text { fill: #e6edf3; }
rect { fill: #0d1117; stroke: #8b949e; }
polyline { stroke: #e6edf3; }
.dim { fill: #9198a1; }
.alert { fill: #e3a33b; }
.pair { fill: #56d364; } polyline.pair { stroke: #56d364; }
.bridge { fill: #79c0ff; }
.child { fill: #d2a8ff; } polyline.child { stroke: #d2a8ff; }
.tunnel { fill: #ff9bce; } polyline.tunnel, polyline.through { stroke: #ff9bce; }
.moved { fill: #ffa198; } polyline.moved { stroke: #ffa198; }
}
"""


def as_svg(found: NetMap, picture: Picture) -> str:
    """Texts are escaped; what each line links is told when the pointer rests on it."""
    width = picture.width * _WIDE + 2 * _MARGIN
    height = picture.height * _HIGH + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        "<title>Network namespaces</title>",
        f"<style>{_STYLE}</style>",
        f'<g transform="translate({_MARGIN} {_MARGIN})">',
    ]
    parts += [_wire(found, wire) for wire in picture.wires]
    for one in picture.placed:
        parts += _panel(found, one)
    parts += ["</g>", "</svg>"]
    return "\n".join(parts) + "\n"


def _wire(found: NetMap, wire: Wire) -> str:
    points = [((x + 0.5) * _WIDE, (y + 0.5) * _HIGH) for x, y in wire.points]
    (first_x, first_y), (last_x, last_y) = points[0], points[-1]
    # From frame to frame: the cells beside them are where it turns.
    points = [(first_x - _WIDE, first_y), *points, (last_x + _WIDE, last_y)]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    link = wire.link
    said = escape(f"{words.told(found, link.a)} – {words.link_told(found, link, link.a)}")
    return f'<polyline class="{link.sort}" points="{drawn}"><title>{said}</title></polyline>'


def _panel(found: NetMap, one: Placed) -> Iterator[str]:
    drawn = one.panel
    x, y = (one.x + 0.5) * _WIDE, (one.y + 0.5) * _HIGH
    width, height = (drawn.width - 1) * _WIDE, (drawn.height - 1) * _HIGH
    style = f' class="{drawn.style}"' if drawn.style in ("host", "unseen") else ""
    yield f'<rect{style} x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"/>'
    for place, line in enumerate(drawn.lines, 1):
        at = one.x + 2
        for text, name in line.pieces:
            if text.strip():
                kind = f' class="{name}"' if name else ""
                left, top = at * _WIDE, (one.y + place) * _HIGH + _BASELINE
                yield f'<text{kind} x="{left:.1f}" y="{top:.1f}" xml:space="preserve">{escape(text)}</text>'
            at += cell_width(text)
