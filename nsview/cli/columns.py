"""The columns of `nsview list`: names, order and types are lsns(8)'s, with some more of our own."""

from nsview.model.kind import Kind
from nsview.model.record import NamespaceRecord, Value


class Column:
    """A column: `number` is a JSON number, and to the right in a table; `own` is not one of lsns's."""

    __slots__ = ("meaning", "name", "number", "own")

    def __init__(self, name: str, meaning: str, number: bool = False, own: bool = False) -> None:
        self.name = name
        self.meaning = meaning
        self.number = number
        self.own = own


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("NS", "inode number of the namespace", number=True),
        Column("TYPE", "kind of namespace"),
        Column("PATH", "a path by which it can be opened"),
        Column("NPROCS", "number of processes in it", number=True),
        Column("PID", "lowest process in it", number=True),
        Column("PPID", "parent of PID", number=True),
        Column("COMMAND", "command line of PID"),
        Column("UID", "user of PID; without a process, of the creator", number=True),
        Column("USER", "name of UID"),
        Column("NETNSID", "number of a net namespace as ours knows it"),
        Column("NSFS", "where the namespace is bound"),
        Column("PNS", "parent namespace (pid, user); 0 if there is none", number=True),
        Column("ONS", "owning user namespace; 0 if there is none", number=True),
        Column("ID", "the kernel's 64-bit id, never used again", number=True, own=True),
        Column("NTHREADS", "number of threads in it", number=True, own=True),
        Column("HELD", "what keeps it alive", own=True),
        Column("CREATOR", "user who made it, or its owning user namespace", own=True),
        Column("HOST", "whether it is the host's", own=True),
        Column("NAME", "container, sandbox, unit or pod that it belongs to", own=True),
        Column("ENGINE", "what runs that: docker, podman, lxc, …", own=True),
        Column("IMAGE", "image of the container", own=True),
        Column("POD", "pod or project of the container", own=True),
        Column("UNIT", "systemd unit that it runs in", own=True),
    )
}

DEFAULT = ("NS", "TYPE", "NPROCS", "PID", "USER", "COMMAND")
DEFAULT_NET = ("NS", "TYPE", "NPROCS", "PID", "USER", "NETNSID", "NSFS", "COMMAND")
DEFAULT_WITHOUT_PROCESS = ("NS", "TYPE", "PATH", "USER", "HELD")
PROCESS_COLUMNS = ("PID", "PPID", "USER", "COMMAND")


class UnknownColumn(ValueError):
    """A name that is no column; the message lists those that are."""


def choose(text: str | None, everything: bool, kinds: tuple[Kind, ...], persistent: bool) -> list[Column]:
    """The columns for -o LIST, -o +LIST, --output-all, or none of them."""
    if everything:
        return list(COLUMNS.values())
    default = DEFAULT_WITHOUT_PROCESS if persistent else DEFAULT_NET if Kind.NET in kinds else DEFAULT
    if text is None:
        return [COLUMNS[name] for name in default]
    added = text.startswith("+")
    names = [name.strip().upper() for name in text.removeprefix("+").split(",") if name.strip()]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise UnknownColumn(f"unknown column '{unknown[0]}': one of {', '.join(COLUMNS)}")
    return [COLUMNS[name] for name in ([*default] if added else []) + names]


def json_value(record: NamespaceRecord, column: Column) -> object:
    """A column as lsns(8) puts it into JSON: a number or a string, null where there is nothing."""
    value: Value = record.value(column.name)
    if column.name == "HOST":
        return bool(value)
    if value is None or column.number:
        return value
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)


def cell(record: NamespaceRecord, column: Column, one_line: bool) -> str:
    """A column as raw text; several values are several lines, or joined by commas."""
    value = record.value(column.name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ("," if one_line else "\n").join(map(str, value))
    return str(value)
