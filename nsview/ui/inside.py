"""What is inside a namespace, as rows and tables for the details: from sections to what a sheet shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from nsview.contents.section import NAMESPACE, PROCESS, Section, Value
from nsview.contents.telling import cells, remark, told
from nsview.model import containers
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.snapshot import Snapshot
from nsview.model.views.moment import Moment
from nsview.model.views.subject import (
    ContainerSubject,
    GroupSubject,
    MembersSubject,
    NamespaceSubject,
    Subject,
    TaskSubject,
)
from nsview.model.views.tree import ALERT, DIM
from nsview.model.views.view import INFERRED
from nsview.tabular import heads_of
from nsview.text import clean
from nsview.ui.widgets.grid import Grid
from nsview.ui.widgets.line import Part
from nsview.ui.widgets.sheet import Block, Entry

PAGE = 200
"""Rows of a table that are read and shown at a time."""
FEW = 12
"""Rows of a table that are shown where the other sections are too."""
ALL = ""
"""Where a section is named: all of them."""
_PROBLEMS = 4
"""Things that could not be read, of one section, before they are only counted."""
_IN_A_LINE = 3
"""Facts beside a table; more than these are told in one line."""
SHARED_WITH_HOST = "! host"
"""Of a kind that two sides have in common: it stands out, as it does everywhere."""
_LONG = 4096
_CELL = 400
_INTERESTING = (Kind.NET, Kind.MNT, Kind.PID, Kind.USER, Kind.UTS, Kind.IPC, Kind.CGROUP, Kind.TIME)


class Shown(NamedTuple):
    """What the tab has to show."""

    choices: tuple[Namespace, ...] = ()
    """Namespaces to choose from: of a process those that are not the host's come first."""
    ns: NamespaceId | None = None
    """The one that was chosen."""
    section: str = ALL
    sections: tuple[Section, ...] | None = None
    """None: they are being read."""
    find: str = ""
    offset: int = 0
    """Rows of the section that come before those that are shown."""
    note: str = ""
    """Why there is nothing to choose from."""


NOTHING = Shown()


def nothing_to_choose(moment: Moment | None, subject: Subject | None) -> str:
    """Why there is no namespace to look into."""
    match subject:
        case NamespaceSubject(identity) | MembersSubject(identity):
            gone = moment is None or identity not in moment.snapshot.namespaces
        case TaskSubject(process, tid):
            gone = moment is None or moment.task(process, tid) is None or moment.ended(process)
        case GroupSubject() | ContainerSubject():
            return "No process of it is running."
        case _:
            gone = False
    return "It has ended." if gone else "None of its namespaces may be read; run as root."


def choices(snapshot: Snapshot, subject: Subject | None, pids: Sequence[int] = ()) -> tuple[Namespace, ...]:
    """The namespaces that can be looked into for a row; `pids` are the processes that it stands for."""
    match subject:
        case NamespaceSubject(identity) | MembersSubject(identity):
            ns = snapshot.namespaces.get(identity)
            return () if ns is None else (ns,)
        case TaskSubject(process, tid):
            task = snapshot.process(process) if tid is None else snapshot.threads.get(tid)
        case ContainerSubject(container):
            running = containers.find(snapshot, container)
            task = None if running is None else running.init
        case GroupSubject():
            task = next((snapshot.processes[pid] for pid in pids if pid in snapshot.processes), None)
        case _:
            return ()
    if task is None:
        return ()
    found = [ns for kind in _INTERESTING if (ns := snapshot.namespace_of(task, kind)) is not None]
    return tuple(sorted(found, key=lambda ns: ns.host))


# ---- the line of parts to choose from


def parts(shown: Shown, subject: Subject | None, width: int) -> list[Part]:
    """The kinds of what is no namespace itself, then the sections of the chosen one."""
    line: list[Part] = []
    here = 0
    if not isinstance(subject, NamespaceSubject | MembersSubject):
        for place, ns in enumerate(shown.choices):
            if ns.host and (not place or not shown.choices[place - 1].host):
                line.append(Part(" the host's:", "quiet"))
            if ns.id == shown.ns:
                here = len(line)
            line.append(Part(f" {ns.kind} ", "here" if ns.id == shown.ns else "", f"kind:{ns.kind}"))
        line.append(Part("│"))
    if shown.sections and len(shown.sections) > 1:
        for key, count in ((ALL, None), *((section.key, _count(section)) for section in shown.sections)):
            if key == shown.section and key != ALL:
                here = len(line)
            name = f" {key or 'all'}{'' if count is None else f' {count:,}'} "
            line.append(Part(name, "here" if key == shown.section else "", f"section:{key}"))
    return _scrolled(line, here, width)


def _count(section: Section) -> int | None:
    return section.total if section.columns else None


def _scrolled(line: list[Part], here: int, width: int) -> list[Part]:
    """As much of the line as fits, with the chosen part in it."""
    start = 0
    while start < here and sum(len(part.text) for part in line[start : here + 1]) + 2 > width:
        start += 1
    return line if not start else [Part("… "), *line[start:]]


# ---- sections


def blocks(snapshot: Snapshot, shown: Shown) -> tuple[Block, ...]:
    """The rows and tables of the tab, clean."""
    if shown.ns is None:
        return (Entry("", shown.note, DIM),)
    if shown.sections is None:
        return (Entry("", "is being read …", DIM),)
    sections = [section for section in shown.sections if shown.section in (ALL, section.key)]
    if shown.find:
        sections = [section for section in sections if section.total] or []
    found: list[Block] = []
    for section in sections:
        found += _section(snapshot, section, alone=shown.section != ALL or len(shown.sections) == 1)
    return tuple(found) or (Entry("", "nothing in it has that", DIM),)


def sections_in_full(snapshot: Snapshot, sections: Iterable[Section]) -> Iterator[Block]:
    """All that there is of them, with nothing that could be asked for."""
    for section in sections:
        yield Entry("", _title(section, alone=False), "title")
        yield from _facts(snapshot, section)
        if section.rows:
            yield grid(snapshot, section)
        if (said := remark(section)) is not None:
            yield Entry("", said, "note")
        yield from _problems(section)


def _section(snapshot: Snapshot, section: Section, *, alone: bool) -> Iterator[Block]:
    few = not alone and len(section.rows) > FEW + 2
    yield Entry("", _title(section, alone), "title", do=f"section:{ALL if alone else section.key}")
    yield from _facts(snapshot, section)
    if section.rows:
        yield grid(snapshot, section._replace(rows=section.rows[:FEW]) if few else section)
    yield from _below(section, few, alone)
    yield from _problems(section)


def _facts(snapshot: Snapshot, section: Section) -> Iterator[Block]:
    if section.columns and len(section.facts) > _IN_A_LINE:
        words = "  ".join(f"{fact.label} {told(fact.value, fact.unit)}" for fact in section.facts)
        yield Entry("", clean(words, _LONG), "text")
        return
    for fact in section.facts:
        value = clean(told(fact.value, fact.unit), _LONG)
        yield Entry(clean(fact.label), value, "", _leads_to(snapshot, fact.value, fact.unit))


def _problems(section: Section) -> Iterator[Block]:
    for what, why in section.unread[:_PROBLEMS]:
        yield Entry("Not read", clean(f"{what}: {why}", _LONG), INFERRED)
    if len(section.unread) > _PROBLEMS:
        yield Entry("Not read", f"and {len(section.unread) - _PROBLEMS:,} things more", INFERRED)


def _title(section: Section, alone: bool) -> str:
    if not section.columns:
        return section.title
    first, last = section.offset + 1, section.offset + len(section.rows)
    if alone and section.rows and len(section.rows) < section.total:
        return f"{section.title} · {first:,}–{last:,} of {section.total:,}"
    return f"{section.title} · {section.total:,}"


def _below(section: Section, few: bool, alone: bool) -> Iterator[Block]:
    """What is to be said below the rows, and how to come to the others."""
    if few:
        yield Entry("", f"… {section.total - FEW:,} more", "note", do=f"section:{section.key}")
        return
    left = section.total - section.offset - len(section.rows)
    if section.rows and left > 0:
        words, do = (
            (f"… the next {min(left, PAGE):,}", "page:1")
            if alone
            else (f"… {left:,} more", f"section:{section.key}")
        )
        yield Entry("", words, "note", do=do)
    elif not section.rows and (said := remark(section)) is not None:
        yield Entry("", said, "note")


def grid(snapshot: Snapshot, section: Section) -> Grid:
    """The table of a section: without columns of which nothing is known, and without those that the setting
    in of names tells."""
    columns = section.columns
    kept = [
        place
        for place, column in enumerate(columns)
        if not column.drop
        or (column.key != "depth" and any(row[place] not in (None, "", ()) for row in section.rows))
    ]
    heads = heads_of(columns, section.rows)
    rows, links, marks = [], [], []
    for row in section.rows:
        texts = cells(columns, row)
        rows.append(tuple(clean(texts[place], _CELL) for place in kept))
        leading = {
            at: subject
            for at, place in enumerate(kept)
            if columns[place].unit in (PROCESS, NAMESPACE)
            and (subject := _leads_to(snapshot, row[place], columns[place].unit)) is not None
        }
        links.append(leading)
        marks.append(_mark(dict(zip((column.key for column in columns), row, strict=True))))
    return Grid(tuple(heads[place] for place in kept), tuple(rows), tuple(marks), tuple(links))


def _mark(row: Mapping[str, Value]) -> str:
    """How a row stands out: beside the words that say the same."""
    if row.get("hidden") is True:
        return DIM
    return ALERT if row.get("state") == SHARED_WITH_HOST else ""


def _leads_to(snapshot: Snapshot, value: Value, unit: str) -> Subject | None:
    """The process or namespace that a cell names, as far as it is still there."""
    names = value if isinstance(value, tuple) else (value,)
    for name in names:
        if isinstance(name, bool) or not str(name).isdecimal():
            continue
        number = int(str(name))
        if unit == PROCESS and number in snapshot.processes:
            return TaskSubject(snapshot.processes[number].id)
        if unit == NAMESPACE and (ns := snapshot.by_inode(number)) is not None:
            return NamespaceSubject(ns.id)
    return None
