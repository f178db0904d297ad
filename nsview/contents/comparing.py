"""What differs inside two namespaces of one kind, from the sections that tell of each."""

from collections.abc import Iterator, Sequence

from nsview.contents.section import Column, Section, Unread, Value, Wanted, table
from nsview.contents.telling import told
from nsview.model.kind import Kind

_DIFFERENT = (
    *(Column("section", "OF"), Column("what", "WHAT"), Column("a", "FIRST"), Column("b", "SECOND")),
)
_TABLES: dict[tuple[Kind, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    (Kind.MNT, "mounts"): (("point", "fs_type", "source", "root"), ("options", "super_options")),
    (Kind.NET, "interfaces"): (("name",), ("kind", "mac", "mtu", "up", "addresses", "master")),
    (Kind.NET, "routes"): (("family", "table", "dst", "metric"), ("gateways", "devices", "type")),
    (Kind.NET, "rules"): (("family", "priority", "src", "dst"), ("mark", "action", "table")),
    (Kind.USER, "maps"): (("map", "inside"), ("outside", "count")),
    (Kind.CGROUP, "groups"): (("hierarchy",), ("path", "controllers")),
    (Kind.IPC, "shm"): (("key", "shmid"), ("uid", "perms", "size")),
    (Kind.IPC, "sem"): (("key", "semid"), ("uid", "perms", "nsems")),
    (Kind.IPC, "msg"): (("key", "msqid"), ("uid", "perms")),
    (Kind.IPC, "mqueue"): (("name",), ("uid", "perms")),
}
"""What names a row, and what of it is compared. Tables that are not here change all the time."""
_PASSING = frozenset(
    (
        *("uptime", "monotonic", "our_uptime", "use", "peak", "swap_use", "with_swap_use", "used"),
        *("oom_kills", "throttled", "read", "written", "last", "init", "processes", "conntrack", "mounts"),
        *("hidden", "private", "host"),
    )
)
"""Facts that differ from one moment to the next, or that the tables tell better."""
HERE = "yes"


def compare(kind: Kind, a: Sequence[Section], b: Sequence[Section], page: Wanted) -> Section:
    """One row for each thing that is other, or that only one side has (`-` on the other)."""
    rows: list[tuple[Value, ...]] = []
    problems: dict[Unread, None] = {}
    for first, second in zip(a, b, strict=True):
        problems |= dict.fromkeys((*first.unread, *second.unread))
        if first.key == "sockets":
            continue
        rows += _facts(first, second)
        if (kind, first.key) == (Kind.NET, "sysctls"):
            rows += _settings(first, second)
        elif (kind, first.key) in _TABLES and not (first.unread and not first.rows):
            rows += _rows(first, second, *_TABLES[kind, first.key])
    return table(str(kind), f"Differs inside: {kind}", _DIFFERENT, rows, page, unread=problems)


def _facts(a: Section, b: Section) -> Iterator[tuple[Value, ...]]:
    first = {fact.key: fact for fact in a.facts if fact.key not in _PASSING}
    second = {fact.key: fact for fact in b.facts if fact.key not in _PASSING}
    for key in dict.fromkeys([*first, *second]):
        here, there = first.get(key), second.get(key)
        if here is not None and there is not None and here.value == there.value:
            continue
        label = (here or there or a.facts[0]).label
        yield (
            *(a.title, label),
            None if here is None else told(here.value, here.unit),
            None if there is None else told(there.value, there.unit),
        )


def _settings(a: Section, b: Section) -> Iterator[tuple[Value, ...]]:
    """Each side tells only of the settings in which it differs from the host's."""
    first = {row[0]: row for row in a.rows}
    second = {row[0]: row for row in b.rows}
    for name in sorted(map(str, first.keys() | second.keys())):
        usual = (first.get(name) or second[name])[2]
        here = first[name][1] if name in first else usual
        there = second[name][1] if name in second else usual
        if here != there:
            yield "Settings", name, here, there


def _rows(
    a: Section, b: Section, names: tuple[str, ...], compared: tuple[str, ...]
) -> Iterator[tuple[Value, ...]]:
    first, second = _by_name(a, names, compared), _by_name(b, names, compared)
    for name in dict.fromkeys([*first, *second]):
        here, there = first.get(name), second.get(name)
        if here == there:
            continue
        yield a.title, " ".join(filter(None, name)), _words(here, there), _words(there, here)


Named = dict[tuple[str, ...], dict[str, Value]]


def _by_name(section: Section, names: tuple[str, ...], compared: tuple[str, ...]) -> Named:
    found: Named = {}
    keys = [column.key for column in section.columns]
    for row in section.rows:
        values = dict(zip(keys, row, strict=True))
        name = tuple("" if values[key] is None else told(values[key], "name") for key in names)
        found[name] = {key: values[key] for key in compared}
    return found


def _words(values: dict[str, Value] | None, other: dict[str, Value] | None) -> str | None:
    """What is other than on the other side; all, if that has none."""
    if values is None:
        return None
    return (
        ", ".join(
            f"{key} {told(value, 'name')}"
            for key, value in values.items()
            if value is not None and (other is None or other[key] != value)
        )
        or HERE
    )
