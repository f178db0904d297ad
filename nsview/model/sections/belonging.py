"""Whose a process or namespace is, and who says so."""

from collections.abc import Sequence

from nsview.model import containers
from nsview.model.name import SYSTEMD, Name
from nsview.model.sections.section import Row
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import ContainerSubject

LISTED = 100
"""Containers of one namespace that are told one by one."""


def told(snapshot: Snapshot, names: Sequence[Name]) -> list[Row]:
    """Everything of a single name, and a line for each of several."""
    if len(names) == 1:
        return of_name(snapshot, names[0])
    rows = [_to_container("" if place else "Belongs to", name) for place, name in enumerate(names[:LISTED])]
    if len(names) > LISTED:
        rows.append(Row("", f"and {len(names) - LISTED:,} more"))
    return rows


def of_name(snapshot: Snapshot, name: Name) -> list[Row]:
    if name.engine == SYSTEMD:
        return [Row("Unit", name.name)]
    rows = [_to_container("Belongs to", name, short=True)]
    rows += [
        Row(label, value)
        for label, value in (("Pod", name.pod), ("Image", name.image), ("Container id", _id(name)))
        if value
    ]
    if name.unit and name.unit != name.name:
        rows.append(Row("Unit", name.unit))
    where = containers.where(snapshot, name)
    if where:
        rows.append(Row("Found", where if name.root in where else f"{where}, below {name.root}"))
    if name.witness:
        rows.append(Row("Known by", name.witness))
    return rows


def _to_container(label: str, name: Name, short: bool = False) -> Row:
    """`docker web`, or with what tells containers of the same name apart: `docker web, image nginx:1`."""
    parts = [f"{name.engine} {name.full}"]
    if not short and name.image:
        parts.append(f"image {name.image}")
    if not short and name.short_id != name.id:
        parts.append(f"id {name.short_id}")
    subject = None if name.engine == SYSTEMD else ContainerSubject(name.container)
    return Row(label, ", ".join(parts), subject=subject)


def _id(name: Name) -> str:
    """`0123456789ab, in full 0123…`; "" where the id says no more than the name."""
    if name.id == name.name:
        return ""
    return name.id if name.short_id == name.id else f"{name.short_id}, in full {name.id}"
