"""/proc/PID/status."""

import os
import threading

import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nsview.kernel.status import Status, parse_status

NOTHING = Status(None, None, None, (), (), (), None, None, None, None, None, None, None, None)

ids = st.integers(0, 2**32 - 1)
four = st.tuples(ids, ids, ids, ids)
pids = st.lists(st.integers(0, 2**22), min_size=1, max_size=5).map(tuple)
masks = st.integers(0, 2**41 - 1)

statuses = st.builds(
    Status,
    tgid=st.integers(1, 2**22),
    uids=four,
    gids=four,
    groups=st.lists(ids, max_size=40).map(tuple),
    ns_tgid=pids,
    ns_pid=pids,
    cap_inheritable=masks,
    cap_permitted=masks,
    cap_effective=masks,
    cap_bounding=masks,
    cap_ambient=masks,
    no_new_privs=st.booleans(),
    seccomp=st.integers(0, 2),
    seccomp_filters=st.integers(0, 100),
)
names = st.one_of(
    st.sampled_from([b"x\nUid:\t9\t9\t9\t9", b"\nTgid:\t1", b"Uid:", b"a\\b", b"\x1b[2J", b"\xff"]),
    st.binary(max_size=15),
)


def lines(status: Status, name: bytes) -> list[bytes]:
    """The lines as the kernel writes them."""
    escaped = name.replace(b"\0", b"").replace(b"\\", b"\\\\").replace(b"\n", b"\\n")

    def tabbed(numbers: tuple[int, ...] | None) -> str:
        return "\t".join(map(str, numbers or ()))

    text = [
        "Umask:\t0022",
        "State:\tS (sleeping)",
        f"Tgid:\t{status.tgid}",
        "Ngid:\t0",
        f"Pid:\t{status.ns_pid[0]}",
        "PPid:\t1",
        "TracerPid:\t0",
        f"Uid:\t{tabbed(status.uids)}",
        f"Gid:\t{tabbed(status.gids)}",
        "FDSize:\t64",
        "Groups:\t" + "".join(f"{group} " for group in status.groups),
        f"NStgid:\t{tabbed(status.ns_tgid)}",
        f"NSpid:\t{tabbed(status.ns_pid)}",
        "NSpgid:\t1",
        "NSsid:\t1",
        "Kthread:\t0",
        "VmPeak:\t   10280 kB",
        "Threads:\t1",
        "SigQ:\t0/192828",
        "SigPnd:\t0000000000000000",
        f"CapInh:\t{status.cap_inheritable:016x}",
        f"CapPrm:\t{status.cap_permitted:016x}",
        f"CapEff:\t{status.cap_effective:016x}",
        f"CapBnd:\t{status.cap_bounding:016x}",
        f"CapAmb:\t{status.cap_ambient:016x}",
        f"NoNewPrivs:\t{int(bool(status.no_new_privs))}",
        f"Seccomp:\t{status.seccomp}",
        f"Seccomp_filters:\t{status.seccomp_filters}",
        "Speculation_Store_Bypass:\tthread vulnerable",
    ]
    return [b"Name:\t" + escaped, *(line.encode() for line in text)]


@given(st.binary(max_size=600))
@example(b"\nTgid:\t" + b"9" * 5000)
@example(b"\nUid:\t1\t2\t3\n\nGid:\t1 2 3 4 5\nSeccomp:\tx\nCapEff:\tzz")
@settings(deadline=None)
def test_any_bytes_are_a_status(data: bytes) -> None:
    assert isinstance(parse_status(data), Status)


def test_nothing_is_nothing() -> None:
    assert parse_status(b"") == NOTHING
    assert parse_status(b"\nUid:\t1\t2\nGroups:\tmany\nNSpid:\t\nCapEff:\t\nTgid:") == NOTHING


@given(statuses, names)
@settings(deadline=None)
def test_reads_back_what_the_kernel_would_write(status: Status, name: bytes) -> None:
    assert parse_status(b"\n".join(lines(status, name)) + b"\n") == status


@given(statuses, names, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_lines_does_not_matter(status: Status, name: bytes, chance: object) -> None:
    head, *rest = lines(status, name)
    chance.shuffle(rest)  # type: ignore[attr-defined]
    assert parse_status(b"\n".join([head, *rest]) + b"\n") == status


@given(statuses, st.sets(st.sampled_from(["NStgid", "NSpid", "CapAmb", "NoNewPrivs", "Seccomp_filters"])))
@settings(deadline=None)
def test_lines_of_later_kernels_may_be_missing(status: Status, missing: set[str]) -> None:
    kept = [line for line in lines(status, b"x") if line.split(b":")[0].decode() not in missing]
    expected = status._replace(
        ns_tgid=() if "NStgid" in missing else status.ns_tgid,
        ns_pid=() if "NSpid" in missing else status.ns_pid,
        cap_ambient=None if "CapAmb" in missing else status.cap_ambient,
        no_new_privs=None if "NoNewPrivs" in missing else status.no_new_privs,
        seccomp_filters=None if "Seccomp_filters" in missing else status.seccomp_filters,
    )
    assert parse_status(b"\n".join(kept) + b"\n") == expected


def test_a_name_cannot_forge_a_line() -> None:
    path = f"/proc/self/task/{threading.get_native_id()}/"
    with open(path + "comm", "rb") as file:
        before = file.read().removesuffix(b"\n")
    try:
        with open(path + "comm", "wb") as file:
            file.write(b"x\nTgid:\t1\nUid:")
        with open(path + "status", "rb") as file:
            status = parse_status(file.read())
    finally:
        with open(path + "comm", "wb") as file:
            file.write(before)
    assert status.tgid == os.getpid()
    assert status.uids is not None
    assert status.uids[:3] == os.getresuid()


def test_every_process_of_this_machine_agrees_with_psutil() -> None:
    compared = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            process = psutil.Process(int(entry))
            before = process.uids()
            with open(f"/proc/{entry}/status", "rb") as file:
                status = parse_status(file.read())
            after = process.uids()
            gids = process.gids()
            same = process.is_running()
        except (OSError, psutil.Error):
            continue  # it ended
        assert status.tgid == int(entry)
        assert status.uids is not None
        assert status.gids is not None
        if before == after and same:
            assert status.uids[:3] == tuple(after)
            assert status.gids[:3] == tuple(gids)
            assert status.ns_tgid[:1] == (int(entry),)
            compared += 1
    assert compared > 3


def test_own_credentials() -> None:
    with open("/proc/self/status", "rb") as file:
        status = parse_status(file.read())
    assert set(status.groups) == set(os.getgroups())
    assert status.gids is not None
    assert status.gids[:3] == os.getresgid()
    if os.geteuid() == 0:
        assert status.cap_effective
    else:
        pytest.skip("run as an ordinary user: no capability to look for")
