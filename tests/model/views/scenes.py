"""Random machines, and what every view of them must obey."""

from collections.abc import Iterator
from typing import Any, cast

from hypothesis import strategies as st

from nsview.model.holder import Holder, How
from nsview.model.kind import KINDS, Kind
from nsview.model.name import Name
from nsview.model.namespace import Namespace, NamespaceId, Unseen
from nsview.model.process import Details, Task, Usage
from nsview.model.query import parse
from nsview.model.snapshot import Snapshot
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.tree import Key, Leaves, TreeModel
from nsview.model.views.view import Arrangement, SortBy, View, ViewName
from tests.model.snapshots import FIRST_FREE, HOST, USER, a_copy, named, namespace, process, snapshot, thread
from tests.ui.forest import broken_laws

FILTERS = (
    "",
    "proc1",
    "kind:net",
    "!host",
    "kind:net,pid user:alice",
    "user:root | held:mount",
    "!user:root",
    "unit1",
    "/run/x !kind:mnt",
    "procs:>1 cpu:>0",
    "inferred",
    "pid:3..6",
    "nothing-has-this",
    "container:web",
    "engine:docker !pod:shop",
    "!container:",
    'engine:"ip netns" | image:/nginx/',
    "blue",
)

USERS = [FIRST_FREE + 100 + number for number in range(4)]


@st.composite
def snapshots(draw: st.DrawFn, serial: int = 0) -> Snapshot:
    size = draw(st.integers(1, 12))
    tasks: list[Task] = []
    for pid in draw(st.lists(st.integers(1, 20), min_size=1, max_size=size, unique=True)):
        links = HOST
        for kind in draw(st.lists(st.sampled_from(KINDS), max_size=3)):
            inode = (
                draw(st.sampled_from(USERS)) if kind is Kind.USER else _inode(kind, draw(st.integers(0, 2)))
            )
            links = links._replace(**{str(kind): inode})
        tasks.append(
            process(
                pid,
                ppid=draw(st.integers(0, 20)),
                start=draw(st.sampled_from([0, 1, pid, pid + 100])),
                uid=draw(st.sampled_from([0, 1000])),
                links=links,
                unreadable=draw(st.integers(0, 5)) == 0,
                zombie=draw(st.integers(0, 5)) == 0,
                kernel=pid == 2,
            )
        )
    tasks.sort()
    readable = [task for task in tasks if min(task.links) >= 0]
    threads = [
        thread(100 + task.pid, task.pid, net=_inode(Kind.NET, draw(st.integers(0, 3))))
        for task in readable[:2]
    ]
    inferred = {
        task.pid: {
            Kind.NET: draw(st.sampled_from([NamespaceId(Kind.NET, HOST.net), NamespaceId(Kind.NET, 0, 7)]))
        }
        for task in tasks
        if min(task.links) < 0
    }
    paths = [
        "/",
        None,
        "/system.slice/unit1.service",
        f"/docker/{'ab' * 32}",
        f"/docker/{'ab' * 32}/inner.scope",
    ]
    scene = snapshot(
        tasks,
        draw(user_namespaces()) + draw(process_less(tasks)),
        threads=threads,
        inferred=inferred,
        details={task.pid: Details(cgroup=draw(st.sampled_from(paths))) for task in tasks},
        usage={task.pid: Usage(draw(st.integers(0, 50)), draw(st.integers(0, 9))) for task in tasks},
        uptime=1000.0 + serial,
    )
    return draw(st.one_of(st.just(scene), names_of(scene)))


NAMES = (
    Name("docker", "web", "ab" * 32, "nginx:1", "shop"),
    Name("docker", "ab" * 6, "ab" * 32, pod="shop"),
    Name("docker", "db", "cd" * 32, pod="shop", root="/proc/3/root"),
    Name("docker", "alone", "ef" * 32),
    Name("podman", "web", "12" * 32),
    Name("lxc", "box", "box", unit="lxc.service"),
    Name("systemd", "unit1.service", "/system.slice/unit1.service", unit="unit1.service"),
)


@st.composite
def names_of(draw: st.DrawFn, scene: Snapshot) -> Snapshot:
    """Some of the processes in containers, pods and units, and some namespaces called by bind mounts."""
    names = {pid: draw(st.sampled_from(NAMES)) for pid in scene.processes if draw(st.booleans())}
    kept = [ns.inode for ns in scene.namespaces.values() if ns.inode and not ns.host]
    mounts = {inode: Name("ip netns", "blue", "blue") for inode in kept if draw(st.booleans())}
    return named(scene, names, mounts)


def _inode(kind: Kind, number: int) -> int:
    return FIRST_FREE + KINDS.index(kind) * 10 + number


@st.composite
def user_namespaces(draw: st.DrawFn) -> list[Namespace]:
    """Above each other in any way, rings included: what the kernel never says, but a racy reading might."""
    above: st.SearchStrategy[int | Unseen] = st.sampled_from([USER, *USERS, Unseen.INVISIBLE, Unseen.UNKNOWN])
    found = []
    for inode in USERS:
        place = draw(above)
        found.append(
            namespace(
                Kind.USER, inode, owner=place, parent=place, creator_uid=draw(st.sampled_from([0, 1000]))
            )
        )
    return found


@st.composite
def process_less(draw: st.DrawFn, tasks: list[Task]) -> list[Namespace]:
    mount = Holder(How.MOUNT, path="/run/x", mnt_ns=HOST.mnt)
    fd = Holder(How.FD, pid=tasks[0].pid, starttime=tasks[0].starttime, fd=9)
    above: st.SearchStrategy[int | Unseen] = st.sampled_from([USER, *USERS, Unseen.INVISIBLE])
    found = []
    for number, kind in enumerate(draw(st.lists(st.sampled_from(KINDS), max_size=4))):
        if kind is not Kind.USER:
            found.append(
                namespace(
                    kind,
                    FIRST_FREE + 200 + number,
                    owner=draw(above),
                    parent=HOST.pid if kind is Kind.PID else None,
                    pins=draw(st.lists(st.sampled_from([mount, fd]), max_size=2)),
                )
            )
    return found


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """After some looks, so that there are things new and ended."""
    moment = first(draw(snapshots()))
    for serial in range(draw(st.integers(0, 3))):
        moment = following(moment, draw(snapshots(serial + 1)))
    return moment


arrangements = st.builds(
    Arrangement,
    view=st.sampled_from(ViewName),
    sort=st.sampled_from(SortBy),
    reverse=st.booleans(),
    filter=st.sampled_from(FILTERS).map(lambda text: parse(text) if text else None),
    kinds=st.lists(st.sampled_from(KINDS), max_size=3).map(tuple),
    user=st.sampled_from([None, None, 0, 1000]),
    pid=st.sampled_from([None, None, 1, 5, 99]),
    hide_host=st.booleans(),
    ordinary=st.booleans(),
)


def keys(view: View) -> Iterator[Key]:
    """All rows of a view, folded or not, from the top down."""
    waiting = list(reversed(view.roots))
    while waiting:
        key = waiting.pop()
        yield key
        waiting += reversed(view.kids.get(key, ()))


def wrong(view: View) -> list[str]:
    """What keeps a view from being sound; empty for a good one."""
    found = broken_laws(cast(TreeModel, view))
    alive = view.moment.snapshot.processes.keys()
    for key in keys(view):
        subject = view.subject(key)
        place = view.find(subject)
        if place is None or place not in view or view.subject(place) != subject:
            found.append(f"{subject} of {key} is found at {place}")
        if type(view.subject(key)) is not type(subject):
            found.append(f"{key} has two subjects")
        if not all(isinstance(mark, str) for mark in view.marks(key)):
            found.append(f"the marks of {key}")
        if not alive >= set(view.pids(key)):
            found.append(f"{key} stands for processes that are not there: {view.pids(key)}")
        kids = view.kids.get(key)
        if kids is not None and not kids:
            found.append(f"{key} has no rows below and is no leaf")
        if isinstance(kids, Leaves):
            some = range(0, len(kids), 1 + len(kids) // 50)
            found += [
                f"{kids[place]} is not at its place" for place in some if kids.index(kids[place]) != place
            ]
        view.starts_open(key)
    return found


@st.composite
def a_tick_later(draw: st.DrawFn, before: Snapshot) -> Snapshot:
    """Another look at a machine on which hardly anything has happened."""
    changed: dict[str, Any] = {"uptime": before.uptime + 1, "time": before.time + 1}
    if draw(st.booleans()):
        task = draw(st.sampled_from(sorted(before.processes.values())))
        field = draw(st.sampled_from(["state", "ppid", "comm", "uid", "threads", "starttime"]))
        value: Any = {"state": "R", "comm": "renamed"}.get(field) or draw(st.integers(1, 3))
        changed["processes"] = {**before.processes, task.pid: task._replace(**{field: value})}
    if draw(st.booleans()):
        changed["usage"] = {
            pid: used._replace(cpu_ticks=draw(st.integers(0, 90))) for pid, used in before.usage.items()
        }
    return a_copy(before, **changed)
