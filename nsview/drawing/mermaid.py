"""A map in the language of Mermaid (mermaid.js.org), as many web pages and editors draw it."""

from nsview.drawing import words
from nsview.model.net_map.parts import BoxKey, End, NetMap, Sort

_LINES = {
    Sort.PAIR: "---",
    Sort.CHILD: "-.->",
    Sort.TUNNEL: "-.-",
    Sort.THROUGH: "-.->",
    Sort.PORT: "---",
    Sort.MOVED: "-.->",
}
_PLAIN = frozenset(" -_./:,=")


def as_mermaid(found: NetMap) -> str:
    """Namespaces are subgraphs, interfaces their nodes; ids are ours, and every text is escaped."""
    ids = {key: f"n{place}" for place, key in enumerate(found.boxes)}
    shown: set[End] = set()
    lines = ["flowchart LR"]
    for key, box in found.boxes.items():
        title = " / ".join(filter(None, (words.title(box), words.below_title(box), words.refusal(box))))
        lines.append(f'  subgraph {ids[key]}["{_text(title)}"]')
        listed = [row for row in words.rows(found, box) if row.end.number]
        for row in listed:
            shown.add(row.end)
            said = "  ".join(filter(None, (row.name, row.what, *row.addresses, row.state)))
            lines.append(f'    {_id(row.end, ids)}["{_text(said)}"]')
        if not listed:
            lines.append(f'    {ids[key]}lo["lo"]')
        lines.append("  end")
    for link in found.links:
        a, b = (_id(end, ids) if end in shown else ids[end.box] for end in (link.a, link.b))
        label = f"|{link.sort}|" if link.sort is not Sort.PAIR else ""
        lines.append(f"  {a} {_LINES[link.sort]}{label} {b}")
    return "\n".join(lines) + "\n"


def _id(end: End, ids: dict[BoxKey, str]) -> str:
    return f"{ids[end.box]}i{end.number}"


def _text(clean: str) -> str:
    """Within quotes: all that might mean something becomes its number (entity codes)."""
    return "".join(char if char.isalnum() or char in _PLAIN else f"#{ord(char)};" for char in clean)
