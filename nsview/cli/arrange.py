"""Which namespaces stand under which: the trees of `nsview list -T`."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId, Relation, Unseen
from nsview.model.snapshot import Snapshot

INVISIBLE = NamespaceId(Kind.USER, 0, -1)
"""Stands for the owners above our own user namespace, which may not be seen."""


class Node(NamedTuple):
    id: NamespaceId
    depth_guides: str
    kids: list["Node"]

    @property
    def invisible(self) -> bool:
        """Not one namespace but the place of those that may not be seen."""
        return self.id == INVISIBLE


def forest(snapshot: Snapshot, shown: Sequence[Namespace], relation: str) -> list[Node]:
    """The shown namespaces as trees; one whose relative is not shown hangs from the next that is."""
    above = {"owner": _owner, "parent": _parent, "process": _split_from}[relation]
    wanted = {ns.id for ns in shown}
    kids: dict[NamespaceId | None, list[NamespaceId]] = {}
    for ns in shown:
        over = above(snapshot, ns)
        seen = {ns.id}
        while isinstance(over, NamespaceId) and over not in wanted and over not in seen:
            seen.add(over)
            over = above(snapshot, snapshot.namespaces[over])
        if over is Unseen.INVISIBLE:
            kids.setdefault(INVISIBLE, []).append(ns.id)
        else:
            kids.setdefault(over if isinstance(over, NamespaceId) else None, []).append(ns.id)
    roots = ([INVISIBLE] if INVISIBLE in kids else []) + kids.get(None, [])
    return list(_grow(roots, kids))


def _grow(roots: list[NamespaceId], kids: dict[NamespaceId | None, list[NamespaceId]]) -> Iterator[Node]:
    """Depth is bounded by the kernel: 32 levels of pid and user namespaces."""

    def grow(identity: NamespaceId, guide: str, below: str) -> Node:
        children = kids.get(identity, [])
        nodes = []
        for place, child in enumerate(children):
            last = place == len(children) - 1
            nodes.append(grow(child, below + ("└─" if last else "├─"), below + ("  " if last else "│ ")))
        return Node(identity, guide, nodes)

    return (grow(root, "", "") for root in roots)


def flat(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from flat(node.kids)


def _owner(snapshot: Snapshot, ns: Namespace) -> Relation:
    return ns.owner


def _parent(snapshot: Snapshot, ns: Namespace) -> Relation:
    return ns.parent


def _split_from(snapshot: Snapshot, ns: Namespace) -> Relation:
    """The namespace of the same kind that the nearest ancestor of its first process outside of it is in."""
    task = snapshot.processes.get(ns.first) if ns.first is not None else None
    seen: set[int] = set()
    while task is not None and task.ppid not in seen:
        seen.add(task.ppid)
        task = snapshot.processes.get(task.ppid)
        if task is not None:
            home = snapshot.namespace_of(task, ns.kind)
            if home is not None and home.id != ns.id:
                return home.id
    return None
