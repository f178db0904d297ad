"""/proc/PID/cgroup."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsview.kernel.cgroup import CgroupPath, main_path, parse_cgroup

HYBRID = (
    b"12:cpu,cpuacct:/docker/4ba823\n"
    b"5:memory:/docker/4ba823\n"
    b"1:name=systemd:/system.slice/docker.service\n"
    b"0::/\n"
)

names = st.one_of(
    st.sampled_from(["a:b", "0::/", "x (deleted)", "..", "[red]", "\x1b[2J", "🦊", os.fsdecode(b"\xff")]),
    st.text(st.characters(exclude_characters="\n/\0", exclude_categories=["Cs"]), min_size=1, max_size=12),
)
paths = st.lists(names, max_size=6).map(lambda parts: "/" + "/".join(parts))
groups = st.one_of(
    st.builds(CgroupPath, st.just(0), st.just(()), paths),
    st.builds(
        CgroupPath,
        st.integers(1, 20),
        st.lists(st.sampled_from(["cpu", "memory", "name=systemd", "net_cls"]), min_size=1, max_size=3).map(
            tuple
        ),
        paths,
    ),
)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_a_list(data: bytes) -> None:
    assert isinstance(main_path(parse_cgroup(data)), str)


@given(st.lists(groups, max_size=14).map(tuple))
@settings(deadline=None)
def test_reads_back_what_the_kernel_would_write(expected: tuple[CgroupPath, ...]) -> None:
    data = b"".join(
        b"%d:%s:%s\n" % (group.hierarchy, ",".join(group.controllers).encode(), os.fsencode(group.path))
        for group in expected
    )
    parsed = parse_cgroup(data)
    assert parsed == expected
    assert main_path(parsed) in {group.path for group in expected} | {""}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b"", ""),
        (b"0::/user.slice/user-0.slice/session-1.scope\n", "/user.slice/user-0.slice/session-1.scope"),
        (b"0::/\n", "/"),
        (HYBRID, "/system.slice/docker.service"),
        (HYBRID.replace(b"1:name=systemd:/system.slice/docker.service\n", b""), "/docker/4ba823"),
        (HYBRID.replace(b"0::/\n", b"0::/pods/a:b\n"), "/pods/a:b"),
        (b"4:memory:/deep/er\n3:cpuset:/loooooooooong\n1:name=systemd:/\n0::/\n", "/deep/er"),
        (b"0::/../sibling\n", "/../sibling"),
    ],
)
def test_the_path_that_a_person_means(data: bytes, path: str) -> None:
    assert main_path(parse_cgroup(data)) == path


def test_every_process_of_this_machine() -> None:
    seen = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cgroup", "rb") as file:
                data = file.read()
        except OSError:
            continue  # it ended
        parsed = parse_cgroup(data)
        assert len(parsed) == data.count(b"\n")
        assert all(group.path.startswith("/") for group in parsed)
        seen += 1
    assert seen > 3
