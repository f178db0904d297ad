"""What is inside a namespace, as plain text and as JSON."""

from collections.abc import Iterable

from nsview.cli.output import colourful, styled, width, write_line
from nsview.cli.table import Line, draw
from nsview.contents.section import Section
from nsview.contents.telling import cells, remark, told
from nsview.model.namespace import Namespace
from nsview.tabular import heads_of
from nsview.text import clean, fit

_LABEL = 26
"""Cells of the column of labels."""


def write_inside(ns: Namespace, sections: Iterable[Section]) -> None:
    """Its sections, each with its facts, the page of its table, and what could not be read."""
    write_line(styled(f"Inside {ns.id}", "head", colourful()))
    for section in sections:
        write_line()
        write_section(section)


def write_section(section: Section) -> None:
    colour, wide = colourful(), width()
    write_line(styled(section.title, "head", colour))
    for fact in section.facts:
        line = f"  {fit(clean(fact.label), _LABEL)} {clean(told(fact.value, fact.unit), 1 << 16)}"
        write_line(line if wide is None else fit(line, wide).rstrip())
    if section.rows:
        _draw(section, wide, colour)
    said = remark(section)
    if said is not None:
        more = "; --offset and --limit show others" if section.rows else ""
        write_line(f"  {said}{more}")
    for what, why in section.unread:
        write_line(styled(f"  not read: {clean(what)}: {clean(why)}", "warn", colour))


def _draw(section: Section, wide: int | None, colour: bool) -> None:
    heads = heads_of(section.columns, section.rows)
    lines = [Line([_one_line(cell) for cell in cells(section.columns, row)]) for row in section.rows]
    left_out = draw(heads, lines, width=wide, colour=colour)
    if left_out:
        write_line(f"  no room for {', '.join(dict.fromkeys(left_out))}: --json has them")


def _one_line(cell: str) -> str:
    """A newline would make a cell of several lines; in a name it is to be seen as what it is."""
    return cell.replace("\n", "␤")


def inside_json(ns: Namespace, sections: Iterable[Section]) -> dict[str, object]:
    return {"ns": ns.inode, "type": str(ns.kind), "sections": [section.as_data() for section in sections]}
