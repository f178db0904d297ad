"""Open everything that a plan names, and make sure that it is what was meant, before anything is changed.

Afterwards only these descriptors count: a process number may be given to another process at any time, and an
inode number to another namespace.
"""

import errno
import os
import select
import stat
from typing import NamedTuple

from nsview.actions.launcher.failing import Failed, Step
from nsview.actions.plan import Join, Plan, Reference, Way
from nsview.kernel import joining, nsfs, sealed
from nsview.kernel.stat import parse_stat
from nsview.model.kind import Kind

_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_PASSWD_LIMIT = 1 << 20


class Opened(NamedTuple):
    """Descriptors and contents, all taken while we are still outside."""

    proc: int
    """O_PATH on our own /proc: inside there may be none, or a false one."""
    namespaces: dict[Kind, int]
    own: dict[Kind, int]
    """Our own namespaces, where the way back is needed."""
    root: int | None
    cwd: int | None
    environ: dict[bytes, bytes]
    """That of the reference, if the plan asks for it."""
    passwd: bytes
    """The accounts of the root that will be ours."""
    spare: int | None
    """A sealed static program that can stand in for a shell."""
    cgroups: tuple[int, ...]


class Task:
    """Handles that are bound to one process or thread, not to its number."""

    def __init__(self, pid: int, starttime: int | None, tid: int | None) -> None:
        self.name = f"pid {pid}" if tid is None else f"thread {tid} of pid {pid}"
        self.starttime = starttime
        path = f"/proc/{pid}" if tid is None else f"/proc/{pid}/task/{tid}"
        try:
            self.pidfd = os.pidfd_open(pid)
            self.directory = os.open(path, _DIRECTORY)
        except OSError as error:
            if error.errno in (errno.ESRCH, errno.ENOENT, errno.EINVAL):
                raise Failed("open the process", errno.ESRCH, self.name, "it has ended") from None
            raise
        self.verify()

    def verify(self) -> None:
        """ESRCH: it has ended, or its number belongs to another one now; a zombie counts as ended."""
        try:
            found = parse_stat(read_at(self.directory, "stat"))
        except OSError:
            found = None
        if found is not None and self.starttime is not None and found.starttime != self.starttime:
            words = f"another process has the number now: it started at tick {found.starttime}, not {self.starttime}"
            raise Failed("verify the process", errno.ESRCH, self.name, words)
        if found is None or found.state in ("X", "x"):
            raise Failed("verify the process", errno.ESRCH, self.name, "it has ended")
        if found.state == "Z":
            words = "it is a zombie: it has ended and waits for its parent, and has no namespaces any more"
            raise Failed("verify the process", errno.ESRCH, self.name, words)


class _Tasks:
    """Each task is opened once."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int | None], Task] = {}

    def get(self, pid: int, starttime: int | None, tid: int | None) -> Task:
        task = self._open.get((pid, tid))
        if task is None:
            task = self._open[pid, tid] = Task(pid, starttime, tid)
        return task

    def of(self, reference: Reference) -> Task:
        return self.get(reference.pid, reference.starttime, reference.tid)

    def verify(self) -> None:
        """Once more, now that all is open: what was opened belonged to these tasks as long as they lived.

        The leader of a thread may have ended before; its thread still counts.
        """
        for (_, tid), task in self._open.items():
            task.verify()
            if tid is None and select.select([task.pidfd], [], [], 0)[0]:
                raise Failed("verify the process", errno.ESRCH, task.name, "it has ended")


def open_all(plan: Plan) -> Opened:
    """Everything the plan needs; Failed if something is gone, changed, or may not be opened."""
    with Step("open /proc"):
        proc = os.open("/proc", _DIRECTORY)
    tasks = _Tasks()
    reference = None if plan.reference is None else tasks.of(plan.reference)
    namespaces = {join.kind: _open_namespace(join, tasks) for join in plan.joins}
    own = {}
    if plan.toolbox is not None:
        with Step("open our own mount namespace"):
            own[Kind.MNT] = os.open("/proc/self/ns/mnt", nsfs.FLAGS)
    root = _open_place(plan.root.whose, plan.root.path, reference, "root")
    if root is None and plan.toolbox is not None:
        root = _open_place("target", "", reference, "root")
    cwd = _open_place(plan.cwd.whose, plan.cwd.path, reference, "cwd")
    environ = _environ(reference) if plan.environment.mode == "target" else {}
    passwd = _passwd(root if plan.toolbox is None else None)
    spare = None
    if plan.spare_shell is not None:
        with Step("copy the spare shell", plan.spare_shell):
            spare = sealed.sealed_copy(plan.spare_shell, "nsview-shell")
    cgroups = []
    for path in plan.cgroup_files:
        with Step("open the control group", path):
            cgroups.append(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
    tasks.verify()
    return Opened(proc, namespaces, own, root, cwd, environ, passwd, spare, tuple(cgroups))


# ---- namespaces


def _open_namespace(join: Join, tasks: _Tasks) -> int:
    """The first way that leads to just this namespace."""
    failure = Failed(f"open {join.kind}", errno.ENOENT, "", "nothing is known that leads to it")
    for way in join.ways:
        try:
            fd = _follow(way, join, tasks)
        except Failed as error:
            failure = error
            continue
        except OSError as error:
            failure = Failed(f"open {join.kind}", error.errno or errno.EIO, _words(way))
            continue
        if (wrong := _difference(fd, join)) is None:
            return fd
        os.close(fd)
        failure = Failed(f"verify {join.kind}", errno.ESTALE, _words(way), wrong)
    raise failure


def _difference(fd: int, join: Join) -> str | None:
    """What is not as it was planned; None if this is the namespace that was meant."""
    inode = os.fstat(fd).st_ino
    if inode != join.inode:
        return f"it leads to {join.kind}:[{inode}] now, not to {join.kind}:[{join.inode}]"
    try:
        if nsfs.kind_of(fd) is not join.kind:
            return f"it is a {nsfs.kind_of(fd)} namespace, not a {join.kind} namespace"
        known = None if join.kernel_id is None else nsfs.kernel_id(fd, join.kind)
    except OSError:  # Linux before 4.11 or 6.18: the inode number is all there is
        return None
    if known != join.kernel_id:
        return f"{join.kind}:[{inode}] is another namespace now, with the same inode number"
    return None


def _follow(way: Way, join: Join, tasks: _Tasks) -> int:
    fd = _open_way(way, join, tasks)
    for step in way.climb:
        try:
            above = nsfs.open_owner(fd) if step == "owner" else nsfs.open_parent(fd)
        finally:
            os.close(fd)
        fd = above
    return fd


def _open_way(way: Way, join: Join, tasks: _Tasks) -> int:
    if way.how == "handle":
        if join.kernel_id is None:
            raise OSError(errno.ENOENT, "no id", "open_by_handle_at")
        return joining.open_by_kernel_id(join.kernel_id, join.kind.flag, join.inode)
    if way.how == "path" and way.pid is None:
        return nsfs.open_path(way.name)
    assert way.pid is not None
    task = tasks.get(way.pid, way.starttime, way.tid)
    if way.how == "link":
        return nsfs.open_path(f"ns/{way.name}", task.directory)
    if way.how == "fd":
        return nsfs.open_path(f"fd/{way.fd}", task.directory)
    if way.how == "path":
        return _open_below_root_of(task, way.name)
    assert way.how == "socket"
    assert way.fd is not None
    copy = joining.pidfd_getfd(task.pidfd, way.fd)
    try:
        return nsfs.open_of_socket(copy)
    finally:
        os.close(copy)


def _open_below_root_of(task: Task, path: str) -> int:
    """A bind mount as its process sees it. Its owner may have put anything in its place, so no link is obeyed
    that leads out, and nothing is opened that is no namespace."""
    root = os.open("root", _DIRECTORY, dir_fd=task.directory)
    try:
        place = joining.open_below(root, path, os.O_PATH)
    finally:
        os.close(root)
    try:
        return nsfs.reopen(place)
    finally:
        os.close(place)


def _words(way: Way) -> str:
    """The way as a person would write it."""
    inside = "" if way.tid is None else f"task/{way.tid}/"
    texts = {
        "link": f"/proc/{way.pid}/{inside}ns/{way.name}",
        "fd": f"/proc/{way.pid}/{inside}fd/{way.fd}",
        "socket": f"socket {way.fd} of pid {way.pid}",
        "path": way.name if way.pid is None else f"/proc/{way.pid}/root{way.name}",
        "handle": "its kernel id",
    }
    return "".join(f"{step} of " for step in reversed(way.climb)) + texts[way.how]


# ---- the rest


def read_at(directory: int, name: str, limit: int = 1 << 22) -> bytes:
    fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=directory)
    try:
        return _read(fd, limit)
    finally:
        os.close(fd)


def _read(fd: int, limit: int) -> bytes:
    chunks = []
    while limit > 0 and (data := os.read(fd, min(limit, 1 << 17))):
        chunks.append(data)
        limit -= len(data)
    return b"".join(chunks)


def _open_place(whose: str, path: str, reference: Task | None, name: str) -> int | None:
    """A directory of the target, or one of ours; None where nothing need be opened."""
    if whose == "target" and reference is not None:
        try:
            return os.open(name, _DIRECTORY, dir_fd=reference.directory)
        except OSError as error:
            if name == "cwd" and error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise Failed(f"open the target's {name}", error.errno or errno.EIO, reference.name) from None
    if whose == "path":
        with Step(f"open the {name}", path):
            return os.open(path, _DIRECTORY)
    return None


def _environ(reference: Task | None) -> dict[bytes, bytes]:
    if reference is None:
        return {}
    with Step("read the target's environment", reference.name):
        data = read_at(reference.directory, "environ")
    pairs = (entry.partition(b"=") for entry in data.split(b"\0"))
    return {name: value for name, sign, value in pairs if sign and name}


def _passwd(root: int | None) -> bytes:
    """The accounts inside, read now: later a look-up would load the libraries of the root it asks about."""
    try:
        if root is None:
            fd = os.open("/etc/passwd", os.O_RDONLY | os.O_CLOEXEC)
        else:
            fd = joining.open_below(root, "/etc/passwd", os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return b""
    try:
        return _read(fd, _PASSWD_LIMIT) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(fd)


__all__ = ["Opened", "Task", "open_all", "read_at"]
