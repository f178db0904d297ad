"""Names of all processes and namespaces of a snapshot, looked up once and remembered.

Nobody is asked about the processes in the host's own namespaces: there may be tens of thousands. What is
known of their control group anyway names their unit. The others are named in groups that share all namespaces
and the control group, by the first process of the group.
"""

from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import TypeAlias

from nsview.model.kind import KINDS, UNREADABLE, Kind, Links
from nsview.model.name import Name, Names, merged
from nsview.model.namespace import NamespaceId
from nsview.model.process import ProcessId, Task
from nsview.model.snapshot import Snapshot
from nsview.naming import kept, systemd
from nsview.naming.engines import identify
from nsview.naming.reader import ProcReader
from nsview.naming.scope import innermost, parts_of
from nsview.naming.state import Allowance, Root
from nsview.naming.subject import Reader, Subject

YOUNG = 10.0
"""Seconds in which a sandbox may still be under construction: its engine has not written all files, and its
process is not yet the program that it will be."""
REFRESH = 60.0
"""Seconds after which it is asked again for what has no name yet, and for what may have been renamed."""
_RENAMED = {"docker": 64, "containerd": 64, "podman": 1}
"""Engines that rename containers, and over how many looks it is spread to ask for them again. Where one file
lists them all they are better asked for at once."""
_NAMELESS = 16
"""The same for what has no name."""
_HIGHEST_TREE = 64
"""Ancestors that are looked at."""
_MOST_UNITS = 1 << 16
_KINDS = len(KINDS)

Told: TypeAlias = Mapping[tuple[str, str], Name]
"""What engines said when they were asked, by engine and id."""
NOTHING_TOLD: Told = MappingProxyType({})


class _Group:
    """Processes that share all namespaces and their control group."""

    __slots__ = ("again", "cgroup", "found", "links", "name")

    def __init__(self, links: Links, cgroup: str) -> None:
        self.links = links
        self.cgroup = cgroup
        self.found: Name | None = None
        """What its files said."""
        self.name: Name | None = None
        """What it is called, with what its engine said."""
        self.again = 0.0
        """When (seconds since boot) to look again."""


class _Known:
    """A process whose group is known."""

    __slots__ = ("group", "id", "links")

    def __init__(self, process: ProcessId, links: Links, group: _Group) -> None:
        self.id = process
        self.links = links
        self.group = group


class Namer:
    """Gives each snapshot its names. Not for use by two threads at once; keeps no file open between calls."""

    def __init__(self, reader: Reader | None = None) -> None:
        self._reader: Reader = reader or ProcReader()
        self._known: dict[int, _Known] = {}
        self._zombies: dict[int, _Known] = {}
        """Ended, and not yet waited for: they are nowhere any more, and still of whom they were of."""
        self._processes: dict[ProcessId, Name] = {}
        self._by_inode: dict[int, tuple[Name, ...]] = {}
        self._units: dict[str, Name | None] = {}
        self._inside: dict[str | None, bool] = {None: False}
        self._told = NOTHING_TOLD

    def names(self, snapshot: Snapshot, told: Told = NOTHING_TOLD) -> Names:
        """The names of the processes that are not ordinary ones of the host, and of their namespaces.

        `told` goes before what files say; when the engines have said something else it is another mapping.
        """
        known, fresh, zombies = self._sort_out(snapshot)
        if fresh:
            look = _Look(snapshot, self._reader, known)
            try:
                # The oldest first: parents before children, and the first of a container before the rest.
                for task in sorted(fresh, key=lambda task: (task.starttime, task.pid)):
                    look.add(task)
            finally:
                look.close()
                self._reader.forget()
        gone = len(known) != len(self._known) or len(zombies) != len(self._zombies)
        if fresh or gone or told is not self._told:
            entries = [*known.values(), *zombies.values()]
            for group in {id(entry.group): entry.group for entry in entries}.values():
                group.name = _better(group.found, told)
            named = [(entry, entry.group.name) for entry in entries]
            self._processes = {entry.id: name for entry, name in named if name is not None}
            self._by_inode = _by_inode(known)
        self._known, self._zombies, self._told = known, zombies, told
        return Names(self._processes, self._of_namespaces(snapshot), lambda task: self._unit(snapshot, task))

    # ---- processes

    def _sort_out(self, snapshot: Snapshot) -> tuple[dict[int, _Known], list[Task], dict[int, _Known]]:
        """Those known from the last snapshot, those to be looked at, perhaps again, and known zombies."""
        now = snapshot.uptime
        host = snapshot.host.links[:_KINDS]
        ordinary: dict[int, bool] = {}  # by the identity of the links, of which there are few
        before, known, fresh, zombies = self._known, {}, [], {}
        details, inside = snapshot.details, self._inside
        for pid, task in snapshot.processes.items():
            links = task.links
            skip = ordinary.get(id(links))
            if skip is None:
                skip = ordinary[id(links)] = links[:_KINDS] == host
            cgroup = details[pid].cgroup if pid in details else None
            # Who is in the host's namespaces may yet have been put into a container's control group.
            if skip and not (inside[cgroup] if cgroup in inside else self._is_inside(cgroup)):
                continue
            if task.kernel:
                continue
            entry = before.get(pid)
            if task.zombie:
                entry = entry or self._zombies.get(pid)
                if entry is not None and entry.id.starttime == task.starttime:
                    zombies[pid] = entry
                continue
            if (
                entry is not None
                and entry.id.starttime == task.starttime
                and entry.links == links
                and entry.group.again > now
                and (cgroup is None or cgroup == entry.group.cgroup)
            ):
                known[pid] = entry
            else:
                fresh.append(task)
        return known, fresh, zombies

    def _is_inside(self, cgroup: str | None) -> bool:
        """Whether a control group is a container's."""
        if len(self._inside) > _MOST_UNITS:
            self._inside = {None: False}
        found = self._inside[cgroup] = innermost(parts_of(cgroup or "")) is not None
        return found

    def _unit(self, snapshot: Snapshot, task: Task) -> Name | None:
        """The unit of a process whose control group the snapshot tells anyway."""
        cgroup = snapshot.detail(task.tgid).cgroup
        if cgroup is None:
            return None
        # Asked by the thread that draws, too: what it has found it may not lose to the other's clearing.
        try:
            return self._units[cgroup]
        except KeyError:
            pass
        if len(self._units) > _MOST_UNITS:
            self._units.clear()
        name = systemd.of_parts(parts_of(cgroup))
        unit = self._units[cgroup] = None if name is None else name._replace(unit=name.name)
        return unit

    # ---- namespaces

    def _of_namespaces(self, snapshot: Snapshot) -> dict[NamespaceId, tuple[Name, ...]]:
        by_inode, known = self._by_inode, self._known
        found = {}
        for ns in snapshot.namespaces.values():
            if ns.host:
                continue
            names = by_inode.get(ns.inode, ())
            if ns.inferred:
                guessed = (known[pid].group.name for pid in ns.inferred if pid in known)
                names = merged([*names, *(name for name in guessed if name is not None)])
            if ns.pins and (not names or ns.kind is Kind.NET):
                names += kept.names_of(ns.pins)
            if names:
                found[ns.id] = names
        return found


def _by_inode(known: dict[int, _Known]) -> dict[int, tuple[Name, ...]]:
    """The names of the members of each namespace."""
    found: dict[int, dict[Name, None]] = {}
    for group in {id(entry.group): entry.group for entry in known.values()}.values():
        if group.name is not None:
            for inode in group.links[:_KINDS]:
                found.setdefault(inode, {})[group.name] = None
    return {inode: merged(names) for inode, names in found.items()}


def _better(name: Name | None, told: Told) -> Name | None:
    """What the engine said of a container, with what only its control group tells. An engine in a container
    is not the one that was asked."""
    said = told.get((name.engine, name.id)) if name is not None and name.root == "/" else None
    return name if name is None or said is None else said._replace(unit=name.unit, pod=said.pod or name.pod)


class _Look:
    """One look at the machine: files and ancestors that several processes have in common are read once."""

    def __init__(self, snapshot: Snapshot, reader: Reader, known: dict[int, _Known]) -> None:
        self._snapshot = snapshot
        self._reader = reader
        self._known = known
        self._groups = {(e.group.links[:_KINDS], e.group.cgroup): e.group for e in known.values()}
        self._roots: dict[int, Root | None] = {}
        self._ours = Root("/", 0, None, lambda: reader.files(None))
        self._allowance = Allowance()
        self._home = reader.home()

    def close(self) -> None:
        for root in (*self._roots.values(), self._ours):
            if root is not None:
                root.close()

    def add(self, task: Task) -> None:
        """A process that is not known yet, by its group's name."""
        cgroup = self._snapshot.detail(task.pid).cgroup
        if cgroup is None:
            cgroup = self._reader.cgroup(task.pid)
        if cgroup is None:
            return  # it has ended, or may not be read: ask again next time
        key = (task.links[:_KINDS], cgroup)
        if UNREADABLE in key[0] and innermost(parts_of(cgroup)) is None:
            # What shares nothing that we can see may still be siblings, but not the children of process 1:
            # it has adopted most of them.
            kin = f"child of {task.ppid}" if task.ppid > 1 else str(task.pid)
            key = (key[0], f"{kin} {cgroup}")
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(task.links, cgroup)
            self._name(group, task)
        self._known[task.pid] = _Known(task.id, task.links, group)

    def _name(self, group: _Group, task: Task) -> None:
        """Ask whose a group is, by one of its processes."""
        subject = Subject(
            task, group.cgroup, lambda: self._lineage(task), lambda: self._roots_for(task), self._reader
        )
        name = identify(subject, lambda: self._surrounding(task))
        group.found = name if name is None or name.root == "/" else self._placed(name, subject.roots)
        group.again = self._snapshot.uptime + self._patience(task, group.found)

    def _patience(self, task: Task, name: Name | None) -> float:
        """Seconds until it is asked for again: spread over time, so that no look has to ask for many."""
        if self._snapshot.age(task) < YOUNG:
            return 0.5
        if name is None or name.nameless:
            looks = _NAMELESS
        elif name.engine in _RENAMED:
            looks = _RENAMED[name.engine]
        else:
            return inf
        return REFRESH * (1 + task.pid % looks / looks)

    def _placed(self, name: Name, roots: tuple[Root, ...]) -> Name:
        """With the outermost root where the file that named it is: rootless engines keep their files where
        everybody around has them, but work in a mount namespace of their own."""
        there = next((root for root in roots if root.path == name.root), None)
        if there is None or not name.witness.startswith("/"):
            return name
        outer = next(root for root in reversed(roots) if root is there or there.same(name.witness, root))
        return name._replace(root=outer.path)

    def _lineage(self, task: Task) -> tuple[Task, ...]:
        """Its ancestors, as far as they are certain: a number may have been given to a later process."""
        found: list[Task] = []
        here = task
        while len(found) < _HIGHEST_TREE:
            above = self._snapshot.processes.get(here.ppid)
            if above is None or above.starttime > here.starttime:
                break
            found.append(above)
            here = above
        return tuple(found)

    def _surrounding(self, task: Task) -> Name | None:
        """The container that its nearest named ancestor outside of the host's namespaces is in."""
        for ancestor in self._lineage(task):
            entry = self._known.get(ancestor.pid)
            name = entry.group.found if entry is not None else None
            if name is not None and name.engine != systemd.ENGINE:
                return name
        return None

    # ---- roots

    def _roots_for(self, task: Task) -> tuple[Root, ...]:
        """Its own is not among them: there it could tell of itself what it likes."""
        members: dict[int, list[Task]] = {}
        for ancestor in self._lineage(task):
            inode = ancestor.links.mnt
            if inode > 0 and inode not in (task.links.mnt, self._home):
                members.setdefault(inode, []).append(ancestor)
        roots = (self._root(inode, found[0], found[-1]) for inode, found in members.items())
        return (*(root for root in roots if root is not None), self._ours)

    def _root(self, inode: int, member: Task, first: Task) -> Root | None:
        """The root of a mount namespace, called after the first of a process's ancestors in it: that one will
        be the same for what starts there later."""
        if inode not in self._roots:
            numbers = self._reader.ns_pids(member.pid)
            place, level = self._reader.place(first.pid), len(numbers) - 1
            self._roots[inode] = (
                Root(place, level, self._allowance, lambda: self._reader.files(member.pid), inode)
                if numbers
                else None
            )
        return self._roots[inode]
