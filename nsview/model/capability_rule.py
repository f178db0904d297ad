"""What a process could do in a namespace: the kernel's rule for capabilities in user namespaces.

A process has in its own user namespace the capabilities of its effective set; in those below it the same, or
all of them below one that its own user has made; in any other none (user_namespaces(7), "Capabilities"). A
namespace of another kind counts as the user namespace that owns it.
"""

from typing import NamedTuple

from nsview.model.capability import KNOWN
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId, Relation
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot


class Ability(NamedTuple):
    mask: int | None
    """Bits of capabilities; None where it cannot be told."""
    reason: str


def capabilities_in(snapshot: Snapshot, task: Task, namespace: Namespace) -> Ability:
    """What `task` may do in `namespace`, by its effective capabilities and its effective user.

    Security modules and seccomp may forbid more. `reason` is a sentence without a full stop.
    """
    home = snapshot.namespace_of(task, Kind.USER)
    if home is None:
        return Ability(None, "its user namespace may not be read")
    target: Relation = namespace.id if namespace.kind is Kind.USER else namespace.owner
    if not isinstance(target, NamespaceId):
        return Ability(None, f"the owner of {namespace.id} may not be seen")
    if target == home.id:
        return _effective(snapshot, task, f"it is in {home.id}, whose capabilities count there")
    below = target
    seen = {below}
    while True:
        ns = snapshot.namespaces.get(below)
        above: Relation = None if ns is None else ns.parent
        if above is None and ns is not None:
            return Ability(0, f"{target} is not below {home.id}, in which it is")
        if ns is None or not isinstance(above, NamespaceId) or above in seen:
            return Ability(None, f"an ancestor of {target} may not be seen")
        if above == home.id:
            return _from_above(snapshot, task, ns, target)
        seen.add(above)
        below = above


def _from_above(snapshot: Snapshot, task: Task, child: Namespace, target: NamespaceId) -> Ability:
    """`child` is the namespace on the way from the task's own down to `target`, or `target` itself."""
    uids = snapshot.detail(task.tgid).uids
    euid = uids[1] if uids is not None else task.uid
    if child.creator_uid is not None and child.creator_uid == euid:
        which = "it" if child.id == target else f"{child.id} above it"
        return Ability(KNOWN, f"its user, {snapshot.user_name(euid)}, has made {which}")
    return _effective(snapshot, task, f"it is in an ancestor of {target}")


def _effective(snapshot: Snapshot, task: Task, reason: str) -> Ability:
    sets = snapshot.detail(task.tgid).capabilities
    if sets is None:
        return Ability(None, f"{reason}, but its capabilities are not known")
    return Ability(sets.effective, reason)
