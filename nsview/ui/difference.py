"""Two rows side by side, as rows and tables: from what is compared to what a sheet shows."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from nsview.contents.difference import HOST, SAME, difference_at
from nsview.contents.section import Page, Section
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.record import command
from nsview.model.snapshot import Snapshot
from nsview.model.views.subject import (
    EngineSubject,
    GroupSubject,
    PodSubject,
    Subject,
    TaskSubject,
)
from nsview.text import clean
from nsview.ui import lines
from nsview.ui.inside import SHARED_WITH_HOST, sections_in_full
from nsview.ui.widgets.sheet import Block, Entry

_ROWS = Page(limit=3000)
"""Of each table: more differences than these are only counted."""


class Compared(NamedTuple):
    """What is compared at one moment, and what came of it."""

    snapshot: Snapshot
    blocks: tuple[Block, ...]


def side(snapshot: Snapshot, subject: Subject | None, pids: Sequence[int]) -> Subject | None:
    """What of a row is compared: of several processes that belong together the first; None for nothing."""
    if isinstance(subject, GroupSubject | PodSubject | EngineSubject):
        task = next((snapshot.processes[pid] for pid in sorted(pids) if pid in snapshot.processes), None)
        return None if task is None else TaskSubject(task.id)
    return subject if lines.target(snapshot, subject) is not None else None


def compare(
    snapshot: Snapshot, first: Subject, second: Subject, root: str, given_up: Callable[[], bool]
) -> Compared:
    """Takes some seconds; never raises for what it finds."""
    sides = [lines.target(snapshot, subject) for subject in (first, second)]
    told: list[Block] = [
        Entry(label, "it has ended" if one is None else clean(_told(snapshot, one), 400), "", subject)
        for label, one, subject in zip(("First", "Second"), sides, (first, second), strict=True)
    ]
    a, b = sides
    if a is None or b is None:
        return Compared(snapshot, tuple(told))
    try:
        sections = difference_at(root, snapshot, a, b, _ROWS, given_up)
    except Exception as error:  # two kinds that differ; and what is inside may be anything
        words = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return Compared(snapshot, (*told, Entry("Not compared", clean(words), "alert")))
    kinds, *others = sections
    told.append(Entry("Namespaces", _count(kinds)))
    return Compared(snapshot, (*told, *sections_in_full(snapshot, [_with_signs(kinds), *others])))


def _told(snapshot: Snapshot, one: Task | Namespace) -> str:
    if isinstance(one, Namespace):
        return str(one.id)
    name = None if snapshot.names is None else snapshot.names.of_task(snapshot.processes.get(one.tgid, one))
    of = "" if name is None else f" of {name.engine} {name.name}"
    words = command(one, snapshot.detail(one.tgid))
    return f"{one.pid} {snapshot.user_name(one.uid)}{of}: {words}"


def _with_signs(kinds: Section) -> Section:
    rows = [tuple(SHARED_WITH_HOST if cell == HOST else cell for cell in row) for row in kinds.rows]
    return kinds._replace(rows=tuple(rows))


def _count(kinds: Section) -> str:
    """How many are the same: `2 different, 1 the same, 5 the same and the host's`."""
    place = [column.key for column in kinds.columns].index("state")
    states = [str(row[place]) for row in kinds.rows]
    words = {HOST: "the same and the host's", SAME: "the same"}
    order = [state for state in ("different", SAME, HOST, "unknown") if state in states]
    return ", ".join(f"{states.count(state)} {words.get(state, state)}" for state in order)
