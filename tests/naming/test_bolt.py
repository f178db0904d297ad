"""containerd's database: a genuine one, and what damage may make of it."""

import lzma
import time
from struct import pack_into

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsview.naming.bolt import Bolt
from tests.naming.machine import DATA

GENUINE = lzma.decompress((DATA / "containerd/meta.db.xz").read_bytes())
"""Eighty containers: enough that their bucket has branches."""
CONTAINERS = (b"v1", b"zoo", b"containers")
NAME = b"a-container-with-a-rather-long-name-as-they-go-in-large-houses-%02d"
PAGE = 4096


def test_a_genuine_database() -> None:
    database = Bolt(GENUINE)
    assert database.bucket(b"v1") == {b"version": b"\6"}
    for number in range(80):
        assert database.bucket(*CONTAINERS, NAME % number)[b"image"] == b"localhost/zoo/bb:1"
    labels = database.bucket(*CONTAINERS, NAME % 42, b"labels")
    assert labels[b"nerdctl/name"] == b"zoo-web"
    assert database.bucket(*CONTAINERS) == {}, "it has buckets alone"
    for nowhere in (b"", b"a", NAME % 80, b"zz"):
        assert database.bucket(*CONTAINERS, nowhere) == {}
    assert database.bucket(b"v1", b"version", b"x") == {}, "a value is no bucket"


@pytest.mark.parametrize(
    "data", [b"", b"x", bytes(1 << 16), b"\xff" * (1 << 16), GENUINE[:100], GENUINE[: PAGE * 2]]
)
def test_no_database(data: bytes) -> None:
    assert Bolt(data).bucket(*CONTAINERS, NAME % 42) == {}


def test_a_torn_meta_page() -> None:
    """The other one still leads to a whole database."""
    for meta in (0, PAGE):
        torn = bytearray(GENUINE)
        torn[meta : meta + 80] = bytes(80)
        assert Bolt(bytes(torn)).bucket(b"v1")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damage(data: st.DataObject) -> None:
    damaged = bytearray(GENUINE)
    pages = [place for place in range(0, len(GENUINE), PAGE) if any(GENUINE[place : place + PAGE])]
    for _ in range(data.draw(st.integers(1, 20))):
        place = data.draw(st.sampled_from(pages)) + data.draw(st.integers(0, 300))
        damaged[place : place + 8] = data.draw(st.binary(min_size=8, max_size=8))
    for key, value in Bolt(bytes(damaged)).bucket(*CONTAINERS, NAME % 42).items():
        assert key in damaged
        assert value in damaged


@pytest.mark.parametrize("page", [1 << 20, 1 << 40, 1 << 56, (1 << 64) - 1])
def test_pages_far_away(page: int) -> None:
    far = bytearray(GENUINE)
    for meta in (0, PAGE):
        pack_into("<Q", far, meta + 32, page)
    assert Bolt(bytes(far)).bucket() == {}


def test_circles() -> None:
    """Branches that lead to themselves, many times each, and keys as long as the file."""
    circle = bytearray(GENUINE[: PAGE * 2] + bytes(1 << 22))
    for meta in (0, PAGE):
        pack_into("<Q", circle, meta + 32, 2)  # the root bucket is on page 2
    for key_size in (0, 1 << 21):
        pack_into("<QHHI", circle, 2 * PAGE, 2, 1, 60_000, 0)
        for number in range(60_000):
            pack_into("<IIQ", circle, 2 * PAGE + 16 + 16 * number, 0, key_size, 2)
        started = time.perf_counter()
        assert Bolt(bytes(circle)).bucket() == Bolt(bytes(circle)).bucket(b"v1") == {}
        assert time.perf_counter() - started < 5
