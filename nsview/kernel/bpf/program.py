"""What the iterator programs are written with: kernel fields by name, variables, a record to tell."""

import struct
from typing import NamedTuple

from nsview.kernel.bpf import NoBpf
from nsview.kernel.bpf.assembler import FRAME, R0, R1, R2, R3, R4, R6, Assembler, Operand, Register
from nsview.kernel.bpf.btf import Btf

GET_CURRENT_TASK, PROBE_READ_KERNEL, SEQ_WRITE = 35, 113, 127
"""Numbers of helpers (bpf-helpers(7))."""

CONTEXT = R6
"""Where a program keeps what it was called with."""

_DEEPEST = 32
"""Pid namespaces nest no deeper (pid_namespaces(7))."""


class Record:
    """What a program tells of one thing: fields of 4 or 8 bytes, or text, each at its own place."""

    def __init__(self, **sizes: int) -> None:
        self.fields = tuple(sizes)
        self.sizes = sizes
        letters = {4: "I", 8: "Q"}
        self.struct = struct.Struct("=" + "".join(letters.get(size, f"{size}s") for size in sizes.values()))
        self.size = self.struct.size
        self._offsets: dict[str, int] = {}
        offset = 0
        for name, size in sizes.items():
            self._offsets[name] = offset
            offset += size

    def offset(self, field: str) -> int:
        return self._offsets[field]


class Finished(NamedTuple):
    """A program that can be handed to the kernel."""

    target: str
    """What it is called for each of: "task", "task_file"."""
    function: int
    """Type id of the kernel function that stands for this iterator."""
    code: bytes


class Program(Assembler):
    """One iterator program. R6 is the context; R1 to R5 are for the moment, R7 to R9 for what is to last.

    Variables lie on the stack under their names. A pointer that the verifier knows the type of is followed
    directly (a null or stale one reads as 0); what is a mere number to it is copied by bpf_probe_read_kernel.
    """

    def __init__(self, btf: Btf, target: str, record: Record, initial: bool = False) -> None:
        """`initial`: who reads the iterator is in the initial pid namespace, where everybody's first number
        is the one to tell."""
        super().__init__()
        self._initial = initial
        self._btf = btf
        self._target = target
        self._record = record
        self._depth = _rounded(record.size)
        self._variables = {field: record.offset(field) - self._depth for field in record.fields}
        self._sizes = dict(record.sizes)
        self.do(CONTEXT, "=", R1)

    # ---- variables

    def variable(self, name: str, size: int = 8) -> None:
        """Make room for one."""
        if name in self._variables:
            raise ValueError(f"there is a variable '{name}' already")
        self._depth += _rounded(size)
        self._variables[name] = -self._depth
        self._sizes[name] = size

    def put(self, name: str, value: Operand) -> None:
        """`name = value`"""
        if not isinstance(value, Register):
            self.do(R0, "=", value)
            value = R0
        self.store(FRAME, self._variables[name], value, self._sizes[name])

    def get(self, target: Register, name: str, offset: int = 0, size: int | None = None) -> None:
        """`target = name`, or a part of it."""
        self.load(target, FRAME, self._variables[name] + offset, size or self._sizes[name])

    # ---- the kernel's structures

    def argument(self, target: Register, field: str) -> None:
        """`target = context->field`"""
        self.follow(target, CONTEXT, f"bpf_iter__{self._target}", field)

    def follow(self, target: Register, base: Register, root: str, path: str) -> None:
        """`target = base->path`, base being a pointer to a `struct root` that the verifier knows as one."""
        offsets, size = self._btf.path(root, path)
        for offset in offsets[:-1]:
            self.load(target, base, offset)
            base = target
        self.load(target, base, offsets[-1], size)

    def probe(self, name: str, base: Register, root: str, path: str) -> None:
        """`name = base->path`, base being an address; 0 where nothing can be read."""
        offsets, size = self._btf.path(root, path)
        for offset in offsets[:-1]:
            self.read(name, base, offset, 8)
            self.get(R3, name)
            base = R3
        self.read(name, base, offsets[-1], size)

    def read(self, name: str, base: Register, offset: int, size: int) -> None:
        """Copy bytes from anywhere in the kernel's memory into a variable."""
        if size > self._sizes[name]:
            raise ValueError(f"{size} bytes do not fit into '{name}'")
        if base is not R3:
            self.do(R3, "=", base)
        if offset:
            self.do(R3, "+", offset)
        self.do(R2, "=", size)
        self._address_of(R1, name)
        self.call(PROBE_READ_KERNEL)

    def _address_of(self, target: Register, name: str) -> None:
        self.do(target, "=", FRAME)
        self.do(target, "+", self._variables[name])

    # ---- numbers as the reader has them

    def find_reader(self) -> None:
        """`home` and `level` become those of the pid namespace of the task that reads the iterator."""
        if self._initial:
            return
        self.variable("home")
        self.variable("level", 4)
        self.variable("upid", self._btf.size("upid"))
        self.call(GET_CURRENT_TASK)
        self.probe("home", R0, "task_struct", "thread_pid")
        self.get(R3, "home")
        self.probe("level", R3, "pid", "level")
        self.get(R3, "home")
        self.get(R4, "level")
        self._read_upid(R3, R4)
        self._namespace_of_upid(R1)
        self.put("home", R1)

    def number(self, name: str, pid: Register) -> None:
        """`name = pid_nr_ns(pid, home)`: the number there of a `struct pid`, 0 if it has none."""
        if self._initial:
            self.follow(R3, pid, "pid", "numbers[0].nr")
            self.put(name, R3)
            return
        end = self.unique("number is known")
        self.put(name, 0)
        self.follow(R3, pid, "pid", "level")
        self.get(R4, "level")
        self.jump_if(R3, "<", R4, end)
        self._read_upid(pid, R4)
        self._namespace_of_upid(R3)
        self.get(R4, "home")
        self.jump_if(R3, "!=", R4, end)
        self.get(R3, "upid", self._btf.offset("upid", "nr"), 4)
        self.put(name, R3)
        self.label(end)

    def pid_namespace(self, pid: Register, **fields: str) -> None:
        """`name = ns_of_pid(pid)->field` for each; that is where a `struct pid` has its last number."""
        if "upid" not in self._variables:
            self.variable("upid", self._btf.size("upid"))
        self.follow(R4, pid, "pid", "level")
        self._read_upid(pid, R4)
        for name, field in fields.items():
            if field:
                self._namespace_of_upid(R3)
                self.probe(name, R3, "pid_namespace", field)

    def _read_upid(self, pid: Register, level: Register) -> None:
        """`upid = pid->numbers[level]`"""
        size = self._btf.size("upid")
        if size & size - 1:
            raise NoBpf(f"this kernel has another struct upid: {size} bytes")
        self.do(level, "&", _DEEPEST - 1)  # the verifier wants a bound
        self.do(level, "<<", size.bit_length() - 1)
        if pid is not R3:
            self.do(R3, "=", pid)
        self.do(R3, "+", level)
        self.read("upid", R3, self._btf.offset("pid", "numbers"), size)

    def _namespace_of_upid(self, target: Register) -> None:
        self.get(target, "upid", self._btf.offset("upid", "ns"), 8)

    # ---- the end

    def tell(self) -> None:
        """Write the record: one more for who reads the iterator."""
        self.argument(R1, "meta")
        self.follow(R1, R1, "bpf_iter_meta", "seq")
        self._address_of(R2, self._record.fields[0])
        self.do(R3, "=", self._record.size)
        self.call(SEQ_WRITE)

    def end(self) -> Finished:
        """Labelled "done"."""
        self.label("done")
        self.do(R0, "=", 0)
        self.leave()
        return Finished(self._target, self._btf.function(f"bpf_iter_{self._target}"), self.code())


def _rounded(size: int) -> int:
    """Everything on the stack begins at a multiple of 8."""
    return (size + 7) // 8 * 8
