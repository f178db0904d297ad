"""runc by itself: state.json of each container in its state directory, or its own command line."""

from nsview.model.name import Name
from nsview.naming import low_level
from nsview.naming.low_level import Started
from nsview.naming.state import LARGE, Root, at, number, parse_json, text
from nsview.naming.subject import Subject

ENGINE = "runc"


def identify(subject: Subject) -> Name | None:
    return low_level.identify(ENGINE, _containers, subject)


def _containers(root: Root, place: str) -> tuple[Started, ...]:
    return low_level.containers(
        root, place, lambda identity: parse(parse_json(root.read(f"{place}/{identity}/state.json", LARGE)))
    )


def parse(state: object) -> Started | None:
    """A state.json."""
    pid, identity = number(at(state, "init_process_pid")), text(at(state, "id"))
    if not pid or not identity:
        return None
    start = at(state, "init_process_start")
    paths = at(state, "cgroup_paths")
    places = frozenset(text(path) for path in paths.values()) if isinstance(paths, dict) else frozenset()
    return Started(identity, pid, start if isinstance(start, int) else 0, places - {""})
