"""What processes have used, from one pass of the kernel over all threads."""

import os

from nsview.discovery.bpf_records import differing
from nsview.kernel import nsfs
from nsview.kernel.bpf import NoBpf, usage
from nsview.kernel.bpf.btf import Btf
from nsview.kernel.bpf.loader import Iterator
from nsview.model.kind import Kind
from nsview.model.process import Usage

_SECOND = 10**9
_UNPACK = usage.RECORD.struct.unpack


class BpfUsage:
    """Adds up threads; of those that have not run since the last pass nothing is added again.

    The program is loaded when it is first asked for; then one file descriptor stays open.
    """

    def __init__(self, btf: Btf) -> None:
        """NoBpf if this kernel lacks a field."""
        self._program = usage.write(btf, nsfs.is_initial(Kind.PID))
        self._iterator: Iterator | None = None
        self._tick = _SECOND // os.sysconf("SC_CLK_TCK")
        self._dump = b""
        self._ran: dict[int, int] = {}
        """Nanoseconds of all threads of a process."""
        self._pages: dict[int, int] = {}
        self._usage: dict[int, Usage] = {}

    def close(self) -> None:
        if self._iterator is not None:
            self._iterator.close()

    def read(self) -> dict[int, Usage]:
        """By process; the same object as long as nobody has used anything.

        OSError when the iterator cannot be read.
        """
        if self._iterator is None:
            try:
                self._iterator = Iterator(self._program)
            except NoBpf as error:
                raise OSError(str(error)) from error
        dump = self._iterator.dump()
        if dump != self._dump:
            self._learn(dump)
        return self._usage

    def _learn(self, dump: bytes) -> None:
        ran, pages = self._ran, self._pages
        touched: set[int] = set()
        old, new = differing(self._dump, dump, usage.RECORD.size)
        self._dump = dump
        for pid, tgid, own, _ in map(_UNPACK, old):
            touched.add(tgid)
            ran[tgid] -= own
            if pid == tgid:
                pages.pop(pid, None)
        for pid, tgid, own, resident in map(_UNPACK, new):
            touched.add(tgid)
            ran[tgid] = ran.get(tgid, 0) + own
            if pid == tgid:
                pages[pid] = resident
        changed: dict[int, Usage] = {}
        gone: list[int] = []
        for pid in touched:
            if pid in pages:
                used = Usage(ran[pid] // self._tick, pages[pid])
                if used != self._usage.get(pid):
                    changed[pid] = used
            elif pid in self._usage:
                gone.append(pid)
            if not ran[pid] and pid not in pages:
                del ran[pid]
        if changed or gone:
            # What was handed out stays as it is.
            self._usage = self._usage | changed
            for pid in gone:
                del self._usage[pid]
