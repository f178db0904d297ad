"""Why a plan could not be carried out, in words a person can act on."""

import errno
import os
from typing import NamedTuple

from nsview.actions.plan import Plan


class Failure(NamedTuple):
    """The step that failed, as the launcher told it."""

    step: str
    number: int
    """errno; 0 when it was nothing that the kernel said."""
    subject: str = ""
    words: str = ""

    @property
    def message(self) -> str:
        """What was tried and what the kernel said, in one line. Holds untrusted names."""
        said = self.words or (_name(self.number) if self.number else "it failed")
        if self.words and self.number and self.number not in _TOLD_BY_WORDS:
            said = f"{self.words} ({errno.errorcode.get(self.number, self.number)})"
        return ": ".join(part for part in (self.step, self.subject, said) if part)

    @property
    def help(self) -> str:
        """What would help; "" where nothing is known."""
        for (step, number), words in _HELP.items():
            if self.step.startswith(step) and number == self.number:
                return words
        return ""

    @property
    def exit_status(self) -> int:
        """127 the program is not there, 126 it cannot be run, 125 nothing was run at all."""
        if self.step != "exec":
            return 125
        return 127 if self.number in (errno.ENOENT, errno.ENOTDIR) else 126


class LaunchError(OSError):
    """A plan could not be carried out; `failure` says in which step. An OSError with the kernel's errno."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.number, failure.message)
        self.failure = failure

    def __str__(self) -> str:
        return self.failure.message


_TOLD_BY_WORDS = (errno.ESTALE, errno.ESRCH, errno.ECHILD, errno.ECANCELED)


def _name(number: int) -> str:
    return f"{os.strerror(number)} ({errno.errorcode.get(number, number)})"


_HELP: dict[tuple[str, int], str] = {
    (
        "join user",
        errno.EINVAL,
    ): "it is our own user namespace already, or the process shares its file system state",
    (
        "join user",
        errno.EPERM,
    ): "this needs CAP_SYS_ADMIN in that user namespace: be its owner, or root above it",
    (
        "join mnt",
        errno.EPERM,
    ): "this needs CAP_SYS_ADMIN in the namespace's owner, and CAP_SYS_ADMIN and CAP_SYS_CHROOT "
    "in our own user namespace: run as root, or join its user namespace as well",
    ("join pid", errno.EINVAL): "only a pid namespace below our own can be joined",
    (
        "join",
        errno.EPERM,
    ): "this needs CAP_SYS_ADMIN in the namespace's owner and in our own user namespace: run as "
    "root, or join its user namespace as well",
    ("open mnt", errno.EACCES): "looking at another user's process needs CAP_SYS_PTRACE: run as root",
    ("open", errno.EACCES): "looking at another user's process needs CAP_SYS_PTRACE: run as root",
    ("open", errno.EPERM): "looking at another user's process needs CAP_SYS_PTRACE: run as root",
    ("join", errno.EACCES): "a security module (SELinux, AppArmor, …) refused it: its log says which rule",
    ("join", errno.ENOSYS): "a seccomp filter that we run under hides the call, as in a container",
    (
        "make namespaces",
        errno.EACCES,
    ): "a security module (SELinux, AppArmor, …) refused it: its log says which rule",
    ("make namespaces", errno.ENOSYS): "a seccomp filter that we run under hides the call, as in a container",
    ("exec", errno.EPERM): "a security module, or a mount without set-user-ID programs, forbids to run it",
    ("fork", errno.ENOMEM): "nothing can be started in it any more; start its container anew",
    ("fork", errno.EAGAIN): "a limit on processes is reached (RLIMIT_NPROC, or the cgroup's pids.max)",
    (
        "make namespaces",
        errno.EPERM,
    ): "new namespaces need CAP_SYS_ADMIN: run as root, or make a user namespace with them; "
    "if that is refused too, look at user.max_user_namespaces and kernel.unprivileged_userns_clone, AppArmor "
    "or seccomp",
    (
        "make namespaces",
        errno.ENOSPC,
    ): "a limit on namespaces is reached: see /proc/sys/user/max_*_namespaces",
    ("make namespaces", errno.EUSERS): "user namespaces are nested as deep as the kernel allows (32)",
    ("make namespaces", errno.EINVAL): "this kernel lacks one of the kinds",
    (
        "write",
        errno.EPERM,
    ): "without CAP_SETUID in the parent only one's own ids can be mapped, and groups only with "
    "setgroups denied; ranges need newuidmap and lines in /etc/subuid and /etc/subgid",
    (
        "mount a fresh /proc",
        errno.EPERM,
    ): "in a user namespace a fresh /proc needs a pid namespace of its own, and a /proc "
    "outside that nothing covers",
    ("keep", errno.EINVAL): "the place is on a shared mount, or the mount namespace is older than our own",
    (
        "keep",
        errno.EPERM,
    ): "keeping namespaces by bind mounts needs CAP_SYS_ADMIN in the mount namespace's owner: run as root",
    ("keep", errno.EACCES): "keeping namespaces needs a place that we may write to: run as root",
    ("keep", errno.EEXIST): "something is kept under this name already",
    ("prepare the place", errno.EPERM): "keeping namespaces by bind mounts needs root",
    ("prepare the place", errno.EACCES): "keeping namespaces by bind mounts needs root",
    ("set user", errno.EINVAL): "that id is not mapped in the user namespace",
    ("set group", errno.EINVAL): "that id is not mapped in the user namespace",
    ("set user", errno.EPERM): "changing user needs CAP_SETUID",
    ("set group", errno.EPERM): "changing groups needs CAP_SETGID",
    ("set time offsets", errno.ERANGE): "the clock would go below zero or far beyond a century",
    ("set time offsets", errno.EPERM): "this needs CAP_SYS_TIME in the owner of the time namespace",
    ("exec", errno.EACCES): "the file is not executable, or lies on a mount without exec",
    ("exec", errno.ENOEXEC): "the file is no program of this machine's kind",
    ("exec", errno.ENOENT): "there is no such program inside, or the interpreter it names is missing",
}


def refusal(plan: Plan) -> LaunchError | None:
    """The first reason not to try, as the error that trying would be; None if there is none."""
    for check in plan.refusals:
        name, _, words = check.words.partition(": ")
        number = getattr(errno, name, 0)
        return LaunchError(Failure(check.subject, number, "", words if number else check.words))
    return None
