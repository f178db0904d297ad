"""Where processes are whose links may not be read: by what any user may read of any process.

/proc/PID/net/dev has one inode number per network namespace, and the id of the first mount in
/proc/PID/mountinfo is one per mount namespace (a chroot changes it, so it can only add groups). Neither needs
ptrace rights.
"""

from collections.abc import Callable

from nsview.discovery.source import Context
from nsview.kernel.procfs import Procfs
from nsview.model.kind import UNREADABLE_LINKS, Kind


def collect(context: Context) -> None:
    """Add the processes that cannot be read to the namespaces they must be in, or to groups of their own."""
    findings = context.findings
    unreadable = [pid for pid, task in findings.processes.items() if task.links is UNREADABLE_LINKS]
    if not unreadable:
        return
    for kind, token in _TOKENS.items():
        if kind not in context.kinds:
            continue
        known: dict[int, int] = {}
        for ns in findings.namespaces.values():
            if ns.kind is kind:
                for pid in (*ns.processes[:8], *ns.processes[-8:]):
                    mark = _mark(context.proc, pid, token)
                    if mark is not None:
                        known[mark] = ns.inode
        for pid in unreadable:
            mark = _mark(context.proc, pid, token)
            if mark is None:
                continue
            inode = known.get(mark)
            if inode is not None:
                findings.namespaces[inode].inferred.append(pid)
            else:
                findings.inferred.setdefault((kind, mark), []).append(pid)


def _net(proc: Procfs, pid: int) -> int:
    return proc.stat(pid, "net/dev").st_ino


def _mnt(proc: Procfs, pid: int) -> int:
    return int(proc.read(pid, "mountinfo", 64).split(b" ", 1)[0])


_TOKENS: dict[Kind, Callable[[Procfs, int], int]] = {Kind.NET: _net, Kind.MNT: _mnt}


def _mark(proc: Procfs, pid: int, token: Callable[[Procfs, int], int]) -> int | None:
    """What tells this process's namespace apart; None for kernel threads, zombies, and what has ended."""
    try:
        return token(proc, pid)
    except (OSError, ValueError):
        return None
