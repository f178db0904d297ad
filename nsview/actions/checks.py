"""What decides whether a plan to enter will work, each with a verdict and the kernel's rule behind it."""

import errno
import os
import stat

from nsview.actions.candidates import Candidate, Candidates
from nsview.actions.plan import Check, Plan
from nsview.kernel import joining, nsfs
from nsview.kernel.own import (
    CAP_SYS_ADMIN,
    CAP_SYS_CHROOT,
    PROC,
    Own,
    has_capability,
    has_init,
    is_at_or_below,
)
from nsview.kernel.task import OpenTask
from nsview.model.kind import Kind

_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


# ---- joining (setns(2))


def of_joins(candidates: Candidates, us: Own, toolbox: bool) -> list[Check]:
    """One verdict for each namespace, by the rules that setns(2) will apply."""
    found = [_of_join(candidate, candidates, us) for candidate in candidates.values()]
    if us.seccomp and candidates:
        words = "we run under a seccomp filter ourselves: it may refuse setns with EPERM or ENOSYS"
        found.append(Check("unknown", "seccomp", words))
    if not candidates:
        found.append(
            Check("note", "nothing", "nothing is to be joined: we are in all of these namespaces already")
        )
    return found


def _of_join(candidate: Candidate, candidates: Candidates, us: Own) -> Check:
    kind = str(candidate.kind)
    if candidate.fd is None:
        return _of_error(candidate)
    if candidate.kind is Kind.USER:
        return _of_user(candidate, us)
    if candidate.kind is Kind.PID:
        problem = _of_pid(candidate.fd, us)
        if problem is not None:
            return problem
    try:
        owner = nsfs.open_owner(candidate.fd)
    except PermissionError:
        return Check(
            "fail", kind, "EPERM: it belongs to a user namespace above our own, where we have no rights"
        )
    except OSError:
        return Check("unknown", kind, "this kernel does not tell which user namespace it belongs to")
    try:
        return _of_owned(candidate, owner, candidates, us)
    finally:
        os.close(owner)


def _of_error(candidate: Candidate) -> Check:
    error = candidate.error
    kind = str(candidate.kind)
    if error is None:
        return Check("fail", kind, "ENOENT: nothing is known that leads to it")
    name = errno.errorcode.get(error.errno or 0, "error")
    if error.errno in (errno.EACCES, errno.EPERM):
        why = "looking at it needs to be its process's user, or CAP_SYS_PTRACE in its user namespace"
        return Check("fail", kind, f"{name}: {why}")
    return Check("fail", kind, f"{name}: {error.strerror}")


def _of_user(candidate: Candidate, us: Own) -> Check:
    assert candidate.fd is not None
    allowed = has_capability(us, candidate.fd, CAP_SYS_ADMIN)
    if allowed:
        return Check("ok", "user", "we own it, or are privileged above it")
    words = f"CAP_SYS_ADMIN in user:[{candidate.inode}] is needed: be its owner, or privileged above it"
    return Check("fail", "user", f"EPERM: {words}") if allowed is False else Check("unknown", "user", words)


def _of_pid(fd: int, us: Own) -> Check | None:
    if is_at_or_below(fd, us.inodes[Kind.PID]) is False:
        return Check("fail", "pid", "EINVAL: only a pid namespace below our own can be joined")
    if has_init(fd) is False:
        words = (
            "it has no init: if that has ended it takes no process any more (ENOMEM), else we become its init"
        )
        return Check("unknown", "pid", words)
    return None


def _of_owned(candidate: Candidate, owner: int, candidates: Candidates, us: Own) -> Check:
    """Rights are needed in the owner and in our own user namespace: as we are, or once the user namespace
    that the plan joins has given them to us."""
    kind = str(candidate.kind)
    inode = os.fstat(owner).st_ino
    needed = (CAP_SYS_ADMIN, CAP_SYS_CHROOT) if candidate.kind is Kind.MNT else (CAP_SYS_ADMIN,)
    there = has_capability(us, owner, CAP_SYS_ADMIN)
    if there and all(us.has(capability) for capability in needed):
        return Check("ok", kind, f"we have CAP_SYS_ADMIN in its owner user:[{inode}] and in our own")
    if _is_opened_by_user(candidates, owner, us):
        return Check("ok", kind, f"allowed from inside user:[{candidates[Kind.USER].inode}], joined as well")
    names = "CAP_SYS_ADMIN and CAP_SYS_CHROOT" if candidate.kind is Kind.MNT else "CAP_SYS_ADMIN"
    words = f"{names} in its owner user:[{inode}] and in our own user namespace is needed"
    return Check("unknown", kind, words) if there is None else Check("fail", kind, f"EPERM: {words}")


def _is_opened_by_user(candidates: Candidates, owner: int, us: Own) -> bool:
    """Whether joining the plan's user namespace gives us all rights over what `owner` owns."""
    joined = candidates.get(Kind.USER)
    if joined is None or joined.fd is None or not is_at_or_below(owner, joined.inode):
        return False
    return bool(has_capability(us, joined.fd, CAP_SYS_ADMIN))


# ---- what is found inside


def of_surroundings(plan: Plan, task: OpenTask | None) -> list[Check]:
    """Whether /proc fits, and whether the program, or some shell, is there."""
    found = []
    pid, mnt = plan.joins_kind(Kind.PID), plan.joins_kind(Kind.MNT)
    if pid and not mnt and plan.mount_proc is None:
        words = "ps will show the processes outside, by their numbers there (--mount-proc helps)"
        found.append(Check("note", PROC, words))
    if mnt and not pid and plan.toolbox is None:
        words = (
            "it shows its own processes and we are none of them: /proc/self is missing (joining pid helps)"
        )
        found.append(Check("note", PROC, words))
    if pid and not plan.fork:
        words = "the program itself stays outside the pid namespace, only its children are in it"
        found.append(Check("note", "pid", words))
    if pid and (plan.toolbox is not None or not mnt):
        words = "its processes see this program; with CAP_SYS_PTRACE they could reach our files through it"
        found.append(Check("note", "pid", words))
    root = _open_root(plan, task)
    if root is not None:
        try:
            found += _of_program(plan, root)
        finally:
            os.close(root)
    return found


def _open_root(plan: Plan, task: OpenTask | None) -> int | None:
    """The root directory that the program will have, if it is not ours and may be looked into."""
    try:
        if plan.root.whose == "target" and task is not None:
            return task.open_directory("root")
        if plan.root.whose == "path":
            return os.open(plan.root.path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        pass
    return None


def _of_program(plan: Plan, root: int) -> list[Check]:
    if plan.command:
        name = plan.command[0]
        paths = [name] if "/" in name else [f"{place}/{name}" for place in _PATH]
        if ("/" in name and not name.startswith("/")) or plan.environment.mode != "clean":
            return []  # relative to a directory, or by a PATH, that only shows inside
        answers = [_is_there(root, path) for path in paths]
        if True in answers:
            return [Check("ok", "program", f"{paths[answers.index(True)]} is there")]
        if None in answers:
            return [Check("unknown", "program", f"{name}: its files may not be looked at")]
        return [Check("fail", "program", f"ENOENT: {name} is not there")]
    answers = [_is_there(root, path) for path in plan.shells]
    if True in answers:
        return [Check("ok", "shell", f"{plan.shells[answers.index(True)]} is there")]
    if None in answers:
        return [Check("unknown", "shell", "its files may not be looked at")]
    if plan.spare_shell is not None:
        return [Check("note", "shell", f"there is none: a sealed copy of our {plan.spare_shell} stands in")]
    words = "ENOENT: there is none, and no static busybox of ours to stand in; or use the toolbox"
    return [Check("fail", "shell", words)]


def _is_there(root: int, path: str) -> bool | None:
    """Whether a file is below another root; links are followed within it and nothing is opened."""
    try:
        fd = joining.open_below(root, path, os.O_PATH)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return False
        return None
    try:
        return stat.S_ISREG(os.fstat(fd).st_mode)
    finally:
        os.close(fd)


# ---- what entering does not take over


def of_what_stays_behind(plan: Plan, task: OpenTask, us: Own) -> list[Check]:
    """setns(2) changes namespaces; what else holds the target in is not put on."""
    behind = []
    try:
        status = task.status()
        if not plan.cgroup_files and _differs(task, "cgroup"):
            behind.append("control groups (--join-cgroup)")
        if status.seccomp and not us.seccomp:
            behind.append("seccomp filter")
        if status.no_new_privs:
            behind.append("no_new_privs")
        if status.cap_bounding is not None and us.effective & ~status.cap_bounding:
            behind.append("bounded capabilities")
        label = _label(task)
        if label:
            behind.append(f"security label {label}")
    except OSError:
        return [Check("unknown", "limits", "what limits the target could not be read")]
    if not behind:
        return []
    return [Check("note", "limits", f"not taken over from the target: {', '.join(behind)}")]


def _differs(task: OpenTask, name: str) -> bool:
    with OpenTask(os.getpid()) as mine:
        return mine.read(name) != task.read(name)


def _label(task: OpenTask) -> str:
    """The label of a security module, where it restrains anything."""
    try:
        label = task.read("attr/current").rstrip(b"\0\n")
    except OSError:
        return ""
    return "" if label in (b"", b"unconfined", b"kernel") else os.fsdecode(label)
