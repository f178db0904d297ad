"""What every section is: a title and labelled rows. The fronts draw them; they know no other shape."""

from typing import NamedTuple

from nsview.model.views.subject import Subject


class Row(NamedTuple):
    """One line. Texts are raw: names in them were picked by whoever runs there, and fronts clean them."""

    label: str
    """Ours, and safe; "" continues the row above."""
    value: str
    mark: str = ""
    """DIM, ALERT, ENDED or INFERRED: how it is to stand out. The value says the same in words."""
    subject: Subject | None = None
    """What the row is about and can be gone to."""


class Section(NamedTuple):
    title: str
    rows: tuple[Row, ...]
