"""The log of a session."""

import pytest

from nsview.model.changes import What
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.model.namespace import NamespaceId
from nsview.model.query import parse
from nsview.model.snapshot import Snapshot
from nsview.model.views.build import build
from nsview.model.views.log import NO_LOG, Entry, extended
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.subject import ChangeSubject, TaskSubject
from nsview.model.views.view import Arrangement, ViewName
from tests.model.snapshots import NET, UTS, named, namespace, process, snapshot

OWN, NAME, BLUE = NET + 1000, UTS + 1000, NET + 2000


def look(*processes: int, held: bool = False, time: float = 0.0) -> Snapshot:
    """Processes 1 and those of `processes`: even ones in namespaces of their own, and as user alice."""
    tasks = [
        process(pid, uid=1000, net=OWN, uts=NAME) if pid % 2 == 0 else process(pid) for pid in (1, *processes)
    ]
    pins = [Holder(How.FD, pid=1, starttime=10, fd=9, path="/proc/1/fd/9")] if held else []
    return snapshot(tasks, [namespace(Kind.NET, BLUE, pins=pins)], time=time)


def after(*looks: Snapshot) -> Moment:
    moment = first(looks[0])
    for one in looks[1:]:
        moment = following(moment, one)
    return moment


def entries(moment: Moment, **how: object) -> list[Entry]:
    view = build(moment, Arrangement(ViewName.LOG, **how))  # type: ignore[arg-type]
    found = []
    for key in view.roots:
        subject = view.subject(key)
        assert isinstance(subject, ChangeSubject)
        found.append(subject.entry)
    return found


def told(moment: Moment, **how: object) -> list[tuple[What, tuple[int, ...], int | None]]:
    return [
        (entry.change.what, tuple(ns.inode for ns in entry.namespaces), entry.pid)
        for entry in entries(moment, **how)
    ]


def test_newest_first_with_who_and_when() -> None:
    moment = after(look(), look(2, time=5.0), look(time=7.0))
    whats = [entry.change.what for entry in entries(moment)]
    assert whats == [What.DIED, What.DIED, What.LEFT, What.ENTERED, What.BORN, What.BORN]
    last, *_, born = entries(moment)
    assert (last.time, last.user, last.command) == (7.0, "alice", "proc2")
    assert (born.time, born.user, born.pid) == (5.0, "alice", 2)


def test_what_a_process_does_at_once_is_one_entry() -> None:
    moment = after(look(), look(2))
    (entered,) = [entry for entry in entries(moment) if entry.change.what is What.ENTERED]
    assert len(entered.namespaces) == 8
    assert {Kind.NET, Kind.UTS, Kind.MNT} <= set(entered.kinds)


def test_ordinary_forks_are_left_out_unless_asked_for() -> None:
    moment = after(look(), look(3), look(5))
    assert entries(moment) == []
    asked = entries(moment, ordinary=True)
    told = [(entry.change.what, entry.pid) for entry in asked]
    assert sorted(told[:2]) == [(What.ENTERED, 5), (What.LEFT, 3)]
    assert told[2:] == [(What.ENTERED, 3)]
    assert all(entry.ordinary and entry.host for entry in asked)


def test_moves_are_never_ordinary() -> None:
    before, now = snapshot([process(1), process(3)]), snapshot([process(1), process(3, net=OWN)])
    moved = [entry for entry in entries(after(before, now)) if entry.change.moved]
    assert {(entry.change.what, entry.namespaces[0].inode) for entry in moved} == {
        (What.LEFT, NET),
        (What.ENTERED, OWN),
    }


def test_holders_name_the_process_that_holds() -> None:
    moment = after(look(), look(held=True), look())
    assert told(moment) == [(What.LOST, (BLUE,), 1), (What.GAINED, (BLUE,), 1)]
    assert {entry.command for entry in entries(moment)} == {"proc1"}


def test_it_is_bounded_and_forks_do_not_push_out_the_rest() -> None:
    log = extended(NO_LOG, look(), look(2), keep=20)
    for number in range(50):
        log = extended(log, look(2, 3 + 2 * number), look(2, 5 + 2 * number), keep=20)
    assert len(log.ordinary) == 20
    assert [entry.change.what for entry in log.entries] == [What.BORN, What.BORN, What.ENTERED]
    assert log.length == 3 + 2 * 50
    assert log.ordinary[-1].number == log.length - 1


def test_nothing_happened_costs_nothing() -> None:
    log = extended(NO_LOG, look(), look(2))
    assert extended(log, look(2), look(2)) is log


@pytest.mark.parametrize(
    ("how", "count"),
    [
        ({"kinds": (Kind.UTS,)}, 2),
        ({"kinds": (Kind.TIME,)}, 1),
        ({"pid": 2}, 3),
        ({"pid": 7}, 0),
        ({"user": 1000}, 3),
        ({"user": 0}, 0),
        ({"filter": parse("born")}, 2),
        ({"filter": parse("born kind:net")}, 1),
        ({"filter": parse(f"ns:{OWN} user:alice")}, 2),
        ({"filter": parse("proc2")}, 3),
        ({"filter": parse("!proc2")}, 0),
        ({"filter": parse("held:owned")}, 0),
        ({"hide_host": True}, 3),
    ],
)
def test_it_can_be_narrowed(how: dict[str, object], count: int) -> None:
    assert len(entries(after(look(), look(2)), **how)) == count


def test_oldest_first_when_reversed() -> None:
    moment = after(look(), look(2), look())
    assert entries(moment, reverse=True) == entries(moment)[::-1]


def test_a_row_keeps_its_key() -> None:
    before, now = after(look(), look(2)), after(look(), look(2), look(2), look(2, 4))
    old, new = build(before, Arrangement(ViewName.LOG)), build(now, Arrangement(ViewName.LOG))
    assert [old.subject(key) for key in old.roots] == [new.subject(key) for key in old.roots]
    assert new.find(TaskSubject(now.snapshot.processes[4].id)) == new.roots[0]
    assert new.pids(new.roots[0]) == (4,)


def test_a_process_that_has_ended_is_told_with_its_last_name() -> None:
    (entry, *_) = entries(after(look(2), look()))
    assert entry.change.namespace in {NamespaceId(Kind.NET, OWN), NamespaceId(Kind.UTS, NAME)}
    assert entry.command == "proc2"


def test_an_event_has_the_name_of_its_time() -> None:
    web, later = Name("docker", "web", "a" * 64, "nginx:1"), Name("docker", "renamed", "a" * 64)
    blue = Name("ip netns", "blue", "blue")
    moment = after(
        look(),
        named(look(2, held=True), {2: web}, {BLUE: blue}),
        named(look(2, held=True), {2: later}, {BLUE: blue}),
        look(),
    )
    names = [(entry.change.what, [name.name for name in entry.names]) for entry in entries(moment)]
    assert names == [
        (What.DIED, ["renamed"]),
        (What.DIED, ["renamed"]),
        (What.LOST, []),
        (What.LEFT, ["renamed"]),
        (What.GAINED, []),
        (What.ENTERED, ["web"]),
        (What.BORN, ["web"]),
        (What.BORN, ["web"]),
    ]
    found = told(moment, filter=parse("image:nginx container:web !/nobody/"))
    assert {what for what, _, _ in found} == {What.ENTERED, What.BORN}
    assert len(entries(moment, filter=parse("renamed"))) == 3


def test_a_mount_that_came_is_told_with_what_it_calls_the_namespace() -> None:
    pins = [Holder(How.MOUNT, path="/run/netns/blue", mnt_ns=4026531841)]
    bare = snapshot([process(1)], [namespace(Kind.NET, BLUE)])
    bound = snapshot([process(1)], [namespace(Kind.NET, BLUE, pins=pins)])
    moment = after(bare, named(bound, {}, {BLUE: Name("ip netns", "blue", "blue")}))
    (entry,) = entries(moment)
    assert (entry.change.what, [name.name for name in entry.names]) == (What.GAINED, ["blue"])
