"""containerd used directly (ctr, nerdctl): control groups /NAMESPACE/ID, and a directory for each task.

The image is in containerd's database alone.
"""

import os

from nsview.model.name import SHORT, Name
from nsview.naming import shims
from nsview.naming.bolt import Bolt
from nsview.naming.state import LISTS, Root, at, file_name, text
from nsview.naming.subject import Subject

ENGINE = "containerd"
_DATABASE = "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db"
_ITS_TASKS = "/run/containerd/"


def identify(subject: Subject) -> Name | None:
    scope = subject.scope
    if scope is not None and scope.engine not in (ENGINE, ""):
        return None
    for root in subject.roots:
        for tasks in shims.tasks(subject):
            for namespace, identity in _guesses(root, tasks, subject):
                task = f"{tasks}/{namespace}/{identity}"
                path = f"{task}/config.json"
                config = root.json(path)
                if at(config, "ociVersion") is not None:
                    init = shims.init_of(root, task)
                    name = parse(config, identity)._replace(root=root.path, witness=path, init=init)
                    if not tasks.startswith(_ITS_TASKS):
                        return name
                    return completed(name, root.remember(_database, _DATABASE), namespace)
    shim = shims.shim_of(subject)
    if shim is not None and shim.namespace not in ("moby", "k8s.io"):
        return Name(ENGINE, _short(shim.id), shim.id, witness="command line of its shim")
    return None


def parse(config: object, identity: str) -> Name:
    name = text(at(config, "annotations", "nerdctl/name"))
    return Name(ENGINE, name or _short(identity), identity)


def completed(name: Name, database: Bolt, namespace: str) -> Name:
    """With the image that containerd notes of a container, and what nerdctl labels it with."""
    place = (b"v1", os.fsencode(namespace), b"containers", os.fsencode(name.id))
    noted, labels = (
        {key: text(os.fsdecode(value)) for key, value in database.bucket(*where).items()}
        for where in (place, (*place, b"labels"))
    )
    return name._replace(
        name=labels.get(b"nerdctl/name") or name.name,
        image=noted.get(b"image", ""),
        pod=labels.get(b"com.docker.compose.project", ""),
    )


def _database(root: Root, path: str) -> Bolt:
    return Bolt(root.read(path, LISTS) or b"")


def _guesses(root: Root, tasks: str, subject: Subject) -> list[tuple[str, str]]:
    """(namespace, id): from its control group, from its shim, or from the tasks' first processes."""
    guesses = []
    if subject.scope is not None:
        guesses = [(name, subject.scope.id) for name in root.names(tasks) if name not in ("moby", "k8s.io")]
    elif len(subject.parts) >= 2:
        guesses = [(subject.parts[0], subject.parts[1])]
    shim = shims.shim_of(subject)
    if shim is not None and shim.namespace not in ("moby", "k8s.io"):
        guesses.append((shim.namespace, shim.id))
    return [guess for guess in guesses if file_name(guess[0]) and file_name(guess[1])]


def _short(identity: str) -> str:
    return identity[:SHORT] if len(identity) == 64 else identity
