"""gVisor: the sandbox's command line, and runsc's state files. What runs inside is no process of the host."""

from nsview.model.name import Name
from nsview.naming.state import LARGE, Root, at, file_name, number, parse_json, text
from nsview.naming.subject import Subject, option

ENGINE = "gvisor"
_PLACE = "/run/runsc"
_PROGRAMS = ("runsc-sandbox", "runsc-gofer", "runsc")


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    cmdline = next(
        (line for line in _lines(subject) if line and line[0].rpartition("/")[2] in _PROGRAMS),
        None,
    )
    if cmdline is None:
        return None
    configured = option(cmdline, "--root", "-root")
    place = configured.replace("/var/run/", "/run/", 1) if text(configured).startswith("/") else _PLACE
    for root in subject.roots:
        known = root.remember(_sandboxes, place)
        for _, there in subject.numbers(root):
            if there in known:
                name, path, sandbox = known[there]
                # Its gofer, which is in the same namespaces, is older.
                init = sandbox if root.ours else 0
                return Name(ENGINE, name, name, root=root.path, witness=path, init=init)
    name = text(cmdline[-1]) if "boot" in cmdline or "gofer" in cmdline else ""
    return Name(ENGINE, name, name, witness="command line") if name and not name.startswith("-") else None


def _lines(subject: Subject) -> list[tuple[str, ...]]:
    return [subject.cmdline, *(keeper.cmdline for keeper in subject.keepers())]


def _sandboxes(root: Root, place: str) -> dict[int, tuple[str, str, int]]:
    """pid of sandbox or gofer → (container, state file, pid of the sandbox)."""
    found = {}
    for name in root.names(place):
        if name.endswith(".state") and file_name(name):
            path = f"{place}/{name}"
            identity, sandbox, gofer = parse(parse_json(root.read(path, LARGE)))
            if identity:
                found.update({pid: (identity, path, sandbox) for pid in (sandbox, gofer) if pid})
    return found


def parse(state: object) -> tuple[str, int, int]:
    """(container, process number of its sandbox, of its gofer); 0 for what is not told."""
    return text(at(state, "id")), number(at(state, "sandbox", "pid")), number(at(state, "goferPid"))
