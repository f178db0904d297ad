"""What a task shares with the host and with its parent."""

from nsview.model.kind import KINDS, Kind
from nsview.model.sharing import With, differing, sharing
from tests.model.snapshots import HOST, MNT, NET, UTS, process, snapshot, thread

OWN, NAME = NET + 1000, UTS + 1000


def test_kind_by_kind() -> None:
    scene = snapshot([process(1), process(2, net=OWN), process(3, ppid=2, net=OWN, uts=NAME)])
    shared = {kind: one.shared for kind, one in sharing(scene, scene.processes[3]).items()}
    assert shared.pop(Kind.NET) is With.PARENT
    assert shared.pop(Kind.UTS) is With.OWN
    assert set(shared.values()) == {With.HOST}
    assert len(shared) == len(KINDS) - 2


def test_what_may_not_be_read_is_unknown() -> None:
    scene = snapshot([process(1), process(2, unreadable=True)])
    assert {one.shared for one in sharing(scene, scene.processes[2]).values()} == {With.UNKNOWN}


def test_where_it_differs_from_its_parent() -> None:
    scene = snapshot(
        [process(1), process(2, net=OWN), process(3, ppid=2, uts=NAME), process(4, ppid=0, mnt=MNT + 1000)],
        threads=[thread(30, 3, net=OWN, uts=NAME)],
    )
    assert differing(scene, scene.processes[1]) == ()
    assert differing(scene, scene.processes[2]) == (Kind.NET,)
    assert differing(scene, scene.processes[3]) == (Kind.NET, Kind.UTS)
    assert differing(scene, scene.processes[4]) == (Kind.MNT,), (
        "without a parent it is compared with the host"
    )
    assert differing(scene, scene.threads[30]) == (Kind.NET,), "a thread is compared with its process"


def test_a_later_process_with_the_parents_number_is_not_its_parent() -> None:
    scene = snapshot([process(1), process(2, start=900, net=OWN), process(3, ppid=2, start=30)])
    assert differing(scene, scene.processes[3]) == ()


def test_a_zombie_differs_in_nothing_that_it_has_lost() -> None:
    scene = snapshot([process(1), process(2, zombie=True)])
    assert differing(scene, scene.processes[2]) == ()
    assert scene.host.links == HOST
