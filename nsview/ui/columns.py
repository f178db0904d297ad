"""The columns of the views: their titles and widths, and which go first on narrow terminals."""

from collections.abc import Sequence

from nsview.model.views.view import SortBy, ViewName
from nsview.ui.widgets.tree.columns import Column

_NAME = Column("name", "NAMESPACE", 19, grow=4, limit=44)
_KINDS = Column("kinds", "KINDS", 8, drop=3)
_COMMAND = Column("command", "WHO · COMMAND", 11, grow=12)

CHOICES: dict[str, tuple[Column, str]] = {
    "nprocs": (Column("nprocs", "NPROC", 5, "right", drop=2), "processes in it"),
    "pid": (Column("pid", "PID", 7, "right", drop=5), "the first process"),
    "user": (
        Column("user", "USER", 8, grow=1, limit=14, drop=4),
        "its user; of an empty namespace its creator",
    ),
    "cpu": (Column("cpu", "CPU%", 5, "right", drop=6), "percent of one processor; of a namespace the sum"),
    "mem": (Column("mem", "MEM", 5, "right", drop=7), "resident memory; of a namespace the sum"),
    "threads": (Column("threads", "THR", 5, "right", drop=10), "threads"),
    "held": (
        Column("held", "HELD BY", 11, grow=1, limit=18, drop=8),
        "what keeps it alive: processes p, threads t, mounts m, fds fd …",
    ),
    "age": (Column("age", "AGE", 6, "right", drop=9), "since the oldest process in it started"),
    "who": (
        Column("who", "WHO", 12, grow=3, limit=28, drop=3),
        "whose it is, in every row: its container, sandbox, pod or unit",
    ),
}
"""What can be chosen, with what it means. The first column and the command are always there."""

USUAL = ("nprocs", "pid", "user", "cpu", "mem", "threads", "held", "age")

_LOG = (
    Column("time", "TIME", 12),
    Column("what", "WHAT", 12, grow=1, limit=18),
    Column("where", "NAMESPACE", 10, grow=8, limit=40, drop=1),
    Column("pid", "PID", 7, "right", drop=2),
    Column("user", "USER", 8, grow=1, limit=14, drop=3),
    _COMMAND._replace(width=8),
)

_FIRST = {
    ViewName.OWNER: "OWNER",
    ViewName.CONTAINER: "CONTAINER · UNIT",
    ViewName.PROCESS: "PROCESS",
}

SORTS: dict[str, SortBy] = {str(sort): sort for sort in SortBy}
"""Columns have the names of what they can be sorted by."""


def columns(view: ViewName, chosen: Sequence[str] = USUAL) -> tuple[Column, ...]:
    if view is ViewName.LOG:
        return _LOG
    middle = [CHOICES[name][0] for name in chosen if name in CHOICES]
    if view is ViewName.CONTAINER:
        middle.insert(0, _KINDS)
    if view is ViewName.PROCESS:
        # Each process is in eight namespaces; what tells them apart is where its parent is not.
        middle = [
            column._replace(title="ELSEWHERE", grow=4, limit=36) if column.name == "held" else column
            for column in middle
            if column.name not in ("nprocs", "pid")
        ]
    return (_NAME._replace(title=_FIRST.get(view, _NAME.title)), *middle, _COMMAND)
