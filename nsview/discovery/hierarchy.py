"""Who owns a namespace and which one is its parent: also those that no process is in (ioctl_ns(2))."""

import errno
import os
from collections.abc import Callable

from nsview.discovery.findings import Found
from nsview.discovery.source import Context
from nsview.kernel import nsfs
from nsview.kernel.procfs import DENIED
from nsview.kernel.reach import open_namespace
from nsview.model.kind import Kind
from nsview.model.namespace import Unseen


class _Facts:
    """What never changes as long as a namespace lives."""

    __slots__ = ("creator_uid", "owner", "parent")

    def __init__(self, found: Found) -> None:
        self.owner = found.owner
        self.parent = found.parent
        self.creator_uid = found.creator_uid


class Hierarchy:
    """Asks each namespace once for what never changes; remembers by the kernel's 64-bit ids."""

    def __init__(self) -> None:
        self._facts: dict[tuple[int, int], _Facts] = {}
        self._refused: list[tuple[Found, OSError]] = []
        self._above: set[int] = set()
        """Everybody's owners and parents, perhaps some that are gone."""

    def collect(self, context: Context) -> None:
        """Fill device, id, owner and parent of everything found; add the owners and parents themselves."""
        self._refused = []
        namespaces = context.findings.namespaces
        lost = self._above - namespaces.keys()
        if lost:
            # Owners and parents that nobody else leads to are met again through those below them.
            self._above -= lost
            for found in namespaces.values():
                if found.owner in lost or found.parent in lost:
                    context.findings.touched.add(found.inode)
                    found.forget()
        for found in [ns for ns in namespaces.values() if not ns.opened]:
            if found.opened:  # met meanwhile, as somebody's owner or parent
                continue
            try:
                fd = open_namespace(context.proc, context.findings, found.kind, found.inode)
            except OSError as error:
                self._refused.append((found, error))
            else:
                self.meet(context, found, fd)

    def finish(self, context: Context) -> None:
        """Nothing more will be met in this scan: tell what could not be opened, forget what is gone."""
        for found, error in self._refused:
            if found.opened:  # met in another way
                continue
            # One that ended with its last process is no problem; one that is held and out of reach is.
            found.vanished = error.errno in (errno.ENOENT, errno.ESRCH, errno.ESTALE)
            if not found.vanished:
                context.findings.problems.add("hierarchy", f"{found.kind}:[{found.inode}]", error)
        namespaces = context.findings.namespaces
        if len(self._facts) > 2 * len(namespaces):
            self._facts = {
                (ns.inode, ns.kernel_id): _Facts(ns)
                for ns in namespaces.values()
                if ns.opened and ns.kernel_id is not None
            }

    def meet(self, context: Context, found: Found, fd: int) -> None:
        """Read one namespace and all above it through open fds; `fd` is closed."""
        open_fds = [(found, fd)]
        try:
            while open_fds:
                found, fd = open_fds.pop()
                try:
                    open_fds += self._read(context, found, fd)
                finally:
                    os.close(fd)
        finally:
            for _, fd in open_fds:
                os.close(fd)

    def _read(self, context: Context, found: Found, fd: int) -> list[tuple[Found, int]]:
        """Its facts; returns the relatives that are new, with an fd on each."""
        context.findings.touched.add(found.inode)
        found.opened = True
        found.device = os.fstat(fd).st_dev
        try:
            found.kernel_id = nsfs.kernel_id(fd, found.kind)
        except OSError:
            found.kernel_id = None  # the kernel gives none
        else:
            known = self._facts.get((found.inode, found.kernel_id))
            if known is not None and _all_there(context, known):
                found.owner, found.parent = known.owner, known.parent
                found.creator_uid = known.creator_uid
                self._above.update(_relatives(known))
                return []
        new: list[tuple[Found, int]] = []
        found.owner = _relative(context, found, Kind.USER, fd, nsfs.open_owner, new)
        if found.kind.hierarchical:
            found.parent = _relative(context, found, found.kind, fd, nsfs.open_parent, new)
        if found.kind is Kind.USER:
            try:
                found.creator_uid = nsfs.owner_uid(fd)
            except OSError as error:
                context.findings.problems.add("hierarchy", f"user:[{found.inode}]", error)
        facts = _Facts(found)
        if found.kernel_id is not None:
            self._facts[found.inode, found.kernel_id] = facts
        self._above.update(_relatives(facts))
        return new


def _all_there(context: Context, facts: _Facts) -> bool:
    """Whether the remembered relatives are in this scan too, so that none has to be met through this one."""
    return all(inode in context.findings.namespaces for inode in _relatives(facts))


def _relatives(facts: _Facts) -> list[int]:
    return [inode for inode in (facts.owner, facts.parent) if isinstance(inode, int)]


def _relative(
    context: Context,
    found: Found,
    kind: Kind,
    fd: int,
    open_relative: Callable[[int], int],
    new: list[tuple[Found, int]],
) -> int | Unseen | None:
    """Inode of an owner or parent. A relative not met before is added to `new`, with its fd.

    EPERM means that it is above our own namespace or out of reach; only an initial namespace has none.
    """
    try:
        relative = open_relative(fd)
    except OSError as error:
        if error.errno not in DENIED:
            context.findings.problems.add("hierarchy", f"{found.kind}:[{found.inode}]", error)
            return Unseen.UNKNOWN
        return None if is_initial(context, found) and kind is found.kind else Unseen.INVISIBLE
    inode = os.fstat(relative).st_ino
    above = context.findings.namespace(kind, inode)
    if above.opened or any(waiting is above for waiting, _ in new):
        os.close(relative)
    else:
        new.append((above, relative))
    return inode


def is_initial(context: Context, found: Found) -> bool:
    """Whether this is the first namespace of its kind, the one that kernel threads live in.

    Where no kernel thread can be seen (in a container) the kernel's fixed inode number decides.
    """
    for pid in found.processes[:16]:
        if context.findings.processes[pid].kernel:
            return True
    return found.inode == found.kind.initial_inode
