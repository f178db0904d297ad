"""Who is in which namespace."""

from nsview.discovery.findings import Findings
from nsview.discovery.source import Context
from nsview.model.kind import KINDS


def collect(context: Context) -> None:
    """Put every task into its namespaces: by sets of links, of which there are few, however many tasks."""
    findings = context.findings
    tasks = findings.processes
    for links, pids in findings.groups().items():
        oldest = min((tasks[pid].starttime, pid) for pid in pids)
        threads = sum(tasks[pid].threads for pid in pids)
        for kind, inode in zip(KINDS, links, strict=False):
            if inode > 0:
                found = findings.namespace(kind, inode)
                found.processes += pids
                found.tasks += threads
                found.oldest = oldest if found.oldest is None else min(found.oldest, oldest)
    for ns in findings.namespaces.values():
        ns.processes.sort()
    for tid, thread in findings.threads.items():
        leader = tasks[thread.tgid]
        for kind, here, home in zip(KINDS, thread.links, leader.links, strict=False):
            if here > 0 and here != home:
                found = findings.namespace(kind, here)
                found.threads.append((thread.tgid, tid))
                found.tasks += 1
                if home > 0:
                    findings.namespace(kind, home).tasks -= 1


def shown(findings: Findings) -> set[int]:
    """The processes that a table of namespaces names: first and oldest members, and holders."""
    wanted: set[int] = set()
    for ns in findings.namespaces.values():
        wanted.update((ns.processes or ns.inferred)[:1])
        if ns.oldest is not None:
            wanted.add(ns.oldest[1])
        wanted.update(tgid for tgid, _ in ns.threads)
        wanted.update(pin.pid for pin in ns.pins if pin.pid is not None)
    for pids in findings.inferred.values():
        wanted.update(pids[:1])
    return wanted
