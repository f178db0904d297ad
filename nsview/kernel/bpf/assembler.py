"""Instructions of the kernel's BPF machine (RFC 9669), with names for the places that are jumped to."""

import struct
import sys
from enum import IntEnum
from typing import TypeAlias

_INSTRUCTION = struct.Struct("=BBhi")
_LITTLE = sys.byteorder == "little"


class Register(IntEnum):
    """R0 takes what a call returns, R1 to R5 its arguments; a call leaves none of these as it was."""

    R0 = 0
    R1 = 1
    R2 = 2
    R3 = 3
    R4 = 4
    R5 = 5
    R6 = 6
    R7 = 7
    R8 = 8
    R9 = 9
    FRAME = 10
    """The end of the 512 bytes of stack: what is on it lies at negative offsets."""


R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FRAME = Register
Operand: TypeAlias = Register | int

_LOAD = {1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79}
_STORE = {1: 0x73, 2: 0x6B, 4: 0x63, 8: 0x7B}
_JUMP, _EXIT, _CALL = 0x05, 0x95, 0x85
# Class 64-bit arithmetic and class jump, each with an immediate; 0x08 more takes a register.
_ARITHMETIC = {"=": 0xB7, "+": 0x07, "-": 0x17, "|": 0x47, "&": 0x57, "<<": 0x67, ">>": 0x77}
_CONDITIONS = {
    "==": 0x15,
    "!=": 0x55,
    ">": 0x25,
    ">=": 0x35,
    "<": 0xA5,
    "<=": 0xB5,
    "signed <": 0xC5,
    "&": 0x45,
}
_REGISTER = 0x08


class Assembler:
    """Collects instructions in order. ValueError for what the machine cannot express."""

    def __init__(self) -> None:
        self._code: list[tuple[int, int, int, int, int]] = []
        self._labels: dict[str, int] = {}
        self._jumps: dict[int, str] = {}
        """Instruction → the label that its offset is to lead to."""

    def label(self, name: str) -> None:
        """Jumps to `name` lead here."""
        if name in self._labels:
            raise ValueError(f"label '{name}' stands in two places")
        self._labels[name] = len(self._code)

    def unique(self, name: str) -> str:
        """A label like this that nothing else has, for a passage that is written several times."""
        return f"{name} at {len(self._code)}"

    def do(self, target: Register, operation: str, operand: Operand) -> None:
        """`target operation operand`, 64 bits wide: =, +, -, |, &, << or >>."""
        self._emit(*self._with(_ARITHMETIC[operation], target, operand))

    def load(self, target: Register, base: Register, offset: int, size: int = 8) -> None:
        """`target = *(base + offset)`, of 1, 2, 4 or 8 bytes."""
        self._emit(_LOAD[size], target, base, _short(offset), 0)

    def store(self, base: Register, offset: int, source: Register, size: int = 8) -> None:
        """`*(base + offset) = source`."""
        self._emit(_STORE[size], base, source, _short(offset), 0)

    def jump(self, label: str) -> None:
        self._jumps[len(self._code)] = label
        self._emit(_JUMP, 0, 0, 0, 0)

    def jump_if(self, left: Register, condition: str, right: Operand, label: str) -> None:
        """Go on at `label` if `left condition right`: ==, !=, >, >=, <, <= (unsigned), `signed <`, &."""
        self._jumps[len(self._code)] = label
        self._emit(*self._with(_CONDITIONS[condition], left, right))

    def call(self, helper: int) -> None:
        """Call one of the kernel's functions for BPF programs, by number (bpf-helpers(7))."""
        self._emit(_CALL, 0, 0, 0, helper)

    def leave(self) -> None:
        """End the program; R0 is its result."""
        self._emit(_EXIT, 0, 0, 0, 0)

    def code(self) -> bytes:
        """The program. A jump's offset counts instructions from the one after it."""
        lines = []
        for place, (code, target, source, offset, immediate) in enumerate(self._code):
            if place in self._jumps:
                label = self._jumps[place]
                if label not in self._labels:
                    raise ValueError(f"label '{label}' stands nowhere")
                offset = _short(self._labels[label] - place - 1)
            registers = target | source << 4 if _LITTLE else target << 4 | source
            lines.append(_INSTRUCTION.pack(code, registers, offset, immediate))
        return b"".join(lines)

    def _with(self, code: int, target: Register, operand: Operand) -> tuple[int, int, int, int, int]:
        if isinstance(operand, Register):
            return code | _REGISTER, target, operand, 0, 0
        if not -(1 << 31) <= operand < 1 << 31:
            raise ValueError(f"{operand} does not fit into an instruction")
        return code, target, 0, 0, operand

    def _emit(self, code: int, target: int, source: int, offset: int, immediate: int) -> None:
        self._code.append((code, target, source, offset, immediate))


def _short(offset: int) -> int:
    if not -(1 << 15) <= offset < 1 << 15:
        raise ValueError(f"an offset of {offset} does not fit into an instruction")
    return offset
