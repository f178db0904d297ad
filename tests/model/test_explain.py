"""Why a namespace is alive, in words."""

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsview.model.certainty import Certainty
from nsview.model.explain import TOLD, Explanation, explain
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.model.namespace import NamespaceId
from nsview.model.places import counted, listed, place, quoted
from nsview.model.process import Details, Task
from nsview.model.snapshot import Snapshot
from tests.model.snapshots import HOST, MNT, NET, PID, USER, named, namespace, process, snapshot, thread
from tests.model.views.scenes import snapshots

OWN, INNER = NET + 1000, USER + 1000
HOST_MOUNT = Holder(How.MOUNT, path="/run/docker/netns/4b a8", mnt_ns=HOST.mnt)


def why(scene: Snapshot, inode: int) -> Explanation:
    ns = scene.by_inode(inode)
    assert ns is not None
    return explain(scene, ns)


def held(*pins: Holder, tasks: tuple[Task, ...] = (), **how: object) -> Explanation:
    """A network namespace that these hold."""
    scene = snapshot([process(1, "init"), *tasks], [namespace(Kind.NET, OWN, pins=pins)], **how)  # type: ignore[arg-type]
    return why(scene, OWN)


def test_processes_and_a_bind_mount() -> None:
    tasks = tuple(process(pid, "nginx", net=OWN) for pid in (31, 32, 33, 34))
    explanation = held(HOST_MOUNT, tasks=tasks)
    assert explanation.reasons == (
        "4 processes",
        "1 bind mount: /run/docker/netns/4b a8 in the host's mount namespace",
    )
    assert explanation.ends_when == (
        "4 processes end or leave it",
        "the bind mount /run/docker/netns/4b a8 in the host's mount namespace is removed"
        " (umount '/run/docker/netns/4b a8')",
    )
    assert explanation.dead_ends == ()


def test_few_are_named() -> None:
    assert held(tasks=(process(5, "a", net=OWN),)).ends_when == ("pid 5 (a) ends or leaves it",)
    two = held(tasks=(process(5, "a", net=OWN), process(6, "b", net=OWN)))
    assert two.ends_when == ("pid 5 (a) and pid 6 (b) end or leave it",)


def test_a_container_is_named_if_all_are_of_it() -> None:
    tasks = tuple(process(pid, net=OWN) for pid in (31, 32, 33, 34))
    paths = {pid: Details(cgroup=f"/docker/{'4b' * 32}") for pid in (31, 32, 33, 34)}
    assert held(tasks=tasks, details=paths).ends_when == ("4 processes of 4b4b4b4b4b4b end or leave it",)
    paths[34] = Details(cgroup="/init.scope")
    assert held(tasks=tasks, details=paths).ends_when == ("4 processes end or leave it",)
    scene = snapshot([process(1, "init"), *tasks])
    web, other = Name("docker", "web", "4b" * 32), Name("docker", "other", "4c" * 32)
    by_name = why(named(scene, dict.fromkeys((31, 32, 33, 34), web)), OWN)
    assert by_name.ends_when == ("4 processes of docker web end or leave it",)
    two = why(named(scene, {31: web, 32: other, 33: web, 34: web}), OWN)
    assert two.ends_when == ("4 processes end or leave it",)


def test_open_files_and_sockets_of_whoever_has_them() -> None:
    pins = [Holder(How.FD, pid=47, starttime=470, fd=fd) for fd in (9, 11, 12)]
    pins += [Holder(How.SOCKET, pid=47, starttime=470, fd=7), Holder(How.FD, pid=47, tid=48, fd=3)]
    assert held(*pins, tasks=(process(47, "sshd"),)).ends_when == (
        "pid 47 (sshd) closes fds 9, 11 and 12",
        "pid 47 (sshd) closes its socket, fd 7",
        "thread 48 of pid 47 (sshd) closes fd 3",
    )


def test_a_member_that_leaves_keeps_its_files_open_and_one_that_ends_does_not() -> None:
    pin = Holder(How.FD, pid=47, starttime=470, fd=9)
    assert held(pin, tasks=(process(47, "sshd", net=OWN),)).ends_when == (
        "pid 47 (sshd) ends or leaves it",
        "pid 47 (sshd) closes fd 9",
    )
    own = namespace(Kind.USER, INNER, parent=USER, pins=[pin])
    assert why(snapshot([process(47, "sshd", user=INNER)], [own]), INNER).ends_when == ("pid 47 (sshd) ends",)


def test_a_thread() -> None:
    scene = snapshot([process(1), process(11, "web")], threads=[thread(110, 11, net=OWN)])
    assert why(scene, OWN).ends_when == ("thread 110 of pid 11 (web) ends or leaves it",)


def test_a_mount_in_another_mount_namespace() -> None:
    box = MNT + 1000
    pin = Holder(How.MOUNT, path="/run/x", mnt_ns=box)
    explanation = held(pin, tasks=(process(20, "bash", mnt=box),))
    assert explanation.reasons == (f"1 bind mount: /run/x in mnt:[{box}] of pid 20 (bash)",)
    assert explanation.ends_when == (
        f"the bind mount /run/x in mnt:[{box}] of pid 20 (bash) is removed"
        " (nsenter -t 20 -m umount /run/x, or that mount namespace ends)",
    )


def test_copies_of_one_mount_are_one_condition() -> None:
    pins = [Holder(How.MOUNT, path="/run/x", mnt_ns=inode) for inode in (MNT + 1000, HOST.mnt, MNT + 2000)]
    assert held(*pins).ends_when == (
        "the bind mount /run/x in the host's mount namespace is removed (umount /run/x),"
        " and its copies in 2 other mount namespaces",
    )


def test_a_mount_under_another_says_so() -> None:
    explanation = held(HOST_MOUNT._replace(hidden=True))
    assert "under another mount" in explanation.reasons[0]
    assert "under another mount" in explanation.ends_when[0]
    assert "(umount" not in explanation.ends_when[0]


def test_a_link_for_children() -> None:
    inner = PID + 1000
    pin = Holder(How.FOR_CHILDREN, pid=5, starttime=50, path="/proc/5/ns/pid_for_children")
    scene = snapshot(
        [process(1), process(5, "unshare")], [namespace(Kind.PID, inner, parent=PID, pins=[pin])]
    )
    explanation = why(scene, inner)
    assert explanation.reasons == ("1 link for children: prepared for the children of pid 5 (unshare)",)
    assert explanation.ends_when == (
        "pid 5 (unshare) ends, or prepares another pid namespace than it for its children",
    )


def test_a_pid_namespace_ends_with_its_init() -> None:
    inner = PID + 1000
    tasks = [process(pid, links=HOST._replace(pid=inner)) for pid in (30, 31, 32)]
    scene = snapshot([process(1), *tasks], details={31: Details(ns_pids=(31, 1))})
    assert why(scene, inner).ends_when == (
        "its init, pid 31 (proc31), ends (the kernel then kills all others in it)",
    )


def test_what_a_user_namespace_owns_holds_it() -> None:
    pin = Holder(How.FD, pid=47, starttime=470, fd=9)
    scene = snapshot(
        [process(1), process(47, "sshd")],
        [namespace(Kind.USER, INNER, parent=USER), namespace(Kind.NET, OWN, owner=INNER, pins=[pin])],
    )
    explanation = why(scene, INNER)
    assert explanation.reasons == (f"1 net namespace that it owns: net:[{OWN}]",)
    assert explanation.ends_when == (
        f"pid 47 (sshd) closes fd 9, which holds net:[{OWN}] (owned by user:[{INNER}])",
    )


def test_processes_are_told_once() -> None:
    scene = snapshot(
        [process(1), process(5, "a", user=INNER, net=OWN)],
        [namespace(Kind.USER, INNER, parent=USER), namespace(Kind.NET, OWN, owner=INNER)],
    )
    assert why(scene, INNER).ends_when == ("pid 5 (a) ends",)


def test_children_of_children_without_end() -> None:
    """Five thousand user namespaces, each in the other, and the last one held."""
    pin = Holder(How.FD, pid=1, starttime=10, fd=3)
    chain = [
        namespace(Kind.USER, INNER + depth, parent=INNER + depth - 1 if depth else USER, owner=USER)
        for depth in range(4_999)
    ]
    last = namespace(Kind.USER, INNER + 4_999, parent=INNER + 4_998, owner=USER, pins=[pin])
    explanation = why(snapshot([process(1, "init")], [*chain, last]), INNER)
    assert explanation.ends_when == (
        f"pid 1 (init) closes fd 3, which holds user:[{INNER + 4_999}] (a child of user:[{INNER + 4_998}])",
    )


def test_many_conditions_are_counted() -> None:
    tasks = tuple(process(pid) for pid in range(100, 200))
    pins = [Holder(How.FD, pid=task.pid, starttime=task.starttime, fd=3) for task in tasks]
    explanation = held(*pins, tasks=tasks)
    assert len(explanation.ends_when) == TOLD + 1
    assert explanation.ends_when[-1].startswith("80 further holders")
    assert explanation.reasons == ("100 open files",)


def test_the_hosts_end_with_the_machine() -> None:
    scene = snapshot([process(1), process(2, "kthreadd", kernel=True)])
    assert why(scene, HOST.net).ends_when == ("the machine stops",)
    assert why(scene, HOST.net).dead_ends == ()
    box = snapshot([process(1)])
    assert why(box, HOST.net).ends_when == ("the machine or container that we are in stops",)


def test_a_kernel_threads_own() -> None:
    scene = snapshot([process(1), process(25, "kdevtmpfs", kernel=True, mnt=MNT + 1000)])
    assert why(scene, MNT + 1000).ends_when == ("the machine stops",)


class TestDeadEnds:
    def test_nothing_holds_it(self) -> None:
        explanation = held()
        assert explanation.reasons == explanation.ends_when == ()
        (sentence,) = explanation.dead_ends
        assert sentence.startswith(f"nothing was found that holds net:[{OWN}], though it is alive")
        assert "unix socket" in sentence

    def test_nothing_held_it_any_more(self) -> None:
        scene = snapshot([process(1)], [namespace(Kind.NET, OWN)._replace(certainty=Certainty.VANISHED)])
        assert why(scene, OWN).dead_ends == (f"nothing was found that holds net:[{OWN}]",)

    def test_processes_that_may_not_be_read(self) -> None:
        explanation = held(HOST_MOUNT, tasks=(process(7, unreadable=True), process(8, unreadable=True)))
        assert explanation.dead_ends[0].startswith("2 of 3 processes may not be read")

    def test_inferred(self) -> None:
        place_of = NamespaceId(Kind.NET, 0, 7)
        scene = snapshot([process(1), process(7, unreadable=True)], inferred={7: {Kind.NET: place_of}})
        explanation = explain(scene, scene.namespaces[place_of])
        assert explanation.reasons == ("1 process (inferred): pid 7 (proc7)",)
        assert explanation.dead_ends[0].startswith("it is only known to exist")

    def test_sources_that_did_not_run(self) -> None:
        scene = snapshot([process(1)], [namespace(Kind.NET, OWN, pins=[HOST_MOUNT])])
        scene.report = scene.report._replace(
            left_out={"fds": "left out for speed"}, complete=False, hidden=True
        )
        dead_ends = why(scene, OWN).dead_ends
        assert "fds were not looked at: left out for speed" in dead_ends
        assert any("hidepid" in one for one in dead_ends)


@given(snapshots())
def test_everything_can_be_explained(scene: Snapshot) -> None:
    for ns in scene.namespaces.values():
        explanation = explain(scene, ns)
        assert bool(explanation.reasons) >= bool(scene.holder_counts(ns))
        assert explanation.ends_when or explanation.dead_ends
        for holder in scene.holders(ns):
            assert place(scene, holder)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_path_is_quoted_as_a_shell_reads_it(path: str) -> None:
    assert shlex.split(f"umount {quoted(path)}") == (["umount", path] if path else ["umount", ""])


def test_a_real_shell_agrees() -> None:
    path = '/run/it\'s a $(reboot) `x` "y"\n*'
    shown = subprocess.run(
        ["sh", "-c", f"printf %s {quoted(path)}"], capture_output=True, check=True, timeout=20
    )
    assert shown.stdout.decode() == path


@pytest.mark.parametrize(
    ("parts", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")]
)
def test_listed(parts: tuple[str, ...], text: str) -> None:
    assert listed(parts) == text


def test_counted() -> None:
    assert counted(1, "process", "processes") == "1 process"
    assert counted(12_345, "thread") == "12,345 threads"


def test_names_are_raw() -> None:
    """Cleaning is the fronts' business: what they are given is what the process is called."""
    explanation = held(tasks=(process(5, "\x1b]0;x\x07", net=OWN),))
    assert "\x1b]0;x\x07" in explanation.reasons[0]
