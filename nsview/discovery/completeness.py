"""What is alive though nothing that was found leads to it: by the kernel's own list, or by asking again.

Where the kernel lists its namespaces (Linux 6.19), those that the sources missed are opened by their numbers
and told like any other. Where it only opens them by number (6.18), what an earlier scan has told of and this
one does not find is asked for. In both cases an open file on it may be on its way through a unix socket, a
process may be hidden from us, or the kernel itself may refer to it. No file stays open: then we would be what
keeps it.
"""

import errno
import os
import time
from collections.abc import Set

from nsview.discovery.findings import Findings, Found
from nsview.discovery.source import Context, Meet
from nsview.kernel import nsfs
from nsview.model.kind import Kind
from nsview.model.snapshot import Comparison

LINGER = 1.0
"""Seconds. Linux 6.18 still opens a pid or user namespace for a moment after it has ended: only what it opens
later is alive. For the other kinds, and on kernels with a list, the first answer holds."""
_LINGERING = (Kind.PID, Kind.USER)

NO_LIST = "this kernel does not list its namespaces (Linux 6.19 does)"
NOT_ALL = "the kernel lists all namespaces only for CAP_SYS_ADMIN in the initial pid and user namespaces"
ELSEWHERE = "the processes looked at are those of another pid namespace than our own"
NOT_WHOLE = "open files and sockets, which may hold any of them, were left out"

_Mark = tuple[int, int | None]


class Completeness:
    """Looks at the list before and after a scan, and remembers by number what was found."""

    def __init__(self) -> None:
        self._has_list = self._has_handles = True
        self._all: bool | None = None
        self._why = ""
        self._before: frozenset[int] = frozenset()
        self._compared: frozenset[int] = frozenset()
        self._newborn: Set[int] = frozenset()
        """What the second look had and the first had not: no wonder that nothing was found that holds it."""
        self._remembered: dict[int, Found] = {}
        """By id, what earlier scans told of: all of the last one, and what may be lingering."""
        self._missed: dict[int, float] = {}
        """Since when something remembered is not found any more."""
        self._puzzles: frozenset[_Mark] = frozenset()
        """What nothing holds though all was looked at."""
        self.unsettled = False
        """Whether something was met of which only sources that did not run can tell what holds it."""

    # ---- two looks

    def look(self, context: Context, dear: bool) -> None:
        """The first look, before anything else; without the dear sources it would tell nothing."""
        self._why = "" if dear else NOT_WHOLE
        self._before = self._list(context)

    def _list(self, context: Context) -> frozenset[int]:
        """Empty where there is none; then `_why` says why."""
        if not self._has_list:
            self._why = NO_LIST
        if self._why:
            return frozenset()
        from nsview.kernel.listns import listns

        try:
            return frozenset(listns(context.kinds))
        except OSError as error:
            self._has_list = error.errno != errno.ENOSYS
            self._why = f"listing namespaces: {error.strerror}" if self._has_list else NO_LIST
            return frozenset()

    def _sees_all(self) -> bool:
        """Asked once, where there is a list: what we may do stays as it is."""
        if self._all is None:
            from nsview.kernel.own import sees_all

            try:
                self._all = sees_all()
            except OSError:
                self._all = False
        return self._all

    def collect(self, context: Context, meet: Meet, whole: bool) -> None:
        """The second look: add what is missing. `meet` reads each through its fd and closes that.

        `whole`: all that may hold a namespace was looked at in this scan. If not, a namespace that is new
        waits for a scan in which it was.
        """
        listed = self._list(context)
        if not self._why and not self._sees_all():
            self._why = NOT_ALL
        if not self._why and not context.proc.is_ours:
            self._why = ELSEWHERE
        found = context.findings.numbered()
        self._newborn = found.keys() - self._remembered.keys() if self._remembered else frozenset()
        waiting: set[int] = set()
        if self._why:
            self._compared = frozenset()
            missing, lingering = self._not_found_again(found.keys())
        else:
            self._compared, self._newborn = listed & self._before, listed - self._before
            missing, lingering = set(self._compared - found.keys()), set()
            if not whole:
                waiting = missing - self._remembered.keys()
                missing -= waiting
        ended = {number for number in sorted(missing) if not self._open(context, meet, number)}
        self._compared -= waiting | ended
        self.unsettled = bool(waiting)
        told = context.findings.numbered() if missing else found
        self._remembered = told | {number: self._remembered[number] for number in lingering}

    def _not_found_again(self, found: Set[int]) -> tuple[set[int], set[int]]:
        """What to ask for of what there was before, and what it is too early to ask for."""
        if not self._has_handles:
            return set(), set()
        now = time.monotonic()
        missing = self._remembered.keys() - found
        self._missed = {number: self._missed.get(number, now) for number in missing}
        lingering = {
            number
            for number, since in self._missed.items()
            if now - since < LINGER and self._remembered[number].kind in _LINGERING
        }
        return missing - lingering, lingering

    def _open(self, context: Context, meet: Meet, number: int) -> bool:
        """Tell of the namespace with this number; whether it is still there."""
        from nsview.kernel.handles import open_by_id

        try:
            before = self._remembered.get(number)
            fd = open_by_id(number) if before is None else open_by_id(number, before.kind, before.inode)
        except OSError as error:
            if error.errno == errno.EBADF:
                self._has_handles = False
            elif error.errno not in (errno.ESTALE, errno.ENOENT):
                context.findings.problems.add("completeness", f"namespace {number}", error)
                return True
            return False
        found = context.findings.namespace(nsfs.kind_of(fd), os.fstat(fd).st_ino)
        if found.opened:  # met through another one, or its number was given out again just now
            os.close(fd)
        else:
            meet(context, found, fd)
        return True

    # ---- what it comes to

    def compare(self, findings: Findings, whole: bool) -> Comparison:
        """Once it is known who is where."""
        unheld = {_mark(ns): ns.kernel_id for ns in findings.unheld() if self._is_there(ns)}
        if whole:
            self._puzzles = frozenset(mark for mark, number in unheld.items() if number not in self._newborn)
        if not unheld.keys() <= self._puzzles:
            self.unsettled = True
        puzzles = unheld.keys() & self._puzzles
        # What is not settled yet counts neither as known nor as explained.
        compared = self._compared - {unheld[mark] for mark in unheld.keys() - puzzles}
        explained = len((compared & self._remembered.keys()) - {unheld[mark] for mark in puzzles})
        if self._why:
            return Comparison(None, None, len(puzzles), self._why)
        return Comparison(len(compared), explained, len(puzzles), "")

    def _is_there(self, ns: Found) -> bool:
        """Whether it is alive still: a mount namespace may have ended since it was walked by, or be kept by
        nothing but an open mountinfo. The list has neither."""
        if ns.kind is not Kind.MNT or ns.kernel_id is None or ns.kernel_id in self._compared:
            return True
        from nsview.kernel.mounts import mount_ids

        try:
            next(mount_ids(ns.kernel_id), 0)
        except OSError as error:
            ns.vanished = error.errno == errno.ENOENT
        return not ns.vanished


def _mark(ns: Found) -> _Mark:
    """What tells it from another one that gets its inode number."""
    return ns.inode, ns.kernel_id
