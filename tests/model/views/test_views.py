"""What each view shows of machines made for the purpose."""

from collections.abc import Sequence

import pytest

from nsview.model.group import Group, Sort
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId, Unseen
from nsview.model.process import Details, ProcessId, Usage
from nsview.model.query import parse
from nsview.model.snapshot import Snapshot
from nsview.model.views.build import build
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.subject import (
    ContainerSubject,
    EngineSubject,
    GroupSubject,
    InvisibleSubject,
    KindSubject,
    MembersSubject,
    NamespaceSubject,
    PodSubject,
    TaskSubject,
)
from nsview.model.views.tree import DIM, ENDED, NEW, Key
from nsview.model.views.view import INFERRED, Arrangement, SortBy, View, ViewName
from tests.model.snapshots import HOST, NET, PID, USER, crowd, namespace, process, snapshot, thread
from tests.model.views.scenes import keys

OWN = NET + 1000
OTHER = NET + 2000
BLUE = NET + 3000


def host(kind: Kind) -> NamespaceId:
    return NamespaceId(kind, HOST.of(kind))


def shown(view: View) -> list[str]:
    """The rows as an outline: depth and name."""
    lines: list[str] = []
    waiting: list[tuple[int, Key]] = [(0, key) for key in reversed(view.roots)]
    while waiting:
        depth, key = waiting.pop()
        lines.append("  " * depth + name(view, key))
        waiting += [(depth + 1, kid) for kid in reversed(view.kids.get(key, ()))]
    return lines


def name(view: View, key: Key) -> str:
    match view.subject(key):
        case KindSubject(kind):
            return str(kind)
        case NamespaceSubject(ns):
            found = view.moment.namespace(ns)
            assert found is not None
            return f"{ns.kind} host" if found.host else str(ns.inode)
        case MembersSubject(ns):
            return f"members of {ns.inode}"
        case TaskSubject(process, None):
            return f"p{process.pid}"
        case TaskSubject(process, tid):
            return f"p{process.pid} t{tid}"
        case GroupSubject(group):
            return f"[{group.sort} {group.name}]"
        case EngineSubject(engine):
            return engine
        case PodSubject(_, _, pod):
            return f"pod {pod}"
        case ContainerSubject(container):
            called = view.moment.called(container)
            assert called is not None
            return called.name
        case InvisibleSubject(kind, unseen):
            return f"{unseen.value} {kind}"
    raise AssertionError(key)


def outline(scene: Snapshot | Moment, **how: object) -> list[str]:
    moment = scene if isinstance(scene, Moment) else first(scene)
    return shown(build(moment, Arrangement(**how)))  # type: ignore[arg-type]


@pytest.fixture
def scene() -> Snapshot:
    """Two web workers in a network of their own, a thread of one in another; a mount keeps a third."""
    return snapshot(
        [
            process(1, "init"),
            process(10, "web", net=OWN, uid=33),
            process(11, "web", net=OWN, uid=33, ppid=10),
            process(12, "sh", uid=1000),
        ],
        [
            namespace(
                Kind.NET,
                BLUE,
                pins=[Holder(How.MOUNT, path="/run/netns/blue", mnt_ns=HOST.mnt)],
                creator_uid=1000,
            )
        ],
        threads=[thread(110, 11, uid=33, net=OTHER)],
        details={10: Details(cmdline=("nginx", "-g"), cgroup="/system.slice/nginx.service/inner")},
        usage={pid: Usage(0, pid) for pid in (1, 10, 11, 12)},
    )


class TestByKind:
    def test_the_host_comes_first(self, scene: Snapshot) -> None:
        lines = outline(scene, kinds=(Kind.NET,))
        assert lines == [
            "net",
            *("  net host", "    p1", "    p12"),
            *(f"  {OWN}", "    p10", "    p11"),
            *(f"  {OTHER}", "    p11 t110"),
            f"  {BLUE}",
        ]

    def test_its_namespaces_are_dim(self, scene: Snapshot) -> None:
        view = build(first(scene), Arrangement())
        assert view.marks(("ns", host(Kind.NET))) == (DIM,)
        assert view.marks(("ns", NamespaceId(Kind.NET, OWN))) == ()

    def test_without_the_host(self, scene: Snapshot) -> None:
        lines = outline(scene, hide_host=True)
        assert lines[0] == "net"
        assert not any("host" in line for line in lines)

    @pytest.mark.parametrize(
        ("sort", "reverse", "expected"),
        [
            (SortBy.NPROCS, False, ["net host", str(OWN), str(OTHER), str(BLUE)]),
            (SortBy.NPROCS, True, [str(OTHER), str(BLUE), "net host", str(OWN)]),
            (SortBy.NAME, True, [str(BLUE), str(OTHER), str(OWN), "net host"]),
            (SortBy.MEM, False, [str(OWN), "net host", str(OTHER), str(BLUE)]),
            (SortBy.USER, False, [str(BLUE), "net host", str(OWN), str(OTHER)]),
            (SortBy.COMMAND, False, ["net host", str(OWN), str(OTHER), str(BLUE)]),
            (SortBy.HELD, False, ["net host", str(OWN), str(OTHER), str(BLUE)]),
        ],
    )
    def test_sorted(self, scene: Snapshot, sort: SortBy, reverse: bool, expected: list[str]) -> None:
        view = build(first(scene), Arrangement(sort=sort, reverse=reverse, kinds=(Kind.NET,)))
        assert [name(view, key) for key in view.kids["kind", Kind.NET]] == expected

    @pytest.mark.parametrize(
        ("sort", "reverse", "expected"),
        [
            (SortBy.MEM, False, [11, 10]),
            (SortBy.MEM, True, [10, 11]),
            (SortBy.AGE, False, [11, 10]),
            (SortBy.PID, True, [11, 10]),
            (SortBy.HELD, True, [10, 11]),
            (SortBy.COMMAND, False, [10, 11]),
        ],
    )
    def test_members_sorted(
        self, scene: Snapshot, sort: SortBy, reverse: bool, expected: Sequence[int]
    ) -> None:
        view = build(first(scene), Arrangement(sort=sort, reverse=reverse))
        below = view.kids["ns", NamespaceId(Kind.NET, OWN)]
        assert [view.pids(key) for key in below] == [(pid,) for pid in expected]

    def test_inferred_members_say_so(self) -> None:
        unread = process(20, unreadable=True)
        group = NamespaceId(Kind.MNT, 0, 77)
        view = build(first(snapshot([process(1), unread], inferred={20: {Kind.MNT: group}})), Arrangement())
        assert INFERRED in view.marks(("ns", group))
        assert INFERRED in view.marks(("ns", group, (20, 200)))
        assert view.pids(("ns", group)) == (20,)

    def test_a_member_of_many_namespaces_has_a_row_in_each(self, scene: Snapshot) -> None:
        view = build(first(scene), Arrangement())
        places = [key for key in keys(view) if view.subject(key) == TaskSubject(ProcessId(12, 120))]
        assert len(places) == len(set(places)) == 8

    def test_ten_thousand_members_are_not_made_before_they_are_looked_at(self) -> None:
        scene = snapshot([process(pid) for pid in range(1, 10_001)])
        view = build(first(scene), Arrangement(sort=SortBy.MEM))
        members = view.kids["ns", host(Kind.NET)]
        assert len(members) == 10_000
        assert members.items._items is None  # type: ignore[attr-defined]


class TestFilter:
    def test_of_a_namespace_that_matches_every_member_stays(self, scene: Snapshot) -> None:
        assert outline(scene, filter=parse(f"ns:{OWN}")) == ["net", f"  {OWN}", "    p10", "    p11"]

    def test_of_others_only_matching_members_and_they_are_dim(self, scene: Snapshot) -> None:
        view = build(first(scene), Arrangement(kinds=(Kind.NET,), filter=parse("init")))
        assert shown(view) == ["net", "  net host", "    p1"]
        assert view.marks(("ns", host(Kind.NET))) == (DIM,)
        assert view.starts_open(("ns", host(Kind.NET)))

    def test_a_kept_namespace_is_dim_and_a_matching_one_is_not(self, scene: Snapshot) -> None:
        own = ("ns", NamespaceId(Kind.NET, OWN))
        kept = build(first(scene), Arrangement(filter=parse("nginx")))
        meant = build(first(scene), Arrangement(filter=parse(f"kind:net {OWN}")))
        assert kept.marks(own) == (DIM,)
        assert meant.marks(own) == ()

    def test_namespace_and_member_each_answer_their_part(self, scene: Snapshot) -> None:
        assert outline(scene, filter=parse("kind:net !host user:www")) == [
            "net",
            *(f"  {OWN}", "    p10", "    p11"),
            *(f"  {OTHER}", "    p11 t110"),
        ]

    def test_what_no_process_is_in_answers_alone(self, scene: Snapshot) -> None:
        assert outline(scene, filter=parse("/run/netns")) == ["net", f"  {BLUE}"]
        assert outline(scene, filter=parse("held:mount")) == ["net", f"  {BLUE}"]
        assert outline(scene, filter=parse("procs:0")) == ["net", f"  {OTHER}", "    p11 t110", f"  {BLUE}"]

    def test_a_negated_member_does_not_hide_the_others(self, scene: Snapshot) -> None:
        assert outline(scene, kinds=(Kind.NET,), filter=parse("!user:root user:alice")) == [
            *("net", "  net host", "    p12"),
            f"  {BLUE}",
        ]

    def test_of_a_user(self, scene: Snapshot) -> None:
        assert outline(scene, kinds=(Kind.NET,), user=1000) == [
            *("net", "  net host", "    p12"),
            f"  {BLUE}",
        ]

    def test_of_a_process(self, scene: Snapshot) -> None:
        lines = outline(scene, pid=10)
        assert f"  {OWN}" in lines
        assert not {f"  {BLUE}", f"  {OTHER}", "  net host"} & set(lines)
        assert sum(line.startswith("  ") and not line.startswith("   ") for line in lines) == 8

    def test_what_matches_nothing_leaves_nothing(self, scene: Snapshot) -> None:
        for view in ViewName:
            assert outline(scene, view=view, filter=parse("no-such-thing")) == []


class TestByOwner:
    def test_owners_hang_below_their_owners(self) -> None:
        inner, innermost = USER + 1000, USER + 2000
        scene = snapshot(
            [process(1), process(5, user=inner, net=OWN), process(6, user=innermost)],
            [
                namespace(Kind.USER, inner, parent=USER),
                namespace(Kind.USER, innermost, owner=inner, parent=inner),
                namespace(Kind.NET, OWN, owner=inner),
            ],
        )
        lines = outline(scene, view=ViewName.OWNER, hide_host=True)
        assert lines == [
            "user host",
            f"  {inner}",
            *(f"    {OWN}", "      p5"),
            *(f"    {innermost}", f"      members of {innermost}", "        p6"),
            *(f"    members of {inner}", "      p5"),
        ]

    def test_an_owner_that_may_not_be_seen_has_a_row(self) -> None:
        scene = snapshot([process(1)], [namespace(Kind.NET, OWN, owner=Unseen.INVISIBLE)])
        view = build(first(scene), Arrangement(ViewName.OWNER, kinds=(Kind.NET,), hide_host=True))
        assert shown(view) == ["invisible user", f"  {OWN}"]
        assert view.subject(view.roots[0]) == InvisibleSubject(Kind.USER, Unseen.INVISIBLE)

    def test_pid_namespaces_nest(self) -> None:
        outer, inner = PID + 1000, PID + 2000
        scene = snapshot(
            [
                process(1),
                process(5, links=HOST._replace(pid=outer)),
                process(6, links=HOST._replace(pid=inner)),
            ],
            [namespace(Kind.PID, outer, parent=PID), namespace(Kind.PID, inner, parent=outer)],
        )
        lines = outline(scene, view=ViewName.OWNER, kinds=(Kind.PID,))
        assert lines[lines.index("pid") :] == ["pid", "  pid host", f"    {outer}", f"      {inner}"]

    def test_a_filter_keeps_the_owners_dim(self, scene: Snapshot) -> None:
        view = build(first(scene), Arrangement(ViewName.OWNER, filter=parse(f"ns:{BLUE}")))
        assert shown(view) == ["user host", f"  {BLUE}"]
        assert view.marks(("ns", host(Kind.USER))) == (DIM,)

    def test_a_chain_as_deep_as_no_recursion_goes(self) -> None:
        first_inode = USER + 10_000
        scene = snapshot(
            [process(1)],
            [
                namespace(Kind.USER, first_inode + depth, owner=above, parent=above)
                for depth in range(5_000)
                for above in [first_inode + depth - 1 if depth else USER]
            ],
        )
        view = build(first(scene), Arrangement(ViewName.OWNER, filter=parse(f"ns:{first_inode + 4_999}")))
        assert sum(1 for _ in keys(view)) == 5_001


class TestByContainer:
    def test_groups(self) -> None:
        docker = f"/system.slice/docker-{'4b' * 32}.scope"
        paths = {1: "/init.scope", 2: "/", 3: docker, 4: f"{docker}/init.scope", 5: None}
        scene = snapshot(
            [process(1), process(2, kernel=True), process(3, net=OWN), process(4, net=OWN), process(5)],
            [namespace(Kind.NET, BLUE), namespace(Kind.NET, OTHER, pins=[Holder(How.FD, pid=1, fd=3)])],
            details={pid: Details(cgroup=path) for pid, path in paths.items()},
        )
        assert outline(scene, view=ViewName.CONTAINER) == [
            "[container docker 4b4b4b4b4b4b]",
            *(f"  {OWN}", "  p3", "  p4"),
            "[unit init.scope]",
            *(f"  {OTHER}", "  p1"),
            *("[cgroup /]", "  p2"),
            *("[unknown ]", "  p5"),
            *("[held ]", f"  {BLUE}"),
        ]

    def test_a_group_of_the_hosts_alone_is_dim(self, scene: Snapshot) -> None:
        view = build(first(scene), Arrangement(ViewName.CONTAINER))
        unit = view.find(GroupSubject(Group(Sort.UNIT, "/system.slice/nginx.service", "nginx.service")))
        assert unit is not None
        assert view.marks(unit) == ()
        hosts = build(first(snapshot([process(1)])), Arrangement(ViewName.CONTAINER))
        assert [hosts.marks(key) for key in hosts.roots] == [(DIM,)]

    def test_a_filter_may_mean_the_group_or_a_process(self, scene: Snapshot) -> None:
        whole = outline(scene, view=ViewName.CONTAINER, filter=parse("unit:nginx"))
        assert whole == ["[unit nginx.service]", f"  {OWN}", "  p10"]
        assert outline(scene, view=ViewName.CONTAINER, filter=parse("user:alice"))[1:] == ["  p12"]

    def test_sorted_by_memory(self, scene: Snapshot) -> None:
        lines = outline(scene, view=ViewName.CONTAINER, sort=SortBy.MEM)
        assert [line for line in lines if line[0] == "["] == [
            "[unknown ]",
            "[unit nginx.service]",
            "[held ]",
        ]


class TestByProcess:
    def test_children_below_parents_and_threads_below_processes(self, scene: Snapshot) -> None:
        assert outline(scene, view=ViewName.PROCESS) == [
            *("p1", "  p10", "    p11", "      p11 t110", "  p12"),
        ]

    def test_siblings_are_sorted(self, scene: Snapshot) -> None:
        assert outline(scene, view=ViewName.PROCESS, sort=SortBy.MEM) == [
            *("p1", "  p12", "  p10", "    p11", "      p11 t110"),
        ]

    def test_a_filter_keeps_the_ancestors_dim(self, scene: Snapshot) -> None:
        view = build(first(scene), Arrangement(ViewName.PROCESS, filter=parse("pid:11 !tid:110")))
        assert shown(view) == ["p1", "  p10", "    p11"]
        assert [view.marks(key) for key in keys(view)] == [(DIM,), (DIM,), ()]

    def test_descendants_of_one(self, scene: Snapshot) -> None:
        view = build(first(scene), Arrangement(ViewName.PROCESS, pid=10))
        assert shown(view) == ["p1", "  p10", "    p11", "      p11 t110"]
        assert view.marks(("task", 1, 10)) == (DIM,)

    def test_without_the_host(self, scene: Snapshot) -> None:
        lines = outline(scene, view=ViewName.PROCESS, hide_host=True)
        assert lines == ["p1", "  p10", "    p11", "      p11 t110"]

    def test_a_number_given_away_again_is_no_parent(self) -> None:
        """Of two processes, each the other's parent: what a racy reading can say."""
        scene = snapshot([process(5, ppid=6, start=100), process(6, ppid=5, start=200)])
        assert outline(scene, view=ViewName.PROCESS) == ["p5", "  p6"]

    def test_a_chain_as_deep_as_no_recursion_goes(self) -> None:
        scene = snapshot([process(pid, ppid=pid - 1) for pid in range(1, 20_001)])
        view = build(first(scene), Arrangement(ViewName.PROCESS))
        assert sum(1 for _ in keys(view)) == 20_000
        assert build(first(scene), Arrangement(ViewName.PROCESS, pid=20_000)).find(
            TaskSubject(ProcessId(1, 10))
        ) == ("task", 1, 10)

    def test_kernel_threads_start_folded(self) -> None:
        scene = snapshot([process(1), process(2, ppid=0, kernel=True), process(3, ppid=2, kernel=True)])
        view = build(first(scene), Arrangement(ViewName.PROCESS))
        assert [view.starts_open(key) for key in view.roots] == [True, False]


class TestLingering:
    """p10, p11 and their network end, and then something has the number 11."""

    @pytest.fixture
    def moments(self, scene: Snapshot) -> list[Moment]:
        later = snapshot(
            [process(1), process(11, "new", start=5_000), process(12, uid=1000)], uptime=10_001.0
        )
        looks = [first(scene)]
        for _ in range(4):
            looks.append(following(looks[-1], later))
        return looks

    def test_what_ends_stays_for_three_ticks_in_its_place(self, moments: list[Moment]) -> None:
        own = ["net", "  net host", "    p1", "    p11", "    p12", f"  {OWN}", "    p10", "    p11"]
        assert [outline(moment, kinds=(Kind.NET,)) for moment in moments[1:]] == [
            *([[*own, f"  {OTHER}", f"  {BLUE}"]] * 3),
            own[:5],
        ]

    def test_it_is_struck_and_stands_for_nobody(self, moments: list[Moment]) -> None:
        view = build(moments[1], Arrangement())
        gone: Key = ("ns", NamespaceId(Kind.NET, OWN), (11, 110))
        come: Key = ("ns", host(Kind.NET), (11, 5_000))
        assert view.marks(gone) == (ENDED,)
        assert view.marks(come) == (NEW,)
        assert (view.pids(gone), view.pids(come)) == ((), (11,))

    def test_its_last_facts_are_kept(self, moments: list[Moment]) -> None:
        moment = moments[2]
        task = moment.task(ProcessId(10, 100))
        assert task is not None
        assert (task.comm, moment.details(task.id).cmdline) == ("web", ("nginx", "-g"))
        assert moment.age(task) == pytest.approx(9_999.0)
        assert moment.ended(task.id)
        assert moment.namespace(NamespaceId(Kind.NET, OWN)) is not None

    def test_in_the_process_view(self, moments: list[Moment]) -> None:
        assert outline(moments[1], view=ViewName.PROCESS) == ["p1", "  p10", "    p11", "  p11", "  p12"]
        assert outline(moments[4], view=ViewName.PROCESS) == ["p1", "  p11", "  p12"]

    def test_by_container(self, moments: list[Moment]) -> None:
        lines = outline(moments[1], view=ViewName.CONTAINER)
        assert lines[:3] == ["[unit nginx.service]", f"  {OWN}", "  p10"]
        assert lines[-3:] == ["[held ]", f"  {OTHER}", f"  {BLUE}"]

    def test_new_is_new_for_three_ticks(self, moments: list[Moment]) -> None:
        marks = [
            build(moment, Arrangement()).marks(("ns", host(Kind.NET), (11, 5_000))) for moment in moments[1:]
        ]
        assert marks == [(NEW,), (NEW,), (NEW,), ()]

    def test_at_the_first_look_nothing_is(self, scene: Snapshot) -> None:
        view = build(first(scene), Arrangement())
        assert not any(NEW in view.marks(key) or ENDED in view.marks(key) for key in keys(view))

    def test_a_filter_holds_for_what_has_ended(self, moments: list[Moment]) -> None:
        assert outline(moments[1], filter=parse("nginx"), kinds=(Kind.NET,)) == ["net", f"  {OWN}", "    p10"]
        assert outline(moments[1], view=ViewName.PROCESS, filter=parse("nginx")) == ["p1", "  p10"]


def test_a_crowd_in_every_view() -> None:
    """A thousand processes: every one of them is somewhere in every view but the log."""
    moment = following(first(crowd(1_000)), crowd(1_000, seed=2))
    for name_of_view in set(ViewName) - {ViewName.LOG}:
        view = build(moment, Arrangement(name_of_view))
        found = {view.pids(key)[0] for key in keys(view) if isinstance(view.subject(key), TaskSubject)}
        assert found == set(range(1, 1_001))
