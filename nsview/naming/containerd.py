"""containerd used directly (ctr, nerdctl): control groups /NAMESPACE/ID, and a directory for each task."""

from nsview.model.name import SHORT, Name
from nsview.naming import shims
from nsview.naming.state import Root, at, file_name, text
from nsview.naming.subject import Subject

ENGINE = "containerd"
TASKS = "/run/containerd/io.containerd.runtime.v2.task"


def identify(subject: Subject) -> Name | None:
    scope = subject.scope
    if scope is not None and scope.engine not in (ENGINE, ""):
        return None
    for root in subject.roots:
        for namespace, identity in _guesses(root, subject):
            path = f"{TASKS}/{namespace}/{identity}/config.json"
            config = root.json(path)
            if at(config, "ociVersion") is not None:
                return parse(config, identity)._replace(root=root.path, witness=path)
    shim = shims.shim_of(subject)
    if shim is not None and shim.namespace not in ("moby", "k8s.io"):
        return Name(ENGINE, _short(shim.id), shim.id, witness="command line of its shim")
    return None


def parse(config: object, identity: str) -> Name:
    name = text(at(config, "annotations", "nerdctl/name"))
    return Name(ENGINE, name or _short(identity), identity)


def _guesses(root: Root, subject: Subject) -> list[tuple[str, str]]:
    """(namespace, id): from its control group, from its shim, or from the tasks' first processes."""
    guesses = []
    if subject.scope is not None:
        guesses = [(name, subject.scope.id) for name in root.names(TASKS) if name not in ("moby", "k8s.io")]
    elif len(subject.parts) >= 2:
        guesses = [(subject.parts[0], subject.parts[1])]
    shim = shims.shim_of(subject)
    if shim is not None and shim.namespace not in ("moby", "k8s.io"):
        guesses.append((shim.namespace, shim.id))
    return [guess for guess in guesses if file_name(guess[0]) and file_name(guess[1])]


def _short(identity: str) -> str:
    return identity[:SHORT] if len(identity) == 64 else identity
