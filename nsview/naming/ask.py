"""Asking Docker and Podman on their sockets, read-only and for a moment: only when a person wants it.

What they say replaces what their files said of the same container, or did not say to us.
"""

import os

from nsview.kernel.local_http import get
from nsview.model.name import Name, Names, merged
from nsview.naming.state import at, identifier, parse_json, text

LIMIT = 0.3
"""Seconds for all of an answer."""
SOCKETS: tuple[tuple[str, str, str], ...] = (
    ("docker", "/run/docker.sock", "/containers/json"),
    ("docker", "/run/user/{uid}/docker.sock", "/containers/json"),
    ("podman", "/run/podman/podman.sock", "/v4.0.0/libpod/containers/json"),
    ("podman", "/run/user/{uid}/podman/podman.sock", "/v4.0.0/libpod/containers/json"),
)


def asked(names: Names, sockets: tuple[tuple[str, str, str], ...] = SOCKETS) -> Names:
    """The names, with the engines' answers where they know a container; unchanged where none answers."""
    known: dict[tuple[str, str], Name] = {}
    for engine, place, question in sockets:
        path = place.format(uid=os.getuid())
        try:
            answer = get(path, question, LIMIT)
        except OSError:
            continue
        known.update(((engine, name.id), name) for name in parse(engine, answer, path))
    if not known:
        return names

    def better(name: Name) -> Name:
        told = known.get((name.engine, name.id))
        return (
            name
            if told is None or name.root != "/"
            else told._replace(unit=name.unit, pod=told.pod or name.pod)
        )

    processes = {process: better(name) for process, name in names.processes.items()}
    spaces = {ns: merged(better(name) for name in found) for ns, found in names.namespaces.items()}
    return Names(processes, spaces, names.of_task)


def parse(engine: str, answer: bytes, witness: str) -> list[Name]:
    """The running containers of an answer to /containers/json, in either engine's form."""
    found = []
    entries = parse_json(answer)
    for entry in entries if isinstance(entries, list) else ():
        identity, name = identifier(at(entry, "Id")), text(at(entry, "Names", 0)).removeprefix("/")
        if identity and name:
            pod = text(at(entry, "PodName")) or text(at(entry, "Labels", "com.docker.compose.project"))
            image = text(at(entry, "Image"))
            found.append(Name(engine, name, identity, image=image, pod=pod, witness=witness))
    return found
