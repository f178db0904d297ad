"""CRI-O: annotations in the container's config.json; conmon's name for it says the same to anyone."""

from nsview.model.name import SHORT, Name
from nsview.naming.conmon import conmon_of
from nsview.naming.state import at, text
from nsview.naming.subject import Subject

ENGINE = "cri-o"
_PLACES = ("/run/containers/storage", "/var/lib/containers/storage")


def identify(subject: Subject) -> Name | None:
    scope = subject.scope
    conmon = conmon_of(subject)
    by_conmon = parse_name(conmon.name, conmon.id) if conmon is not None else None
    if scope is None or scope.engine != ENGINE:
        return by_conmon if scope is None else None
    for root in subject.roots:
        for place in _PLACES:
            path = f"{place}/overlay-containers/{scope.id}/userdata/config.json"
            name = parse(root.json(path), scope.id)
            if name is not None:
                return name._replace(root=root.path, witness=path)
    return by_conmon or Name(ENGINE, scope.id[:SHORT], scope.id, witness="control group")


def parse(config: object, identity: str) -> Name | None:
    notes = at(config, "annotations")
    pod = text(at(notes, "io.kubernetes.pod.name"))
    if not pod:
        return None
    where = text(at(notes, "io.kubernetes.pod.namespace"))
    name = text(at(notes, "io.kubernetes.container.name"))
    if at(notes, "io.kubernetes.cri-o.ContainerType") == "sandbox" or not name:
        name = pod
    image = text(at(notes, "io.kubernetes.cri-o.ImageName"))
    return Name(ENGINE, name, identity, image=image, pod=f"{where}/{pod}" if where else pod)


def parse_name(name: str, identity: str) -> Name | None:
    """`k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`, as conmon is told; the sandbox is called POD there.

    No part can hold an underscore: they are names of the DNS.
    """
    parts = name.split("_")
    if len(parts) != 6 or parts[0] != "k8s" or not all(parts):
        return None
    _, container, pod, where, _, _ = parts
    container = pod if container == "POD" else container
    return Name(ENGINE, container, identity, pod=f"{where}/{pod}", witness="conmon's command line")
