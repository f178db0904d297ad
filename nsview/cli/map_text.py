"""A map on a terminal or in a file, as text."""

from nsview.cli.output import colourful, warn, width, write_line
from nsview.drawing.canvas import Canvas, Run
from nsview.drawing.picture import picture
from nsview.model.net_map.parts import NetMap
from nsview.text import cell_width, fit, only_ascii

_RESET = "\x1b[0m"
_COLOURS = {
    "title": "\x1b[1m",
    "host": "\x1b[1m",
    "dim": "\x1b[2m",
    "unseen": "\x1b[2m",
    "alert": "\x1b[33m",
    "pair": "\x1b[32m",
    "bridge": "\x1b[36m",
    "child": "\x1b[34m",
    "tunnel": "\x1b[35m",
    "through": "\x1b[35m",
    "moved": "\x1b[31m",
}


def write_map(found: NetMap, *, ascii_only: bool = False, whole: bool = False) -> None:
    """As narrow as the terminal if that can be; what is wider then is cut, and that is said."""
    room = width()
    canvas = Canvas(picture(found, room))
    colour = colourful()
    limit = None if whole or room is None else room
    for y in range(canvas.height):
        write_line(_line(canvas.line(y), limit, colour, ascii_only))
    if limit is not None and canvas.width > limit:
        warn(f"the map is {canvas.width} columns wide and was cut; nsview map -u | less -S shows it all")


def _line(runs: list[Run], limit: int | None, colour: bool, ascii_only: bool) -> str:
    parts = []
    left = limit
    for run in runs:
        text = run.text
        if left is not None:
            taken = cell_width(text)
            if taken > left:
                text, taken = fit(text, left), left
            left -= taken
        if ascii_only:
            text = only_ascii(text)
        style = _COLOURS.get(run.style, "") if colour else ""
        parts.append(f"{style}{text}{_RESET}" if style else text)
        if left == 0:
            break
    return "".join(parts).rstrip()
