"""From what the sources found to an immutable snapshot."""

import os
import time
from collections.abc import Mapping

from nsview.discovery.findings import Found
from nsview.discovery.source import Context
from nsview.kernel.procfs import Procfs
from nsview.model.certainty import Certainty
from nsview.model.kind import NO_LINKS, POSITION, Kind
from nsview.model.namespace import Namespace, NamespaceId, Relation, Unseen
from nsview.model.process import Task
from nsview.model.snapshot import Host, Report, Snapshot


def freeze(
    context: Context,
    identities: Mapping[int, NamespaceId],
    user_names: Mapping[int, str],
    report: Report,
) -> Snapshot:
    findings = context.findings
    host = find_host(context)
    in_order = sorted(findings.namespaces.values(), key=lambda ns: (POSITION[ns.kind], ns.inode))
    namespaces = {identities[ns.inode]: _namespace(context, ns, identities, host) for ns in in_order}
    inferred: dict[int, dict[Kind, NamespaceId]] = {}
    for ns in in_order:
        for pid in ns.inferred:
            inferred.setdefault(pid, {})[ns.kind] = identities[ns.inode]
    for (kind, mark), pids in findings.inferred.items():
        identity = NamespaceId(kind, 0, mark)
        namespaces[identity] = _inferred(identity, pids, findings.processes)
        for pid in pids:
            inferred.setdefault(pid, {})[kind] = identity
    return Snapshot(
        time=time.time(),
        kinds=context.kinds,
        processes=findings.processes,
        threads=findings.threads,
        namespaces=namespaces,
        details=findings.details,
        usage=findings.usage,
        inferred=inferred,
        user_names=user_names,
        host=host,
        report=report,
        net_ids=findings.net_ids,
        uptime=time.clock_gettime(time.CLOCK_BOOTTIME),
        ticks_per_second=os.sysconf("SC_CLK_TCK"),
    )


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
        processes=tuple(ns.processes),
        inferred=tuple(ns.inferred),
        threads=tuple(ns.threads),
        pins=tuple(ns.pins),
        host=ns.inode == host.links.of(ns.kind),
        certainty=Certainty.VANISHED if ns.vanished else Certainty.KNOWN,
        oldest=ns.oldest[1] if ns.oldest else None,
        tasks=ns.tasks or len(ns.inferred),
    )


def _inferred(identity: NamespaceId, pids: list[int], processes: Mapping[int, Task]) -> Namespace:
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
