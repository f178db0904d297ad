"""What a filter can ask for: one table, from which the parser, its messages, completion and help come."""

from enum import Enum
from typing import NamedTuple

from nsview.model.capability import NAMES as CAPABILITIES
from nsview.model.certainty import Certainty
from nsview.model.holder import UNKNOWN, How
from nsview.model.kind import KINDS


class Sort(Enum):
    """What the values of a field are, and with it what can be asked of them."""

    TEXT = "text"
    """`field:x` finds x anywhere in it, `field=x` the whole text."""
    WORD = "word"
    """`field:x` is the whole word, in either case."""
    NUMBER = "number"
    SIZE = "size"
    """Bytes; k, M, G, T are powers of 1024."""
    TIME = "time"
    """Seconds; s, m, h, d, w."""
    FLAG = "yes/no"
    """Its name alone asks for yes."""


class Field(NamedTuple):
    """One thing that a record can be asked for; `name` is what `Record.field` is called with."""

    name: str
    aliases: tuple[str, ...]
    sort: Sort
    meaning: str
    choices: tuple[str, ...] = ()
    """The only words that there are; () is any."""
    prefix: str = ""
    """May be left out before a word."""

    @property
    def numeric(self) -> bool:
        return self.sort in (Sort.NUMBER, Sort.SIZE, Sort.TIME)


_T, _W, _N, _F = Sort.TEXT, Sort.WORD, Sort.NUMBER, Sort.FLAG

FIELDS: tuple[Field, ...] = (
    Field("kind", ("type",), _W, "kind of namespace", tuple(str(kind) for kind in KINDS)),
    Field("ns", ("inode",), _N, "inode number of the namespace"),
    Field("id", (), _N, "the kernel's 64-bit id of the namespace"),
    Field("procs", ("nprocs",), _N, "number of processes in it"),
    Field("threads", ("nthreads",), _N, "number of threads in it without their process"),
    Field("held", ("holder", "holders"), _W, "what keeps it alive", (*(str(how) for how in How), UNKNOWN)),
    Field("pns", ("parent",), _N, "inode number of the parent namespace (pid, user)"),
    Field("ons", ("owner",), _N, "inode number of the owning user namespace"),
    Field("creator", (), _W, "user who made the owning user namespace"),
    Field("netnsid", (), _W, "number of a net namespace as seen from ours, or unassigned"),
    Field("nsfs", ("mount", "mounts"), _T, "mount points of the namespace"),
    Field("path", (), _T, "the namespace's file: /proc/PID/ns/KIND, or a mount point"),
    Field("pid", (), _N, "process number"),
    Field("tid", (), _N, "thread number"),
    Field("ppid", (), _N, "number of the parent process"),
    Field("uid", (), _N, "user number"),
    Field("user", (), _W, "user name"),
    Field("state", (), _W, "state of the process: R, S, D, Z, T, I"),
    Field("comm", (), _T, "short name of the program, as the kernel has it"),
    Field("command", ("cmd", "cmdline"), _T, "command line"),
    Field("cgroup", (), _T, "control group"),
    Field(
        "cap",
        ("caps", "capability"),
        _W,
        "effective capability, with or without cap_",
        (*CAPABILITIES, *(f"cap_{bit}" for bit in range(len(CAPABILITIES), 64))),
        "cap_",
    ),
    Field("name", (), _T, "what it is called: container, pod, unit or program"),
    Field("container", (), _T, "name or id of the container"),
    Field("engine", (), _W, "what runs the container: docker, podman, lxc, …"),
    Field("image", (), _T, "image of the container"),
    Field("pod", (), _T, "pod, with its namespace in Kubernetes' sense"),
    Field("unit", (), _T, "systemd unit"),
    Field("cpu", (), _N, "share of one processor, in percent"),
    Field("mem", ("memory", "rss"), Sort.SIZE, "resident memory: mem:>100M"),
    Field("age", (), Sort.TIME, "time since the oldest process in it started: age:<10m"),
    Field("certainty", (), _W, "how sure we are of it", tuple(str(level) for level in Certainty)),
    Field("host", (), _F, "the host's own namespace"),
    Field("inferred", (), _F, "known only from traces, as its processes may not be read"),
    Field("unreadable", (), _F, "the kernel did not let us look"),
    Field("vanished", (), _F, "ended while we looked"),
    Field("zombie", (), _F, "ended, but not yet waited for"),
    Field("kernel", (), _F, "a kernel thread"),
)

BY_NAME: dict[str, Field] = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
"""By name and by alias, in lower case."""

_SIZES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_TIMES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def number(field: Field, text: str) -> int | float:
    """The value of a number with the suffixes that this field knows; ValueError says what it would take."""
    digits = text.rstrip("abcdfghijklmnopqrstuvwxyzABCDFGHIJKLMNOPQRSTUVWXYZ")
    suffix = text[len(digits) :].lower()
    factors: dict[str, int] = {"": 1}
    expected = "a number"
    if field.sort is Sort.SIZE:
        factors = _SIZES
        expected = "bytes, like 500, 64k, 1.5G"
        suffix = suffix.removesuffix("ib") if len(suffix) == 3 else suffix
        suffix = suffix.removesuffix("b") if len(suffix) == 2 else suffix
    elif field.sort is Sort.TIME:
        factors = _TIMES
        expected = "a time, like 30s, 10m, 1.5h, 2d"
    try:
        if suffix not in factors or "_" in digits or not digits.isascii():
            raise ValueError
        value = float(digits) * factors[suffix]
        # Inode numbers and ids need more digits than a float has.
        if digits.lstrip("+-").isdecimal():
            return int(digits) * factors[suffix]
        if value.is_integer():
            return int(value)
        if value - value != 0:  # not finite
            raise ValueError
    except ValueError:
        raise ValueError(f"{field.name} is {expected}, not '{text}'") from None
    return value


def similar(word: str, names: tuple[str, ...]) -> str:
    """`; did you mean 'x'?` with the nearest of `names`, or nothing."""
    import difflib  # dear, and only an error needs it

    near = difflib.get_close_matches(word.lower(), names, 1)
    return f"; did you mean '{near[0]}'?" if near else ""
