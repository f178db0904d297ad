"""Which namespace hangs from which: owners of every kind, parents of pid namespaces."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId, Relation, Unseen

Above: TypeAlias = NamespaceId | Unseen | None
"""Where a namespace hangs; None: it is a root."""


def owner(ns: Namespace) -> Relation:
    """The user namespace that it belongs to: of a user namespace the one that it was made in."""
    return ns.parent if ns.kind is Kind.USER and ns.parent is not None else ns.owner


def parent(ns: Namespace) -> Relation:
    return ns.parent


def hang(
    wanted: Iterable[Namespace],
    find: Callable[[NamespaceId], Namespace | None],
    relation: Callable[[Namespace], Relation],
) -> Mapping[NamespaceId, Above]:
    """Where each of the wanted namespaces hangs, and each of those above them.

    Inode numbers may be given away again while a machine is read, so what it says is not trusted to end: a
    namespace that would be its own ancestor is a root.
    """
    places: dict[NamespaceId, Above] = {}
    for ns in wanted:
        path: set[NamespaceId] = set()
        while ns.id not in places:
            path.add(ns.id)
            above = relation(ns)
            upper = find(above) if isinstance(above, NamespaceId) else None
            if isinstance(above, NamespaceId) and (upper is None or above in path):
                places[ns.id] = None
                break
            places[ns.id] = above
            if upper is None:
                break
            ns = upper
    return places
