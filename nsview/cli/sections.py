"""Sections of labelled rows, as the details of the app show them, on plain lines."""

from collections.abc import Iterable

from nsview.cli.output import colourful, styled, width, write_line
from nsview.model.sections.section import Section
from nsview.text import clean, fit

_LABEL = 20
"""Cells of the column of labels."""
_ROWS = 40
"""Rows of a section: the host's namespaces have thousands of members."""


def write_sections(sections: Iterable[Section]) -> None:
    """Titles, then rows with their labels; nothing is cut unless the terminal is too narrow."""
    colour = colourful()
    cells = width()
    for place, section in enumerate(sections):
        if place:
            write_line()
        write_line(styled(section.title, "head", colour))
        for row in section.rows[:_ROWS]:
            line = f"  {fit(clean(row.label), _LABEL)} {clean(row.value, 1 << 16)}"
            write_line(line if cells is None else fit(line, cells).rstrip())
        if len(section.rows) > _ROWS:
            write_line(f"  {'':{_LABEL}} … {len(section.rows) - _ROWS:,} more lines; --json has them all")
