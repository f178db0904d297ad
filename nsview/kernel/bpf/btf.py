"""Where the running kernel keeps the fields of its structures: its own type information (BTF).

https://docs.kernel.org/bpf/btf.html; in /sys/kernel/btf/vmlinux since Linux 5.4, with CONFIG_DEBUG_INFO_BTF.
"""

import struct
import sys
from array import array
from bisect import bisect_left
from typing import NamedTuple

from nsview.kernel.bpf import NoBpf

VMLINUX = "/sys/kernel/btf/vmlinux"

_MAGIC = 0xEB9F
_HEADER = struct.Struct("=HBBIIIII")
_INT, _PTR, _ARRAY, _STRUCT, _UNION, _ENUM = 1, 2, 3, 4, 5, 6
_TYPEDEF, _VOLATILE, _CONST, _RESTRICT, _FUNC, _TYPE_TAG, _ENUM64 = 8, 9, 10, 11, 12, 18, 19
_TRANSPARENT = frozenset({_TYPEDEF, _VOLATILE, _CONST, _RESTRICT, _TYPE_TAG})
"""Kinds that only say something of the type that they stand for."""
_SIZED = frozenset({_INT, _STRUCT, _UNION, _ENUM, _ENUM64})
_TAIL = {_INT: (1, 0), _ARRAY: (3, 0), _STRUCT: (0, 3), _UNION: (0, 3), _ENUM: (0, 2), 13: (0, 2), 14: (1, 0)}
_TAIL |= {15: (0, 3), 17: (1, 0), _ENUM64: (0, 3)}
"""Words after the three that every type has: always, and for each of its members."""
_LAST_KIND = 19
_LONGEST_CHAIN = 100
"""Names for names of a type; more are a circle."""


class Path(NamedTuple):
    """The way to a value: follow a pointer at each offset but the last, where the value lies."""

    offsets: tuple[int, ...]
    size: int
    """Bytes."""


class Btf:
    """The types of one kernel. What it lacks is told by NoBpf, with its name."""

    def __init__(self, path: str = VMLINUX) -> None:
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            raise NoBpf(f"no BTF at {path}") from None
        except OSError as error:
            raise NoBpf(f"{path}: {error.strerror}") from None
        if len(data) < _HEADER.size:
            raise NoBpf(f"{path} is no BTF: too short")
        magic, _, _, header, types, types_size, strings, strings_size = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise NoBpf(f"{path} is no BTF of a {sys.byteorder}-endian machine")
        types += header
        strings += header
        if types_size % 4 or max(types + types_size, strings + strings_size) > len(data):
            raise NoBpf(f"{path} is no BTF: cut short")
        self._types = data[types : types + types_size]
        self._words = array("I", self._types)
        self._strings = data[strings : strings + strings_size]
        self._at = _positions(self._words, path)
        self._structs: dict[str, int] = {}
        self._names: dict[str, int] = {}

    # ---- what programs ask

    def has(self, root: str, text: str) -> bool:
        """Whether this kernel has the field at all."""
        try:
            self.path(root, text)
        except NoBpf:
            return False
        return True

    def path(self, root: str, text: str) -> Path:
        """The way from a struct to a field, written as in C: `nsproxy->net_ns->ns.inum`, `count[1]`."""
        try:
            return self._follow(root, text)
        except (IndexError, RecursionError):
            raise NoBpf(f"{root}: {text} leads to a type that is not there: damaged BTF") from None

    def _follow(self, root: str, text: str) -> Path:
        found = self._struct(root)
        offsets: list[int] = []
        for hop in text.split("->"):
            if offsets:
                found = self._pointee(found, f"{root}: {text}")
            offset = 0
            for part in hop.split("."):
                name, _, place = part.partition("[")
                bits, found = self._member(found, name, f"{root}: {text}")
                offset += bits // 8
                if place:
                    found = self._element(found, f"{root}: {text}")
                    offset += int(place.rstrip("]")) * self._size(found)
            offsets.append(offset)
        return Path(tuple(offsets), self._size(found))

    def offset(self, root: str, text: str) -> int:
        """Byte offset of a field that lies in the struct itself."""
        (offset,) = self.path(root, text).offsets
        return offset

    def size(self, name: str) -> int:
        """Bytes of a struct."""
        return self._size(self._struct(name))

    def function(self, name: str) -> int:
        """The type id of a kernel function."""
        return self._find(name, _FUNC, f"function {name}")

    # ---- types, by their id

    def _kind(self, type_id: int) -> int:
        return self._words[self._at[type_id] + 1] >> 24 & 31

    def _plain(self, type_id: int) -> int:
        """What a typedef, or a const or tagged type, stands for."""
        for _ in range(_LONGEST_CHAIN):
            if not type_id or self._kind(type_id) not in _TRANSPARENT:
                return type_id
            type_id = self._words[self._at[type_id] + 2]
        raise IndexError

    def _size(self, type_id: int) -> int:
        type_id = self._plain(type_id)
        kind = self._kind(type_id) if type_id else 0
        if kind in _SIZED:
            return self._words[self._at[type_id] + 2]
        if kind == _ARRAY:
            return self._size(self._words[self._at[type_id] + 3]) * self._words[self._at[type_id] + 5]
        return struct.calcsize("P") if kind == _PTR else 0

    def _pointee(self, type_id: int, what: str) -> int:
        type_id = self._plain(type_id)
        if not type_id or self._kind(type_id) != _PTR:
            raise NoBpf(f"this kernel has another {what}: no pointer")
        return self._plain(self._words[self._at[type_id] + 2])

    def _element(self, type_id: int, what: str) -> int:
        type_id = self._plain(type_id)
        if not type_id or self._kind(type_id) != _ARRAY:
            raise NoBpf(f"this kernel has another {what}: no array")
        return self._words[self._at[type_id] + 3]

    def _member(self, type_id: int, name: str, what: str) -> tuple[int, int]:
        """(bit offset, type) of a member, also of one in an unnamed struct or union inside."""
        type_id = self._plain(type_id)
        found = None
        if type_id and self._kind(type_id) in (_STRUCT, _UNION):
            found = self._look_for_member(type_id, self._name(name))
        if found is None:
            raise NoBpf(f"this kernel has no {what} (looking for {name})")
        bits, member = found
        if bits % 8:
            raise NoBpf(f"this kernel has another {what}: a bit field")
        return bits, member

    def _look_for_member(self, type_id: int, name: int) -> tuple[int, int] | None:
        words, at = self._words, self._at[type_id]
        info = words[at + 1]
        for member in range(at + 3, at + 3 + 3 * (info & 0xFFFF), 3):
            bits = words[member + 2]
            if info >> 31:
                if words[member] == name and bits >> 24:
                    bits |= 1  # a bit field: its upper byte is its width
                bits &= 0xFFFFFF
            if words[member] == name:
                return bits, words[member + 1]
            inner = 0 if words[member] else self._plain(words[member + 1])
            if inner and self._kind(inner) in (_STRUCT, _UNION):
                found = self._look_for_member(inner, name)
                if found is not None:
                    return bits + found[0], found[1]
        return None

    # ---- names

    def _name(self, name: str) -> int:
        """Offset of a string; -1 if no type and no member has this name."""
        found = self._names.get(name)
        if found is None:
            place = self._strings.find(b"\0" + name.encode() + b"\0")
            found = self._names[name] = place + 1 if place >= 0 else -1
        return found

    def _struct(self, name: str) -> int:
        found = self._structs.get(name)
        if found is None:
            found = self._structs[name] = self._find(name, _STRUCT, f"struct {name}")
        return found

    def _find(self, name: str, kind: int, what: str) -> int:
        """The type of this name and kind: found by its name's number, which mostly occurs there alone."""
        number = self._name(name)
        if number > 0:
            wanted = struct.pack("=I", number)
            place = self._types.find(wanted)
            while place >= 0:
                type_id = bisect_left(self._at, place // 4)
                begins = place % 4 == 0 and type_id < len(self._at) and self._at[type_id] == place // 4
                if begins and self._kind(type_id) == kind:
                    return type_id
                place = self._types.find(wanted, place + 1)
        raise NoBpf(f"this kernel has no {what}")


def _positions(words: "array[int]", path: str) -> list[int]:
    """Where each type begins, by id; id 0 is void. The lengths depend on kind and number of members alone."""
    positions = [-1]
    append = positions.append
    lengths: dict[int, int] = {}
    place, end = 0, len(words)
    try:
        while place < end:
            append(place)
            info = words[place + 1]
            length = lengths.get(info)
            if length is None:
                length = lengths[info] = _length(info, path)
            place += length
    except IndexError:
        place = -1
    if place != end:
        raise NoBpf(f"{path} is no BTF: its last type is cut short")
    return positions


def _length(info: int, path: str) -> int:
    """Words that a type takes."""
    kind = info >> 24 & 31
    if not 1 <= kind <= _LAST_KIND:
        raise NoBpf(f"{path}: type kind {kind} is not known")
    always, each = _TAIL.get(kind, (0, 0))
    return 3 + always + each * (info & 0xFFFF)
