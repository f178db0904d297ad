"""What is not for the screen, for whoever looks for a fault: in the file that NSVIEW_DEBUG names.

`begin` is the program's business; until then nothing is written, whatever is noted.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever wants no log need not wait for it
    from logging import Logger

VARIABLE = "NSVIEW_DEBUG"

_logger: "Logger | None" = None


def begin(place: str) -> None:
    """Write to the end of this file from now on. OSError where that is not possible."""
    import logging

    global _logger
    # It tells of other people's processes, so it is nobody else's to read.
    fd = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    handler = logging.StreamHandler(open(fd, "w", encoding="ascii"))
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _logger = logging.Logger("nsview")
    _logger.addHandler(handler)


def note(source: str, text: str) -> None:
    """One entry; further lines of the text are indented below it. Nothing in it is obeyed by a terminal."""
    if _logger is not None:
        lines = [line.encode("unicode_escape").decode("ascii") for line in text.splitlines()]
        _logger.debug("%s: %s", source, "\n    ".join(lines))
