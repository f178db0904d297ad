"""Who belongs together at one moment: containers by their names, all others by their control groups.

A namespace is with everybody who has a process in it; if no process is, with those who hold it. What a bind
mount calls it has it too.
"""

from typing import TypeAlias

from nsview.model.group import HELD, UNKNOWN, Group, Sort, group_of
from nsview.model.kind import Links
from nsview.model.name import NO_NAMES, SYSTEMD, ContainerId, Name
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.views.members import Item
from nsview.model.views.moment import Moment

FoundKey: TypeAlias = tuple[str, Sort, str] | tuple[str, str, str, str]
"""("group", Sort, control group), or ("container", *ContainerId)."""


class Found:
    """A container, or a group of processes that are in none, while it is put together."""

    __slots__ = ("_last", "ended", "links", "namespaces", "pids", "what")

    def __init__(self, what: Group | Name) -> None:
        self.what = what
        self.pids: list[int] = []
        self.links: dict[Links, int] = {}
        """Distinct sets of links, each with a process that has it: there are few."""
        self.namespaces: dict[NamespaceId, None] = {}
        self.ended: list[Item] = []
        self._last: Links | None = None

    def add(self, pid: int, links: Links) -> None:
        self.pids.append(pid)
        if links is not self._last:  # one process after the other has the same
            self._last = links
            self.links[links] = pid

    @property
    def key(self) -> FoundKey:
        return group_key(self.what) if isinstance(self.what, Group) else container_key(self.what.container)


def group_key(group: Group) -> FoundKey:
    return ("group", group.sort, group.path)


def container_key(container: ContainerId) -> FoundKey:
    return ("container", *container)


class Gathering:
    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._names = moment.snapshot.names or NO_NAMES
        self.found: dict[FoundKey, Found] = {}
        self._of_pid: dict[int, Found] = {}
        self._of_cgroup: dict[str | None, Found] = {}
        self._name_processes()
        self._add_processes()
        self._add_ended()
        self._add_namespaces()

    def _name_processes(self) -> None:
        """Units have names too, but their processes are together by their control groups."""
        for identity, processes in self._names.containers().items():
            if identity.engine != SYSTEMD and processes:
                found = self._container(self._names.processes[processes[0]])
                self._of_pid.update((process.pid, found) for process in processes)

    def _add_processes(self) -> None:
        snapshot, of_pid, of_cgroup = self._moment.snapshot, self._of_pid.get, self._of_cgroup
        details = snapshot.details
        of_cgroup[None] = self._group(UNKNOWN)
        for pid, task in snapshot.processes.items():
            found = of_pid(pid)
            if found is None:
                cgroup = details[pid].cgroup if pid in details else None
                found = of_cgroup.get(cgroup) or self._of(cgroup)
            found.add(pid, task.links)
        for pid, places in snapshot.inferred.items():
            self._found_of(pid).namespaces.update(dict.fromkeys(places.values()))
        for found in self.found.values():
            for pid in found.links.values():
                task = snapshot.processes[pid]
                here = (snapshot.namespace_of(task, kind) for kind in snapshot.kinds)
                found.namespaces.update((ns.id, None) for ns in here if ns is not None)

    def _add_ended(self) -> None:
        left = dict.fromkeys(self._moment.lingering.namespaces)
        unpopulated = dict(left)
        for ended in self._moment.lingering.processes.values():
            name = ended.name
            if name is not None and name.engine != SYSTEMD:
                found = self._container(name)
            else:
                found = self._of(ended.details.cgroup)
            found.ended.append((ended.task.pid, ended.task.starttime))
            for place in ended.places:
                if place in left:
                    found.namespaces[place] = None
                    unpopulated.pop(place, None)
        for place in unpopulated:
            for found in self._called(place) or [self._group(HELD)]:
                found.namespaces[place] = None

    def _add_namespaces(self) -> None:
        for ns in self._moment.snapshot.namespaces.values():
            if ns.pins or not ns.nprocs:
                called = self._called(ns.id) if ns.pins else []
                holding = self._holding(ns) if not ns.nprocs else []
                for found in called + holding or ([] if ns.nprocs else [self._group(HELD)]):
                    found.namespaces[ns.id] = None

    def _called(self, place: NamespaceId) -> list[Found]:
        """What bind mounts call a namespace, whoever is in it."""
        return [self._container(name) for name in self._moment.names(place) if name.of_mount]

    def _holding(self, ns: Namespace) -> list[Found]:
        holders = {tgid for tgid, _ in ns.threads}
        alive = self._moment.snapshot.processes
        holders.update(pin.pid for pin in ns.pins if pin.pid is not None and pin.pid in alive)
        return [self._found_of(pid) for pid in holders]

    # ---- finding

    def _found_of(self, pid: int) -> Found:
        return self._of_pid.get(pid) or self._of(self._moment.snapshot.detail(pid).cgroup)

    def _of(self, cgroup: str | None) -> Found:
        found = self._of_cgroup.get(cgroup)
        if found is None:
            found = self._of_cgroup[cgroup] = self._group(group_of(cgroup))
        return found

    def _group(self, group: Group) -> Found:
        return self._get(group_key(group), group)

    def _container(self, name: Name) -> Found:
        return self._get(container_key(name.container), name)

    def _get(self, key: FoundKey, what: Group | Name) -> Found:
        found = self.found.get(key)
        if found is None:
            found = self.found[key] = Found(what)
        return found
