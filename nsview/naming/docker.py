"""Docker (and Moby): config.v2.json of each container, below the daemon's data directory."""

from collections.abc import Iterator

from nsview.model.name import SHORT, Name
from nsview.naming import shims
from nsview.naming.passwd import home_of
from nsview.naming.state import Root, at, text
from nsview.naming.subject import Subject

ENGINE = "docker"
_PLACES = ("/var/lib/docker", "/var/snap/docker/common/var-lib-docker")


def identify(subject: Subject) -> Name | None:
    scope = subject.scope
    if scope is None or scope.engine not in (ENGINE, "", "kubernetes") or len(scope.id) != 64:
        return None
    for root in subject.roots:
        for place in _places(root, subject.uid):
            path = f"{place}/containers/{scope.id}/config.v2.json"
            name = parse(root.json(path), scope.id)
            if name is not None:
                return name._replace(root=root.path, witness=path)
    shim = shims.shim_of(subject)
    if scope.engine == ENGINE or (shim is not None and shim.namespace == "moby"):
        return Name(ENGINE, scope.id[:SHORT], scope.id, witness="control group")
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


def _places(root: Root, uid: int) -> Iterator[str]:
    """The data directories that a daemon may have."""
    configured = text(at(root.json("/etc/docker/daemon.json"), "data-root"))
    if configured.startswith("/"):
        yield configured
    yield from _PLACES
    home = home_of(root, uid) if uid else ""
    if home:
        yield f"{home}/.local/share/docker"
