"""/proc/PID/stat, with names chosen to forge it."""

import os
import threading
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nsview.kernel.stat import Stat, parse_stat

HOSTILE = [
    b"sleep",
    b"",
    b" ",
    b")",
    b"(",
    b") R 1 (",
    b"a) Z 1 1 1 1",
    b"line\nfeed",
    b"\x1b[31mred\x1b[0m",
    b"\xff\xfe\x80",
    "🦊 fox".encode(),
    b"[bold]x[/]",
    b"tab\ttab",
]

names = st.one_of(
    st.sampled_from(HOSTILE), st.binary(max_size=15).map(lambda name: name.replace(b"\0", b"?"))
)
naturals = st.integers(0, 2**63 - 1)


def written(stat: Stat) -> bytes:
    """The line as the kernel writes it."""
    fields: list[object] = [0] * 49
    fields[0] = stat.ppid
    fields[5] = stat.flags
    fields[4] = -1  # tpgid of a process without a terminal
    fields[10], fields[11] = stat.utime, stat.stime
    fields[16] = stat.threads
    fields[18] = stat.starttime
    fields[20] = stat.rss
    tail = " ".join(map(str, fields)).encode()
    return b"%d (%s) %s %s\n" % (stat.pid, os.fsencode(stat.comm), stat.state.encode(), tail)


@given(st.binary(max_size=400))
@example(b"1 (a) " + b"9" * 5000 + b" 1" * 49)
@example(b"1 (a) \xff" + b" 1" * 49)
@example(b")" + b" 1" * 49)
@settings(deadline=None)
def test_any_bytes_are_a_stat_or_none(data: bytes) -> None:
    stat = parse_stat(data)
    assert stat is None or stat.starttime is not None


@given(
    st.builds(
        Stat,
        pid=st.integers(0, 2**22),
        comm=names.map(os.fsdecode),
        state=st.sampled_from("RSDZTtXI"),
        ppid=st.integers(0, 2**22),
        flags=st.integers(0, 2**32 - 1),
        utime=naturals,
        stime=naturals,
        threads=st.integers(0, 2**22),
        starttime=naturals,
        rss=naturals,
    )
)
@settings(deadline=None)
def test_reads_back_what_the_kernel_would_write(stat: Stat) -> None:
    assert parse_stat(written(stat)) == stat


@given(names, st.integers(0, 60))
@settings(deadline=None)
def test_a_line_cut_short_is_none(name: bytes, length: int) -> None:
    line = written(Stat(77, os.fsdecode(name), "S", 1, 0, 0, 0, 1, 5, 0))
    assert parse_stat(line[: min(length, line.rindex(b")") + 40)]) is None


@pytest.fixture
def own_comm() -> Iterator[str]:
    """The file that renames this thread; the name is put back."""
    path = f"/proc/self/task/{threading.get_native_id()}/comm"
    with open(path, "rb") as file:
        before = file.read().removesuffix(b"\n")
    yield path
    with open(path, "wb") as file:
        file.write(before)


@pytest.mark.parametrize("name", [name for name in HOSTILE if name])
def test_the_kernels_own_line_with_a_hostile_name(own_comm: str, name: bytes) -> None:
    with open(own_comm, "wb") as file:
        file.write(name)
    with open(own_comm.removesuffix("comm") + "stat", "rb") as file:
        stat = parse_stat(file.read())
    assert stat is not None
    assert os.fsencode(stat.comm) == name
    assert (stat.pid, stat.ppid, stat.state) == (threading.get_native_id(), os.getppid(), "R")


def test_every_process_of_this_machine_agrees_with_psutil() -> None:
    compared = 0
    ticks = os.sysconf("SC_CLK_TCK")
    boot = psutil.boot_time()
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as file:
                stat = parse_stat(file.read())
            process = psutil.Process(int(entry))
            theirs = (process.pid, process.ppid(), process.create_time())
        except (OSError, psutil.Error):
            continue  # it ended
        assert stat is not None
        if stat.starttime / ticks + boot != pytest.approx(theirs[2], abs=2):
            continue  # the number was given to another process between the two reads
        if stat.ppid != theirs[1] and not os.path.exists(f"/proc/{stat.ppid}"):
            continue  # its parent ended between the two reads
        assert (stat.pid, stat.ppid) == theirs[:2]
        compared += 1
    assert compared > 3


def test_own_memory_and_threads() -> None:
    with open("/proc/self/stat", "rb") as file:
        stat = parse_stat(file.read())
    assert stat is not None
    ours = psutil.Process()
    assert stat.threads == ours.num_threads()
    assert stat.rss * os.sysconf("SC_PAGE_SIZE") == pytest.approx(ours.memory_info().rss, rel=0.5)
    assert stat.utime + stat.stime > 0
