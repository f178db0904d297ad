"""SVG, Graphviz and Mermaid: whole, and safe whatever people call their interfaces and containers."""

import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest

from nsview.drawing.canvas import Canvas, as_text
from nsview.drawing.dot import as_dot
from nsview.drawing.mermaid import as_mermaid
from nsview.drawing.picture import picture
from nsview.drawing.svg import as_svg
from nsview.model.net_map.parts import NetMap, Sort
from nsview.text import cell_width, only_ascii
from tests.drawing.maps import Builder, mesh, star

HOSTILE = (
    *(
        '"',
        "'",
        "]]>",
        "-->",
        "</text><script>alert(1)</script>",
        "&lt;&amp;",
        "x\ny",
        "\x1b[31mred",
        "\x9b2J",
    ),
    *(
        "end",
        "subgraph",
        "--- b0",
        '"] --> n1["',
        "#quot;",
        "`b`",
        "\\",
        "|x|",
        "%%{init}%%",
        "n0:i1",
        "}",
        "{x|y}",
    ),
    *(
        "\u202egnirts",
        "日本語",
        "a\u0301\u0301",
        "\udcff\udc80",
        "<B>",
        "click n0 href",
        "",
        " ",
        "\t",
        "\x00",
    ),
)


def hostile() -> NetMap:
    """Every name in every place that somebody can choose."""
    builder = Builder(["the host", *HOSTILE])
    for place, name in enumerate(HOSTILE, 1):
        builder.pair(0, place, name=name, alias=name, addresses=[name])
        builder.add(place, name, name, facts={"remote": name, "id": name, "mode": name})
    return builder.made()


MAPS = {"star": star(9), "mesh": mesh(20, 8, 3), "hostile": hostile(), "alone": Builder(["the host"]).made()}


@pytest.fixture(params=MAPS)
def found(request: pytest.FixtureRequest) -> NetMap:
    return MAPS[request.param]


def test_text(found: NetMap) -> None:
    shown = picture(found)
    canvas = Canvas(shown)
    text = as_text(canvas)
    assert all(line.isprintable() for line in text.splitlines())
    assert len(text.splitlines()) == shown.height
    for y in range(shown.height):
        line = "".join(run.text for run in canvas.line(y))
        assert cell_width(line) <= shown.width
    plain = only_ascii(text)
    assert plain.replace("\n", "").isascii()


def test_svg(found: NetMap) -> None:
    shown = picture(found)
    root = ElementTree.fromstring(as_svg(found, shown))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "style", "g", "rect", "text", "polyline"}
    assert not {name for element in root.iter() for name in element.attrib if name.startswith("on")}
    boxes = [element for element in root.iter() if element.tag.endswith("}rect")]
    assert len(boxes) == len(shown.placed)
    lines = [element for element in root.iter() if element.tag.endswith("}polyline")]
    assert len(lines) == len(shown.wires)
    told = "".join(root.itertext())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", told)


def test_what_svg_says_is_what_the_terminal_says(found: NetMap) -> None:
    shown = picture(found)
    root = ElementTree.fromstring(as_svg(found, shown))
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("}text")]
    pieces = [piece.text for one in shown.placed for line in one.panel.lines for piece in line.pieces]
    assert sorted(texts) == sorted(piece for piece in pieces if piece.strip())


NODE = re.compile(r"  (n\d+) \[label=<(.*)>\];")
EDGE = re.compile(r'  (n\d+):(t|i\d+) -- (n\d+):(t|i\d+) \[[a-z0-9= ]*(?: label="[a-z]+")?\];')


def test_dot(found: NetMap) -> None:
    """Each line is a node with a table that is well formed, or an edge between cells that there are."""
    first, second, *lines, last = as_dot(found).splitlines()
    assert (first, last) == ("graph namespaces {", "}")
    assert second.startswith("  rankdir=LR;")
    ports: set[tuple[str, str]] = set()
    edges = []
    for line in lines:
        node, edge = NODE.fullmatch(line), EDGE.fullmatch(line)
        assert (node is None) != (edge is None), line
        if node is not None:
            table = ElementTree.fromstring(node[2])
            ports |= {(node[1], cell.attrib["PORT"]) for cell in table.iter("TD") if "PORT" in cell.attrib}
        elif edge is not None:
            edges += [(edge[1], edge[2]), (edge[3], edge[4])]
    assert set(edges) <= ports
    assert len(edges) == 2 * len(found.links)
    if shutil.which("dot"):
        ran = subprocess.run(
            ["dot", "-Tcanon"], input=as_dot(found), capture_output=True, text=True, timeout=60, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, "")


SUBGRAPH = re.compile(r'  subgraph (n\d+)\["([^"\n]*)"\]')
INNER = re.compile(r'    (n\d+(?:i\d+|lo))\["([^"\n]*)"\]')
JOINED = re.compile(r"  (n\d+(?:i\d+)?) (?:---|-\.->|-\.-)(?:\|[a-z]+\|)? (n\d+(?:i\d+)?)")


def test_mermaid(found: NetMap) -> None:
    """Ids are of our making, and texts stand between quotes without anything that could mean more."""
    first, *lines = as_mermaid(found).splitlines()
    assert first == "flowchart LR"
    ids: set[str] = set()
    used: set[str] = set()
    for line in lines:
        node, edge = SUBGRAPH.fullmatch(line) or INNER.fullmatch(line), JOINED.fullmatch(line)
        assert node or edge or line == "  end", line
        if node is not None:
            assert node[1] not in ids
            ids.add(node[1])
            assert not re.search(r"[^\w\s\-./:,=#;]|#(?!\d+;)", node[2]), node[2]
        elif edge is not None:
            used |= {edge[1], edge[2]}
    assert used <= ids
    assert sum(JOINED.fullmatch(line) is not None for line in lines) == len(found.links)


def test_all_sorts_of_lines_differ_without_colour() -> None:
    builder = Builder(["the host", "other"])
    for sort in Sort:
        builder.pair(0, 1, name=str(sort))
    found = builder.made()
    links = tuple(link._replace(sort=sort) for link, sort in zip(found.links, Sort, strict=True))
    text = as_text(Canvas(picture(found._replace(links=links))))
    lines = {sort: re.search(rf"{sort} .*├(.).*", text) for sort in Sort}
    signs = {sort: match[1] for sort, match in lines.items() if match is not None}
    assert signs[Sort.PAIR] == "─"
    assert len({signs[sort] for sort in (Sort.PAIR, Sort.CHILD, Sort.TUNNEL, Sort.MOVED)}) == 4
    plain = only_ascii("".join(signs[sort] for sort in (Sort.PAIR, Sort.CHILD, Sort.TUNNEL)))
    assert len(set(plain)) == 3
