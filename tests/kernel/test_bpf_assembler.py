"""The assembler: what it writes is what the machine would do, jumps above all."""

import struct
import sys
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsview.kernel.bpf.assembler import FRAME, R0, R1, R2, R3, Assembler


class Line(NamedTuple):
    code: int
    target: int
    source: int
    offset: int
    immediate: int


def lines(program: Assembler) -> list[Line]:
    found = []
    for code, registers, offset, immediate in struct.iter_unpack("=BBhi", program.code()):
        low, high = registers & 15, registers >> 4
        target, source = (low, high) if sys.byteorder == "little" else (high, low)
        found.append(Line(code, target, source, offset, immediate))
    return found


def run(program: Assembler) -> int:
    """What R0 is in the end: a machine for the instructions without memory."""
    code = lines(program)
    registers = [0] * 11
    place = steps = 0
    while True:
        steps += 1
        assert steps < 10_000
        line = code[place]
        place += 1
        operand = registers[line.source] if line.code & 8 else line.immediate
        match line.code & ~8:
            case 0x95:
                return registers[0]
            case 0xB7:
                registers[line.target] = operand
            case 0x07:
                registers[line.target] += operand
            case 0x05:
                place += line.offset
            case 0x15:
                place += line.offset if registers[line.target] == operand else 0
            case other:
                raise AssertionError(f"{other:#x}")


def test_instructions_are_those_of_the_standard() -> None:
    program = Assembler()
    program.do(R1, "=", 7)
    program.do(R1, "+", R2)
    program.load(R2, R1, -4, 4)
    program.store(FRAME, -8, R3)
    program.jump_if(R1, "signed <", 0, "end")
    program.call(113)
    program.label("end")
    program.leave()
    assert lines(program) == [
        (0xB7, 1, 0, 0, 7),
        (0x0F, 1, 2, 0, 0),
        (0x61, 2, 1, -4, 0),
        (0x7B, 10, 3, -8, 0),
        (0xC5, 1, 0, 1, 0),
        (0x85, 0, 0, 0, 113),
        (0x95, 0, 0, 0, 0),
    ]


@given(st.data())
def test_jumps_lead_to_their_labels(data: st.DataObject) -> None:
    """Blocks written in any order and joined by jumps run in the order of their numbers."""
    count = data.draw(st.integers(1, 12))
    order = data.draw(st.permutations(range(count)))
    padding = data.draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    program = Assembler()
    program.do(R0, "=", 0)
    program.jump("block 0")
    for block in order:
        program.label(f"block {block}")
        for _ in range(padding[block]):
            program.do(R2, "=", block)
        # R0 counts the blocks: each is reached only after all before it.
        program.jump_if(R0, "==", block, f"in turn {block}")
        program.do(R0, "=", -1)
        program.leave()
        program.label(f"in turn {block}")
        program.do(R0, "+", 1)
        program.jump(f"block {block + 1}")
    program.label(f"block {count}")
    program.leave()
    assert run(program) == count


def test_labels_that_are_wrong_are_told() -> None:
    program = Assembler()
    program.jump("nowhere")
    with pytest.raises(ValueError, match="'nowhere' stands nowhere"):
        program.code()
    program.label("here")
    with pytest.raises(ValueError, match="'here' stands in two places"):
        program.label("here")
    assert program.unique("x") == program.unique("x")
    before = program.unique("x")
    program.leave()
    assert program.unique("x") != before


@given(st.integers(-(1 << 40), 1 << 40))
def test_numbers_that_do_not_fit_are_refused(number: int) -> None:
    program = Assembler()
    if -(1 << 31) <= number < 1 << 31:
        program.do(R0, "=", number)
        assert lines(program)[0].immediate == number
    else:
        with pytest.raises(ValueError, match="does not fit"):
            program.do(R0, "=", number)
    if not -(1 << 15) <= number < 1 << 15:
        with pytest.raises(ValueError, match="does not fit"):
            program.load(R0, R1, number)


def test_a_jump_too_far_is_refused() -> None:
    program = Assembler()
    program.jump("end")
    for _ in range(1 << 15):
        program.leave()
    program.label("end")
    with pytest.raises(ValueError, match="offset of 32768"):
        program.code()
