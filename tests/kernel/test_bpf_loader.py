"""Programs that the kernel takes, and those that it refuses: its words are kept."""

import errno
import os
from contextlib import closing

import pytest

from nsview.kernel import nsfs
from nsview.kernel.bpf import NoBpf, files, loader, tasks, usage
from nsview.kernel.bpf.assembler import FRAME, R0, R1, R2, R7
from nsview.kernel.bpf.btf import Btf
from nsview.kernel.bpf.loader import Iterator
from nsview.kernel.bpf.program import Finished, Program, Record
from nsview.model.kind import LINK_NAMES, Kind
from tests.kernel_fixtures import NOBODY
from tests.processes import call

COUNTED = Record(pid=4, mark=4)


@pytest.fixture(scope="module")
def btf() -> Btf:
    """The kernel's types; skips where it would not take a program anyway."""
    try:
        types = Btf()
        Iterator(numbers(types)).close()
    except NoBpf as refusal:
        pytest.skip(f"bpf: {refusal}")
    return types


def numbers(types: Btf, broken: bool = False) -> Finished:
    program = Program(types, "task", COUNTED)
    program.argument(R7, "task")
    program.jump_if(R7, "==", 0, "done")
    program.find_reader()
    program.follow(R1, R7, "task_struct", "thread_pid")
    program.number("pid", R1)
    program.get(R2, "level")
    program.put("mark", R2)
    if broken:
        program.store(FRAME, 8, R2)  # above the stack
    program.tell()
    return program.end()


def test_a_program_of_our_own(btf: Btf) -> None:
    program = Program(btf, "task", COUNTED)
    program.argument(R7, "task")
    program.jump_if(R7, "==", 0, "done")
    program.find_reader()
    program.follow(R1, R7, "task_struct", "thread_pid")
    program.do(R7, "=", R1)
    program.number("pid", R7)
    program.put("mark", 4711)
    program.tell()
    iterator = Iterator(program.end())
    found = dict(COUNTED.struct.iter_unpack(iterator.dump()))
    assert found[os.getpid()] == 4711
    iterator.close()
    iterator.close()
    with pytest.raises(OSError, match="closed") as closed:
        iterator.dump()
    assert closed.value.errno == errno.EBADF


def test_the_verifiers_words_are_kept(btf: Btf) -> None:
    with pytest.raises(NoBpf, match=r'^EACCES for the program of "task": .*stack') as refusal:
        Iterator(numbers(btf, broken=True))
    assert "\n" not in str(refusal.value)
    assert len(refusal.value.log.splitlines()) > 10
    assert str(refusal.value).rpartition(": ")[2] in refusal.value.log


def test_every_program_is_taken_without_some_kinds(btf: Btf) -> None:
    """As on a kernel that lacks them: the fields are 0."""
    for links in (frozenset(LINK_NAMES), frozenset({"net", "user"}), frozenset[str]()):
        iterator = Iterator(tasks.write(btf, links))
        for record in tasks.RECORD.struct.iter_unpack(iterator.dump()):
            told = dict(zip(tasks.RECORD.fields, record, strict=True))
            assert all(not told[f"{link}_ns"] for link in LINK_NAMES if link not in links)
            if told["pid"] == os.getpid():
                assert all(told[f"{link}_ns"] for link in links)
        iterator.close()
    for program in (usage.write(btf), files.write(btf)):
        Iterator(program).close()


def test_in_the_initial_pid_namespace_the_shorter_programs_tell_the_same(btf: Btf) -> None:
    if not nsfs.is_initial(Kind.PID):
        pytest.skip("we are not in it")

    def lasting(dump: bytes, record: Record, without: str) -> set[bytes]:
        """Its records, each without a field that changes all the time and what follows on that."""
        start, end = record.offset(without), record.offset(without) + record.sizes[without]
        all_ = (dump[place : place + record.size] for place in range(0, len(dump), record.size))
        return {one[:start] + (one[end:] if without == "state" else b"") for one in all_}

    every = frozenset(LINK_NAMES)
    for record, without, long, short in (
        (tasks.RECORD, "state", tasks.write(btf, every), tasks.write(btf, every, True)),
        (usage.RECORD, "ran", usage.write(btf), usage.write(btf, True)),
    ):
        assert len(short.code) < len(long.code)
        with closing(Iterator(long)) as one, closing(Iterator(short)) as other:
            before, between, after = one.dump(), other.dump(), one.dump()
        steady = lasting(before, record, without) & lasting(after, record, without)
        assert len(steady) > 10
        assert steady <= lasting(between, record, without)


def test_a_field_that_this_kernel_lacks_is_named(btf: Btf) -> None:
    program = Program(btf, "task", COUNTED)
    with pytest.raises(NoBpf, match="this kernel has no task_struct: rss_of_tomorrow"):
        program.follow(R1, R7, "task_struct", "rss_of_tomorrow")
    with pytest.raises(NoBpf, match="this kernel has no function bpf_iter_dream"):
        Program(btf, "dream", COUNTED).end()
    with pytest.raises(ValueError, match="there is a variable 'pid' already"):
        program.variable("pid")
    with pytest.raises(ValueError, match="8 bytes do not fit into 'pid'"):
        program.read("pid", R0, 0, 8)


def test_without_the_right(btf: Btf) -> None:
    def refused() -> str:
        try:
            Iterator(numbers(btf))
        except NoBpf as refusal:
            return str(refusal)
        return ""

    assert call(refused, user=NOBODY) == "EPERM: needs CAP_BPF and CAP_PERFMON"


@pytest.mark.parametrize(
    ("text", "says"),
    [("[none] integrity confidentiality", ""), ("none [integrity] confidentiality", "integrity"), ("", "")],
)
def test_lockdown(text: str, says: str) -> None:
    assert loader.parse_lockdown(text) == says
