"""What a process could do in a namespace."""

import pytest

from nsview.model.capability import KNOWN
from nsview.model.capability_rule import capabilities_in
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, Unseen
from nsview.model.process import Capabilities, Details
from nsview.model.snapshot import Snapshot
from tests.model.snapshots import HOST, NET, USER, namespace, process, snapshot

ALICES, INNER, BOBS = USER + 1000, USER + 1001, USER + 1002
NET_ADMIN = 1 << 12


def details(effective: int, euid: int = 0) -> Details:
    return Details(
        capabilities=Capabilities(0, effective, effective, KNOWN, 0), uids=(euid, euid, euid, euid)
    )


@pytest.fixture
def scene() -> Snapshot:
    """Alice (1000) made a user namespace, in it is another one; bob (1001) made one beside."""
    return snapshot(
        [
            process(1),
            process(2, uid=1000),
            process(3, uid=1001),
            process(4, uid=1000, user=ALICES),
            process(5, uid=1000, user=INNER),
            process(6, unreadable=True),
            process(7, uid=1000),
        ],
        [
            namespace(Kind.USER, ALICES, parent=USER, creator_uid=1000),
            namespace(Kind.USER, INNER, parent=ALICES, owner=ALICES, creator_uid=1000),
            namespace(Kind.USER, BOBS, parent=USER, creator_uid=1001),
            namespace(Kind.NET, NET + 1000, owner=ALICES),
            namespace(Kind.NET, NET + 1001, owner=INNER),
            namespace(Kind.NET, NET + 1002, owner=Unseen.INVISIBLE),
        ],
        details={
            1: details(KNOWN),
            2: details(0, 1000),
            3: details(0, 1001),
            4: details(NET_ADMIN, 1000),
            5: details(KNOWN, 1000),
            6: details(KNOWN),
        },
    )


@pytest.mark.parametrize(
    ("pid", "inode", "mask", "why"),
    [
        (1, HOST.net, KNOWN, "it is in user"),
        (1, ALICES, KNOWN, "it is in an ancestor"),
        (1, NET + 1001, KNOWN, "it is in an ancestor"),
        (2, HOST.net, 0, "it is in user"),
        (2, ALICES, KNOWN, "its user, alice, has made it"),
        (2, NET + 1000, KNOWN, "its user, alice, has made it"),
        (2, NET + 1001, KNOWN, f"its user, alice, has made user:[{ALICES}] above it"),
        (2, BOBS, 0, "it is in an ancestor"),
        (3, ALICES, 0, "it is in an ancestor"),
        (3, BOBS, KNOWN, "its user, 1001, has made it"),
        (4, NET + 1000, NET_ADMIN, "it is in user"),
        (4, HOST.net, 0, "is not below"),
        (4, BOBS, 0, "is not below"),
        (4, INNER, KNOWN, "its user, alice, has made it"),
        (5, NET + 1000, 0, "is not below"),
        (5, NET + 1001, KNOWN, "it is in user"),
        (1, NET + 1002, None, "the owner of"),
        (6, HOST.net, None, "its user namespace may not be read"),
        (7, HOST.net, None, "its capabilities are not known"),
        (7, ALICES, KNOWN, "its user, alice, has made it"),
    ],
)
def test_the_rule(scene: Snapshot, pid: int, inode: int, mask: int | None, why: str) -> None:
    ability = capabilities_in(scene, scene.processes[pid], _by_inode(scene, inode))
    assert ability.mask == mask
    assert why in ability.reason


def test_an_ancestor_that_may_not_be_seen() -> None:
    scene = snapshot(
        [process(1), process(2, user=ALICES)],
        [
            namespace(Kind.USER, ALICES, parent=Unseen.INVISIBLE, owner=Unseen.INVISIBLE),
            namespace(Kind.USER, BOBS, parent=Unseen.INVISIBLE, owner=Unseen.INVISIBLE),
        ],
        details={2: details(KNOWN)},
    )
    assert capabilities_in(scene, scene.processes[2], _by_inode(scene, BOBS)).mask is None
    assert capabilities_in(scene, scene.processes[2], _by_inode(scene, ALICES)).mask == KNOWN


def test_a_ring_of_ancestors_ends() -> None:
    scene = snapshot(
        [process(1)],
        [namespace(Kind.USER, ALICES, parent=INNER), namespace(Kind.USER, INNER, parent=ALICES)],
        details={1: details(KNOWN)},
    )
    assert capabilities_in(scene, scene.processes[1], _by_inode(scene, ALICES)).mask is None


def _by_inode(scene: Snapshot, inode: int) -> Namespace:
    ns = scene.by_inode(inode)
    assert ns is not None
    return ns
