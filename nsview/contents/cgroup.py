"""The root group of a cgroup namespace: controllers, limits and use, frozen or not; versions 1 and 2."""

from collections.abc import Iterator, Mapping

from nsview.contents.asking import ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import BYTES, FIRST, MICROSECONDS, Column, Fact, Section, Value, Wanted, table

_GROUPS = (
    *(Column("hierarchy", "HIERARCHY"), Column("version", "VERSION", drop=2), Column("path", "ROOT")),
    *(Column("controllers", "CONTROLLERS", drop=1), Column("inode", "INODE", drop=3)),
)
_NO_LIMIT = 1 << 62
"""Version 1 writes the largest page-aligned number for none."""
NONE = "no limit"

Files = Mapping[str, str]


def inside(pinned: Pinned, page: Wanted = FIRST) -> tuple[Section, ...]:
    answers = ask(pinned, {"groups": {"joins": not pinned.is_ours}})
    found = answers.get("groups") or {"groups": []}
    rows: list[tuple[Value, ...]] = []
    files: dict[str, str] = {}
    for group in found["groups"]:
        # Where both versions have a file of the same name, the one with the controller comes first.
        files = group["files"] | files
        names = group["files"].get("cgroup.controllers", "" if group["version"] == 2 else group["hierarchy"])
        controllers = tuple(name for name in names.replace(",", " ").split() if "=" not in name)
        rows.append((group["hierarchy"], group["version"], group["path"], controllers, group["inode"]))
    unread = answers.unread("groups", "the groups")
    return (
        table("groups", "Root groups", _GROUPS, rows, page, unread=unread),
        Section("memory", "Memory", tuple(_memory(files))),
        Section("cpu", "CPU", tuple(_cpu(files))),
        Section("pids", "Processes", tuple(_pids(files))),
        Section("io", "Input and output", tuple(_io(files))),
        Section("state", "State", tuple(_state(files))),
    )


def _limit(files: Files, *names: str) -> int | str | None:
    """The first of these that is here; NONE for no limit."""
    for name in names:
        text = files.get(name, "")
        if text in ("max", "-1"):
            return NONE
        if text.isdecimal():
            return NONE if int(text) >= _NO_LIMIT else int(text)
    return None


def _facts(*found: tuple[str, str, Value, str]) -> Iterator[Fact]:
    """Those that the group tells."""
    for key, label, value, unit in found:
        if value is not None:
            yield Fact(key, label, value, unit)


def _memory(files: Files) -> Iterator[Fact]:
    return _facts(
        ("use", "Used", _limit(files, "memory.current", "memory.usage_in_bytes"), BYTES),
        ("peak", "Most ever", _limit(files, "memory.peak", "memory.max_usage_in_bytes"), BYTES),
        ("limit", "Limit", _limit(files, "memory.max", "memory.limit_in_bytes"), BYTES),
        ("high", "Slowed down from", _limit(files, "memory.high"), BYTES),
        ("protected", "Protected", _limit(files, "memory.low"), BYTES),
        ("swap_use", "Swap used", _limit(files, "memory.swap.current"), BYTES),
        ("swap_limit", "Swap limit", _limit(files, "memory.swap.max"), BYTES),
        ("with_swap_use", "Used with swap", _limit(files, "memory.memsw.usage_in_bytes"), BYTES),
        ("with_swap_limit", "Limit with swap", _limit(files, "memory.memsw.limit_in_bytes"), BYTES),
        (
            "oom_kills",
            "Killed for lack of it",
            _keyed(files, "oom_kill", "memory.events", "memory.oom_control"),
            "",
        ),
    )


def _cpu(files: Files) -> Iterator[Fact]:
    nanoseconds = _limit(files, "cpuacct.usage")
    used = _keyed(files, "usage_usec", "cpu.stat")
    if used is None and isinstance(nanoseconds, int):
        used = nanoseconds // 1000
    throttled = _keyed(files, "throttled_usec", "cpu.stat")
    old = _keyed(files, "throttled_time", "cpu.stat")
    if throttled is None and old is not None:
        throttled = old // 1000
    return _facts(
        ("used", "Used", used, MICROSECONDS),
        ("limit", "Limit in processors", _processors(files), ""),
        ("weight", "Weight", _limit(files, "cpu.weight"), ""),
        ("shares", "Shares", _limit(files, "cpu.shares"), ""),
        ("throttled", "Held back for", throttled, MICROSECONDS),
        ("cpus", "May run on", files.get("cpuset.cpus.effective") or files.get("cpuset.effective_cpus"), ""),
    )


def _processors(files: Files) -> float | str | None:
    quota, period = files.get("cpu.cfs_quota_us", ""), files.get("cpu.cfs_period_us", "")
    if "cpu.max" in files:
        quota, _, period = files["cpu.max"].partition(" ")
    if quota in ("max", "-1"):
        return NONE
    if not (quota.isdecimal() and period.isdecimal() and int(period)):
        return None
    return round(int(quota) / int(period), 3)


def _pids(files: Files) -> Iterator[Fact]:
    return _facts(
        ("use", "Processes and threads", _limit(files, "pids.current"), ""),
        ("limit", "Limit", _limit(files, "pids.max"), ""),
    )


def _io(files: Files) -> Iterator[Fact]:
    read, written = _moved(files)
    limits = tuple(
        f"{words}{line}"
        for name, words in (
            ("io.max", ""),
            ("blkio.throttle.read_bps_device", "read "),
            ("blkio.throttle.write_bps_device", "write "),
        )
        for line in files.get(name, "").splitlines()
    )
    return _facts(
        ("read", "Read", read, BYTES),
        ("written", "Written", written, BYTES),
        ("limits", "Limits", limits or None, ""),
    )


def _moved(files: Files) -> tuple[int | None, int | None]:
    """Bytes read and written, on all devices."""
    read = written = None
    if "io.stat" in files:
        read = written = 0
        for word in files["io.stat"].split():
            key, _, value = word.partition("=")
            if key == "rbytes" and value.isdecimal():
                read += int(value)
            elif key == "wbytes" and value.isdecimal():
                written += int(value)
    elif "blkio.throttle.io_service_bytes" in files:
        read = written = 0
        for line in files["blkio.throttle.io_service_bytes"].splitlines():
            words = line.split()
            if len(words) == 3 and words[1] == "Read":
                read += int(words[2])
            elif len(words) == 3 and words[1] == "Write":
                written += int(words[2])
    return read, written


def _state(files: Files) -> Iterator[Fact]:
    frozen = _keyed(files, "frozen", "cgroup.events")
    state = files.get("freezer.state")
    if state is not None:
        told: bool | None = state != "THAWED"
    else:
        told = None if frozen is None else bool(frozen)
    return _facts(
        ("frozen", "Frozen", told, ""),
        ("type", "Type", files.get("cgroup.type"), ""),
        ("groups_below", "Groups below", _keyed(files, "nr_descendants", "cgroup.stat"), ""),
        ("groups_limit", "Groups below at most", _limit(files, "cgroup.max.descendants"), ""),
    )


def _keyed(files: Files, key: str, *names: str) -> int | None:
    """The number after a word in a file of lines `word number`."""
    for name in names:
        for line in files.get(name, "").splitlines():
            word, _, number = line.partition(" ")
            if word == key and number.isdecimal():
                return int(number)
    return None
