"""A map in the language of Graphviz (graphviz.org/doc/info/lang.html)."""

from collections.abc import Iterator
from html import escape

from nsview.drawing import words
from nsview.model.net_map.parts import Box, BoxKey, End, NetMap, Sort

_STYLES = {
    Sort.PAIR: "color=darkgreen",
    Sort.CHILD: "color=purple style=dashed",
    Sort.TUNNEL: "color=deeppink4 style=dashed",
    Sort.THROUGH: "color=deeppink4 style=dotted",
    Sort.PORT: "color=blue",
    Sort.MOVED: "color=red style=dotted",
}


def as_dot(found: NetMap) -> str:
    """Namespaces are nodes with a cell for each interface; ids are ours, and every text is escaped."""
    ids = {key: f"n{place}" for place, key in enumerate(found.boxes)}
    shown = {key: [row.end for row in words.rows(found, box)] for key, box in found.boxes.items()}
    lines = [
        "graph namespaces {",
        '  rankdir=LR; node [shape=plain fontname="monospace"]; edge [fontname="monospace" fontsize=9];',
    ]
    for key, box in found.boxes.items():
        lines.append(f"  {ids[key]} [label=<{''.join(_table(found, box))}>];")
    for link in found.links:
        a, b = (_end(end, ids, shown) for end in (link.a, link.b))
        label = f' label="{link.sort}"' if link.sort is not Sort.PAIR else ""
        lines.append(f"  {a} -- {b} [{_STYLES[link.sort]}{label}];")
    return "\n".join([*lines, "}"]) + "\n"


def _table(found: NetMap, box: Box) -> Iterator[str]:
    yield '<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4">'
    title = f"<B>{_text(words.title(box))}</B><BR/>{_text(words.below_title(box))}"
    refusal = words.refusal(box)
    if refusal:
        title += f"<BR/>{_text(refusal)}"
    yield f'<TR><TD PORT="t" BGCOLOR="gray92">{title}</TD></TR>'
    for row in words.rows(found, box):
        texts = [f"<B>{_text(row.name)}</B>", _text(row.what), *map(_text, row.addresses), _text(row.state)]
        indent = "&#160;" * (2 * row.depth)
        port = f' PORT="i{row.end.number}"' if row.end.number else ""
        yield f'<TR><TD ALIGN="LEFT"{port}>{indent}{" ".join(filter(None, texts))}</TD></TR>'
    yield "</TABLE>"


def _text(clean: str) -> str:
    return escape(clean)


def _end(end: End, ids: dict[BoxKey, str], shown: dict[BoxKey, list[End]]) -> str:
    """Ports are by numbers: no text of anybody's is in them."""
    return f"{ids[end.box]}:{f'i{end.number}' if end in shown[end.box] and end.number else 't'}"
