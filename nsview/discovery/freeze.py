"""From what the sources found to an immutable snapshot."""

import os
import time
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from nsview.discovery.findings import Findings, Found
from nsview.discovery.source import Context
from nsview.kernel.procfs import Procfs
from nsview.model.certainty import Certainty
from nsview.model.kind import NO_LINKS, POSITION, Kind
from nsview.model.namespace import Namespace, NamespaceId, Relation, Unseen
from nsview.model.process import Task
from nsview.model.snapshot import Host, Report, Snapshot


class Freezer:
    """Makes one snapshot after the other. What has not changed from one to the next is the same object in
    both, up to whole mappings: who compares two snapshots may begin with `is`."""

    def __init__(self) -> None:
        self.last: Snapshot | None = None
        self._frozen: dict[int, Namespace] = {}
        """By inode number, in the order of the snapshot."""
        self._groups: dict[NamespaceId, Namespace] = {}
        self._above: dict[int, object] = {}
        """What others take from a namespace that they hang from."""
        self._proxies: dict[str, tuple[object, Mapping[int, Any]]] = {}

    def freeze(
        self,
        context: Context,
        identities: Mapping[int, NamespaceId],
        user_names: Mapping[int, str],
        report: Report,
    ) -> Snapshot:
        findings, last = context.findings, self.last
        host = find_host(context)
        stale = self._stale(findings, identities, everything=last is None or last.host.links != host.links)
        changed, moved = self._freeze_again(context, stale, identities, host)
        groups, inferred = _inferred(findings, identities)
        namespaces: Mapping[NamespaceId, Namespace]
        if last is not None and not changed and groups == self._groups:
            namespaces = last.namespaces
        else:
            namespaces = MappingProxyType({ns.id: ns for ns in self._frozen.values()} | groups)
        self._groups = groups
        self.last = Snapshot(
            time=time.time(),
            kinds=context.kinds,
            processes=self._shared("processes", findings.processes),
            threads=self._shared("threads", findings.threads),
            namespaces=namespaces,
            details=self._shared("details", findings.details),
            usage=self._shared("usage", findings.usage),
            inferred=inferred if last is None or inferred != last.inferred else last.inferred,
            user_names=user_names,
            host=host,
            report=report,
            net_ids=findings.net_ids,
            uptime=time.clock_gettime(time.CLOCK_BOOTTIME),
            ticks_per_second=os.sysconf("SC_CLK_TCK"),
            related_as=None if moved else last,
        )
        return self.last

    def _stale(
        self, findings: Findings, identities: Mapping[int, NamespaceId], everything: bool
    ) -> Collection[int]:
        """The namespaces that must be looked at: touched, or hanging from one that is another one by now."""
        namespaces = findings.namespaces
        stale = findings.touched & namespaces.keys()
        above = {
            inode: (identities[inode], namespaces[inode].creator_uid)
            for inode in stale
            if namespaces[inode].kind.hierarchical
        }
        others = {inode for inode, facts in above.items() if self._above.get(inode) != facts}
        self._above.update(above)
        if everything:
            return namespaces.keys()
        if others:
            stale |= {ns.inode for ns in namespaces.values() if ns.owner in others or ns.parent in others}
        return stale

    def _freeze_again(
        self,
        context: Context,
        stale: Collection[int],
        identities: Mapping[int, NamespaceId],
        host: Host,
    ) -> tuple[bool, bool]:
        """Whether any namespace is otherwise than before, and whether any is another or hangs elsewhere."""
        found, before = context.findings.namespaces, self._frozen
        frozen = before.copy()
        for inode in before.keys() - found.keys():
            del frozen[inode]
            self._above.pop(inode, None)
        changed = moved = len(frozen) < len(before)
        for inode in stale:
            ns, was = _namespace(context, found[inode], identities, host), frozen.get(inode)
            if ns != was:
                frozen[inode] = ns
                changed = True
                moved |= was is None or (ns.id, ns.owner, ns.parent) != (was.id, was.owner, was.parent)
        if moved:
            frozen = dict(sorted(frozen.items(), key=lambda item: (POSITION[item[1].kind], item[0])))
        self._frozen = frozen
        return changed, moved

    def _shared(self, name: str, mapping: dict[int, Any]) -> Mapping[int, Any]:
        """What nobody can change it by: the same as in the last snapshot if the mapping is."""
        before, proxy = self._proxies.get(name, (None, None))
        if proxy is None or before is not mapping:
            proxy = MappingProxyType(mapping)
            self._proxies[name] = (mapping, proxy)
        return proxy


def _inferred(
    findings: Findings, identities: Mapping[int, NamespaceId]
) -> tuple[dict[NamespaceId, Namespace], dict[int, dict[Kind, NamespaceId]]]:
    """The groups that match no known namespace, and where all those are whose links may not be read."""
    places: dict[int, dict[Kind, NamespaceId]] = {}
    for ns in findings.namespaces.values():
        for pid in ns.inferred:
            places.setdefault(pid, {})[ns.kind] = identities[ns.inode]
    groups = {}
    for (kind, mark), pids in findings.inferred.items():
        identity = NamespaceId(kind, 0, mark)
        groups[identity] = _group(identity, pids, findings.processes)
        for pid in pids:
            places.setdefault(pid, {})[kind] = identity
    return groups, places


def find_host(context: Context) -> Host:
    """Whose namespaces are the host's: the first that can be read of pid 1, pid 2 and this process.

    Pid 1's links can be unreadable even to root, when it has a capability that root lacks.
    """
    processes = context.findings.processes
    for pid in (1, 2):
        task = processes.get(pid)
        if task is not None and all(task.links.of(kind) > 0 for kind in context.kinds):
            return Host(task.links, f"pid {pid} (kernel thread)" if task.kernel else f"pid {pid}")
    for proc in (context.proc, Procfs()):
        try:
            return Host(proc.links("self"), "this process")
        except OSError:
            continue
    return Host(NO_LINKS, "nothing that can be read")


def _namespace(context: Context, ns: Found, identities: Mapping[int, NamespaceId], host: Host) -> Namespace:
    return Namespace(
        id=identities[ns.inode],
        device=ns.device,
        kernel_id=ns.kernel_id,
        owner=_relation(ns.owner, identities),
        parent=_relation(ns.parent, identities),
        creator_uid=_creator(context, ns),
        processes=ns.processes,
        inferred=tuple(ns.inferred),
        threads=ns.threads,
        pins=tuple(ns.pins),
        host=ns.inode == host.links.of(ns.kind),
        certainty=Certainty.VANISHED if ns.vanished else Certainty.KNOWN,
        oldest=ns.oldest[1] if ns.oldest else None,
        tasks=ns.tasks or len(ns.inferred),
    )


def _group(identity: NamespaceId, pids: list[int], processes: Mapping[int, Task]) -> Namespace:
    return Namespace(
        id=identity,
        device=0,
        kernel_id=None,
        owner=Unseen.UNKNOWN,
        parent=None,
        creator_uid=None,
        processes=(),
        inferred=tuple(pids),
        threads=(),
        pins=(),
        host=False,
        certainty=Certainty.INFERRED,
        oldest=min(pids, key=lambda pid: (processes[pid].starttime, pid)),
        tasks=sum(processes[pid].threads for pid in pids),
    )


def _relation(relation: int | Unseen | None, identities: Mapping[int, NamespaceId]) -> Relation:
    return identities[relation] if isinstance(relation, int) else relation


def _creator(context: Context, ns: Found) -> int | None:
    """Who made it: the kernel tells only of user namespaces, so of the others the owner's."""
    if ns.creator_uid is not None or not isinstance(ns.owner, int):
        return ns.creator_uid
    owner = context.findings.namespaces.get(ns.owner)
    return owner.creator_uid if owner else None
