"""Docker (and Moby): config.v2.json of each container, below the daemon's data directory."""

import re
from collections.abc import Iterator

from nsview.model.name import SHORT, Name
from nsview.naming import shims
from nsview.naming.passwd import home_of
from nsview.naming.state import Root, at, file_name, identifier, number, text
from nsview.naming.subject import Subject

ENGINE = "docker"
_PLACES = ("/var/lib/docker", "/var/snap/docker/common/var-lib-docker")
_REMAPPED = re.compile(r"[0-9]+\.[0-9]+")
"""Below the data directory those of daemons with --userns-remap, by uid and gid of the container's root."""


def identify(subject: Subject) -> Name | None:
    scope, shim = subject.scope, shims.shim_of(subject)
    is_its = shim is not None and shim.namespace == "moby"
    if scope is None and shim is not None and is_its:
        identity = identifier(shim.id)  # rootless, where it may make no control groups
    elif scope is not None and scope.engine in (ENGINE, "", "kubernetes"):
        identity = identifier(scope.id)
    else:
        return None
    for root in subject.roots if identity else ():
        for place in _places(root, subject, identity):
            path = f"{place}/containers/{identity}/config.v2.json"
            config = root.json(path)
            name = parse(config, identity)
            if name is not None:
                init = number(at(config, "State", "Pid")) if root.ours else 0
                return name._replace(root=root.path, witness=path, init=init)
    if identity and (is_its or (scope is not None and scope.engine == ENGINE)):
        witness = "command line of its shim" if scope is None else "control group"
        return Name(ENGINE, identity[:SHORT], identity, witness=witness)
    return None


def parse(config: object, identity: str) -> Name | None:
    """What config.v2.json says of the container with this id."""
    name = text(at(config, "Name")).removeprefix("/")
    if at(config, "ID") != identity or not name:
        return None
    labels = at(config, "Config", "Labels")
    pod = text(at(labels, "com.docker.compose.project"))
    kubernetes = text(at(labels, "io.kubernetes.pod.name"))
    if kubernetes:  # dockershim, cri-dockerd
        pod = f"{text(at(labels, 'io.kubernetes.pod.namespace'))}/{kubernetes}"
        name = text(at(labels, "io.kubernetes.container.name")) or name
    engine = "kubernetes" if kubernetes else ENGINE
    return Name(engine, name, identity, image=text(at(config, "Config", "Image")), pod=pod)


def _places(root: Root, subject: Subject, identity: str) -> Iterator[str]:
    """The data directories that a daemon may have, the likeliest first."""
    configured = text(at(root.json("/etc/docker/daemon.json"), "data-root"))
    home = home_of(root, subject.uid) if subject.uid else ""
    for place in (configured, *_PLACES, home and f"{home}/.local/share/docker"):
        if place.startswith("/"):
            yield place
            yield from (f"{place}/{name}" for name in root.names(place) if _REMAPPED.fullmatch(name))
    yield from _mounted_from(root, subject, identity)


def _mounted_from(root: Root, subject: Subject, identity: str) -> Iterator[str]:
    """Where the daemon has its files if its command line says: its containers have some of them mounted."""
    for tasks in shims.tasks(subject):
        for namespace in filter(file_name, root.names(tasks)):
            mounts = at(root.json(f"{tasks}/{namespace}/{identity}/config.json"), "mounts")
            for mount in mounts if isinstance(mounts, list) else ():
                source = text(at(mount, "source"))
                directory = source.removesuffix(f"/containers/{identity}/hosts")
                if directory != source:
                    yield directory
