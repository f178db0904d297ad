"""Asking Docker and Podman on their sockets, read-only and for a moment: only when a person wants it.

What they say goes before what their files said of the same container, or did not say to us.
"""

import os
from collections.abc import Collection, Iterable
from typing import NamedTuple

from nsview.kernel.local_http import get
from nsview.model.name import Name
from nsview.naming.namer import NOTHING_TOLD, Told
from nsview.naming.state import at, identifier, parse_json, text

LIMIT = 0.3
"""Seconds for all of an answer."""


class Socket(NamedTuple):
    engine: str
    place: str
    """With `{uid}` for our own user's number."""
    question: str

    @property
    def path(self) -> str:
        return self.place.format(uid=os.getuid())


SOCKETS = (
    Socket("docker", "/run/docker.sock", "/containers/json"),
    Socket("docker", "/run/user/{uid}/docker.sock", "/containers/json"),
    Socket("podman", "/run/podman/podman.sock", "/v4.0.0/libpod/containers/json"),
    Socket("podman", "/run/user/{uid}/podman/podman.sock", "/v4.0.0/libpod/containers/json"),
)


class Answers(NamedTuple):
    names: Told = NOTHING_TOLD
    problems: tuple[str, ...] = ()
    """For people: why an engine that was asked did not answer."""


def engines_to_ask(names: Iterable[Name], sockets: tuple[Socket, ...] = SOCKETS) -> set[str]:
    """The engines of these containers that can be asked. An engine in a container is another one than that of
    the same name here."""
    known = {socket.engine for socket in sockets}
    return {name.engine for name in names if name.engine in known and name.root == "/"}


def ask(engines: Collection[str], sockets: tuple[Socket, ...] = SOCKETS) -> Answers:
    """What these engines say of their running containers. Takes up to LIMIT for each of their sockets."""
    names: dict[tuple[str, str], Name] = {}
    problems = []
    for engine in sorted(engines):
        places = [socket for socket in sockets if socket.engine == engine]
        missing = 0
        for socket in places:
            try:
                answer = get(socket.path, socket.question, LIMIT)
            except FileNotFoundError:
                missing += 1
            except OSError as error:
                problems.append(f"{engine} was asked at {socket.path}: {error.strerror or error}")
            else:
                names.update(((engine, name.id), name) for name in parse(engine, answer, socket.path))
        if missing == len(places):
            problems.append(f"{engine} cannot be asked: no {' and no '.join(s.path for s in places)}")
    return Answers(names, tuple(problems))


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
