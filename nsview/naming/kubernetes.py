"""Kubernetes on containerd: the CRI's annotations in each task's config.json."""

from nsview.model.name import SHORT, Name
from nsview.naming import shims
from nsview.naming.scope import pod_uid
from nsview.naming.state import at, text
from nsview.naming.subject import Subject

ENGINE = "kubernetes"
_NAMESPACE = "k8s.io"
_NOTE = "io.kubernetes.cri."


def identify(subject: Subject) -> Name | None:
    scope = subject.scope
    if scope is None or scope.engine not in (ENGINE, "") or len(scope.id) != 64:
        return None
    for root in subject.roots:
        for tasks in shims.tasks(subject):
            task = f"{tasks}/{_NAMESPACE}/{scope.id}"
            path = f"{task}/config.json"
            name = parse(root.json(path), scope.id)
            if name is not None:
                return name._replace(root=root.path, witness=path, init=shims.init_of(root, task))
    shim = shims.shim_of(subject)
    if scope.engine == ENGINE or (shim is not None and shim.namespace == _NAMESPACE):
        return Name(ENGINE, scope.id[:SHORT], scope.id, pod=pod_uid(scope), witness="control group")
    return None


def parse(config: object, identity: str) -> Name | None:
    """What a task's config.json says; a pod's sandbox has the pod's name."""
    notes = at(config, "annotations")
    pod = text(at(notes, _NOTE + "sandbox-name"))
    if not pod:
        return None
    where = text(at(notes, _NOTE + "sandbox-namespace"))
    name = text(at(notes, _NOTE + "container-name")) or pod
    image = text(at(notes, _NOTE + "image-name"))
    return Name(ENGINE, name, identity, image=image, pod=f"{where}/{pod}" if where else pod)
