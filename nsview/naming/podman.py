"""Podman: conmon's command line, containers.json of the storage, and the pod's name in the state database.

As root and rootless, with control groups and without.
"""

import re
from collections.abc import Iterator

from nsview.model.name import SHORT, Name
from nsview.naming.conmon import Conmon, conmon_of
from nsview.naming.passwd import home_of
from nsview.naming.state import LISTS, Root, at, identifier, parse_json, text
from nsview.naming.subject import Subject

ENGINE = "podman"
_STORAGE = "/var/lib/containers/storage"
_LISTS = ("containers.json", "volatile-containers.json")
_DATABASES = ("libpod/bolt_state.db", "db.sql")
_POD_PARTS = re.compile(r"(?:.*libpod_pod_)?([0-9a-f]{64})(?:\.slice)?")


def identify(subject: Subject) -> Name | None:
    scope, conmon = subject.scope, conmon_of(subject)
    identity = scope.id if scope is not None and scope.engine == ENGINE else ""
    if conmon is not None and conmon.name.startswith("k8s_") and not identity:
        return None  # CRI-O's
    if not identity and (scope is None or not scope.engine):
        identity = conmon.id if conmon is not None else _by_pid_file(subject)
    if not identity:
        return None
    if conmon is not None and conmon.id != identity:
        conmon = None
    pod_id = _pod_id(scope.above) if scope is not None else ""
    for root in subject.roots:
        for place in _storages(root, subject, conmon):
            # A container that was renamed has its new name there; conmon keeps the one it was started with.
            name = _stored(root, place, identity)
            if name is not None:
                return name._replace(pod=_pod(root, place, identity, pod_id), root=root.path)
    if conmon is not None and conmon.name:
        return Name(ENGINE, conmon.name, identity, pod=pod_id[:SHORT], witness="conmon's command line")
    return Name(ENGINE, identity[:SHORT], identity, pod=pod_id[:SHORT], witness="control group")


def _pod_id(above: tuple[str, ...]) -> str:
    match = _POD_PARTS.fullmatch(above[-1]) if above else None
    return match[1] if match is not None else ""


def _storages(root: Root, subject: Subject, conmon: Conmon | None) -> Iterator[str]:
    """Directories with a containers.json, the likeliest first."""
    if conmon is not None and conmon.storage:
        yield conmon.storage
    uids = [uid for uid in dict.fromkeys((conmon.uid if conmon is not None else 0, subject.uid)) if uid]
    homes = [home for home in (home_of(root, uid) for uid in uids) if home]
    for storage in (_STORAGE, *(f"{home}/.local/share/containers/storage" for home in homes)):
        for name in root.names(storage):
            if name.endswith("-containers"):
                yield f"{storage}/{name}"


def _stored(root: Root, place: str, identity: str) -> Name | None:
    """The container as the storage lists it."""
    for listing in _LISTS:
        path = f"{place}/{listing}"
        known = root.remember(_listed, path)
        if identity in known:
            return known[identity]._replace(witness=path)
    return None


def _listed(root: Root, path: str) -> dict[str, Name]:
    return parse(root.read(path, LISTS))


def parse(data: bytes | None) -> dict[str, Name]:
    """id → name, of a containers.json."""
    found = {}
    entries = parse_json(data)
    for entry in entries if isinstance(entries, list) else ():
        identity, name = identifier(at(entry, "id")), text(at(entry, "names", 0))
        if not identity or not name:
            continue
        metadata = at(entry, "metadata")
        about = parse_json(metadata.encode("utf-8", "replace")) if isinstance(metadata, str) else None
        found[identity] = Name(ENGINE, name, identity, image=text(at(about, "image-name")))
    return found


def _pod(root: Root, place: str, identity: str, pod_id: str) -> str:
    """The name of the pod that a container is in, as the database of Podman's state has it.

    `pod_id` as far as the control group tells it: without systemd, a container of an ordinary user has none.
    """
    storage = place.rpartition("/")[0]
    for database in _DATABASES:
        data = root.remember(_database, f"{storage}/{database}")
        found = parse_pods(data).get(pod_id or pod_of(data, identity)) if data else None
        if found:
            return found
    return pod_id[:SHORT]


def _database(root: Root, path: str) -> bytes:
    return root.read(path, LISTS) or b""


_IDENTITY = rb"[0-9a-f]{64}"
_NAME = rb"[A-Za-z0-9][A-Za-z0-9_.-]{0,250}"
_POD_CONFIG = re.compile(rb'\{"id":"(%b)","name":"(%b)"' % (_IDENTITY, _NAME))
_MEMBER = re.compile(
    rb'%b","name":"%b","pod":"(%b)"' % (_IDENTITY, _NAME, _IDENTITY)
    # SQLite may cut the long text apart; then the columns before it say the same.
    + rb'|%b%b?(%b)\{"spec":' % (_IDENTITY, _NAME, _IDENTITY)
)
_MENTIONS = 200
"""Places that are looked at for what pod a container is in."""


def parse_pods(data: bytes) -> dict[str, str]:
    """id → name, of the pods in a state database: BoltDB and SQLite both store a pod's configuration as JSON.

    The text is looked for as it stands, so nothing of the databases' own structure is trusted. A pod's name
    never changes, and what an ended pod left behind is under an id that nobody asks for.
    """
    return {match[1].decode(): match[2].decode() for match in _POD_CONFIG.finditer(data)}


def pod_of(data: bytes, identity: str) -> str:
    """The id of the pod that a container is in, which never changes either; "" for none."""
    place = data.find(identity.encode())
    for _ in range(_MENTIONS):
        match = _MEMBER.match(data, place) if place >= 0 else None
        if match is not None:
            return (match[1] or match[2]).decode()
        place = data.find(identity.encode(), place + 1)
    return ""


def _by_pid_file(subject: Subject) -> str:
    """The id of a container whose conmon and control group we do not see, by the pid files."""
    for root in subject.roots:
        for run in ("/run/containers/storage", f"/run/user/{subject.uid}/containers"):
            pids = root.remember(_pid_files, run)
            for _, number_there in subject.numbers(root):
                if number_there in pids:
                    return pids[number_there]
    return ""


def _pid_files(root: Root, run: str) -> dict[int, str]:
    found = {}
    for driver in root.names(run):
        if not driver.endswith("-containers"):
            continue
        for identity in filter(identifier, root.names(f"{run}/{driver}")):
            pid = root.number(f"{run}/{driver}/{identity}/userdata/pidfile")
            if pid:
                found[pid] = identity
    return found
