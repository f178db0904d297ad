"""CPU and memory, of processes and of namespaces together."""

import pytest

from nsview.model.kind import KINDS, Kind
from nsview.model.namespace import NamespaceId
from nsview.model.process import Usage
from nsview.model.snapshot import Snapshot
from nsview.model.usage import UNKNOWN, Use, between
from tests.model.snapshots import NET, crowd, process, snapshot

OWN = NET + 1000
PAGE = 4096


def at(uptime: float, **ticks: int) -> Snapshot:
    """p1, p2, p3 with so many ticks each and as many pages as their number; 2 and 3 share a network."""
    pids = [int(name[1:]) for name in ticks]
    return snapshot(
        [process(pid, net=OWN if pid > 1 else NET) for pid in pids],
        usage={int(name[1:]): Usage(count, int(name[1:])) for name, count in ticks.items()},
        uptime=uptime,
    )


def test_percent_of_one_processor_over_the_time_between() -> None:
    uses = between(at(100.0, p1=500, p2=10), at(102.0, p1=600, p2=11), PAGE)
    assert uses.process(1) == pytest.approx((50.0, PAGE))
    assert uses.process(2) == pytest.approx((0.5, 2 * PAGE))


def test_a_namespace_uses_what_its_members_use() -> None:
    now = at(101.0, p1=0, p2=30, p3=20)
    uses = between(at(100.0, p1=0, p2=0, p3=0), now, PAGE)
    ns = now.by_inode(OWN)
    assert ns is not None
    assert uses.namespace(ns) == pytest.approx((50.0, 5 * PAGE))


def test_without_an_earlier_look_only_memory_is_known() -> None:
    assert between(None, at(100.0, p1=7), PAGE).process(1) == Use(None, PAGE)


def test_a_process_that_started_meanwhile_used_all_it_has() -> None:
    assert between(at(100.0, p1=0), at(101.0, p1=0, p2=25), PAGE).process(2).cpu == pytest.approx(25.0)


def test_a_number_given_away_again_starts_anew() -> None:
    old = snapshot([process(5, start=10)], usage={5: Usage(90_000, 1)}, uptime=100.0)
    new = snapshot([process(5, start=9_999)], usage={5: Usage(10, 1)}, uptime=101.0)
    assert between(old, new, PAGE).process(5).cpu == pytest.approx(10.0)


def test_no_usage_is_unknown_not_nothing() -> None:
    bare = snapshot([process(1)])
    uses = between(bare, bare, PAGE)
    assert uses.process(1) == UNKNOWN
    assert uses.of([1, 2, 3]) == UNKNOWN
    assert all(uses.namespace(ns) == UNKNOWN for ns in bare.namespaces.values())


def test_time_that_stands_still_is_no_division() -> None:
    assert between(at(100.0, p1=1), at(100.0, p1=2), PAGE).process(1).cpu is None


def test_inferred_members_count() -> None:
    place = NamespaceId(Kind.MNT, 0, 9)
    new = snapshot(
        [process(1), process(2, unreadable=True)], inferred={2: {Kind.MNT: place}}, usage={2: Usage(5, 3)}
    )
    assert between(None, new, PAGE).namespace(new.namespaces[place]).memory == 3 * PAGE


def test_sums_by_links_are_the_sums_of_members() -> None:
    old, new = crowd(600), crowd(600, seed=2)
    uses = between(old, new)
    for ns in new.namespaces.values():
        assert uses.namespace(ns) == pytest.approx(uses.of((*ns.processes, *ns.inferred)))
    assert {ns.kind for ns in new.namespaces.values() if ns.nprocs > 1} == set(KINDS)


def test_pages_are_counted_on_from_the_last_look() -> None:
    """Whoever came, went, moved or grew meanwhile."""
    old = crowd(300)
    before = between(None, old)
    for ns in old.namespaces.values():
        before.namespace(ns)
    for new in (crowd(310, seed=2), crowd(280, 4, seed=3), old):
        counted, anew = between(old, new, before=before), between(old, new)
        for ns in new.namespaces.values():
            assert counted.namespace(ns) == anew.namespace(ns)


def test_who_was_read_longer_ago_has_had_longer_to_use_it() -> None:
    """As where most processes are read in turn only."""

    def read_at(when: float, ticks: int) -> Usage:
        return Usage(ticks, 1, when)

    def looked(uptime: float, **used: Usage) -> Snapshot:
        return snapshot(
            [process(int(name[1:])) for name in used],
            usage={int(name[1:]): one for name, one in used.items()},
            uptime=uptime,
        )

    same = read_at(90.0, 7)
    old = looked(100.0, p1=read_at(85.0, 100), p2=same)
    uses = between(old, looked(101.0, p1=read_at(100.0, 400), p2=same), PAGE)
    assert uses.process(1).cpu == pytest.approx(20.0)
    assert uses.process(2).cpu == 0.0
