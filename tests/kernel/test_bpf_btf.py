"""The kernel's type information: written here by hand, damaged, and that of the running kernel."""

import ctypes
import os
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsview.kernel.bpf import NoBpf
from nsview.kernel.bpf.btf import VMLINUX, Btf

INT, PTR, ARRAY, STRUCT, UNION, TYPEDEF, CONST, FUNC, FUNC_PROTO, TYPE_TAG = 1, 2, 3, 4, 5, 8, 10, 12, 13, 18


class Types:
    """A BTF file in the making."""

    def __init__(self) -> None:
        self.strings = b"\0"
        self.types = b""
        self.count = 0

    def name(self, text: str) -> int:
        if not text:
            return 0
        found = self.strings.find(b"\0" + text.encode() + b"\0")
        if found < 0:
            found = len(self.strings) - 1
            self.strings += text.encode() + b"\0"
        return found + 1

    def add(self, name: str, kind: int, value: int, *words: int, members: int = 0, flag: int = 0) -> int:
        info = flag << 31 | kind << 24 | members
        self.types += struct.pack(f"={3 + len(words)}I", self.name(name), info, value, *words)
        self.count += 1
        return self.count

    def record(self, name: str, size: int, *members: tuple[str, int, int], kind: int = STRUCT) -> int:
        """Members: (name, type, bits)."""
        words = [word for text, of, bits in members for word in (self.name(text), of, bits)]
        return self.add(name, kind, size, *words, members=len(members))

    def data(self) -> bytes:
        header = struct.pack(
            "=HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types), len(self.types), len(self.strings)
        )
        return header + self.types + self.strings


def example() -> Types:
    types = Types()
    number = types.add("int", INT, 4, 0x20)
    inner = types.record("inner", 16, ("pad", number, 0), ("wanted", number, 32))
    tagged = types.add("tag", TYPE_TAG, inner)
    const = types.add("", CONST, tagged)
    alias = types.add("inner_t", TYPEDEF, const)
    pointer = types.add("", PTR, alias)
    hidden = types.record("", 8, ("a", number, 0), ("b", number, 0), kind=UNION)
    numbers = types.add("", ARRAY, 0, number, number, 3)
    inners = types.add("", ARRAY, 0, inner, number, 2)
    types.record(
        "outer",
        96,
        ("first", number, 0),
        ("", hidden, 64),
        ("next", pointer, 128),
        ("numbers", numbers, 192),
        ("inners", inners, 320),
        ("direct", alias, 576),
    )
    prototype = types.add("", FUNC_PROTO, 0, types.name("first"), number, members=1)
    types.add("outer", FUNC, prototype)
    types.record("bits", 8, ("whole", number, 32), ("part", number, 3))
    flagged = [types.name("whole"), number, 32, types.name("narrow"), number, 4 << 24 | 64]
    types.add("flags", STRUCT, 16, *flagged, members=2, flag=1)
    return types


def load(tmp_path: Path, data: bytes) -> Btf:
    path = tmp_path / "btf"
    path.write_bytes(data)
    return Btf(str(path))


def test_paths_as_in_c(tmp_path: Path) -> None:
    btf = load(tmp_path, example().data())
    pointer = struct.calcsize("P")
    assert btf.path("outer", "first") == ((0,), 4)
    assert btf.path("outer", "b") == ((8,), 4)
    assert btf.path("outer", "next") == ((16,), pointer)
    assert btf.path("outer", "next->wanted") == ((16, 4), 4)
    assert btf.path("outer", "numbers") == ((24,), 12)
    assert btf.path("outer", "numbers[2]") == ((32,), 4)
    assert btf.path("outer", "inners[1].wanted") == ((60,), 4)
    assert btf.path("outer", "direct.wanted") == ((76,), 4)
    assert btf.offset("outer", "direct.wanted") == 76
    assert btf.size("outer") == 96
    assert btf.path("flags", "whole") == ((4,), 4)
    # A function may be called like a struct.
    assert btf.function("outer") == 12
    assert btf.has("inner", "wanted")
    assert not btf.has("inner", "first")


@pytest.mark.parametrize(
    ("root", "text", "words"),
    [
        ("nothing", "first", "no struct nothing"),
        ("inner_t", "wanted", "no struct inner_t"),
        ("outer", "missing", "no outer: missing"),
        ("outer", "next->missing", r"no outer: next->missing \(looking for missing\)"),
        ("outer", "wanted", "no outer: wanted"),
        ("outer", "first->wanted", "another outer: first->wanted: no pointer"),
        ("outer", "first[1]", "another outer: .*: no array"),
        ("bits", "part", "another bits: part: a bit field"),
        ("flags", "narrow", "another flags: narrow: a bit field"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, root: str, text: str, words: str) -> None:
    with pytest.raises(NoBpf, match=words):
        load(tmp_path, example().data()).path(root, text)


def test_no_function(tmp_path: Path) -> None:
    with pytest.raises(NoBpf, match="no function inner"):
        load(tmp_path, example().data()).function("inner")


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(NoBpf, match=f"no BTF at {tmp_path}/none"):
        Btf(f"{tmp_path}/none")
    with pytest.raises(NoBpf, match="Is a directory"):
        Btf(str(tmp_path))
    data = example().data()
    for broken, words in (
        (b"", "too short"),
        (data[1::-1] + data[2:], "-endian"),
        (data[:-1], "cut short"),
        (data[:24] + b"\0\0\0\0\0\0\0\x1f" + data[32:], "type kind 31 is not known"),
    ):
        with pytest.raises(NoBpf, match=words):
            load(tmp_path, broken)


DATA = example().data()


@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_damage_ends_in_an_answer_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(DATA[:at] + bytes([byte]) + DATA[at + 1 :])
    with suppress(NoBpf):
        btf = Btf(str(path))
        for text in ("next->wanted", "inners[1].wanted", "b"):
            assert all(offset >= 0 for offset in btf.path("outer", text).offsets)


def test_the_running_kernel() -> None:
    if not os.path.exists(VMLINUX):
        pytest.skip(f"no BTF at {VMLINUX}")
    btf = Btf()
    assert btf.path("task_struct", "comm").size == 16
    assert btf.path("task_struct", "pid").size == 4
    offsets, size = btf.path("task_struct", "nsproxy->net_ns->ns.inum")
    assert len(offsets) == 3
    assert size == 4
    # What user space knows too.
    assert btf.size("timespec64") == 16
    assert btf.offset("inode", "i_ino") % ctypes.sizeof(ctypes.c_long) == 0
    with pytest.raises(NoBpf, match="this kernel has no task_struct: nonsense"):
        btf.path("task_struct", "nonsense")
