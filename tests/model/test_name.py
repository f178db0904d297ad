"""What names say in a few words, and which processes have one."""

from nsview.model.containers import where
from nsview.model.kind import Kind
from nsview.model.name import ContainerId, Name, Names, merged, shown, texts, whose
from nsview.model.namespace import NamespaceId
from nsview.model.process import Details, ProcessId
from nsview.model.views.moment import first, following
from tests.model.snapshots import NET, named, process, snapshot

WEB, DB = Name("docker", "web", "a" * 64), Name("docker", "db", "b" * 64)
POD = (
    Name("kubernetes", "app", "c" * 64, pod="prod/shop"),
    Name("kubernetes", "log", "d" * 64, pod="prod/shop"),
)
OWN = NET + 1000


def test_whose() -> None:
    assert whose(()) == ""
    assert whose((WEB,)) == "docker web"
    assert whose((WEB, DB)) == "docker web, db"
    assert whose(POD) == "kubernetes prod/shop"
    assert whose(POD[:1]) == "kubernetes prod/shop/app", "there is an app in other pods too"
    assert whose((WEB._replace(pod="shop"),)) == "docker web", "Docker's names are its containers' alone"
    assert whose((Name("systemd", "ssh.service"),)) == "ssh.service"
    assert whose((WEB, *POD, Name("podman", "x"))) == "docker web, kubernetes prod/shop, podman x"


def test_of_many_the_first() -> None:
    crowd = tuple(Name("runc", f"c{number}") for number in range(9))
    assert whose(crowd) == "runc c0, c1, c2, c3 and 5 more"
    assert whose(crowd, 9) == "runc " + shown(crowd)
    pod = tuple(name._replace(pod="shop") for name in crowd)
    assert whose(pod) == "runc shop"


def test_a_container_is_the_same_before_and_after_it_is_named() -> None:
    bare = Name("kubernetes", "c" * 12, "c" * 64, pod="11111111-2222", witness="control group")
    assert bare.container == POD[0].container == ContainerId("kubernetes", "", "c" * 64)
    assert merged((bare, POD[0], POD[1])) == (bare, POD[1])
    assert Name("runc", "web").container != Name("crun", "web").container
    assert WEB.container == WEB._replace(root="/proc/7/root").container, "its id is like no other"
    box = Name("lxc", "box", "box")
    assert box.container != box._replace(root="/proc/7/root").container, "a name is not"


def test_containers_have_all_their_processes_however_they_are_named() -> None:
    by_pid = {10: WEB, 11: DB, 12: WEB._replace(unit="other"), 13: Name(*WEB)}
    names = named(snapshot(process(pid, net=OWN) for pid in (1, *by_pid)), by_pid).names
    assert names is not None
    assert {
        identity: [process.pid for process in found] for identity, found in names.containers().items()
    } == {
        WEB.container: [10, 12, 13],
        DB.container: [11],
    }


def test_in_which_container_an_engine_was_found() -> None:
    inner = WEB._replace(root="/proc/10/root")
    scene = named(snapshot([process(1), process(10, net=OWN), process(11, net=OWN + 1)]), {10: DB, 11: inner})
    assert where(scene, DB) == ""
    assert where(scene, inner) == "in docker db"
    assert where(scene, inner._replace(root="/proc/1/root")) == "seen from pid 1 (proc1)"
    assert where(scene, inner._replace(root="/proc/99/root")) == "below /proc/99/root"
    assert where(scene, inner._replace(root="/proc/self/root")) == "below /proc/self/root"


def test_fields() -> None:
    assert texts("container", (WEB, Name("systemd", "ssh.service"))) == ("web", "web", "a" * 64)
    assert texts("pod", (WEB, *POD)) == ("prod/shop", "prod/shop")


class TestMoment:
    def test_ordinary_processes_of_the_host_have_none(self) -> None:
        tasks = [process(1), process(10, net=OWN), process(20)]
        details = {pid: Details(cgroup="/system.slice/ssh.service") for pid in (1, 20)}
        service = Name("systemd", "web.service", "/system.slice/web.service", unit="web.service")
        moment = first(named(snapshot(tasks, details=details), {10: service}))
        names = moment.snapshot.names
        assert names is not None
        unit = names.of_task(tasks[2])
        assert unit is not None
        assert unit.name == "ssh.service"
        assert moment.name(tasks[2]) is None
        assert moment.name(tasks[1]) == service
        assert moment.names(NamespaceId(Kind.NET, OWN)) == (service,)
        assert first(snapshot(tasks)).name(tasks[1]) is None
        assert first(snapshot(tasks)).names(NamespaceId(Kind.NET, OWN)) == ()

    def test_what_has_ended_keeps_its_name(self) -> None:
        tasks = [process(1), process(10, net=OWN), process(20)]
        before = first(named(snapshot(tasks), {10: WEB}))
        for moment in (
            following(before, snapshot(tasks[:1])),
            following(following(before, snapshot(tasks[:1])), named(snapshot(tasks[:1]), {})),
        ):
            assert moment.name(tasks[1]) == WEB
            assert moment.name(tasks[2]) is None
            assert moment.names(NamespaceId(Kind.NET, OWN)) == (WEB,)

    def test_a_number_that_another_process_has_got(self) -> None:
        tasks = [process(1), process(10, net=OWN)]
        before = first(named(snapshot(tasks), {10: WEB}))
        later = process(10, start=500, net=OWN)
        moment = following(before, named(snapshot([tasks[0], later]), {10: DB}))
        assert moment.name(tasks[1]) == WEB
        assert moment.name(later) == DB


def test_names_of_no_snapshot() -> None:
    assert Names().of_task(process(1)) is None
    assert Names().containers() == {}
    assert Names({ProcessId(1, 10): WEB}).of_task(process(1)) == WEB
