"""Small files of a few columns: what they say, and that anything else is left out."""

from hypothesis import given
from hypothesis import strategies as st

from nsview.kernel.inside.clocks import parse_offsets
from nsview.kernel.inside.sysvipc import parse
from nsview.kernel.limits import Limit, parse_limits
from nsview.kernel.subordinate import Subordinate, parse_subordinate


def test_limits() -> None:
    with open("/proc/self/limits", "rb") as file:
        found = parse_limits(file.read())
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert found["Max open files"] == Limit(*("unlimited" if n < 0 else str(n) for n in (soft, hard)))
    assert {"Max cpu time", "Max realtime priority", "Max realtime timeout"} <= found.keys()


def test_subordinate() -> None:
    data = b"alice:100000:65536\n# none\n1000:5:1\nbroken:x:1\n:::\n"
    assert parse_subordinate(data) == (Subordinate("alice", 100000, 65536), Subordinate("1000", 5, 1))


def test_offsets() -> None:
    assert parse_offsets("monotonic   -5         250000000\nboottime 1 0\n") == {
        "monotonic_offset": -4.75,
        "boottime_offset": 1.0,
    }
    assert parse_offsets("1 2 0\n7 3 0\n") == {"monotonic_offset": 2.0, "boottime_offset": 3.0}


def test_sysv_objects() -> None:
    data = (
        b"       key      msqid perms      cbytes       qnum lspid\n"
        b"-1234567890          3   640           0          2    17\n"
        b"         0          4   600           0          0     0\n"
    )
    total, objects = parse(data, 0, 1)
    assert total == 2
    assert objects == [{"key": -1234567890, "msqid": 3, "perms": 0o640, "cbytes": 0, "qnum": 2, "lspid": 17}]
    assert parse(data, 1, 5)[1][0]["msqid"] == 4


@given(st.binary())
def test_anything_else(data: bytes) -> None:
    assert all(entry.first >= 0 for entry in parse_subordinate(data))
    parse_limits(data)
    parse_offsets(data.decode("ascii", "replace"))
