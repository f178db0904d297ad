"""crun by itself: the status file of each container in its state directory, or its own command line."""

from nsview.model.name import Name
from nsview.naming import low_level
from nsview.naming.low_level import Started
from nsview.naming.state import Root, at, number, parse_json, text
from nsview.naming.subject import Subject

ENGINE = "crun"


def identify(subject: Subject) -> Name | None:
    return low_level.identify(ENGINE, _containers, subject)


def _containers(root: Root, place: str) -> tuple[Started, ...]:
    return low_level.containers(
        root, place, lambda identity: parse(parse_json(root.read(f"{place}/{identity}/status")), identity)
    )


def parse(status: object, identity: str) -> Started | None:
    """A status file, which lies in a directory called as the container."""
    pid, start = number(at(status, "pid")), at(status, "process-start-time")
    if not pid:
        return None
    place = text(at(status, "cgroup-path"))
    return Started(identity, pid, start if isinstance(start, int) else 0, frozenset({place} - {"", "/"}))
