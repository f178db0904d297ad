"""Holders in words: who or what, and where. Names in them are raw, as their owners picked them."""

import re
from collections.abc import Sequence

from nsview.model.holder import Holder, How
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.snapshot import Snapshot


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def counted(count: int, what: str, plural: str = "") -> str:
    """`1 process`, `2 processes`."""
    return f"{count:,} {what if count == 1 else plural or what + 's'}"


def process(snapshot: Snapshot, pid: int | None) -> str:
    """`pid 4711 (sshd)`."""
    task = None if pid is None else snapshot.processes.get(pid)
    return f"pid {pid}" if task is None else f"pid {pid} ({task.comm})"


def task(snapshot: Snapshot, holder: Holder) -> str:
    """The process or thread of a holder."""
    who = process(snapshot, holder.pid)
    return who if holder.tid is None else f"thread {holder.tid} of {who}"


def relative(holder: Holder) -> str:
    return f"{holder.ns_kind}:[{holder.ns}]"


def mount_namespace(snapshot: Snapshot, inode: int | None) -> str:
    """`the host's mount namespace`, or its number and who is in it."""
    if inode is not None and inode == snapshot.host.links.of(Kind.MNT):
        return "the host's mount namespace"
    name = f"{Kind.MNT}:[{inode}]"
    pid = member(snapshot, inode)
    return f"{name} without a process" if pid is None else f"{name} of {process(snapshot, pid)}"


def member(snapshot: Snapshot, inode: int | None) -> int | None:
    """A process that is in this namespace."""
    ns: Namespace | None = None if inode is None else snapshot.by_inode(inode)
    return None if ns is None else ns.first


def place(snapshot: Snapshot, holder: Holder) -> str:
    """Where a holder is, beside its sort: `fd 9 of pid 4711 (sshd)`."""
    match holder.how:
        case How.PROCESS | How.THREAD:
            return task(snapshot, holder)
        case How.FD | How.SOCKET:
            return f"fd {holder.fd} of {task(snapshot, holder)}"
        case How.MOUNT:
            return f"{holder.path} in {mount_namespace(snapshot, holder.mnt_ns)}{covered(holder)}"
        case How.FOR_CHILDREN:
            return f"prepared for the children of {task(snapshot, holder)}"
        case How.CHILD | How.OWNED:
            return relative(holder)


def covered(holder: Holder) -> str:
    return ", under another mount" if holder.hidden else ""


_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+=-]+")


def quoted(path: str) -> str:
    """A path as a shell takes it."""
    return path if _PLAIN.fullmatch(path) else "'" + path.replace("'", "'\"'\"'") + "'"
