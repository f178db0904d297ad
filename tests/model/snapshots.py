"""Synthetic snapshots: as small, or as large, or as odd as a test wants them.

A process is said by what is special about it; everything else is the host's:

    scene = snapshot(
        processes=[process(1), process(2, ppid=1, net=NET + 1, user=1000)],
        namespaces=[namespace(Kind.NET, NET + 1, owner=USER)],
    )

Namespaces that processes are in need not be given: they are made, owned by the host's user namespace.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from nsview.model.certainty import Certainty
from nsview.model.group import Sort, group_of
from nsview.model.holder import Holder
from nsview.model.kind import KINDS, NO_LINKS, UNREADABLE_LINKS, Kind, Links
from nsview.model.name import Name, Names, merged
from nsview.model.namespace import Namespace, NamespaceId, Relation, Unseen
from nsview.model.process import Details, Task, Usage
from nsview.model.snapshot import Host, Report, Snapshot

CGROUP, IPC, MNT, NET, PID, TIME, USER, UTS = range(4026531833, 4026531841)
"""The host's inode numbers; any others are free, best from 4026532000 on."""
HOST = Links(CGROUP, IPC, MNT, NET, PID, TIME, USER, UTS, PID, TIME)


def process(
    pid: int,
    comm: str = "",
    *,
    ppid: int | None = None,
    start: int | None = None,
    uid: int = 0,
    state: str = "S",
    threads: int = 1,
    kernel: bool = False,
    unreadable: bool = False,
    zombie: bool = False,
    links: Links | None = None,
    **inodes: int,
) -> Task:
    """One process; `inodes` are the links that are not the host's: net=…, pid_for_children=…."""
    if links is None:
        links = HOST._replace(**inodes) if inodes else HOST
        if "pid" in inodes and "pid_for_children" not in inodes:
            links = links._replace(pid_for_children=inodes["pid"])
    if zombie:
        links = NO_LINKS._replace(pid=links.pid, user=links.user)
        state = "Z"
    return Task(
        pid=pid,
        tgid=pid,
        ppid=(0 if pid == 1 else 1) if ppid is None else ppid,
        starttime=pid * 10 if start is None else start,
        state=state,
        threads=threads,
        uid=uid,
        comm=comm or f"proc{pid}",
        links=UNREADABLE_LINKS if unreadable else links,
        kernel=kernel,
    )


def thread(tid: int, tgid: int, *, uid: int = 0, **inodes: int) -> Task:
    """A thread that is elsewhere than its process."""
    return process(tid, f"thread{tid}", uid=uid, links=HOST._replace(**inodes))._replace(tgid=tgid)


def namespace(
    kind: Kind,
    inode: int,
    *,
    serial: int = 0,
    owner: int | Unseen | None = USER,
    parent: int | Unseen | None = None,
    creator_uid: int | None = 0,
    pins: Sequence[Holder] = (),
) -> Namespace:
    """What is said of a namespace; its members are filled in. Relations are inode numbers."""
    user, above = Kind.USER, kind
    return Namespace(
        id=NamespaceId(kind, inode, serial),
        device=4,
        kernel_id=serial or None,
        owner=NamespaceId(user, owner) if isinstance(owner, int) else owner,
        parent=NamespaceId(above, parent) if isinstance(parent, int) else parent,
        creator_uid=creator_uid,
        processes=(),
        inferred=(),
        threads=(),
        pins=tuple(pins),
        host=inode in HOST,
        certainty=Certainty.KNOWN,
        oldest=None,
    )


def snapshot(
    processes: Iterable[Task] = (),
    namespaces: Iterable[Namespace] = (),
    *,
    threads: Iterable[Task] = (),
    details: Mapping[int, Details] | None = None,
    usage: Mapping[int, Usage] | None = None,
    inferred: Mapping[int, Mapping[Kind, NamespaceId]] | None = None,
    users: Mapping[int, str] | None = None,
    time: float = 1_800_000_000.0,
    uptime: float = 10_000.0,
) -> Snapshot:
    """A snapshot of these processes, of the namespaces given and of all that the processes are in.

    `inferred` may name inodes that are known, or groups of its own: NamespaceId(kind, 0, mark).
    """
    tasks = {task.pid: task for task in processes}
    others = {task.pid: task for task in threads}
    found = {ns.inode: ns for ns in (*_hosts(), *namespaces)}
    members: dict[int, list[int]] = {}
    elsewhere: dict[int, list[tuple[int, int]]] = {}
    for links, pids in _groups(tasks.values()).items():
        for kind, inode in zip(KINDS, links, strict=False):
            if inode > 0:
                found.setdefault(inode, namespace(kind, inode, parent=_default_parent(kind)))
                members.setdefault(inode, []).extend(pids)
    for tid, task in others.items():
        for kind, inode, home in zip(KINDS, task.links, tasks[task.tgid].links, strict=False):
            if inode > 0 and inode != home:
                found.setdefault(inode, namespace(kind, inode, parent=_default_parent(kind)))
                elsewhere.setdefault(inode, []).append((task.tgid, tid))
    ids = {inode: ns.id for inode, ns in found.items()}
    guessed: dict[NamespaceId, list[int]] = {}
    for pid, places in (inferred or {}).items():
        for place in places.values():
            guessed.setdefault(place, []).append(pid)
    complete = {
        ns.id: _filled(
            ns, ids, tasks, members.get(ns.inode, ()), guessed.pop(ns.id, ()), elsewhere.get(ns.inode, ())
        )
        for ns in sorted(found.values(), key=lambda ns: (KINDS.index(ns.kind), ns.inode))
    }
    for identity, pids in guessed.items():
        bare = namespace(identity.kind, 0, owner=Unseen.UNKNOWN, creator_uid=None)
        bare = bare._replace(id=identity, device=0, host=False, certainty=Certainty.INFERRED)
        complete[identity] = _filled(bare, ids, tasks, (), pids, ())
    unreadable = sum(task.certainty is Certainty.UNREADABLE for task in tasks.values())
    return Snapshot(
        time=time,
        kinds=KINDS,
        processes=tasks,
        threads=others,
        namespaces=complete,
        details=dict(details or {}),
        usage=dict(usage or {}),
        inferred={pid: dict(places) for pid, places in (inferred or {}).items()},
        user_names=users if users is not None else {0: "root", 1000: "alice", 33: "www"},
        host=Host(HOST, "pid 1"),
        report=_report(len(tasks), unreadable),
        uptime=uptime,
    )


def named(scene: Snapshot, names: Mapping[int, Name], mounts: Mapping[int, Name] | None = None) -> Snapshot:
    """The scene with names: of processes by their numbers, from bind mounts by the namespaces' inodes.

    Namespaces have the names of their members. Units of other processes are told by their control groups.
    """
    spaces: dict[NamespaceId, tuple[Name, ...]] = {}
    for ns in scene.namespaces.values():
        found = [names[pid] for pid in (*ns.processes, *ns.inferred) if pid in names and not ns.host]
        found += [name for inode, name in (mounts or {}).items() if inode == ns.inode]
        if found:
            spaces[ns.id] = merged(found)
    processes = {scene.processes[pid].id: name for pid, name in names.items() if pid in scene.processes}

    @cache
    def unit(cgroup: str | None) -> Name | None:
        group = group_of(cgroup)
        return Name("systemd", group.name, group.path, unit=group.name) if group.sort is Sort.UNIT else None

    return scene.named(Names(processes, spaces, lambda task: unit(scene.detail(task.tgid).cgroup)))


def _hosts() -> Iterable[Namespace]:
    for kind, inode in zip(KINDS, HOST, strict=False):
        yield namespace(kind, inode, owner=None if kind is Kind.USER else USER)


def _default_parent(kind: Kind) -> int | None:
    return {Kind.PID: PID, Kind.USER: USER}.get(kind)


def _groups(tasks: Iterable[Task]) -> dict[Links, list[int]]:
    groups: dict[Links, list[int]] = {}
    for task in tasks:
        groups.setdefault(task.links, []).append(task.pid)
    return groups


def _filled(
    ns: Namespace,
    ids: Mapping[int, NamespaceId],
    tasks: Mapping[int, Task],
    members: Iterable[int],
    inferred: Iterable[int],
    threads: Sequence[tuple[int, int]],
) -> Namespace:
    pids, guessed = tuple(sorted(members)), tuple(sorted(inferred))
    return ns._replace(
        owner=_same(ns.owner, ids),
        parent=_same(ns.parent, ids),
        processes=pids,
        inferred=guessed,
        threads=tuple(sorted(threads)),
        oldest=min((*pids, *guessed), key=lambda pid: (tasks[pid].starttime, pid), default=None),
        tasks=sum(tasks[pid].threads for pid in (*pids, *guessed)) + len(threads),
    )


def _same(relation: Relation, ids: Mapping[int, NamespaceId]) -> Relation:
    """The relative with its serial, which whoever names it by its inode does not know."""
    return ids.get(relation.inode, relation) if isinstance(relation, NamespaceId) else relation


def _report(processes: int, unreadable: int) -> Report:
    return Report(
        source="synthetic",
        processes=processes,
        readable=processes - unreadable,
        unreadable=unreadable,
        vanished=0,
        elapsed=0.0,
        timings={},
        complete=not unreadable,
        left_out={},
        problems=(),
    )


def a_copy(before: Snapshot, **changed: Any) -> Snapshot:
    """A snapshot that shares with another all that is not `changed`, as one scan does with the next."""
    facts: dict[str, Any] = {
        name: getattr(before, name)
        for name in (
            *("time", "kinds", "processes", "threads", "namespaces", "details", "usage", "inferred"),
            *("user_names", "host", "report", "net_ids", "uptime", "ticks_per_second"),
        )
    }
    copy = Snapshot(**facts | changed, related_as=before)
    return copy if before.names is None else copy.named(before.names)


FIRST_FREE = 4026532000


def crowd(size: int, containers: int | None = None, *, seed: int = 1) -> Snapshot:
    """A machine of `size` processes: half of them the host's, the rest in containers of about 25 processes.
    Each fourth container is in a pod of Podman's, the others are Docker's.

    Each container has namespaces of its own (every tenth a user namespace too), a control group and a user;
    every process has a command line, memory, and CPU time that grows with the seed.
    """
    containers = max(1, size // 50) if containers is None else containers
    tasks = [process(1, "systemd")]
    details = {1: Details(cmdline=("/sbin/init",), cgroup="/init.scope")}
    namespaces: list[Namespace] = []
    homes: list[tuple[Links, int]] = []
    for number in range(containers):
        inode = FIRST_FREE + number * 10
        own = HOST._replace(
            cgroup=inode,
            ipc=inode + 1,
            mnt=inode + 2,
            net=inode + 3,
            pid=inode + 4,
            uts=inode + 5,
            pid_for_children=inode + 4,
        )
        owner = USER
        if number % 10 == 0:
            owner = inode + 6
            own = own._replace(user=owner)
            namespaces.append(namespace(Kind.USER, owner, parent=USER, creator_uid=1000))
        namespaces += [
            namespace(kind, own.of(kind), owner=owner, parent=PID if kind is Kind.PID else None)
            for kind in KINDS
            if own.of(kind) not in HOST and kind is not Kind.USER
        ]
        homes.append((own, 10_000 + number))
    inits: dict[int, int] = {}
    called = [_crowded(number) for number in range(containers)]
    names: dict[int, Name] = {}
    for pid in range(2, size + 1):
        place = (pid // 2) % containers if pid % 2 else None
        if place is None:
            ppid = 1 if pid % 8 == 0 else pid - pid % 8 or 1
            tasks.append(process(pid, f"daemon{pid % 97}", ppid=ppid if ppid < pid else 1, uid=pid % 5 * 500))
            path = f"/system.slice/unit{pid % 40}.service"
        else:
            links, uid = homes[place]
            ppid = inits.setdefault(place, pid)
            tasks.append(
                process(pid, f"worker{pid % 31}", ppid=ppid if ppid < pid else 1, uid=uid, links=links)
            )
            path = f"/docker/{place:064x}"
            names[pid] = called[place]
        details[pid] = Details(cmdline=(f"/usr/bin/{tasks[-1].comm}", "--number", str(pid)), cgroup=path)
    usage = {task.pid: Usage(task.pid * seed % 991, task.pid % 7919) for task in tasks}
    scene = snapshot(
        tasks,
        namespaces,
        details=details,
        usage=usage,
        time=1_800_000_000.0 + seed,
        uptime=1_000_000.0 + seed,
    )
    return named(scene, names)


def _crowded(number: int) -> Name:
    if number % 4:
        return Name("docker", f"web{number}", f"{number:064x}", "nginx:1")
    return Name("podman", f"db{number}", f"{number:064x}", "postgres:17", f"pod{number // 16}")
