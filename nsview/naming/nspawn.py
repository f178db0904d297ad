"""systemd-nspawn, with machined or without: control groups, /run/systemd/machines, its command line."""

from nsview.model.name import Name
from nsview.naming.scope import unescaped
from nsview.naming.state import Root, file_name, number, text
from nsview.naming.subject import Ancestor, Subject, option

ENGINE = "systemd-nspawn"
_MACHINES = "/run/systemd/machines"


def identify(subject: Subject) -> Name | None:
    scope = subject.scope
    if scope is not None and scope.engine not in (ENGINE, "payload"):
        return None
    supervisor = _supervisor(subject)
    for root in subject.roots:
        for machine in root.names(_MACHINES):
            facts = root.remember(_machine, f"{_MACHINES}/{machine}")
            if facts.get("CLASS") == "container" and _is_it(facts, machine, subject, root):
                image = text(facts.get("ROOT", ""))
                witness = f"{_MACHINES}/{machine}"
                return Name(ENGINE, machine, facts.get("ID", ""), image, root=root.path, witness=witness)
    if supervisor is not None:
        name = machine_of(supervisor.cmdline) or (scope.id if scope is not None else "")
        if name:
            place = subject.place_of(supervisor.task)
            return Name(ENGINE, name, root=place, witness=f"command line of {supervisor.pid}")
    if scope is None:
        return None
    # machined also knows virtual machines, whose processes are ordinary ones of the host.
    if scope.engine == ENGINE and not scope.id.startswith("qemu-"):
        return Name(ENGINE, scope.id, witness="control group")
    if subject.container_variable == ENGINE:
        return Name(ENGINE, scope.id, witness="control group, container= of its environment")
    return None


def _is_it(facts: dict[str, str], machine: str, subject: Subject, root: Root) -> bool:
    scope = subject.scope
    if scope is not None:
        return scope.part == unescaped(facts.get("SCOPE", "")) or (
            scope.engine == ENGINE and scope.id == machine
        )
    leader = number(facts.get("LEADER", ""))
    return any(there == leader for _, there in subject.numbers(root))


def _machine(root: Root, path: str) -> dict[str, str]:
    return parse(root.read(path, 1 << 14)) if file_name(path.rpartition("/")[2]) else {}


def parse(data: bytes | None) -> dict[str, str]:
    r"""Lines `KEY=VALUE`; a backslash is written twice."""
    found = {}
    for line in (data or b"").split(b"\n"):
        key, equals, value = line.partition(b"=")
        if equals and not key.startswith(b"#"):
            clear = text(value.decode("utf-8", "surrogateescape").replace("\\\\", "\\").strip('"'))
            found[key.decode("ascii", "replace")] = clear
    return found


def _supervisor(subject: Subject) -> Ancestor | None:
    for keeper in subject.keepers():
        if keeper.program == "systemd-nspawn":
            return keeper
    return None


def machine_of(cmdline: tuple[str, ...]) -> str:
    """The machine's name as systemd-nspawn was told: -M, or the last part of the directory."""
    name = option(cmdline, "-M", "--machine")
    for argument in cmdline:
        if not name and argument.startswith("-M") and len(argument) > 2:
            name = argument[2:]
    if not name:
        name = option(cmdline, "-D", "--directory").rstrip("/").rpartition("/")[2]
    return text(name)
