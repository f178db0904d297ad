"""containerd's shims: the parents of its containers' first processes, and of Docker's."""

from typing import NamedTuple

from nsview.naming.subject import Subject, option


class Shim(NamedTuple):
    pid: int
    namespace: str
    """containerd's: `moby` is Docker, `k8s.io` Kubernetes, `default` ctr and nerdctl."""
    id: str
    """Of the container; in Kubernetes of the pod's sandbox, whose shim keeps all of the pod's containers."""


def shim_of(subject: Subject) -> Shim | None:
    """The shim that keeps a process. Its command line may be read by anyone."""
    for keeper in subject.keepers():
        if keeper.program.startswith("containerd-shim"):
            namespace, identity = option(keeper.cmdline, "-namespace"), option(keeper.cmdline, "-id")
            if namespace and identity:
                return Shim(keeper.pid, namespace, identity)
    return None
