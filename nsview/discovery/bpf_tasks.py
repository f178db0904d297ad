"""Tasks and where they are, from one pass of the kernel over its own tasks."""

import os
import struct
import time
from collections.abc import Collection, Iterable

from nsview.discovery.bpf_records import differing, records
from nsview.discovery.bpf_usage import BpfUsage
from nsview.discovery.findings import Findings
from nsview.discovery.source import Context
from nsview.discovery.tasks import ProcfsTasks
from nsview.kernel import nsfs
from nsview.kernel.bpf import NoBpf, tasks
from nsview.kernel.bpf.btf import Btf
from nsview.kernel.bpf.loader import Iterator
from nsview.kernel.procfs import DENIED, GONE, Procfs
from nsview.kernel.stat import parse_stat
from nsview.kernel.timens import boottime_offset
from nsview.model.kind import UNREADABLE, UNREADABLE_LINKS, Kind, Links
from nsview.model.process import Task, Usage

RECORD_SIZE = tasks.RECORD.size
_LINKS = struct.Struct("=8x10I")
"""The end of a record: `ids`, which is for comparing only, and the links."""
_NUMBERS = struct.Struct("=II")
_WITNESSES = 4
"""Tasks to ask of one set of links: the first may just have ended."""
HIDDEN_AFTER = 30.0
"""Seconds after which /proc is listed again, to see whether the iterator leaves any process out."""
_SAMPLE = 32
"""Processes that are compared with procfs before the first use."""
_ATTEMPTS = 5
"""Comparisons: processes change while they are compared."""
_SECOND = 10**9
_ALL_BITS = (1 << 64) - 1


class BpfTasks:
    """The task source of a kernel with BPF iterators; one file descriptor stays open, on the iterator.

    A task's namespaces are read there without a lock. So a set of links counts only once procfs has told the
    same of a task that has it or, where procfs may not be asked, once a second pass has. What stays uncertain
    is read from procfs at that scan, and so are processes that the iterator leaves out.
    """

    name = "bpf"

    def __init__(self, proc: Procfs, btf: Btf) -> None:
        """NoBpf when the kernel refuses; OSError when procfs does."""
        self._iterator = Iterator(tasks.write(btf, proc.names, nsfs.is_initial(Kind.PID)))
        self._usage = BpfUsage(btf)
        self.exact = tasks.tells_ids(btf) or not nsfs.gives_ids()
        self._ticks = os.sysconf("SC_CLK_TCK")
        self._offset = 0
        self._only = _Only(proc.root)
        self._procfs = ProcfsTasks()
        self._dump = b""
        self._known: dict[bytes, Task] = {}
        """Record → task, for the last dump."""
        self._links: dict[bytes, Links] = {}
        """The end of a record → its links, once they are certain: an object of its own for each, also where
        other namespaces have got the same numbers."""
        self._again = False
        """Whether to look at every record, also those that have not changed."""
        self._processes: dict[int, Task] = {}
        self._others: dict[int, Task] = {}
        """Threads that the program told of, wherever they are."""
        self._threads: dict[int, Task] = {}
        self.uncertain: set[int] = set()
        """Processes of which the last dump told something that was not confirmed."""
        self.hidden: frozenset[int] = frozenset()
        """Processes that /proc shows and the iterator does not."""
        self._compared = float("-inf")
        self._offset = self._find_offset(proc)

    def close(self) -> None:
        self._iterator.close()
        self._usage.close()

    def read(self, context: Context, usage: bool = False) -> None:
        """OSError when the iterator cannot be read; then nothing has been found."""
        findings = context.findings
        self._look(context.proc)
        processes, threads = self._processes, self._threads
        used = self._used() if usage else {}
        apart = self.hidden | self.uncertain
        if apart:
            # They come first, for their numbers are mostly low; what the last scan was given stays as it is.
            self._only.wanted = apart
            self._procfs.read(context._replace(proc=self._only, thorough=True), usage)
            self.hidden = self.hidden.intersection(findings.processes)
            used = used | findings.usage
            processes, threads = findings.processes | processes, findings.threads | threads
        findings.processes, findings.threads, findings.usage = processes, threads, used

    def _find_offset(self, proc: Procfs) -> int:
        """The ns that procfs adds to each task's start: our time namespace's; none before Linux 5.11."""
        offset = boottime_offset()
        ours = parse_stat(proc.read_record("self", "stat")) if offset else None
        if ours:
            dump = self._iterator.dump()
            told = (self._task(proc, record) for record in records(dump, RECORD_SIZE))
            if any((task.pid, task.starttime) == (ours.pid, ours.starttime) for task in told):
                return 0
        return offset

    def agree(self, proc: Procfs) -> None:
        """Compare with procfs. NoBpf if they tell different things of the same process again and again."""
        differing: dict[int, str] = {}
        for attempt in range(_ATTEMPTS):
            self._look(proc)
            if os.getpid() not in self._processes:
                raise NoBpf("the iterator leaves us ourselves out")
            findings = Findings()
            self._only.wanted = self._sample()
            ProcfsTasks().read(Context(self._only, proc.kinds(), findings))
            found = _differences(self._processes, findings.processes)
            differing = {pid: words for pid, words in found.items() if not attempt or pid in differing}
            if not differing:
                return
        raise NoBpf(next(iter(differing.values())))

    def _sample(self) -> frozenset[int]:
        pids = list(self._processes)
        return frozenset({os.getpid(), *pids[:2], *pids[:: len(pids) // _SAMPLE + 1]})

    # ---- one pass

    def _look(self, proc: Procfs) -> None:
        now = time.monotonic()
        if now - self._compared < HIDDEN_AFTER:
            dump = self._iterator.dump()
        else:
            before = proc.pids()
            dump = self._iterator.dump()
            shown = {_NUMBERS.unpack_from(dump, place)[0] for place in range(0, len(dump), RECORD_SIZE)}
            # Those that were there before and after were there all the time.
            self.hidden = frozenset(before).intersection(proc.pids()) - shown
            self._compared = now
            # The name of a kernel thread changes with its work, of which a record tells nothing.
            self._known = {record: task for record, task in self._known.items() if not task.kernel}
            self._again = True
        if self._again or dump != self._dump:
            self._learn(proc, dump)

    def _learn(self, proc: Procfs, dump: bytes) -> None:
        """Make tasks of the records that are new, and forget those that are gone."""
        if self._again:
            old, fresh = records(self._dump, RECORD_SIZE), records(dump, RECORD_SIZE)
        else:
            old, fresh = differing(self._dump, dump, RECORD_SIZE)
        self._dump, self._again, self.uncertain = dump, False, set()
        known = self._known
        new = [record for record in fresh if record not in known]
        if new:
            self._confirm(proc, new)
        made = {record: self._task(proc, record) for record in new}
        # What the last scan was given stays as it is.
        processes, others = self._processes.copy(), self._others.copy()
        numbers = {task.pid for task in made.values()}
        for record in set(old).difference(fresh):
            known.pop(record, None)
            pid, tgid = _NUMBERS.unpack_from(record)
            if pid not in numbers:
                (others if pid != tgid else processes).pop(pid, None)
        for task in made.values():
            (processes if task.is_thread else others).pop(task.pid, None)
        births = len(processes)
        for task in made.values():
            (others if task.is_thread else processes)[task.pid] = task
        known.update(made)
        if self.uncertain:
            self._forget_uncertain(processes, others)
        self._processes = dict(sorted(processes.items())) if len(processes) > births else processes
        self._others = others
        self._threads = _elsewhere(processes, others) if others else {}

    def _forget_uncertain(self, processes: dict[int, Task], others: dict[int, Task]) -> None:
        """So that they are looked at again next time, also if nothing else has changed by then."""
        self._again = True
        for pid in self.uncertain:
            processes.pop(pid, None)
        for tid in [tid for tid, task in others.items() if task.tgid in self.uncertain]:
            del others[tid]
        self._known = {r: task for r, task in self._known.items() if task.tgid not in self.uncertain}

    def _task(self, proc: Procfs, record: bytes) -> Task:
        pid, tgid, ppid, uid, state, threads, flags, _, start, comm, *_ = tasks.RECORD.struct.unpack(record)
        kernel = bool(flags & tasks.KTHREAD)
        name = os.fsdecode(comm.partition(b"\0")[0])
        return Task(
            pid=pid,
            tgid=tgid,
            ppid=ppid,
            starttime=(start + self._offset & _ALL_BITS) // (_SECOND // self._ticks),
            state=tasks.LETTERS[state.bit_length()],
            threads=threads,
            uid=uid,
            comm=_long_name(proc, pid, name) if kernel else name,
            links=self._links.get(record[-_LINKS.size :], UNREADABLE_LINKS),
            kernel=kernel,
        )

    # ---- which links are certain

    def _confirm(self, proc: Procfs, new: Iterable[bytes]) -> None:
        """Ask procfs for one task of every set of links that is new, and mark what it does not confirm."""
        by_links: dict[bytes, list[bytes]] = {}
        for record in new:
            links = record[-_LINKS.size :]
            if tasks.RECORD.struct.unpack(record)[7]:  # moved
                self.uncertain.add(_NUMBERS.unpack_from(record)[1])
            elif links not in self._links:
                by_links.setdefault(links, []).append(record)
        if not by_links:
            return
        present = {record[-_LINKS.size :] for record in (*self._known, *new)}
        self._links = {links: found for links, found in self._links.items() if links in present}
        again: set[bytes] | None = None
        for links, told in by_links.items():
            answers = self._ask(proc, links, told[:_WITNESSES])
            if None in answers:  # procfs may not be asked
                if again is None:
                    dump = self._iterator.dump()
                    again = set(map(_mark, records(dump, RECORD_SIZE)))
                answers = [_mark(record) in again for record in told]
            if True in answers:
                self._links[links] = Links(*_LINKS.unpack(links))
            else:
                self.uncertain.update(_NUMBERS.unpack_from(record)[1] for record in told)

    def _ask(self, proc: Procfs, links: bytes, records: Iterable[bytes]) -> list[bool | None]:
        """Whether procfs says the same, up to the first yes; None: it refuses to tell."""
        expected = Links(*_LINKS.unpack(links))
        answers: list[bool | None] = []
        for record in records:
            pid, tgid = _NUMBERS.unpack_from(record)
            try:
                found = proc.links(tgid, "" if pid == tgid else f"task/{pid}/")
            except OSError as error:
                if error.errno not in (*GONE, *DENIED):
                    raise
                answers.append(False if error.errno in GONE else None)
                continue
            answers.append(None if UNREADABLE in found else found == expected)
            if answers[-1]:
                break
        return answers

    def _used(self) -> dict[int, Usage]:
        """What the processes that were told of have used."""
        used = self._usage.read()
        others = used.keys() - self._processes.keys() | self.uncertain
        return {pid: usage for pid, usage in used.items() if pid not in others} if others else used


def _elsewhere(processes: dict[int, Task], others: dict[int, Task]) -> dict[int, Task]:
    """The threads that are not where their leader is; their user is told as its."""
    found = {}
    for tid, task in others.items():
        leader = processes.get(task.tgid)
        if leader is not None and task.links != leader.links:
            found[tid] = task if task.uid == leader.uid else task._replace(uid=leader.uid)
    return found


class _Only(Procfs):
    """A proc file system as if there were only some processes."""

    wanted: Collection[int] = ()

    def listing(self) -> dict[int, int]:
        return dict.fromkeys(self.wanted, 0)


def _mark(record: bytes) -> bytes:
    """What makes it the same task in the same place: numbers, start, links."""
    return record[: _NUMBERS.size] + record[tasks.RECORD.offset("start") :][:8] + record[-_LINKS.size :]


def _long_name(proc: Procfs, pid: int, name: str) -> str:
    """A kernel thread's name, of which the kernel's own field holds only the beginning."""
    try:
        stat = parse_stat(proc.read_record(pid, "stat"))
    except OSError:
        return name
    return stat.comm if stat is not None else name


def _differences(ours: dict[int, Task], theirs: dict[int, Task]) -> dict[int, str]:
    """The processes of which the two sources tell different things, with the first of these in words."""
    found = {}
    for pid, there in theirs.items():
        here = ours.get(pid)
        if here is None:
            continue
        # Its state changes all the time, a kernel thread's name with its work, and the links may be none of
        # ours to read.
        links = here.links if there.links is UNREADABLE_LINKS else there.links
        there = there._replace(state=here.state, links=links, comm=here.comm if here.kernel else there.comm)
        for field, mine, other in zip(Task._fields, here, there, strict=True):
            if mine != other:
                found[pid] = f"{field} of pid {pid} is {mine!r}, in procfs {other!r}"
                break
    return found
