"""Network namespaces that only a socket holds: made there, kept by a process that has since left."""

import errno
import os
from collections.abc import Iterator

from nsview.discovery.descriptors import OpenSocket, table
from nsview.discovery.findings import Pin
from nsview.discovery.source import Context
from nsview.kernel.procfs import GONE
from nsview.kernel.reach import open_of_socket
from nsview.model.holder import Holder, How
from nsview.model.kind import Kind


def collect(context: Context, sockets: list[OpenSocket]) -> Iterator[Pin]:
    """Ask each distinct socket once for its network namespace; tell those that are not their process's own.

    A copy of the socket is taken (pidfd_getfd(2), Linux 5.6) and asked (SIOCGSKNS, Linux 4.10); the copy is
    closed at once. Sockets of a process in its own network namespace end with it and are not told.
    """
    if not context.proc.is_ours:
        context.findings.left_out["sockets"] = "this /proc shows another pid namespace than our own"
        return
    findings = context.findings
    where: dict[int, int] = {}
    for socket in sockets:
        task = findings.processes.get(socket.pid)
        if task is None or task.starttime != socket.starttime:
            continue
        inode = where.get(socket.inode)
        if inode is None:
            inode = _ask(context, socket)
            if inode is None:
                continue  # closed meanwhile; another may still have it
            where[socket.inode] = inode
        home = findings.threads.get(socket.tid, task).links.net
        if inode and inode != home:
            tid = None if socket.tid == task.pid else socket.tid
            holder = Holder(How.SOCKET, task.pid, task.starttime, tid=tid, fd=socket.fd)
            place = context.proc.path(task.pid, f"{table(task.pid, socket.tid)}/{socket.fd}")
            yield Pin(Kind.NET, inode, holder, place, f"socket:[{socket.inode}]")


def _ask(context: Context, socket: OpenSocket) -> int | None:
    """Inode of a socket's network namespace; 0 when it may not be told, None when it is there no more."""
    try:
        tid = None if socket.tid == socket.pid else socket.tid
        fd = open_of_socket(socket.pid, tid, socket.fd, socket.inode)
    except OSError as error:
        if error.errno in (*GONE, errno.EBADF):
            return None
        context.findings.problems.add("sockets", f"fd {socket.fd} of pid {socket.pid}", error)
        return 0
    try:
        return os.fstat(fd).st_ino
    finally:
        os.close(fd)
