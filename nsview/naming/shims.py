"""containerd's shims: the parents of its containers' first processes, and of Docker's."""

from typing import NamedTuple

from nsview.naming.state import Root, text
from nsview.naming.subject import Subject, option

_TASKS = "io.containerd.runtime.v2.task"
_STATES = ("/run/containerd", "/run/docker/containerd/daemon", "/run/k3s/containerd", "/run/k0s/containerd")
_BESIDE = ("", "/containerd", "/daemon")
"""Where containerd's state may be, from the directory that its socket is in."""


class Shim(NamedTuple):
    pid: int
    namespace: str
    """containerd's: `moby` is Docker, `k8s.io` Kubernetes, `default` ctr and nerdctl."""
    id: str
    """Of the container; in Kubernetes of the pod's sandbox, whose shim keeps all of the pod's containers."""
    address: str
    """The socket of its containerd; "" if it does not tell."""


def shim_of(subject: Subject) -> Shim | None:
    """The shim that keeps a process. Its command line may be read by anyone."""
    for keeper in subject.keepers():
        if keeper.program.startswith("containerd-shim"):
            namespace, identity = option(keeper.cmdline, "-namespace"), option(keeper.cmdline, "-id")
            if namespace and identity:
                return Shim(keeper.pid, namespace, identity, text(option(keeper.cmdline, "-address")))
    return None


def tasks(subject: Subject) -> tuple[str, ...]:
    """Directories in which a containerd may have its namespaces, with tasks in them; the likeliest first."""
    states = list(_STATES)
    shim = shim_of(subject)
    if shim is not None and shim.address.startswith("/"):
        directory = shim.address.rpartition("/")[0]
        states = [directory + place for place in _BESIDE] + states
    return tuple(dict.fromkeys(f"{state}/{_TASKS}" for state in states))


def init_of(root: Root, task: str) -> int:
    """Our number of a task's first process, as containerd wrote it down; 0 where it is not to be known."""
    return root.number(f"{task}/init.pid") if root.ours else 0
