"""Why a namespace is alive, and what would have to end for it to go away (namespaces(7)).

A namespace ends when nothing holds it any more: no member, no open file, no bind mount, no link for children,
and no namespace that is its child or that it owns; those are held in the same ways.
"""

from collections.abc import Iterator
from typing import NamedTuple

from nsview.model import places
from nsview.model.certainty import Certainty
from nsview.model.group import Sort, group_of
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace, NamespaceId
from nsview.model.places import counted, listed
from nsview.model.places import place as place
from nsview.model.snapshot import Snapshot

NAMED = 3
"""Holders of one sort that are named one by one; more are counted."""
TOLD = 20
"""Conditions that are told one by one; more are counted."""


class Explanation(NamedTuple):
    """Sentences for people, without full stops. What others named is in them as they named it."""

    reasons: tuple[str, ...]
    """What holds it, one sort of holder each: `3 processes`."""
    ends_when: tuple[str, ...]
    """All of this has to come true: `pid 4711 (sshd) closes fd 9`."""
    dead_ends: tuple[str, ...]
    """What could not be found out, and what would help."""


def explain(snapshot: Snapshot, ns: Namespace) -> Explanation:
    """What is known of why `ns` is alive."""
    reasons = tuple(_reasons(snapshot, ns))
    forever = _forever(snapshot, ns)
    if forever:
        return Explanation((*reasons, forever[0]), (forever[1],), ())
    ends_when = list(_conditions(snapshot, ns))
    if len(ends_when) > TOLD:
        more = counted(len(ends_when) - TOLD, "further holder")
        ends_when[TOLD:] = [f"{more} of it, or of what it owns, let go"]
    return Explanation(reasons, tuple(ends_when), tuple(_dead_ends(snapshot, ns, bool(ends_when))))


# ---- the host's


def _forever(snapshot: Snapshot, ns: Namespace) -> tuple[str, str] | None:
    """Of what lasts as long as the machine: why, and when it ends."""
    kernel = next((pid for pid in ns.processes[:16] if snapshot.processes[pid].kernel), None)
    if ns.inode and (ns.inode == ns.kind.initial_inode or (ns.host and kernel is not None)):
        return "it is the first of its kind, which the kernel itself keeps", "the machine stops"
    if kernel is not None:
        return f"{places.process(snapshot, kernel)} in it is a kernel thread", "the machine stops"
    if ns.host:
        why = f"it is the host's, as {snapshot.host.witness} is in it"
        return why, "the machine or container that we are in stops"
    return None


# ---- what holds it


def _reasons(snapshot: Snapshot, ns: Namespace) -> Iterator[str]:
    by_sort: dict[How, list[Holder]] = {}
    for holder in snapshot.holders(ns):
        by_sort.setdefault(holder.how, []).append(holder)
    for how in How:
        holders = by_sort.get(how)
        if holders:
            yield _reason(snapshot, how, holders)


def _reason(snapshot: Snapshot, how: How, holders: list[Holder]) -> str:
    if how in (How.CHILD, How.OWNED):
        kinds: dict[str, int] = {}
        for holder in holders:
            kinds[str(holder.ns_kind)] = kinds.get(str(holder.ns_kind), 0) + 1
        what = listed([f"{count:,} {kind}" for kind, count in kinds.items()])
        if how is How.CHILD:
            what = counted(len(holders), f"child {holders[0].ns_kind} namespace")
        else:
            what = f"{what} namespace{'s' * (len(holders) > 1)} that it owns"
        return (
            f"{what}: {listed([places.relative(holder) for holder in holders])}"
            if len(holders) <= NAMED
            else what
        )
    one, many = _NAMES[how]
    what = counted(len(holders), one, many)
    inferred = sum(holder.certainty is Certainty.INFERRED for holder in holders)
    if inferred:
        what += " (inferred)" if inferred == len(holders) else f" ({inferred:,} of them inferred)"
    return (
        what if len(holders) > NAMED else f"{what}: {listed([place(snapshot, holder) for holder in holders])}"
    )


_NAMES = {
    How.PROCESS: ("process", "processes"),
    How.THREAD: ("thread", "threads"),
    How.FD: ("open file", "open files"),
    How.SOCKET: ("socket", "sockets"),
    How.MOUNT: ("bind mount", "bind mounts"),
    How.FOR_CHILDREN: ("link for children", "links for children"),
}


# ---- what would have to end


def _conditions(snapshot: Snapshot, ns: Namespace) -> Iterator[str]:
    """For the namespace itself, then for its children and what it owns, from the near to the far."""
    told = _Told(set(), set())
    seen = {ns.id}
    waiting = [ns.id]
    while waiting:
        generation, waiting = waiting, []
        for identity in generation:
            one = snapshot.namespaces.get(identity)
            if one is None:
                continue
            yield from _of_one(snapshot, one, "it" if identity == ns.id else _relative(one), told)
            for relative in (*snapshot.children(identity), *snapshot.owned(identity)):
                if relative not in seen:
                    seen.add(relative)
                    waiting.append(relative)


def _relative(ns: Namespace) -> str:
    """A namespace that holds another one, as a part of a sentence."""
    if ns.kind.hierarchical and isinstance(ns.parent, NamespaceId):
        return f"{ns.id} (a child of {ns.parent})"
    return f"{ns.id} (owned by {ns.owner})"


class _Told(NamedTuple):
    """Processes of which it is said already that they have to go."""

    members: set[int]
    ending: set[int]
    """Those that have to end, and with them their threads and open files: to leave is not enough."""


def _of_one(snapshot: Snapshot, ns: Namespace, it: str, told: _Told) -> Iterator[str]:
    """What would have to end of the direct holders of one namespace."""
    members = [pid for pid in (*ns.processes, *ns.inferred) if pid not in told.members]
    if members:
        told.members.update(members)
        if ns.kind.hierarchical:
            told.ending.update(members)
        yield _members_end(snapshot, ns, members, it)
    for tgid, tid in ns.threads:
        if tgid not in told.ending:
            yield f"thread {tid} of {places.process(snapshot, tgid)} ends or leaves {it}"
    holding = "" if it == "it" else f", which holds {it}"
    fds: dict[tuple[str, How], list[int]] = {}
    mounts: dict[str, list[Holder]] = {}
    for pin in ns.pins:
        if pin.how is How.MOUNT:
            mounts.setdefault(pin.path or "", []).append(pin)
        elif pin.pid in told.ending:
            continue
        elif pin.fd is not None:
            fds.setdefault((places.task(snapshot, pin), pin.how), []).append(pin.fd)
        else:
            who = places.task(snapshot, pin)
            yield f"{who} ends, or prepares another {ns.kind} namespace than {it} for its children"
    for (who, how), numbers in fds.items():
        what = f"its {'sockets' if len(numbers) > 1 else 'socket'}, " if how is How.SOCKET else ""
        which = f"fd{'s' * (len(numbers) > 1)} {listed([str(fd) for fd in numbers])}"
        yield f"{who} closes {what}{which}{holding}"
    for path, copies in mounts.items():
        yield _unmounted(snapshot, path, copies) + holding


def _members_end(snapshot: Snapshot, ns: Namespace, members: list[int], it: str) -> str:
    if ns.kind is Kind.PID:
        init = _init(snapshot, ns)
        if init is not None and init in members:
            whose = "its init" if it == "it" else f"the init of {it}"
            rest = " (the kernel then kills all others in it)" if len(members) > 1 else ""
            return f"{whose}, {places.process(snapshot, init)}, ends{rest}"
    one = len(members) == 1
    # Nobody leaves a pid namespace; a user namespace only for one below, which holds it just as well.
    end = "ends" if one else "end"
    if not ns.kind.hierarchical:
        end += f" or leaves {it}" if one else f" or leave {it}"
    who = f"{len(members):,} processes"
    if len(members) <= NAMED:
        who = listed([places.process(snapshot, pid) for pid in members])
    return f"{who}{_of_group(snapshot, members)} {end}"


def _of_group(snapshot: Snapshot, members: list[int]) -> str:
    """The container or unit that they all belong to, by which they are stopped."""
    container = _container(snapshot, members)
    if container:
        return f" of {container}"
    groups = {group_of(snapshot.detail(pid).cgroup) for pid in members}
    group = groups.pop()
    return f" of {group.name}" if not groups and group.sort in (Sort.CONTAINER, Sort.UNIT) else ""


def _container(snapshot: Snapshot, members: list[int]) -> str:
    """What the container is called that all of them are in; "" if they are in several, or in none."""
    if snapshot.names is None:
        return ""
    from nsview.model.name import whose

    first = snapshot.names.processes.get(snapshot.processes[members[0]].id)
    if first is None:
        return ""
    names = (snapshot.names.processes.get(snapshot.processes[pid].id) for pid in members)
    alike = all(name is not None and name.container == first.container for name in names)
    return whose((first,)) if alike else ""


def _init(snapshot: Snapshot, ns: Namespace) -> int | None:
    """The process that is number 1 in a pid namespace; its oldest if that is not known."""
    for pid in ns.processes:
        numbers = snapshot.detail(pid).ns_pids
        if numbers and numbers[-1] == 1:
            return pid
    return ns.oldest


def _unmounted(snapshot: Snapshot, path: str, copies: list[Holder]) -> str:
    """The same path in several mount namespaces is mostly one mount and its copies."""
    host = snapshot.host.links.of(Kind.MNT)
    copies = sorted(copies, key=lambda pin: pin.mnt_ns != host)
    first = copies[0]
    where = places.mount_namespace(snapshot, first.mnt_ns)
    what = f"the bind mount {path} in {where} is removed"
    if first.hidden:
        how = " (it lies under another mount, which has to go first)"
    elif first.mnt_ns == host:
        how = f" (umount {places.quoted(path)})"
    else:
        pid = places.member(snapshot, first.mnt_ns)
        enter = "" if pid is None else f"nsenter -t {pid} -m umount {places.quoted(path)}, or "
        how = f" ({enter}that mount namespace ends)"
    others = len({pin.mnt_ns for pin in copies}) - 1
    if others:
        how += f", and its copies in {counted(others, 'other mount namespace')}"
    return what + how


# ---- what is not known


def _dead_ends(snapshot: Snapshot, ns: Namespace, found: bool) -> Iterator[str]:
    report = snapshot.report
    if not found:
        yield f"nothing was found that holds {ns.id}{_perhaps(ns)}"
    if ns.certainty is Certainty.INFERRED:
        yield "it is only known to exist: none of its processes may be read"
    if report.unreadable:
        these = f"{report.unreadable:,} of {counted(report.processes, 'process', 'processes')}"
        yield f"{these} may not be read, and any of them may hold it: root with all capabilities sees more"
    if report.hidden:
        yield "/proc hides other users' processes (hidepid), and any of them may hold it: root sees more"
    for source, why in report.left_out.items():
        yield f"{source} were not looked at: {why}"


def _perhaps(ns: Namespace) -> str:
    """What holds a namespace that was there when it was asked, if nothing that can be found does."""
    if ns.certainty is not Certainty.KNOWN:
        return ""
    return (
        ", though it is alive: an open file on its way through a unix socket may, "
        "a process hidden from us, or the kernel itself"
    )
