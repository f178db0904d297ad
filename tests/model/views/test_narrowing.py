"""The filter asks each process once; the same as asking every member of every namespace about both."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsview.model.name import texts
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.query import parse
from nsview.model.query_terms import EVERYTHING
from nsview.model.record import NamespaceRecord, Value
from nsview.model.snapshot import Snapshot
from nsview.model.task_record import TaskRecord
from nsview.model.views.build import build
from nsview.model.views.moment import first
from nsview.model.views.narrowing import NOTHING, OF_BOTH, OF_NAMES, OF_NAMESPACES, Narrowing
from nsview.model.views.view import Arrangement
from tests.model.snapshots import NET, process, snapshot
from tests.model.views.scenes import FILTERS, snapshots


class Member:
    """A process in one of its namespaces, as one record."""

    def __init__(self, scene: Snapshot, ns: Namespace, task: Task) -> None:
        bare = ns._replace(processes=(), inferred=(), threads=())
        self.whole, self.bare = NamespaceRecord(scene, ns), NamespaceRecord(scene, bare)
        self.task = TaskRecord(scene, task, first(scene).uses)

    def field(self, name: str) -> Value:
        if name in OF_NAMESPACES:
            return self.whole.field(name)
        mine = self.task.field(name)
        if name in OF_NAMES:
            return (*_several(mine), *texts(name, [one for one in self.bare.names() if one.of_mount]))
        if name not in OF_BOTH:
            return mine
        theirs = self.whole.field(name)
        if isinstance(mine, bool) or isinstance(theirs, bool):
            return bool(mine) or bool(theirs)
        return (*_several(mine), *_several(theirs))

    def words(self) -> Iterator[str]:
        yield from self.bare.words()
        yield from self.task.words()


def _several(value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


@given(snapshots(), st.sampled_from(FILTERS))
def test_members_that_are_shown(scene: Snapshot, text: str) -> None:
    query = parse(text)
    view = build(first(scene), Arrangement(filter=query))
    for ns in scene.namespaces.values():
        members = (*ns.processes, *ns.inferred)
        wanted = [pid for pid in members if query.matches(Member(scene, ns, scene.processes[pid]))]
        key = ("ns", ns.id)
        if key in view:
            assert sorted(view.pids(key)) == sorted(wanted), (text, ns.id)
        else:
            assert not wanted, (text, ns.id)
            if not members and not ns.threads:
                assert not query.matches(NamespaceRecord(scene, ns)), (text, ns.id)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("kind:net", EVERYTHING),
        ("kind:mnt", NOTHING),
        ("kind:mnt user:root", NOTHING),
        ("kind:net | user:root", EVERYTHING),
        ("!kind:mnt", EVERYTHING),
        ("!(kind:net user:root)", parse("!user:root").root),
        ("kind:net user:root", parse("user:root").root),
        ("host user:root || comm:x", parse("comm:x").root),
        (f"net:[{NET + 1000}]", EVERYTHING),
        ("word kind:net", parse("word").root),
        ("inferred", parse("inferred").root),
        ("procs:1 held:process", EVERYTHING),
    ],
)
def test_what_is_left_to_ask_of_members(text: str, rest: object) -> None:
    scene = snapshot([process(1), process(5, net=NET + 1000)])
    ns = scene.by_inode(NET + 1000)
    assert ns is not None
    bare = NamespaceRecord(scene, ns)
    found = Narrowing(parse(text.replace("net:[", '"net:[').replace("]", ']"')).root).rest(bare)
    assert found == rest
