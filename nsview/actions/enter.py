"""Plan to enter namespaces: those of a task, or one that nobody need be in."""

import errno
import os
from typing import NamedTuple

from nsview.actions import checks, surroundings
from nsview.actions.candidates import Candidate, Candidates
from nsview.actions.equivalent import enter_line
from nsview.actions.identity import Identification, identify
from nsview.actions.plan import Check, Environment, Left, Place, Plan, Reference, Way
from nsview.actions.ways import ways_to
from nsview.kernel import nsfs
from nsview.kernel.cgroup_files import cgroup_files
from nsview.kernel.own import CAP_SYS_ADMIN, PROC, Own, own
from nsview.kernel.task import OpenTask
from nsview.model.kind import KINDS, Kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot

TOOLBOX_POINT = "/target"


class EnterRequest(NamedTuple):
    """What somebody asked for; the defaults are those of one key press."""

    kinds: tuple[Kind, ...] | None = None
    """None: all in which the target differs from us; of a namespace, just that one."""
    files: tuple[tuple[Kind, str], ...] = ()
    """Kinds whose namespace is to be taken from a file."""
    identity: str = "root"
    """"root" as root in there, "target" as the target's user, "keep" as who we are."""
    uid: int | None = None
    gid: int | None = None
    keep_capabilities: bool = False
    root: Place | None = None
    """None: the target's, if its mount namespace is joined."""
    cwd: Place | None = None
    environment: str = "clean"
    """"clean", "target" or "mine"."""
    variables: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    """() for a shell."""
    shells: tuple[str, ...] = surroundings.SHELLS
    fork: bool = True
    """Whether the program itself is in the pid namespace, not only its children."""
    join_cgroup: bool = False
    net_socket: int | None = None
    """The target's file descriptor of a socket whose network namespace is meant."""
    user_parent: bool = False
    """Join the user namespace that owns the others, or the parent of the one that was asked for."""
    toolbox: str | None = None
    """Where to show the target's root, our own files staying."""
    mount_proc: bool = False
    """Mount a fresh /proc, in a mount namespace of our own."""


DEFAULTS = EnterRequest()


class NoPlan(OSError):
    """Nothing can be planned: the target has ended, or a file is no namespace. Says what, and about what."""

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}" if self.filename else str(self.strerror)


def plan_enter(
    target: Task | Namespace | None,
    request: EnterRequest = DEFAULTS,
    snapshot: Snapshot | None = None,
) -> Plan:
    """How to enter a task's namespaces, or one namespace (the snapshot tells what leads to it).

    Changes nothing. What will not work is among the plan's checks; NoPlan is raised when there is no target.
    """
    us = own()
    reference = _reference(target, snapshot)
    with Candidates() as candidates:
        try:
            task = None if reference is None else candidates.tasks.of(reference)
        except OSError as error:
            raise NoPlan(error.errno, error.strerror, error.filename) from None
        left = _choose(target, reference, request, snapshot, us, candidates)
        if request.user_parent:
            _take_user_parent(candidates)
        elif Kind.USER not in candidates:
            _add_user_that_gives_rights(candidates, us, left)
        return _plan(target, reference, task, request, candidates, tuple(left), us)


def _reference(target: Task | Namespace | None, snapshot: Snapshot | None) -> Reference | None:
    """The task that stands for the target: itself, or a namespace's oldest member."""
    if isinstance(target, Task):
        return Reference(target.tgid, target.starttime, target.pid if target.is_thread else None)
    if target is None or snapshot is None:
        return None
    if target.oldest is not None:
        return Reference(target.oldest, snapshot.processes[target.oldest].starttime)
    if target.threads:
        tgid, tid = target.threads[0]
        return Reference(tgid, snapshot.threads[tid].starttime, tid)
    return None


# ---- what is joined


def _choose(
    target: Task | Namespace | None,
    reference: Reference | None,
    request: EnterRequest,
    snapshot: Snapshot | None,
    us: Own,
    candidates: Candidates,
) -> list[Left]:
    """Fill in the candidates; returns the kinds that are left, and why."""
    files = dict(request.files)
    left = []
    for kind in KINDS:
        asked = target is not None and (request.kinds is None or kind in request.kinds)
        if kind not in us.inodes:
            left.append(Left(kind, "this kernel has none"))
        elif kind in files:
            candidates.add(_by_file(kind, files[kind]))
        elif kind is Kind.NET and request.net_socket is not None:
            candidates.add(_by_socket(reference, request.net_socket, candidates))
        elif isinstance(target, Namespace) and target.kind is kind and asked:
            candidate = Candidate(kind, () if snapshot is None else ways_to(target, snapshot, us))
            candidate.open(candidates.tasks, target.inode, target.kernel_id)
            candidates.add(candidate)
        elif not asked or (isinstance(target, Namespace) and request.kinds is None):
            left.append(Left(kind, "not asked for"))
        elif reference is None:
            left.append(Left(kind, "no process is there that would tell which one"))
        elif reason := _add_of_task(candidates, reference, kind):
            left.append(Left(kind, reason))
    for kind in list(candidates):
        if candidates[kind].inode == us.inodes[kind]:
            candidates.remove(kind)
            left.append(Left(kind, "shared: we are in it already"))
    if request.toolbox is None:
        return sorted(left)
    return sorted([*left, *_leave_to_toolbox(candidates, us)])


def _leave_to_toolbox(candidates: Candidates, us: Own) -> list[Left]:
    """The toolbox keeps our own user namespace and clocks, where we have the rights to."""
    left = []
    if Kind.USER in candidates and us.has(CAP_SYS_ADMIN):
        candidates.remove(Kind.USER)
        left.append(Left(Kind.USER, "the toolbox keeps our own rights"))
    if Kind.TIME in candidates:
        candidates.remove(Kind.TIME)
        left.append(Left(Kind.TIME, "the toolbox keeps our own clocks"))
    return left


def _add_of_task(candidates: Candidates, reference: Reference, kind: Kind) -> str:
    """Add a task's own namespace; returns why not, or "" when it was added."""
    candidate = Candidate(kind, (Way("link", reference.pid, reference.starttime, reference.tid, str(kind)),))
    candidate.open(candidates.tasks)
    if candidate.error is not None and candidate.error.errno == errno.ENOENT:
        return "the process has none any more"
    candidates.add(candidate)
    return ""


def _by_file(kind: Kind, path: str) -> Candidate:
    try:
        fd = nsfs.open_path(path)
    except OSError as error:
        words = "this is no namespace" if error.errno == errno.ENOTTY else error.strerror
        raise NoPlan(error.errno, words, path) from None
    found = nsfs.kind_of(fd)
    if found is not kind:
        os.close(fd)
        raise NoPlan(errno.EINVAL, f"this is a {found} namespace, not a {kind} namespace", path)
    candidate = Candidate(kind, (Way("path", name=os.path.abspath(path)),))
    candidate.take(fd)
    return candidate


def _by_socket(reference: Reference | None, fd: int, candidates: Candidates) -> Candidate:
    if reference is None:
        raise NoPlan(errno.EINVAL, "a socket's network namespace needs a process as target", str(fd))
    candidate = Candidate(Kind.NET, (Way("socket", reference.pid, reference.starttime, fd=fd),))
    candidate.open(candidates.tasks)
    if candidate.fd is None:
        error = candidate.error or OSError(errno.EBADF, os.strerror(errno.EBADF))
        words = "this is no socket" if error.errno == errno.ENOTTY else error.strerror
        raise NoPlan(error.errno, words, f"file descriptor {fd} of process {reference.pid}")
    return candidate


def _owner_of(candidate: Candidate, candidates: Candidates, why: str) -> Candidate | None:
    """The user namespace that owns a candidate, or the parent of a user namespace (ioctl_ns(2))."""
    ways = tuple(way._replace(climb=(*way.climb, "owner")) for way in candidate.ways if way.how != "handle")
    owner = Candidate(Kind.USER, ways, why)
    if candidate.fd is not None:
        try:
            owner.take(nsfs.open_owner(candidate.fd))
            return owner
        except OSError:
            return None
    return None


def _take_user_parent(candidates: Candidates) -> None:
    """As nsenter --user-parent: of the user namespace if that was asked for, else of any other."""
    first = candidates.get(Kind.USER) or next(iter(candidates.values()), None)
    if first is None:
        raise NoPlan(errno.EINVAL, "no namespace is to be joined whose owner could be meant", "")
    owner = _owner_of(first, candidates, "the owner was asked for")
    if owner is None:
        raise NoPlan(
            errno.EPERM, "its owner may not be looked at: it is above our own", f"{first.kind} namespace"
        )
    candidates.add(owner)


def _add_user_that_gives_rights(candidates: Candidates, us: Own, left: list[Left]) -> None:
    """An ordinary user may join what their own user namespaces own, but only from inside those."""
    if us.has(CAP_SYS_ADMIN):
        return
    for candidate in list(candidates.values()):
        owner = _owner_of(candidate, candidates, "without it we have no rights to the others")
        if owner is None:
            continue
        if owner.inode == us.inodes[Kind.USER]:
            if owner.fd is not None:
                os.close(owner.fd)
            continue
        candidates.add(owner)
        left[:] = [each for each in left if each.kind is not Kind.USER]
        return


# ---- the rest of the plan


def _plan(
    target: Task | Namespace | None,
    reference: Reference | None,
    task: OpenTask | None,
    request: EnterRequest,
    candidates: Candidates,
    left: tuple[Left, ...],
    us: Own,
) -> Plan:
    toolbox = request.toolbox
    mnt = Kind.MNT in candidates and toolbox is None
    root = request.root or Place("target" if mnt and reference is not None else "mine")
    cwd = request.cwd or Place("target" if root.whose == "target" else "mine")
    found: list[Check] = checks.of_joins(candidates, us, toolbox is not None)
    who: Identification = identify(request, task, candidates, us)
    found += who.checks
    files: tuple[str, ...] = ()
    if request.join_cgroup and task is not None:
        files = cgroup_files(task.read("cgroup"))
        if not files:
            found.append(Check("fail", "cgroup", "its control groups are not below a mount that we can see"))
    variables = surroundings.environment_variables(request.environment, request.variables)
    plan = Plan(
        action="enter",
        subject=_subject(target, request),
        reference=reference,
        joins=candidates.joins(),
        left=left,
        identity=who.identity,
        root=root,
        cwd=cwd,
        environment=Environment(request.environment, variables),
        command=request.command,
        shells=request.shells,
        spare_shell=None
        if request.command or not (mnt or root.whose != "mine")
        else surroundings.spare_shell(),
        toolbox=toolbox,
        mount_proc=PROC if request.mount_proc or (toolbox and Kind.PID in candidates) else None,
        fork=request.fork and Kind.PID in candidates,
        cgroup_files=files,
    )
    found += checks.of_surroundings(plan, task)
    if task is not None:
        found += checks.of_what_stays_behind(plan, task, us)
    line, reason = enter_line(plan)
    return plan._replace(checks=tuple(found), equivalent=line, no_equivalent=reason)


def _subject(target: Task | Namespace | None, request: EnterRequest) -> str:
    if isinstance(target, Namespace):
        return str(target.id)
    if target is None:
        return " ".join(path for _, path in request.files)
    word = "thread" if target.is_thread else "process"
    return f"{word} {target.pid} ({target.comm})" if target.comm else f"{word} {target.pid}"
