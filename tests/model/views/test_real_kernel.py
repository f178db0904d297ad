"""Views, explanations and the capability rule against the running kernel."""

import os
from collections.abc import Callable, Iterator

import pytest

from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.model.capability import BITS
from nsview.model.capability_rule import capabilities_in
from nsview.model.changes import What
from nsview.model.explain import explain
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.sections import everything
from nsview.model.snapshot import Snapshot
from nsview.model.views.build import build
from nsview.model.views.moment import Moment, first, following
from nsview.model.views.subject import NamespaceSubject, TaskSubject
from nsview.model.views.tree import ENDED, NEW
from nsview.model.views.view import Arrangement, SortBy, ViewName
from tests import linux
from tests.kernel_fixtures import NOBODY, AsNobody, Spawn
from tests.model.views.scenes import wrong
from tests.processes import call, eventually

EVERYTHING = Scope(details=Wanted.ALL, usage=True)


def look() -> Snapshot:
    return Scanner().scan(EVERYTHING)


def problems_of_all_views() -> list[str]:
    moment = following(first(look()), look())
    return [
        f"{name} by {sort}: {problem}"
        for name in ViewName
        for sort in (SortBy.NAME, SortBy.CPU)
        for problem in wrong(build(moment, Arrangement(name, sort)))
    ]


def test_every_view_of_this_machine_is_sound() -> None:
    assert problems_of_all_views() == []


def test_every_view_of_this_machine_is_sound_as_an_ordinary_user(as_nobody: AsNobody) -> None:
    assert as_nobody(problems_of_all_views) == []


def test_there_is_something_to_tell_of_all_that_runs() -> None:
    scene = look()
    for ns in scene.namespaces.values():
        assert everything.of_namespace(scene, ns)[0].rows
    for task in scene.processes.values():
        assert everything.of_process(scene, task)[0].rows


def test_a_namespace_comes_is_told_and_goes(require_root: None, spawn: Spawn) -> None:
    scanner = Scanner()
    moment = first(scanner.scan(EVERYTHING))
    child = spawn(unshare=linux.CLONE_NEWNET, name=b"comes-and-goes")
    moment = following(moment, scanner.scan(EVERYTHING))
    ns = _namespace(moment.snapshot, child.inode("net")).id
    task = moment.snapshot.processes[child.pid]

    view = build(moment, Arrangement())
    row = view.find(NamespaceSubject(ns))
    assert row is not None
    assert NEW in view.marks(row)
    assert view.pids(row) == (child.pid,)
    assert (What.BORN, ns) in _told(moment)

    child.end()
    moment = following(moment, scanner.scan(EVERYTHING))
    view = build(moment, Arrangement())
    assert ENDED in view.marks(row)
    assert view.subject((*row, (task.pid, task.starttime))) == TaskSubject(task.id)  # type: ignore[misc]
    assert moment.details(task.id).cmdline
    assert (What.DIED, ns) in _told(moment)

    for _ in range(3):
        moment = following(moment, scanner.scan(EVERYTHING))
    assert row not in build(moment, Arrangement())
    assert (What.DIED, ns) in _told(moment), "the log keeps what the views let go"


def test_user_namespaces_hang_below_the_one_they_were_made_in(as_nobody: AsNobody) -> None:
    def outline() -> list[object]:
        from tests.processes import start

        outer = start(unshare=linux.CLONE_NEWUSER, function=lambda: _inner())
        try:
            view = build(first(look()), Arrangement(ViewName.OWNER))
            inner = next(
                task for task in view.moment.snapshot.processes.values() if task.comm == "inner-user"
            )
            ns = view.moment.snapshot.namespace_of(inner, Kind.USER)
            assert ns is not None
            above = view.parent(("ns", ns.id))
            assert isinstance(above, tuple)
            return [above[1].inode, outer.inode("user")]
        finally:
            outer.end()

    found, outer = as_nobody(outline)
    assert found == outer


def _inner() -> None:
    """In a user namespace: a child with one of its own, which ends with us."""
    from tests.processes import start

    start(unshare=linux.CLONE_NEWUSER, name=b"inner-user")


@pytest.fixture
def only_a_file(require_root: None, spawn: Spawn) -> Iterator[tuple[int, int]]:
    """A network namespace that nothing but a file of ours holds: (inode, fd)."""
    child = spawn(unshare=linux.CLONE_NEWNET)
    fd = os.open(f"/proc/{child.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        inode = child.inode("net")
        child.end()
        yield inode, fd
    finally:
        try:
            os.close(fd)
        except OSError:
            pass


def test_doing_what_the_explanation_says_ends_the_namespace(only_a_file: tuple[int, int]) -> None:
    inode, fd = only_a_file
    scene = look()
    ns = _namespace(scene, inode)
    assert any(
        sentence.startswith(f"pid {os.getpid()} (") and sentence.endswith(f") closes fd {fd}")
        for sentence in explain(scene, ns).ends_when
    )
    os.close(fd)
    eventually(lambda: _gone(ns.id), "the namespace ends with its last file")


def test_the_init_of_a_pid_namespace_takes_the_others_along(require_root: None, spawn: Spawn) -> None:
    def second() -> None:
        from tests.processes import start

        start(name=b"second")

    init = spawn(second, unshare=linux.CLONE_NEWPID, name=b"first")
    scene = look()
    ns = _namespace(scene, init.inode("pid"))
    assert len(ns.processes) == 2
    assert explain(scene, ns).ends_when[0] == (
        f"its init, pid {init.pid} (first), ends (the kernel then kills all others in it)"
    )
    init.end()
    eventually(lambda: not _members(ns.id), "all of them end")


@pytest.mark.parametrize(("user", "may"), [(0, True), (NOBODY, True), (NOBODY - 1, False)])
def test_the_kernel_allows_what_the_capability_rule_says(
    require_root: None, spawn: Spawn, user: int, may: bool
) -> None:
    """setns(2) into a user namespace asks for CAP_SYS_ADMIN there."""
    target = spawn(unshare=linux.CLONE_NEWUSER, user=NOBODY)
    asking = spawn(user=user)
    fd = os.open(f"/proc/{target.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    try:
        scene = look()
        ns = _namespace(scene, target.inode("user"))
        ability = capabilities_in(scene, scene.processes[asking.pid], ns)
        assert ability.mask is not None
        assert bool(ability.mask >> BITS["cap_sys_admin"] & 1) is may
        assert call(_joins(fd), user=user, keep=(fd,)) is may
    finally:
        os.close(fd)


def test_nobody_in_a_user_namespace_may_do_nothing_outside(require_root: None, spawn: Spawn) -> None:
    inside = spawn(unshare=linux.CLONE_NEWUSER, user=NOBODY)
    other = spawn(unshare=linux.CLONE_NEWUSER, user=NOBODY)
    scene = look()
    for ns in (_namespace(scene, other.inode("user")), _namespace(scene, linux.inode("self", "net"))):
        assert capabilities_in(scene, scene.processes[inside.pid], ns).mask == 0
    fd = os.open(f"/proc/{other.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    try:
        assert call(_joins(fd), user=NOBODY, unshare=linux.CLONE_NEWUSER, keep=(fd,)) is False
    finally:
        os.close(fd)


def _joins(fd: int) -> Callable[[], bool]:
    def joins() -> bool:
        try:
            linux.setns(fd, linux.CLONE_NEWUSER)
        except PermissionError:
            return False
        return True

    return joins


def _namespace(scene: Snapshot, inode: int) -> Namespace:
    ns = scene.by_inode(inode)
    assert ns is not None
    return ns


def _gone(identity: NamespaceId) -> bool:
    return identity not in look().namespaces


def _members(identity: NamespaceId) -> tuple[int, ...]:
    ns = look().namespaces.get(identity)
    return () if ns is None else ns.processes


def _told(moment: Moment) -> list[tuple[What, NamespaceId]]:
    return [(entry.change.what, entry.change.namespace) for entry in moment.log.entries]
