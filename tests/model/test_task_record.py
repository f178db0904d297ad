"""Processes and threads by named fields."""

import pytest
from hypothesis import given

from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.process import Capabilities, Details, Usage
from nsview.model.query import parse
from nsview.model.query_fields import FIELDS
from nsview.model.record import Value
from nsview.model.snapshot import Snapshot
from nsview.model.task_record import TaskRecord
from nsview.model.usage import between
from tests.model.snapshots import NET, UTS, process, snapshot, thread
from tests.model.views.scenes import snapshots

OWN = NET + 1000


@pytest.fixture
def scene() -> Snapshot:
    return snapshot(
        [process(1), process(5, "web", uid=33, net=OWN, uts=UTS + 1000), process(6, unreadable=True)],
        threads=[thread(50, 5, uid=33)],
        details={
            5: Details(cmdline=("nginx", "-g"), cgroup="/a.service", capabilities=Capabilities(0, 1, 3, 0, 0))
        },
        inferred={6: {Kind.NET: NamespaceId(Kind.NET, NET)}},
        usage={5: Usage(0, 10)},
        uptime=100.0,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", ("net", "uts")),
        ("pid", 5),
        ("tid", 5),
        ("ppid", 1),
        ("uid", 33),
        ("user", "www"),
        ("state", "S"),
        ("comm", "web"),
        ("command", "nginx -g"),
        ("cgroup", "/a.service"),
        ("cap", ("cap_chown", "cap_dac_override")),
        ("threads", 1),
        ("age", pytest.approx(99.5)),
        ("certainty", "known"),
        ("host", False),
        ("inferred", False),
        ("unreadable", False),
        ("zombie", False),
        ("kernel", False),
        ("cpu", None),
        ("procs", None),
        ("no such field", None),
    ],
)
def test_fields(scene: Snapshot, name: str, value: Value) -> None:
    assert TaskRecord(scene, scene.processes[5]).field(name) == value


def test_where_it_is(scene: Snapshot) -> None:
    record = TaskRecord(scene, scene.processes[5])
    namespaces, paths = record.field("ns"), record.field("path")
    assert isinstance(namespaces, tuple)
    assert isinstance(paths, tuple)
    assert OWN in namespaces
    assert "/proc/5/ns/net" in paths


def test_use(scene: Snapshot) -> None:
    record = TaskRecord(scene, scene.processes[5], between(None, scene, 4096))
    assert record.field("mem") == 40960
    assert parse("mem:>10k").matches(record)


def test_a_thread(scene: Snapshot) -> None:
    record = TaskRecord(scene, scene.threads[50])
    assert (record.field("pid"), record.field("tid"), record.field("host")) == (5, 50, True)


def test_one_that_may_not_be_read(scene: Snapshot) -> None:
    record = TaskRecord(scene, scene.processes[6])
    assert (record.field("inferred"), record.field("unreadable"), record.field("certainty")) == (
        True,
        True,
        "unreadable",
    )
    assert record.field("ns") == (NET,)


def test_words(scene: Snapshot) -> None:
    assert list(TaskRecord(scene, scene.processes[5]).words()) == ["5", "web", "nginx -g", "www"]


@given(snapshots())
def test_every_field_can_be_asked_of_every_task(scene: Snapshot) -> None:
    places: dict[object, object] = {}
    for task in (*scene.processes.values(), *scene.threads.values()):
        alone, together = TaskRecord(scene, task), TaskRecord(scene, task, places=places)  # type: ignore[arg-type]
        for field in FIELDS:
            assert alone.field(field.name) == together.field(field.name)
