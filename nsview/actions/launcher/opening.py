"""Open everything that a plan names, and make sure that it is what was meant, before anything is changed.

Afterwards only these descriptors count: a process number may be given to another process at any time, and an
inode number to another namespace.
"""

import errno
import os
import stat
from typing import NamedTuple

from nsview.actions.launcher.failing import Failed, Step
from nsview.actions.launcher.ways import OpenTasks, open_way, words_of
from nsview.actions.plan import Join, Plan
from nsview.kernel import joining, nsfs, sealed
from nsview.kernel.task import OpenTask, TaskGone
from nsview.model.kind import Kind

_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_PASSWD_LIMIT = 1 << 20


class Opened(NamedTuple):
    """Descriptors and contents, all taken while we are still outside."""

    proc: int
    """O_PATH on our own /proc: inside there may be none, or a false one."""
    namespaces: dict[Kind, int]
    root: int | None
    cwd: int | None
    environ: dict[bytes, bytes]
    """That of the reference, if the plan asks for it."""
    passwd: bytes
    """The accounts of the root that will be ours."""
    spare: int | None
    """A sealed static program that can stand in for a shell."""
    cgroups: tuple[int, ...]


def open_all(plan: Plan) -> Opened:
    """Everything the plan needs; Failed if something is gone, changed, or may not be opened."""
    with Step("open /proc"):
        proc = os.open("/proc", _DIRECTORY)
    try:
        return _open_all(plan, proc, OpenTasks())
    except TaskGone as gone:
        raise Failed("verify the process", gone.errno or 0, gone.filename, gone.strerror or "") from None


def _open_all(plan: Plan, proc: int, tasks: OpenTasks) -> Opened:
    reference = None if plan.reference is None else tasks.of(plan.reference)
    namespaces = {join.kind: _open_namespace(join, tasks) for join in plan.joins}
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
    return Opened(proc, namespaces, root, cwd, environ, passwd, spare, tuple(cgroups))


# ---- namespaces


def _open_namespace(join: Join, tasks: OpenTasks) -> int:
    """The first way that leads to just this namespace."""
    failure = Failed(f"open {join.kind}", errno.ENOENT, "", "nothing is known that leads to it")
    for way in join.ways:
        try:
            fd = open_way(way, join.kind, join.inode, join.kernel_id, tasks)
        except TaskGone as gone:
            failure = Failed("verify the process", gone.errno or 0, gone.filename, gone.strerror or "")
            continue
        except OSError as error:
            failure = Failed(f"open {join.kind}", error.errno or errno.EIO, words_of(way))
            continue
        if (wrong := _difference(fd, join)) is None:
            return fd
        os.close(fd)
        failure = Failed(f"verify {join.kind}", errno.ESTALE, words_of(way), wrong)
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


# ---- the rest


def _read(fd: int, limit: int) -> bytes:
    chunks = []
    while limit > 0 and (data := os.read(fd, min(limit, 1 << 17))):
        chunks.append(data)
        limit -= len(data)
    return b"".join(chunks)


def _open_place(whose: str, path: str, reference: OpenTask | None, name: str) -> int | None:
    """A directory of the target, or one of ours; None where nothing need be opened."""
    if whose == "target" and reference is not None:
        try:
            return reference.open_directory(name)
        except OSError as error:
            if name == "cwd" and error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise Failed(f"open the target's {name}", error.errno or errno.EIO, reference.path) from None
    if whose == "path":
        with Step(f"open the {name}", path):
            return os.open(path, _DIRECTORY)
    return None


def _environ(reference: OpenTask | None) -> dict[bytes, bytes]:
    if reference is None:
        return {}
    with Step("read the target's environment", reference.path):
        data = reference.read("environ")
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
