"""What the details of a namespace or process tell."""

import pytest
from hypothesis import given

from nsview.model.capability import KNOWN
from nsview.model.holder import Holder, How
from nsview.model.kind import KINDS, Kind
from nsview.model.name import ContainerId, Name, Names
from nsview.model.namespace import Namespace, NamespaceId, Unseen
from nsview.model.process import Capabilities, Details
from nsview.model.sections import amounts, everything, held_by, ids, maps, members, shared, summary
from nsview.model.sections.belonging import LISTED
from nsview.model.sections.maps import Maps
from nsview.model.sections.section import Row, Section
from nsview.model.snapshot import Snapshot
from nsview.model.usage import Use
from nsview.model.views.subject import ContainerSubject, NamespaceSubject, TaskSubject
from nsview.model.views.tree import ALERT, DIM
from nsview.model.views.view import INFERRED
from tests.model.snapshots import HOST, NET, PID, USER, namespace, process, snapshot, thread
from tests.model.views.scenes import snapshots

OWN, INNER, BOX = NET + 1000, USER + 1000, PID + 1000


@pytest.fixture
def scene() -> Snapshot:
    found = snapshot(
        [
            process(1, "init"),
            process(10, "web", net=OWN, uid=33, threads=3),
            process(11, "web", ppid=10, links=HOST._replace(net=OWN, pid=BOX, user=INNER), uid=33),
            process(12, "vault", unreadable=True),
        ],
        [
            namespace(Kind.USER, INNER, parent=USER, creator_uid=1000),
            namespace(Kind.PID, BOX, owner=INNER, parent=PID, serial=77),
            namespace(Kind.NET, OWN, creator_uid=0, pins=[Holder(How.MOUNT, path="/run/x", mnt_ns=HOST.mnt)]),
        ],
        threads=[thread(105, 10, uid=33)],
        details={
            11: Details(
                cmdline=("nginx", "-g", "daemon off;"),
                cgroup="/system.slice/nginx.service",
                uids=(33, 0, 33, 33),
                gids=(33, 33, 33, 33),
                groups=(4, 24),
                ns_pids=(11, 1),
                capabilities=Capabilities(0, KNOWN, KNOWN & ~(1 << 25), KNOWN, 1 << 10),
                seccomp=2,
                no_new_privs=True,
                problems={"cgroup": "EACCES"},
            )
        },
    )
    found.net_ids = {OWN: 3}
    return found


def at(scene: Snapshot, inode: int) -> Namespace:
    ns = scene.by_inode(inode)
    assert ns is not None
    return ns


def rows(section: Section, label: str) -> list[Row]:
    """The rows of a label, those that continue it included."""
    found: list[Row] = []
    last = ""
    for row in section.rows:
        last = row.label or last
        if last == label:
            found.append(row)
    return found


def value(section: Section, label: str) -> str:
    (row,) = rows(section, label)
    return row.value


class TestSummary:
    def test_of_a_namespace(self, scene: Snapshot) -> None:
        section = summary.of_namespace(scene, at(scene, OWN), Use(4.0, 212 << 20))
        assert value(section, "Namespace") == f"net:[{OWN}]"
        assert [row.value for row in rows(section, "Alive because of")] == [
            "2 processes: pid 10 (web) and pid 11 (web)",
            "1 bind mount: /run/x in the host's mount namespace",
        ]
        assert len(rows(section, "It would end when")) == 2
        assert value(section, "Processes") == "2, with 4 threads"
        assert value(section, "Owner") == f"user:[{USER}] (host)"
        assert value(section, "Owner made by") == "root"
        assert value(section, "NETNSID") == "3"
        assert value(section, "Path") == "/proc/10/ns/net"
        assert value(section, "CPU") == "4.0 % of one processor"
        assert value(section, "Memory") == "212.0 MiB"
        (owner,) = rows(section, "Owner")
        assert owner.subject == NamespaceSubject(NamespaceId(Kind.USER, USER))

    def test_of_the_hosts(self, scene: Snapshot) -> None:
        section = summary.of_namespace(scene, at(scene, HOST.user))
        (row,) = rows(section, "Namespace")
        assert (row.value, row.mark) == (f"user:[{USER}], the host's", DIM)
        assert value(section, "Owner") == "none: it is the first user namespace"

    def test_of_a_hierarchical_one(self, scene: Snapshot) -> None:
        section = summary.of_namespace(scene, at(scene, BOX))
        assert value(section, "Parent") == f"pid:[{PID}] (host)"
        assert value(section, "Id") == "77"

    def test_relations_that_may_not_be_seen(self) -> None:
        scene = snapshot(
            [process(1)], [namespace(Kind.USER, INNER, owner=Unseen.INVISIBLE, parent=Unseen.UNKNOWN)]
        )
        section = summary.of_namespace(scene, at(scene, INNER))
        assert value(section, "Owner").startswith("not visible to us")
        assert value(section, "Parent").startswith("unknown")

    def test_of_a_process(self, scene: Snapshot) -> None:
        section = summary.of_process(scene, scene.processes[11])
        assert value(section, "Command") == "nginx -g daemon off;"
        assert value(section, "Parent") == "pid 10 (web)"
        assert value(section, "Unit") == "nginx.service"
        assert value(section, "Namespaces") == "not the host's: net, pid, user"
        assert value(section, "Differs") == "from its parent in pid, user"
        assert value(section, "Unread") == "cgroup: EACCES"

    def test_names(self, scene: Snapshot) -> None:
        web = Name("docker", "web", "ab" * 32, "nginx:1", "shop", "docker.scope", "/", "config.v2.json")
        inner = web._replace(name="db", image="", unit="", root="/proc/7/root")
        unit = Name("systemd", "nginx.service", unit="nginx.service")
        net = at(scene, OWN)
        many = tuple(Name("runc", f"c{number}") for number in range(5))
        processes = dict(
            zip((scene.processes[pid].id for pid in (10, 11, 12)), (web, inner, unit), strict=True)
        )
        named = scene.named(Names(processes, {net.id: many}))
        belongs = rows(summary.of_namespace(named, net), "Belongs to")
        assert [row.value for row in belongs] == ["runc c0", "runc c1", "runc c2", "runc c3", "runc c4"]
        assert belongs[1].subject == ContainerSubject(ContainerId("runc", "/", "c1"))
        section = summary.of_process(named, scene.processes[10])
        for label, told in (
            ("Belongs to", "docker shop/web"),
            ("Pod", "shop"),
            ("Image", "nginx:1"),
            ("Container id", f"{'ab' * 6}, in full {'ab' * 32}"),
            ("Unit", "docker.scope"),
            ("Known by", "config.v2.json"),
        ):
            assert value(section, label) == told
        assert not rows(section, "Found")
        section = summary.of_process(named, scene.processes[11])
        assert value(section, "Found") == "below /proc/7/root"
        assert not rows(section, "Unit")
        assert value(summary.of_process(named, scene.processes[12]), "Unit") == "nginx.service"
        assert not rows(summary.of_process(named, scene.processes[1]), "Belongs to")

    def test_of_a_namespace_of_one_container_everything_is_told(self, scene: Snapshot) -> None:
        web = Name("docker", "web", "ab" * 32, "nginx:1", witness="config.v2.json")
        net = at(scene, OWN)
        section = summary.of_namespace(scene.named(Names({}, {net.id: (web,)})), net)
        assert (value(section, "Belongs to"), value(section, "Image")) == ("docker web", "nginx:1")
        crowd = tuple(Name("runc", f"c{number}") for number in range(LISTED + 7))
        section = summary.of_namespace(scene.named(Names({}, {net.id: crowd})), net)
        assert rows(section, "Belongs to")[-1].value == "and 7 more"

    def test_of_a_process_that_may_not_be_read(self, scene: Snapshot) -> None:
        (row,) = rows(summary.of_process(scene, scene.processes[12]), "Namespaces")
        assert (row.value, row.mark) == ("none of them may be read", INFERRED)

    def test_of_a_thread(self, scene: Snapshot) -> None:
        section = summary.of_process(scene, scene.threads[105])
        assert value(section, "Thread") == "105 thread105"
        assert value(section, "Process") == "pid 10 (web)"
        assert value(section, "Differs") == "from its process in net"


class TestHeldBy:
    def test_every_holder_has_a_row_that_leads_there(self, scene: Snapshot) -> None:
        section = held_by.of_namespace(scene, at(scene, OWN))
        assert [row.subject for row in rows(section, "Process")] == [
            TaskSubject(scene.processes[10].id),
            TaskSubject(scene.processes[11].id),
        ]
        (mount,) = rows(section, "Bind mount")
        assert mount.subject == NamespaceSubject(NamespaceId(Kind.MNT, HOST.mnt))
        (dead_end,) = rows(section, "Not known")
        assert dead_end.mark == ALERT

    def test_what_it_owns(self, scene: Snapshot) -> None:
        section = held_by.of_namespace(scene, at(scene, INNER))
        (owned,) = rows(section, "Owns")
        assert owned.subject == NamespaceSubject(NamespaceId(Kind.PID, BOX, 77))

    def test_thousands_are_counted(self) -> None:
        scene = snapshot([process(pid) for pid in range(1, 5_001)])
        section = held_by.of_namespace(scene, at(scene, HOST.net))
        assert len(section.rows) < 300
        assert section.rows[-1].value == "and 4,800 more holders"

    def test_what_a_process_holds(self, scene: Snapshot) -> None:
        section = held_by.of_process(scene, scene.processes[11])
        assert [row.value for row in rows(section, "Is in")] == [
            f"net:[{OWN}], 2 other holders",
            f"pid:[{BOX}], it alone keeps it",
            f"user:[{INNER}], 1 other holder",
        ]

    def test_what_a_process_holds_open(self) -> None:
        pins = [Holder(How.FD, pid=1, starttime=10, fd=9)]
        scene = snapshot([process(1, "init")], [namespace(Kind.NET, OWN, pins=pins)])
        section = held_by.of_process(scene, scene.processes[1])
        assert value(section, "Open file") == f"fd 9 of pid 1 (init) → net:[{OWN}]"


class TestMembers:
    def test_processes_and_threads(self, scene: Snapshot) -> None:
        section = members.of_namespace(scene, at(scene, HOST.net))
        assert [row.subject for row in section.rows] == [
            TaskSubject(scene.processes[1].id),
            TaskSubject(scene.processes[10].id, 105),
        ]
        assert section.rows[1].value == "105 www thread105"

    def test_nobody(self) -> None:
        scene = snapshot([process(1)], [namespace(Kind.NET, OWN)])
        assert (
            members.of_namespace(scene, at(scene, OWN)).rows[0].value == "no process and no thread is in it"
        )

    def test_children_of_a_process(self, scene: Snapshot) -> None:
        section = members.of_process(scene, scene.processes[10])
        assert [row.label for row in section.rows] == ["Thread elsewhere", "Child"]


class TestIds:
    def test_of_a_process(self, scene: Snapshot) -> None:
        section = ids.of_process(scene, scene.processes[11], Maps(((0, 100000, 65536),), (), "deny"))
        assert (
            value(section, "User")
            == "real www (33), effective root (0), saved www (33), file system www (33)"
        )
        assert value(section, "Group") == "33"
        assert value(section, "Other groups") == "4, 24"
        assert value(section, "Users") == "0–65535 inside → 100000–165535 outside"
        assert value(section, "Groups") == "no map is written yet: every id shows as 65534"
        assert value(section, "setgroups") == "deny"
        assert [row.value for row in rows(section, "Number")] == [
            f"11 in pid:[{PID}] (host)",
            f"1 in pid:[{BOX}], its init",
        ]
        assert value(section, "Effective") == "all but sys_time"
        assert value(section, "Ambient") == "cap_net_bind_service"
        assert value(section, "Seccomp") == "filtered"
        assert value(section, "No new privileges") == "yes"

    def test_what_it_could_do(self, scene: Snapshot) -> None:
        could = rows(ids.of_process(scene, scene.processes[11]), "Could do")
        assert [row.value.partition(":")[0] for row in could] == [
            "none in cgroup, ipc, mnt, net, time, uts",
            "all but sys_time in pid, user",
        ]
        assert [row.mark for row in could] == ["", ""]

    def test_what_it_could_do_to_the_host_stands_out(self) -> None:
        sets = Capabilities(0, KNOWN, KNOWN, KNOWN, 0)
        scene = snapshot([process(1)], details={1: Details(capabilities=sets)})
        (row,) = rows(ids.of_process(scene, scene.processes[1]), "Could do")
        assert row.mark == ALERT
        assert "THE HOST'S" in row.value

    def test_more_numbers_than_pid_namespaces_that_are_seen(self) -> None:
        inner = namespace(Kind.PID, BOX, parent=Unseen.INVISIBLE)
        scene = snapshot(
            [process(1, links=HOST._replace(pid=BOX))], [inner], details={1: Details(ns_pids=(500, 20, 1))}
        )
        assert [row.value for row in rows(ids.of_process(scene, scene.processes[1]), "Number")] == [
            "500 in a pid namespace that may not be seen",
            "20 in a pid namespace that may not be seen",
            f"1 in pid:[{BOX}], its init",
        ]

    def test_of_a_namespace(self, scene: Snapshot) -> None:
        section = ids.of_namespace(scene, at(scene, BOX), Maps(((0, 0, 4294967295),)))
        assert value(section, "User namespace") == f"user:[{INNER}]"
        assert value(section, "Users") == "every id is itself"

    def test_a_single_id(self) -> None:
        assert maps.told(((0, 1000, 1),)) == ["0 inside → 1000 outside"]
        assert maps.told(None) == []


class TestShared:
    def test_with_the_host_stands_out_in_words_too(self, scene: Snapshot) -> None:
        section = shared.of_process(scene, scene.processes[11])
        assert [row.label for row in section.rows] == [str(kind) for kind in KINDS]
        for row in section.rows:
            assert ("SHARED WITH THE HOST" in row.value) == (row.mark == ALERT)
        assert rows(section, "net")[0].value.startswith("same as its parent")
        assert rows(section, "user")[0].value.startswith("own")
        assert sum(row.mark == ALERT for row in section.rows) == 5

    def test_what_may_not_be_read(self, scene: Snapshot) -> None:
        assert {row.mark for row in shared.of_process(scene, scene.processes[12]).rows} == {INFERRED}

    def test_a_zombie(self) -> None:
        scene = snapshot([process(1), process(2, zombie=True)])
        assert value(shared.of_process(scene, scene.processes[2]), "net") == "none: it has ended"

    def test_of_a_namespaces_members(self, scene: Snapshot) -> None:
        section = shared.of_namespace(scene, at(scene, OWN))
        assert "net" not in [row.label for row in section.rows]
        assert value(section, "pid") == "in 2 namespaces, 1 SHARED WITH THE HOST"
        assert value(section, "ipc") == f"all SHARED WITH THE HOST  ipc:[{HOST.ipc}]"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1 << 20, "1.0 MiB"),
        (9.1 * (1 << 30), "9.1 GiB"),
        (1 << 50, "1024.0 TiB"),
    ],
)
def test_sizes(count: float, text: str) -> None:
    assert amounts.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_661, "1 h 1 min"),
        (86_400 * 3 + 7, "3 d"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert amounts.duration(seconds) == text


@given(snapshots())
def test_there_is_something_to_tell_of_everything(scene: Snapshot) -> None:
    told = [everything.of_namespace(scene, ns) for ns in scene.namespaces.values()]
    told += [
        everything.of_process(scene, task) for task in (*scene.processes.values(), *scene.threads.values())
    ]
    for sections in told:
        assert len(sections) == 5
        assert all(section.rows for section in sections if section.title != "Ids")
        for section in sections:
            for row in section.rows:
                if isinstance(row.subject, NamespaceSubject):
                    assert row.subject.id in scene.namespaces
                elif isinstance(row.subject, TaskSubject):
                    assert scene.process(row.subject.process) is not None
