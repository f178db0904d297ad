"""How sure a fact is."""

from enum import StrEnum


class Certainty(StrEnum):
    KNOWN = "known"
    """The kernel said so."""
    INFERRED = "inferred"
    """Concluded from something else that any user may read (a shared inode, a shared mount)."""
    UNREADABLE = "unreadable"
    """The kernel refused to tell."""
    VANISHED = "vanished"
    """It was there and had ended before it could be asked."""
